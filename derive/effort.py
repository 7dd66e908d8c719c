"""How much work one question may take: what would take more is given up, so that no input keeps us busy for ever.

Work is counted, not timed: the same input is given up at the same place on every machine. A unit is about 10 µs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

from derive.errors import CannotJudge


class TooMuchWork(CannotJudge):
    """A question whose answer would take too long."""


@dataclass
class Effort:
    """How many units of work may still be done; ``whole`` is the allowance that all others are part of."""

    left: int
    whole: Effort | None = None


_allowed: ContextVar[Effort | None] = ContextVar("allowed", default=None)


@contextmanager
def at_most(units: int, *, aside: bool = False) -> Iterator[None]:
    """Inside, `worked` raises `TooMuchWork` beyond so many units, or what is left outside if that is less.

    So does a recursion that gets too deep. ``aside``: work that is not for the one question alone, such as the points
    at which many are judged, counts for the whole only.
    """
    outer = _allowed.get()
    if aside and outer is not None:
        outer = outer.whole or outer
    start = units if outer is None else min(units, outer.left)
    inner = Effort(start, None if outer is None else outer.whole or outer)
    token = _allowed.set(inner)
    try:
        yield
    except RecursionError:
        raise TooMuchWork("the formula is too long, or nested too deep") from None
    finally:
        _allowed.reset(token)
        if outer is not None:
            outer.left -= start - max(inner.left, 0)


def worked(units: int = 1) -> None:
    """Count work; nothing is counted outside `at_most`.

    >>> with at_most(10):
    ...     worked(11)
    Traceback (most recent call last):
    derive.effort.TooMuchWork: there are too many ways to read this, or too many numbers to compare
    """
    allowed = _allowed.get()
    if allowed is not None:
        allowed.left -= units
        if allowed.left < 0:
            raise TooMuchWork("there are too many ways to read this, or too many numbers to compare")
