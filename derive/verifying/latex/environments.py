r"Arrays of all kinds: matrices with or without brackets, ``cases``, ``\substack``, and prose set in lines."

from __future__ import annotations

from derive.verifying.formula import (
    Bracketed,
    Case,
    Cases,
    Commas,
    Matrix,
    Node,
    Relation,
    Relations,
    Rows,
    Span,
    Words,
)
from derive.verifying.latex.conditions import condition
from derive.verifying.latex.cursor import Cursor, shown
from derive.verifying.latex.symbols import each

SIDES = {
    "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"),
    "Bmatrix": ("{", "}"), "pmatrix*": ("(", ")"), "bmatrix*": ("[", "]"), "psmallmatrix": ("(", ")"),
    "bsmallmatrix": ("[", "]"),
}  # fmt: skip
BARE = frozenset(each("matrix smallmatrix array aligned alignedat gathered split darray subarray tabular matrix*"))
CASES = frozenset(each("cases dcases rcases drcases cases* dcases* numcases"))
WITH_ARGUMENT = frozenset(each("array alignedat darray subarray tabular alignat alignat* xalignat numcases"))


def environment(cursor: Cursor) -> Node:
    r"What ``\begin`` begins, to its ``\end``."
    first = cursor.at
    name = cursor.tokens[first].text
    if name in CASES:
        return as_matrix(cursor, splitting_conditions=True)
    made = as_matrix(cursor)
    if isinstance(made, Matrix) and name not in SIDES:
        written = [cell for row in made.rows for cell in row if cell is not None]
        if written and all(isinstance(cell, Words) for cell in written):
            return Words("".join(cell.text for cell in written if isinstance(cell, Words)), span=made.span)
    return made


def as_matrix(cursor: Cursor, splitting_conditions: bool = False) -> Node:
    "The rows of an environment; with ``splitting_conditions`` each is a value and the condition behind it."
    first = cursor.at
    name = cursor.take().text
    if name not in SIDES and name not in BARE and name not in CASES:
        raise cursor.trouble(rf"\begin{{{name}}} is not known inside a formula")
    end = cursor.partner[first]
    with cursor.fenced(end):
        _skip_arguments(cursor, name)
        if splitting_conditions and _has_conditions(cursor, name, end):
            lines = _cases(cursor)
            cursor.at = end
            made: Node = Cases(lines)
        else:
            made = Matrix(*SIDES.get(name, ("", "")), _rows(cursor))
    cursor.at = end + 1
    span = cursor.span(first)
    return Cases(made.rows, span=span) if isinstance(made, Cases) else _placed(made, span)


def _placed(made: Node, span: Span) -> Node:
    return Matrix(made.left, made.right, made.rows, span=span) if isinstance(made, Matrix) else made


def _skip_arguments(cursor: Cursor, name: str) -> None:
    if cursor.sees("bracket", "[") and name in BARE | CASES | WITH_ARGUMENT and _is_option(cursor):
        while cursor.take().text != "]":
            pass
    if name in WITH_ARGUMENT and cursor.sees("open"):
        cursor.at = cursor.partner[cursor.at] + 1


def _is_option(cursor: Cursor) -> bool:
    inner, close = cursor.peek(1), cursor.peek(2)
    return inner is not None and close is not None and inner.text in "tbc" and close.text == "]"


def _has_conditions(cursor: Cursor, name: str, end: int) -> bool:
    "Cases always; an array behind a brace if a relation or a word stands in it."
    return name in CASES or any(t.kind in ("relation", "words", "cjk") for t in cursor.tokens[cursor.at : end])


def _rows(cursor: Cursor) -> tuple[tuple[Node | None, ...], ...]:
    rows: list[tuple[Node | None, ...]] = []
    row: list[Node | None] = []
    filled = False
    while True:
        while cursor.accept("quad"):
            pass
        token = cursor.peek()
        if token is not None and token.kind not in ("amp", "row"):
            row.append(_cell(cursor))
            filled = True
        elif token is None or token.kind == "row" or not filled:
            row.append(None)
        token = cursor.peek()
        if token is None or token.kind == "row":
            if row != [None]:
                rows.append(tuple(row))
            row = []
        if token is None:
            return tuple(rows)
        if token.kind not in ("amp", "row"):
            raise cursor.trouble(f"{shown(token)} is not expected in an array")
        cursor.take()
        filled = False


def _cell(cursor: Cursor) -> Node:
    "One cell; the comma that separates it from the next is layout."
    if cursor.sees("comma"):
        cursor.take()
    made = cursor.grammar.inside(cursor)
    if isinstance(made, Commas) and len(made.items) == 1:
        return made.items[0]
    return made


def _cases(cursor: Cursor) -> tuple[Case, ...]:
    rows: list[Case] = []
    while cursor.peek() is not None:
        if cursor.accept("row"):
            continue
        first = cursor.at
        cursor.in_case = True
        value = _value(cursor)
        cursor.in_case = False
        when = condition(cursor)
        rows.append(Case(value, when, span=cursor.span(first)))
        token = cursor.peek()
        if token is not None and token.kind != "row":
            raise cursor.trouble(f"{shown(token)} is not expected in a distinction of cases")
    return tuple(rows)


def _value(cursor: Cursor) -> Node:
    "The value of one case: sums and products, up to a comma, the next cell or the condition."
    made = cursor.grammar.expression(cursor)
    while cursor.sees("relation", "="):  # ``f = x & \\text{if } ..``: what is defined stands in each line
        first = cursor.at
        cursor.take()
        right = cursor.grammar.expression(cursor)
        made = Relations((made, right), (Relation("="),), span=cursor.span(first))
    return made


def as_cases(cursor: Cursor, body: Matrix, span: Span) -> Node:
    "A left brace with an array behind it: a distinction whose second column is the condition."
    rows = []
    for row in body.rows:
        cells = [cell for cell in row if cell is not None]
        if not cells or len(cells) > 2:
            return Bracketed("{", ".", body, span=span)
        rows.append(Case(cells[0], cells[1] if len(cells) == 2 else None, span=cells[0].span))
    return Cases(tuple(rows), span=span)


def substack(cursor: Cursor, first: int) -> Node:
    r"The lines of ``\substack{a \\ b}``."
    begin, end = cursor.argument()
    after = cursor.at
    cursor.at = begin
    items: list[Node] = []
    with cursor.fenced(end):
        while cursor.peek() is not None:
            if not cursor.accept("row"):
                items.append(cursor.grammar.inside(cursor))
    cursor.at = after
    return Rows(tuple(items), span=cursor.span(first))
