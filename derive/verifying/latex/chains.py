r"""One stretch of a line: lists of sides between relations, cut into claims where a comma begins a new one."""

from __future__ import annotations

from dataclasses import dataclass

from derive.verifying.claim import Annotation, Shape, Statement
from derive.verifying.formula import Commas, Dots, Node, Number, Relation, Span
from derive.verifying.latex.annotations import sizes_in_brackets, sizes_of_set
from derive.verifying.latex.cursor import Cursor, shown
from derive.verifying.latex.relations import relation, sees_relation
from derive.verifying.latex.terms import expression, reader
from derive.verifying.latex.token import Token


def chains(found: tuple[Token, ...]) -> list[Statement]:
    """The claims of one stretch: lists of sides between relations, cut where a comma begins a new one."""
    cursor = reader(found)
    runs: list[list[Node]] = [[]]
    signs: list[Relation] = []
    if not sees_relation(cursor):
        _list(cursor, runs[-1])
    while (token := cursor.peek()) is not None:
        if not sees_relation(cursor) and token.kind != "colon":
            raise cursor.trouble(f"{shown(token)} is not expected here")
        signs.append(relation(cursor))
        runs.append([])
        _list(cursor, runs[-1])
    return _cut(runs, signs)


def _list(cursor: Cursor, items: list[Node]) -> None:
    while True:
        items.append(expression(cursor))
        if not cursor.accept("comma"):
            return
        while cursor.accept("comma"):
            pass
        if cursor.peek() is None or sees_relation(cursor):
            return


@dataclass
class _Draft:
    sides: list[Node | None]
    signs: list[Relation]


def _cut(runs: list[list[Node]], signs: list[Relation]) -> list[Statement]:
    here = _Draft([_listed(runs[0])], [])
    drafts = [here]
    for number, sign in enumerate(signs):
        run = runs[number + 1]
        here.signs.append(sign)
        last = number == len(signs) - 1
        if len(run) == 1:
            here.sides.append(run[0])
        elif last and _one_list(run, here.sides[0]):
            here.sides.append(_listed(run))
        elif last:
            here.sides.append(run[0])
            drafts += [_Draft([item], []) for item in run[1:]]
        else:
            here.sides.append(run[0])
            here = _Draft([_listed(run[1:])], [])
            drafts.append(here)
    return [_statement(draft) for draft in drafts]


def _listed(run: list[Node]) -> Node | None:
    if not run:
        return None
    return run[0] if len(run) == 1 else Commas(tuple(run), span=_hull(run))


def _one_list(run: list[Node], left: Node | None) -> bool:
    """``i = 1, \\dots, n`` and ``k = 1, 2, 3``; as many items as on the left."""
    if isinstance(left, Commas) and len(left.items) == len(run):
        return True
    return any(isinstance(item, Dots) for item in run) or all(isinstance(item, Number) for item in run)


def _hull(nodes: list[Node]) -> Span:
    return Span(nodes[0].span.start, nodes[-1].span.end)


def _statement(draft: _Draft) -> Statement:
    """The claim; a side in a set of arrays becomes the shape of the side before it."""
    sides, signs = [draft.sides[0]], []
    shapes: list[Annotation] = []
    for sign, side in zip(draft.signs, draft.sides[1:], strict=True):
        sizes = _sizes(sign.sign, side)
        if sizes is None or side is None:
            signs.append(sign)
            sides.append(side)
        else:
            written = "in" if sign.sign == "∈" else "brackets"
            shapes.append(Shape(sizes, written, len(sides) - 1, span=Span(sign.span.start, side.span.end)))
    places = [node.span for node in (*draft.sides, *draft.signs) if node is not None]
    span = Span(min(p.start for p in places), max(p.end for p in places))
    return Statement(tuple(sides), tuple(signs), tuple(shapes), span=span)


def _sizes(sign: str, side: Node | None) -> tuple[Node, ...] | None:
    r"""The sizes that ``\in \mathbb{R}^{N \times D}`` or ``: (N, D)`` gives what stands before it."""
    if side is None or sign not in ("∈", ":"):
        return None
    return sizes_of_set(side) if sign == "∈" else sizes_in_brackets(side)
