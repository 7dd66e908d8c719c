r"""Brackets that grow with their content, and long formulas broken at their plus and minus signs.

The printers mark where a bracket opens and closes and where a line may end; this module turns the marks into
LaTeX: ``(x + y)``, ``\left(\frac{x}{y} + z\right)``, or, where the formula is wider than it may be, several
lines whose brackets are of a fixed size, because ``\left`` and ``\right`` must stand on one line.
"""

from __future__ import annotations

from collections.abc import Collection
from itertools import pairwise

from derive.notes.latex_width import width

OPEN, CLOSE = "\ue001", "\ue002"  # each is followed by the bracket itself
BREAK, FACTOR = "\ue003", "\ue004"  # where a line may end: before a sign; if it must, before a factor
LAST_RESORT = 1000  # deeper than any bracket
PAIRS = {"(": ")", "[": "]"}
TALL = (r"\frac", r"\sum", r"\prod", r"\sqrt", r"\begin", r"\max_", r"\min_")


def bracket(body: str, shape: str = "(") -> str:
    """The body in brackets that will know what they hold."""
    return f"{OPEN}{shape}{body}{CLOSE}{PAIRS[shape]}"


def finish(marked: str) -> str:
    """The formula on one line, every bracket as tall as its content."""
    return _render(marked, ())[0]


def lines(marked: str, limit: float) -> tuple[str, ...]:
    """The formula on as few lines as fit into ``limit`` ems, broken as far outside as possible."""
    breaks = _breaks(marked)
    cuts: list[int] = []
    for depth in sorted(set(breaks.values())):
        edges = [0, *cuts, len(marked)]
        for start, end in pairwise(edges):
            if _width(marked[start:end]) > limit:
                cuts += _fill(marked, start, end, [at for at, d in breaks.items() if d == depth], limit)
        cuts.sort()
    return _render(marked, _needed(marked, cuts, limit))


def _needed(marked: str, cuts: list[int], limit: float) -> list[int]:
    """The cuts without those that a part inside of another one has made needless."""
    kept: list[int] = []
    for cut, end in pairwise([*cuts, len(marked)]):
        if _width(marked[kept[-1] if kept else 0 : end]) > limit:
            kept.append(cut)
    return kept


def _fill(marked: str, start: int, end: int, places: Collection[int], limit: float) -> list[int]:
    """Where to cut between ``start`` and ``end``, using the given places, so that each part is as long as it may be."""
    cuts: list[int] = []
    inside = [at for at in places if start < at < end]
    for at, following in pairwise((*inside, end)):
        if _width(marked[start:following]) > limit:
            cuts.append(at)
            start = at
    return cuts


def _width(marked: str) -> float:
    return width(marked.translate({ord(mark): None for mark in OPEN + CLOSE + BREAK + FACTOR}))


def _breaks(marked: str) -> dict[int, int]:
    """Where a line may end, and inside how many brackets; never inside braces or between begin and end."""
    found: dict[int, int] = {}
    braces = brackets = 0
    for at, character in enumerate(marked):
        braces += (character == "{") - (character == "}")
        if character == "\\":
            braces += marked.startswith(r"\begin", at) - marked.startswith(r"\end", at)
        brackets += (character == OPEN) - (character == CLOSE)
        if character in (BREAK, FACTOR) and braces == 0:
            found[at] = brackets + (LAST_RESORT if character == FACTOR else 0)
    return found


def _render(marked: str, cuts: Collection[int]) -> tuple[str, ...]:
    """Replace the marks; a bracket with a cut inside is of fixed size, any other grows if its content is tall."""
    closing = _pairs(marked)
    opening = {close: open for open, close in closing.items()}
    out = [""]
    at = 0
    while at < len(marked):
        character = marked[at]
        if at in cuts:
            out.append(r"\cdot" if character == FACTOR and not marked.startswith(r" \cdot", at + 1) else "")
        if character in (OPEN, CLOSE):
            start = at if character == OPEN else opening[at]
            out[-1] += _size(marked, start, closing[start], cuts, character == OPEN) + marked[at + 1]
            at += 1
        elif character not in (BREAK, FACTOR):
            out[-1] += character
        at += 1
    return tuple(line.strip() for line in out)


def _size(marked: str, start: int, end: int, cuts: Collection[int], opens: bool) -> str:
    tall = any(command in marked[start:end] for command in TALL)
    if not tall:
        return ""
    if any(start < cut < end for cut in cuts):
        return r"\biggl" if opens else r"\biggr"
    return r"\left" if opens else r"\right"


def _pairs(marked: str) -> dict[int, int]:
    """Each opening mark's position with that of its closing mark."""
    stack: list[int] = []
    found: dict[int, int] = {}
    for at, character in enumerate(marked):
        if character == OPEN:
            stack.append(at)
        elif character == CLOSE:
            found[stack.pop()] = at
    return found
