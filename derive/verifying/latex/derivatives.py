r"""Fractions and derivatives: ``\frac{\partial L}{\partial W}``, ``∂L/∂W``, ``\mathrm{d}W``, ``\nabla_W L``."""

from __future__ import annotations

from derive.verifying.formula import Derivative, Differential, Fraction, Juxtaposition, Mark, Nabla, Name, Node
from derive.verifying.latex.cursor import Cursor
from derive.verifying.latex.scripts import scripts

Range = tuple[int, int]


def fraction(cursor: Cursor, first: int) -> Node:
    r"""``\frac`` with its two arguments; the cursor stands behind the command."""
    top = cursor.argument()
    bottom = cursor.argument()
    return quotient(cursor, first, top, bottom)


def quotient(cursor: Cursor, first: int, top: Range, bottom: Range) -> Node:
    """One range of tokens over another: a derivative if both begin with the same mark."""
    after = cursor.at
    top, bottom = _bare(cursor, top), _bare(cursor, bottom)
    mark = _mark(cursor, top)
    if mark is not None and _derivative_below(cursor, bottom, mark):
        cursor.at = mark_end(cursor, top)
        order = _order(cursor)
        of = None if cursor.at == top[1] else _read(cursor, (cursor.at, top[1]))
        by = _denominator(cursor, bottom)
        cursor.at = after
        return Derivative(of, by, mark, order=order, span=cursor.span(first))
    over, under = _read(cursor, top), _read(cursor, bottom)
    cursor.at = after
    return Fraction(over, under, span=cursor.span(first))


def _read(cursor: Cursor, where: Range) -> Node:
    cursor.at = where[0]
    with cursor.fenced(where[1]):
        return cursor.grammar.inside(cursor)


def _bare(cursor: Cursor, where: Range) -> Range:
    """The range without braces that enclose all of it."""
    begin, end = where
    while begin < end and cursor.tokens[begin].kind == "open" and cursor.partner[begin] == end - 1:
        begin, end = begin + 1, end - 1
    return begin, end


def _mark(cursor: Cursor, where: Range) -> str | None:
    """``partial``, ``d`` or ``delta`` if the range begins with it."""
    begin, end = where
    if begin >= end:
        return None
    token = cursor.tokens[begin]
    if token.kind == "command" and token.text == "partial":
        return "partial"
    if token.kind == "name" and token.text == "delta":
        return "delta"
    if (token.kind == "letter" and token.text == "d") or roman_d(cursor, begin):
        return "d"
    return None


def roman_d(cursor: Cursor, at: int) -> int:
    r"""How many tokens of ``\mathrm{d}``, ``\mathrm d``, ``{\rm d}`` or ``\text{d}`` stand there, or 0."""
    here = [(t.kind, t.text) for t in cursor.tokens[at : at + 4]]
    if here[:1] == [("words", "d")]:
        return 1
    letter, upright = ("letter", "d"), ("mathrm", "textrm", "operatorname", "rm")
    if here[:1] == [("open", "{")] and here[1:] == [("command", "rm"), letter, ("close", "}")]:
        return 4
    if not here or here[0][0] != "command" or here[0][1] not in upright:
        return 0
    if here[1:] == [("open", "{"), letter, ("close", "}")]:
        return 4
    return 2 if here[1:2] == [letter] and here[0][1] != "rm" else 0


def mark_end(cursor: Cursor, where: Range) -> int:
    """The number of the token behind the mark that the range begins with."""
    return where[0] + max(1, roman_d(cursor, where[0]))


def _derivative_below(cursor: Cursor, bottom: Range, mark: str) -> bool:
    """Whether the denominator begins with the mark and something that it can belong to."""
    if _mark(cursor, bottom) != mark:
        return False
    behind = mark_end(cursor, bottom)
    if behind >= bottom[1]:
        return False
    return cursor.tokens[behind].kind not in ("sub", "sup", "prime", "sign", "relation", "comma")


def _order(cursor: Cursor) -> Node | None:
    if not cursor.sees("sup"):
        return None
    return scripts(cursor)[1]


