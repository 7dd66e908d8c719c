"""Values that a formula may stand for: an array with axes, or a derivative of one array by another; how they combine.

Every operation gives all ways that fit, each with the state of shapes in which it fits: none where nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from derive.expression import ONE, ZERO, Axis, Expr, Index, mul, total
from derive.verifying.elaborate.shapes import UNIT, Axes, Layout, Letter, Shapes

Places = tuple[Expr, ...]


@dataclass
class Maker:
    """What turns a value into an expression once all shapes are known: axes get names, sums get indices."""

    shapes: Shapes
    axes: dict[int, Axis] = field(default_factory=dict)
    made: int = 0

    def axis(self, axis: int) -> Axis:
        """The axis of our own tree."""
        root = self.shapes.root(axis)
        if root == UNIT:
            return Axis("1", ONE)
        if root not in self.axes:
            self.axes[root] = Axis(self.shapes.names.get(root, f"axis{root}"))
        return self.axes[root]

    def index(self, axis: int) -> Index:
        """An index that nothing else uses."""
        self.made += 1
        return Index(f"k{self.made}", self.axis(axis))

    def sum(self, axes: Axes, body: Callable[[Places], Expr]) -> Expr:
        """The sum of the body over axes; an axis with one entry needs none."""
        over = tuple(None if self.shapes.root(a) == UNIT else self.index(a) for a in axes)
        return total(tuple(k for k in over if k is not None), body(tuple(ZERO if k is None else k for k in over)))

    def letter(self, letter: Letter) -> Index:
        """The index of a letter."""
        return Index(letter.name, self.axis(letter.axis))

    def place(self, axis: int, index: Expr) -> Expr:
        """The index along an axis: an axis with one entry is read at 0."""
        return ZERO if self.shapes.root(axis) == UNIT else index


Entry = Callable[[Places, Maker], Expr]


@dataclass(frozen=True)
class Value:
    """An array: its axes and its entries. ``flipped``: a vector that was transposed.

    ``over`` is the number of leading axes that belong to what is differentiated, if the value is the derivative of
    one array by another; None for any other value.
    """

    axes: Axes
    at: Entry
    flipped: bool = False
    over: int | None = None
    reading: tuple[str, ...] = ()

    def noted(self, *reading: str) -> Value:
        """The same value, with a note on how something was read."""
        return replace(self, reading=tuple(dict.fromkeys((*self.reading, *reading))))


Reading = tuple[Value, Shapes]
Readings = Iterator[Reading]


def scalar(expr: Expr) -> Value:
    """A value without axes."""
    return Value((), lambda places, maker: expr)


def mapped(operation: Callable[[Expr], Expr], value: Value) -> Value:
    """A function of each entry."""
    return replace(value, at=lambda places, maker: operation(value.at(places, maker)))


def entrywise(operation: Callable[[Expr, Expr], Expr], a: Value, b: Value, shapes: Shapes) -> Readings:
    """Entry by entry, broadcasting where it is unmistakable: a scalar, a single row or column, a vector."""
    reading = (*a.reading, *b.reading)
    if (a.over is not None or b.over is not None) and a.axes and b.axes:
        return
    if len(a.axes) == len(b.axes):
        yield from _same_rank(operation, a, b, shapes)
        return
    big, small, swapped = (a, b, False) if len(a.axes) > len(b.axes) else (b, a, True)
    for where, state in _alignments(big, small, shapes):

        def at(places: Places, maker: Maker, where: tuple[int, ...] = where) -> Expr:
            few = small.at(tuple(places[p] for p in where), maker)
            many = big.at(places, maker)
            return operation(few, many) if swapped else operation(many, few)

        yield Value(big.axes, at, big.flipped, big.over, tuple(dict.fromkeys(reading))), state


def _same_rank(operation: Callable[[Expr, Expr], Expr], a: Value, b: Value, shapes: Shapes) -> Readings:
    for axes, state in _stretched(a.axes, b.axes, shapes):

        def at(places: Places, maker: Maker) -> Expr:
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


def _alignments(big: Value, small: Value, shapes: Shapes) -> Iterator[tuple[tuple[int, ...], Shapes]]:
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
    order: tuple[int, ...] = {"row": (1,), "column": (0,), "": (1, 0)}[shapes.batch]
    thin = [n for n, x in enumerate(big.axes) if shapes.sizes.get(shapes.root(x)) == 1]
    if len(thin) == 1 and shapes.spoken_of(axis):  # (50, 1) beside a vector of 50
        order = (1 - thin[0], thin[0])
    for n in order:
        state = shapes.same(axis, big.axes[n])
        if state is not None:
            yield (n,), state


def product(a: Value, b: Value, shapes: Shapes, *, dot: bool = False) -> Readings:
    """The matrix product: neighbouring axes are summed over; ``dot``: two vectors multiplied with a dot."""
    if a.over is not None or b.over is not None:
        yield from along_path(a, b, shapes)
        return
    if not a.axes or not b.axes:
        return
    if len(a.axes) == 1 and len(b.axes) == 1:
        yield from _vectors(a, b, shapes, dot)
        return
    if len(a.axes) > 2 or len(b.axes) > 2:
        yield from _batched(a, b, shapes)
        return
    state = shapes.same(a.axes[-1], b.axes[0])
    if state is None:
        return
    if len(a.axes) == 1:
        state = oriented(state, "row", a.flipped)
    elif len(b.axes) == 1:
        state = oriented(state, "column", b.flipped)
    if state is None:
        return
    rows = a.axes[:-1]

    def at(places: Places, maker: Maker) -> Expr:
        head, tail = places[: len(rows)], places[len(rows) :]
        return maker.sum(a.axes[-1:], lambda k: mul(a.at(head + k, maker), b.at(k + tail, maker)))

    flipped = len(rows) + len(b.axes) == 2 and (a.flipped or b.flipped)
    yield Value(rows + b.axes[1:], at, flipped, reading=(*a.reading, *b.reading)), state


def oriented(shapes: Shapes, wanted: Layout, flipped: bool) -> Shapes | None:
    """The state in which a vector, transposed or not, stands for a row or column as wanted."""
    layout: Layout = wanted if not flipped else ("row" if wanted == "column" else "column")
    if shapes.layout in ("", layout):
        return replace(shapes, layout=layout)
    return None


def _vectors(a: Value, b: Value, shapes: Shapes, dot: bool) -> Readings:
    """Two vectors: a row times a column is a number, a column times a row a matrix."""
    reading = (*a.reading, *b.reading)
    inner = shapes.same(a.axes[0], b.axes[0])
    if inner is not None and a.flipped != b.flipped:
        inner = oriented(inner, "row", a.flipped)
    elif not dot:
        inner = None
    if inner is not None:

        def at(places: Places, maker: Maker) -> Expr:
            return maker.sum(a.axes, lambda k: mul(a.at(k, maker), b.at(k, maker)))

        yield Value((), at, reading=reading), inner
    outer = oriented(shapes, "column", a.flipped) if a.flipped != b.flipped else None
    if outer is not None:

        def cell(places: Places, maker: Maker) -> Expr:
            return mul(a.at(places[:1], maker), b.at(places[1:], maker))

        yield Value(a.axes + b.axes, cell, reading=reading), outer


def _batched(a: Value, b: Value, shapes: Shapes) -> Readings:
    """Matrices along leading axes that are the same."""
    if len(a.axes) < 2 or len(b.axes) < 2:
        return
    lead = max(len(a.axes), len(b.axes)) - 2
    heads = (a.axes[:-2], b.axes[:-2])
    state: Shapes | None = shapes
    if all(heads):
        state = shapes.all_same(*heads)
    state = state.same(a.axes[-1], b.axes[-2]) if state is not None else None
    if state is None:
        return

    def at(places: Places, maker: Maker) -> Expr:
        first, second = (places[:lead] if head else () for head in heads)
        row, column = places[lead : lead + 1], places[lead + 1 :]
        return maker.sum(a.axes[-1:], lambda k: mul(a.at(first + row + k, maker), b.at(second + k + column, maker)))

    yield Value((heads[0] or heads[1]) + (a.axes[-2], b.axes[-1]), at, reading=(*a.reading, *b.reading)), state


def along_path(a: Value, b: Value, shapes: Shapes) -> Readings:
    """A link of a chain of partials: what is differentiated by on one side is what is differentiated on the other."""
    for left, right in ((a, b), (b, a)):
        if right.over is None or (left.over is not None and left.over == len(left.axes)):
            continue
        start = left.over or 0
        inner = left.axes[start:]
        state = shapes.all_same(inner, right.axes[: right.over]) if right.over == len(inner) else None
        if state is None or not inner:
            continue

        def at(places: Places, maker: Maker, left: Value = left, right: Value = right, start: int = start) -> Expr:
            head, tail = places[:start], places[start:]
            return maker.sum(left.axes[start:], lambda k: mul(left.at(head + k, maker), right.at(k + tail, maker)))

        axes = left.axes[:start] + right.axes[right.over :]
        yield Value(axes, at, False, left.over, (*a.reading, *b.reading)), state
        return


def entrywise_sum(a: Value, b: Value, shapes: Shapes) -> Readings:
    """The sum of the products of all entries of two arrays of one shape."""

    def at(places: Places, maker: Maker) -> Expr:
        return maker.sum(a.axes, lambda k: mul(a.at(k, maker), b.at(k, maker)))

    yield Value((), at, reading=(*a.reading, *b.reading)), shapes


def transposed(value: Value) -> Value | None:
    """Rows and columns exchanged; None for more than two axes."""
    if value.over is not None or len(value.axes) > 2:
        return None
    if len(value.axes) < 2:
        return replace(value, flipped=not value.flipped) if value.axes else value
    return replace(value, axes=value.axes[::-1], at=lambda places, maker: value.at(places[::-1], maker))


def summed(value: Value, places: tuple[int, ...]) -> Value:
    """The sum over some axes, by their places."""
    kept = tuple(n for n in range(len(value.axes)) if n not in places)

    def at(outer: Places, maker: Maker) -> Expr:
        def body(inner: Places) -> Expr:
            at = {**dict(zip(kept, outer, strict=True)), **dict(zip(places, inner, strict=True))}
            return value.at(tuple(at[n] for n in range(len(value.axes))), maker)

        return maker.sum(tuple(value.axes[n] for n in places), body)

    return Value(tuple(value.axes[n] for n in kept), at, reading=value.reading)


def entry(value: Value, places: tuple[Callable[[Maker], Expr], ...]) -> Value:
    """The first axes read at given places; the others stay."""

    def at(rest: Places, maker: Maker) -> Expr:
        first = tuple(maker.place(axis, place(maker)) for axis, place in zip(value.axes, places, strict=False))
        return value.at((*first, *rest), maker)

    return Value(value.axes[len(places) :], at, reading=value.reading)
