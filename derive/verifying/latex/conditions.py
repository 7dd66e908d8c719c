r"""The condition behind a value or a claim: ``(x > 0)``, ``\text{if } x > 0``, ``\text{if $x > 0$}``, ``otherwise``."""

from __future__ import annotations

from derive.verifying.formula import Bracketed, Commas, Node, Relations, Words
from derive.verifying.latex.cursor import Cursor

_LAYOUT = ("amp", "comma", "quad", "colon")


def condition(cursor: Cursor) -> Node | None:
    """All that stands up to the end of the line, as a condition; None if nothing does."""
    parts: list[Node] = []
    said: list[str] = []
    while (token := cursor.peek()) is not None and token.kind != "row":
        if token.kind in _LAYOUT or (token.kind == "dot" and _last(cursor)):
            cursor.take()
        elif token.kind in ("words", "cjk"):
            cursor.take()
            said.append(token.text.strip())
        elif token.kind == "bracket" and (token.text == ")" or (token.text == "(" and _words_inside(cursor))):
            cursor.take()
        else:
            parts.append(_plain(cursor.grammar.inside(cursor)))
    if not parts:
        return Words(" ".join(said)) if said else None
    return parts[0] if len(parts) == 1 else Commas(tuple(parts))


def _last(cursor: Cursor) -> bool:
    after = cursor.peek(1)
    return after is None or after.kind == "row"


def _words_inside(cursor: Cursor) -> bool:
    """``(if z > 0)`` and ``(otherwise)``: the bracket is layout."""
    inner = cursor.peek(1)
    return inner is not None and inner.kind in ("words", "cjk")


def _plain(made: Node) -> Node:
    """The condition without the brackets around it."""
    if isinstance(made, Bracketed) and made.left in "([" and isinstance(made.body, (Relations, Commas)):
        return made.body
    return made
