r"""The commands that build something of their arguments: one row each."""

from __future__ import annotations

from collections.abc import Callable

from derive.verifying.formula import Braced, Bracketed, Commas, Derivative, Juxtaposition, Mark, Name, Node, Root
from derive.verifying.latex.cursor import Cursor
from derive.verifying.latex.derivatives import differential, fraction, nabla
from derive.verifying.latex.environments import substack


def argument(cursor: Cursor) -> Node:
    """What stands in the braces behind a command."""
    begin, end = cursor.argument()
    after = cursor.at
    cursor.at = begin
    if begin == end:
        return Mark("")
    with cursor.fenced(end):
        made = cursor.grammar.inside(cursor)
    cursor.at = after
    return made


def _root(cursor: Cursor, first: int) -> Node:
    index = None
    if cursor.accept("bracket", "["):
        index = cursor.grammar.inside(cursor)
        if not cursor.accept("bracket", "]"):
            raise cursor.trouble("the index of the root is not closed")
    return Root(argument(cursor), index, span=cursor.span(first))


def _braced(kind: str) -> Callable[[Cursor, int], Node]:
    side = "sub" if kind == "underbrace" else "sup"

    def read(cursor: Cursor, first: int) -> Node:
        body = argument(cursor)
        note = argument(cursor) if cursor.accept(side) else None
        return Braced(body, note, kind, span=cursor.span(first))

    return read


def _set_over(kind: str) -> Callable[[Cursor, int], Node]:
    def read(cursor: Cursor, first: int) -> Node:
        note = argument(cursor)
        body = argument(cursor)
        return Braced(body, note, kind, span=cursor.span(first))

    return read


def _bars(bar: str) -> Callable[[Cursor, int], Node]:
    return lambda cursor, first: Bracketed(bar, bar, argument(cursor), span=cursor.span(first))


def _binomial(cursor: Cursor, first: int) -> Node:
    above, below = argument(cursor), argument(cursor)
    span = cursor.span(first)
    pair = Bracketed("(", ")", Commas((above, below)), span=span)
    return Juxtaposition((Name("binom", "command", whole=True, span=span), pair), span=span)


def _physics_derivative(mark: str) -> Callable[[Cursor, int], Node]:
    r"""``\pdv{L}{W}`` and ``\pdv{x}`` of the package physics."""

    def read(cursor: Cursor, first: int) -> Node:
        of: Node | None = argument(cursor)
        by = of
        if cursor.sees("open"):
            by = argument(cursor)
        else:
            of = None
        return Derivative(of, (by,) if by is not None else (), mark, span=cursor.span(first))

    return read


COMMANDS: dict[str, Callable[[Cursor, int], Node]] = {
    **dict.fromkeys(("frac", "dfrac", "tfrac", "cfrac", "nicefrac", "sfrac", "flatfrac"), fraction),
    **dict.fromkeys(("pdv", "partialderivative"), _physics_derivative("partial")),
    **dict.fromkeys(("dv", "derivative"), _physics_derivative("d")),
    **dict.fromkeys(("binom", "dbinom", "tbinom"), _binomial),
    "partial": lambda cursor, first: differential(cursor, first, "partial"),
    "nabla": nabla,
    "sqrt": _root,
    "substack": substack,
    "underbrace": _braced("underbrace"),
    "overbrace": _braced("overbrace"),
    "underset": _set_over("underset"),
    "overset": _set_over("overset"),
    "stackrel": _set_over("overset"),
    "norm": _bars("‖"),
    "abs": _bars("|"),
}