def _denominator(cursor: Cursor, where: Range) -> tuple[Node, ...]:
    r"""What follows each mark in ``\partial x \partial y``."""
    cursor.at = where[0]
    found: list[Node] = []
    with cursor.fenced(where[1]):
        while cursor.peek() is not None:
            if _mark(cursor, (cursor.at, where[1])) is None:
                raise cursor.trouble("the denominator of a derivative goes on without a ∂")
            cursor.at = mark_end(cursor, (cursor.at, where[1]))
            cursor.until = ("partial",)
            found.append(cursor.grammar.factors(cursor))
            cursor.until = ()
    return tuple(found)


def differential(cursor: Cursor, first: int, mark: str) -> Node:
    r"""``\partial L`` outside a fraction, ``∂L/∂W`` on one line; the cursor stands behind the mark."""
    token = cursor.peek()
    if mark == "partial" and token is not None and token.kind == "sub":  # ``\partial_W L``
        by, order, _ = scripts(cursor)
        after = cursor.peek()
        of = cursor.grammar.factor(cursor) if after is not None and _operand(after.kind, after.side) else None
        return Derivative(of, () if by is None else (by,), mark, order=order, span=cursor.span(first))
    if token is None or not _operand(token.kind, token.side):
        return Name(mark, "command" if mark == "partial" else "rm", whole=True, span=cursor.span(first))
    body = cursor.grammar.factor(cursor)
    behind, inside = cursor.at, cursor.peek()
    if inside is not None and inside.text == "(" and not inside.gap and isinstance(body, Name):
        bracket = cursor.grammar.factor(cursor)  # of a function of something: ``\partial \tr(A) / \partial W``
        applied = Juxtaposition((body, bracket), span=body.span._replace(end=bracket.span.end))
        if _slash_follows(cursor, mark):
            return _below(applied, cursor, first, mark)
        cursor.at = behind
    if _slash_follows(cursor, mark):
        return _below(body, cursor, first, mark)
    return Differential(mark, body, span=cursor.span(first))


def _slash_follows(cursor: Cursor, mark: str) -> bool:
    return cursor.sees("sign", "slash") and _mark(cursor, (cursor.at + 1, cursor.limit)) == mark


def _below(above: Node, cursor: Cursor, first: int, mark: str) -> Node:
    cursor.at = mark_end(cursor, (cursor.at + 1, cursor.limit))
    return Derivative(above, (cursor.grammar.factor(cursor),), mark, slash=True, span=cursor.span(first))


def _operand(kind: str, side: str) -> bool:
    if kind == "bracket":
        return side != "right"
    return kind in ("letter", "digit", "name", "command", "open", "words", "cjk")


def run_of_d(cursor: Cursor, first: int, made: Name) -> Node:
    """``dL/dW`` on one line, where the name ``dL`` has been read; the name itself otherwise."""
    here = cursor.at + 1
    if made.font or len(made.text) < 2 or made.text[0] != "d" or not cursor.sees("sign", "slash"):
        return made
    if here + 1 >= cursor.limit or _mark(cursor, (here, cursor.limit)) != "d":
        return made
    following = cursor.tokens[here + 1]
    if following.gap or following.kind not in ("letter", "name", "command", "open"):
        return made
    of = Name(made.text[1:], span=made.span._replace(start=made.span.start + 1))
    cursor.at = here + 1
    below = cursor.grammar.factor(cursor)
    return Derivative(of, (below,), "d", slash=True, span=cursor.span(first))


def nabla(cursor: Cursor, first: int) -> Node:
    r"""``\nabla_W L``; the cursor stands behind the ``\nabla``."""
    by, sup, _ = scripts(cursor)
    token = cursor.peek()
    of = None
    if token is not None and _operand(token.kind, token.side) and token.text not in ("]", ")", "}", "|"):
        of = cursor.grammar.factor(cursor)
        behind = cursor.peek()
        if isinstance(of, Name) and of.font == "command" and behind is not None and _operand(behind.kind, behind.side):
            rest = cursor.grammar.factors(cursor)  # of a function of something: ``\nabla_\theta \log p(x)``
            parts = rest.factors if isinstance(rest, Juxtaposition) else (rest,)
            of = Juxtaposition((of, *parts), span=of.span._replace(end=rest.span.end))
    return Nabla(None if isinstance(by, Mark) else by, of, sup, span=cursor.span(first))
