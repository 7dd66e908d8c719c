"""How two arrays combine entry by entry: which axes are the same, which are stretched."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.effort import worked
from derive.expression import Expr
from derive.verifying.elaborate.shapes import UNIT, Axes, Shapes
from derive.verifying.elaborate.values import Maker, Places, Readings, Value


def entrywise(
    operation: Callable[[Expr, Expr], Expr], a: Value, b: Value, shapes: Shapes, known: bool = False
) -> Readings:
    """Entry by entry, broadcasting where it is unmistakable: a scalar, a single row or column, a vector.

    ``known``: a vector that nothing is known of is not stretched.
    """
    reading = (*a.reading, *b.reading)
    if (a.over is not None or b.over is not None) and a.axes and b.axes:
        return
    if len(a.axes) == len(b.axes):
        yield from _same_rank(operation, a, b, shapes)
        return
    big, small, swapped = (a, b, False) if len(a.axes) > len(b.axes) else (b, a, True)
    for where, state in _alignments(big, small, shapes, known):

        def at(places: Places, maker: Maker, where: tuple[int, ...] = where) -> Expr:
            few = small.at(tuple(places[p] for p in where), maker)
            many = big.at(places, maker)
            return operation(few, many) if swapped else operation(many, few)

        yield Value(big.axes, at, big.flipped, big.over, tuple(dict.fromkeys(reading))), state


def _same_rank(operation: Callable[[Expr, Expr], Expr], a: Value, b: Value, shapes: Shapes) -> Readings:
    for axes, state in _stretched(a.axes, b.axes, shapes):
        worked()

        def at(places: Places, maker: Maker) -> Expr:
            worked()
            left = tuple(maker.place(x, p) for x, p in zip(a.axes, places, strict=True))
            right = tuple(maker.place(x, p) for x, p in zip(b.axes, places, strict=True))
            return operation(a.at(left, maker), b.at(right, maker))

        over = a.over if a.over is not None else b.over
        yield Value(axes, at, a.flipped and b.flipped, over, tuple(dict.fromkeys((*a.reading, *b.reading)))), state


def _stretched(left: Axes, right: Axes, shapes: Shapes) -> Iterator[tuple[Axes, Shapes]]:
    """The common shape: axes agree, or one of them has one entry and stretches."""
    together = shapes.all_same(left, right)
    if together is not None:
        yield left, together
        return
    axes, state = [], shapes
    for a, b in zip(left, right, strict=True):
        joined = state.same(a, b)
        if joined is not None:
            axes.append(a)
            state = joined
            continue
        one = next((x for x in (a, b) if _may_be_one(x, state)), None)
        if one is None:
            return
        shrunk = state.same(UNIT, one)
        if shrunk is None:
            return
        axes.append(b if one == a else a)
        state = shrunk
    yield tuple(axes), state


def _may_be_one(axis: int, shapes: Shapes) -> bool:
    root = shapes.root(axis)
    return root == UNIT or shapes.sizes.get(root) == 1


def _alignments(
    big: Value, small: Value, shapes: Shapes, only_known: bool = False
) -> Iterator[tuple[tuple[int, ...], Shapes]]:
    """Where the axes of the smaller value go: a scalar nowhere, a vector where its axis is, or by the layout."""
    if not small.axes:
        yield (), shapes
        return
    if len(small.axes) != 1 or len(big.axes) != 2:
        found = [n for n, x in enumerate(big.axes) for y in small.axes if shapes.root(x) == shapes.root(y)]
        if len(found) == len(small.axes):
            yield tuple(found), shapes
        return
    (axis,) = small.axes
    known = [n for n, x in enumerate(big.axes) if shapes.root(x) == shapes.root(axis)]
    if len(known) == 1:
        yield (known[0],), shapes
        return
    if only_known and not shapes.spoken_of(axis):
        return
    order: tuple[int, ...] = {"row": (1,), "column": (0,), "": (1, 0)}[shapes.batch]
    thin = [n for n, x in enumerate(big.axes) if shapes.sizes.get(shapes.root(x)) == 1]
    if len(thin) == 1 and shapes.spoken_of(axis):  # (50, 1) beside a vector of 50
        order = (1 - thin[0], thin[0])
    for n in order:
        state = shapes.same(axis, big.axes[n])
        if state is not None:
            yield (n,), state
