"""Which letter an index gets: ``n`` for the axis N, i, j, k for axes written small or as numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import chain, count

from derive.expression import Axis, Index
from derive.rewriting import fresh

SPARE = "ijklmpqrst"  # for sizes that are written small or as numbers: the letters of a lecture's indices


def indices_for(axes: tuple[Axis, ...], taken: Iterable[Index] = ()) -> tuple[Index, ...]:
    """One index for each axis, all different from each other and from those taken.

    >>> [i.name for i in indices_for((Axis("N"), Axis("N"), Axis("H1"), Axis("m")))]
    ['n', "n'", 'h1', 'i']
    """
    used = list(taken)
    sizes = {a.name for a in axes} | {i.axis.name for i in used}
    start = len(used)
    for axis in axes:
        used.append(fresh(Index(_letter(axis, sizes, {i.name for i in used}), axis), used))
    return tuple(used[start:])


def _letter(axis: Axis, sizes: set[str], names: set[str]) -> str:
    if axis.name[0].isupper() and axis.name.isidentifier():
        return axis.name.lower()
    free = [letter for letter in SPARE if letter not in sizes]
    return next((letter for letter in free if letter not in names), free[0] if free else "i")


def unused_letter(axis: Axis, names: Collection[str]) -> str:
    """A name for an index over the axis that is none of those used.

    >>> unused_letter(Axis("N"), ["d"]), unused_letter(Axis("N"), ["n", "i"])
    ('n', 'j')
    """
    candidates: Iterable[str] = chain((_letter(axis, {axis.name}, set()), *SPARE), (f"i{k}" for k in count(1)))
    return next(name for name in candidates if name not in names)
