r"""Shapes and numbers of formulas beside a claim: ``\text{(N, D)}``, ``\mathbb{R}^{m \times n}``, ``(3)``."""

from __future__ import annotations

from derive.verifying.formula import (
    Addition,
    Bracketed,
    Commas,
    Fraction,
    Juxtaposition,
    Mark,
    Name,
    Node,
    Number,
    Product,
    Scripted,
)
from derive.verifying.latex.settling import settled
from derive.verifying.latex.terms import inside, reader
from derive.verifying.latex.token import Token
from derive.verifying.latex.tokens import tokens
from derive.verifying.latex.trouble import Trouble

_NUMBERS = frozenset("RNZC")
_SIZE = (Name, Number, Scripted, Addition, Juxtaposition, Fraction)


def sizes_of_set(side: Node) -> tuple[Node, ...] | None:
    r"""The sizes in ``\mathbb{R}^{m \times n}``; None if the side is no set of arrays."""
    base = side.base if isinstance(side, Scripted) else side
    if isinstance(base, Bracketed) and isinstance(side, Scripted) and side.sup is not None:  # ``\{0, 1\}^{N \times C}``
        return _sizes(side.sup)
    if not isinstance(base, Name) or base.font not in ("bb", "bf", "cal") or base.text not in _NUMBERS:
        return None
    if not isinstance(side, Scripted) or side.sup is None:
        return () if base.font == "bb" else None
    return _sizes(side.sup)


def _sizes(written: Node) -> tuple[Node, ...] | None:
    if isinstance(written, Bracketed) and written.left in "([":
        return _sizes(written.body)
    if isinstance(written, Commas):
        return written.items if all(_is_size(item) for item in written.items) else None
    if isinstance(written, Product):
        by_cross = all(sign in ("times", "ast") for sign in written.signs)
        return written.factors if by_cross and all(_is_size(f) for f in written.factors) else None
    return (written,) if _is_size(written) else None


def _is_size(node: Node) -> bool:
    if isinstance(node, Product):
        return all(_is_size(factor) for factor in node.factors)
    return isinstance(node, _SIZE)


def sizes_in_brackets(side: Node) -> tuple[Node, ...] | None:
    """The sizes in ``(50, 1)``, ``(N,)`` or ``(m \\times n)``; None for anything else in brackets."""
    if not isinstance(side, Bracketed) or side.left not in "([" or side.right not in ")]":
        return None
    body = side.body
    if isinstance(body, Mark) and not body.text and side.left == "(":
        return ()
    return _sizes(body) if isinstance(body, (Commas, Product)) else None


def sizes_in_words(token: Token, text: str) -> tuple[Node, ...] | None:
    r"""The sizes in ``\text{(50, 1)}`` or ``\text{shape: $(N, D)$}``; None if they cannot be read."""
    if not token.own:
        text, offset, end = token.text, 0, len(token.text)
    else:
        offset = token.end - 1 - len(token.text)
        end = token.end - 1
    begin = min((at for mark in "([（" if (at := text.find(mark, offset, end)) >= 0), default=-1)
    if begin < 0:
        return None
    last = max(text.rfind(mark, begin, end) for mark in ")]）") + 1
    try:
        found = settled(tokens(text, begin, last), text)
        cursor = reader(found)
        made = inside(cursor)
    except Trouble:
        return None
    if cursor.peek() is not None or not isinstance(made, Bracketed):
        return None
    return sizes_in_brackets(made) or ((made.body,) if _is_size(made.body) else None)


def number_of(side: Node) -> str | None:
    r"""The text of ``(3)`` or ``\cdots (3)`` behind a formula: its number."""
    if isinstance(side, Juxtaposition) and len(side.factors) == 2:
        side = side.factors[1]
    if not isinstance(side, Bracketed) or side.left not in "([":
        return None
    body = side.body
    if isinstance(body, Number):
        return body.text
    if isinstance(body, Mark) and body.text in ("ast", "star"):
        return "*"
    return body.text if isinstance(body, Name) and len(body.text) == 1 and body.text.islower() else None
