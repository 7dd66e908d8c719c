"""How far a letter runs that stands in index arithmetic only: as often as its window fits.

In ``X[n, i*stride + r - padding]`` the window of ``r`` begins ``padding`` entries before the axis, and may end as many
behind it. In ``X[n, d + 1]`` nothing stands out at the beginning, and nothing may at the end.
"""

from __future__ import annotations

from derive.calculus.affine import Position
from derive.calculus.bounds import bounds
from derive.calculus.whole_numbers import floor_div, negated, sign, size
from derive.expression import Axis, Expr, Index, add, mul


class CannotTell(Exception):
    """How often the window fits depends on numbers that are not known."""


def times_it_fits(slot: Position, letter: Index, axis: Axis) -> Expr:
    """How many values the letter can have in this slot of an axis.

    >>> from derive.expression import ONE, Hyper
    >>> i, r = Index("i", Axis("?")), Index("r", Axis("R"))
    >>> print(times_it_fits(Position(((i, Hyper("s")), (r, ONE)), -Hyper("p")), i, Axis("H")))
    (H + 2*p - R) // s + 1

    Raises `CannotTell`.
    """
    steps, start = dict(slot.steps), slot.start
    step = steps.pop(letter)
    if sign(step) == "negative":  # read from the end: the same window from the other side
        step, start = negated(step), add(size(axis), negated(start), -1)
        steps = {other: negated(s) for other, s in steps.items()}
    first, last = reach(Position(tuple(steps.items()), start))
    if sign(step) != "positive" or sign(first) == "unknown":
        raise CannotTell
    overhang = [negated(first)] if sign(first) == "negative" else []
    return add(floor_div(add(size(axis), *overhang, negated(last), -1), step), 1)


def reach(slot: Position) -> tuple[Expr, Expr]:
    """The first and the last position that the letters reach. Raises `CannotTell`."""
    first = last = slot.start
    for letter, step in slot.steps:
        way = mul(step, add(size(letter.axis), -1))
        match sign(step):
            case "positive":
                last = add(last, way)
            case "negative":
                first = add(first, way)
            case "unknown":
                raise CannotTell
    return first, last


def leaves(index: Expr, axis: Axis) -> str:
    """Where an index is known to leave the axis, for some sizes: "before the first", "behind the last", or ""."""
    found = bounds(index)
    if found is None:
        return ""
    first, last = found
    if sign(first) == "negative":
        return "before the first"
    return "behind the last" if sign(add(size(axis), -1, negated(last))) == "negative" else ""
