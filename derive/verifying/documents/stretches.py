"""Where in a text mathematics stands, and where it cannot: the ranges that the formats find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Stretch:
    """A formula or a display in a text: ``start`` and ``end`` of the whole, ``inner`` without its dollars.

    ``display`` tells a display from a formula inside prose.
    """

    start: int
    end: int
    inner: tuple[int, int]
    display: bool


@dataclass(frozen=True)
class Marked:
    """A text of a format: as it is, and with all blanked that is no mathematics; headings with their offsets.

    ``defining`` is the text in which macros may be defined: the preamble of LaTeX is not live, but defines.
    """

    text: str
    live: str
    defining: str
    headings: tuple[tuple[int, str], ...] = ()  # offset and text
    declarations: tuple[tuple[int, str], ...] = ()  # of symbols blocks


def blanked(text: str, ranges: Iterable[tuple[int, int]]) -> str:
    """The text with those ranges as spaces, line ends kept, so that all offsets stay.

    >>> blanked("a `$x$` b", [(2, 7)])
    'a       b'
    """
    pieces = []
    at = 0
    for start, end in sorted(ranges):
        if end <= at:
            continue
        begin = max(at, start)
        pieces.append(text[at:begin])
        pieces.append("".join("\n" if character == "\n" else " " for character in text[begin:end]))
        at = end
    return "".join((*pieces, text[at:]))


def enclosed(text: str, opening: str, closing: str) -> Iterator[tuple[int, int]]:
    """The ranges from an opening mark to the closing one next behind it.

    >>> list(enclosed("a <b> <c", "<", ">"))
    [(2, 5)]
    """
    at = 0
    while (start := text.find(opening, at)) >= 0 and (end := text.find(closing, start + len(opening))) >= 0:
        at = end + len(closing)
        yield start, at
