"""The letters that sums and maxima bind."""

from __future__ import annotations

from collections.abc import Iterable

from derive.verifying.elaborate.names import PIECES
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    Addition,
    Big,
    Commas,
    Juxtaposition,
    Name,
    Node,
    Number,
    Relations,
    Rows,
    Scripted,
    within,
)


def bound_letters(nodes: Iterable[Node]) -> set[str]:
    """The letters that sums and maxima run over."""
    found: set[str] = set()
    for node in nodes:
        for here in within(node):
            if isinstance(here, Big) and here.sub is not None:
                found |= set(letters_below(here.sub))
    return found


def letters_below(sub: Node) -> tuple[str, ...]:
    """The letters bound by what stands under a sum: ``i=1``, ``i,j``, ``ij``, ``i \\ne j``."""
    match sub:
        case Relations(sides, _):
            return letters_below(sides[0])
        case Name(text, _, whole) if not whole or len(text) == 1:
            return tuple(PIECES.findall(text))
        case Scripted(Name(text), None | Number(), None, _):
            *before, _ = PIECES.findall(text)
            return (*before, text_of(sub)[len("".join(before)) :])
        case Commas(items) | Juxtaposition(items) | Rows(items):
            return tuple(x for item in items for x in letters_below(item))
        case _:
            return ()


def upper_end(node: Big) -> str | None:
    """How many values the letter takes, if that is written: ``n`` for 1..n and for 0..n-1."""
    first = node.sub.sides[-1] if isinstance(node.sub, Relations) and len(node.sub.sides) == 2 else None
    start = first.text if isinstance(first, Number) else None
    match node.sup:
        case Name(text) | Number(text) if start in ("1", None):
            return text
        case Addition((Name(text), Number("1")), ("+", "-")) if start == "0":
            return text
        case _:
            return None


def ends(nodes: Iterable[Node]) -> set[str]:
    """What sums run to: the symbols that count something."""
    return {
        end
        for node in nodes
        for here in within(node)
        if isinstance(here, Big) and (end := upper_end(here)) is not None and not end.isdigit()
    }
