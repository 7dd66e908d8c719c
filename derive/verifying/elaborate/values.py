"""Values that a formula may stand for: an array with axes, or a derivative of one array by another; how they combine.

Every operation gives all ways that fit, each with the state of shapes in which it fits: none where nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from derive.expression import ONE, ZERO, Axis, Expr, Index, Size, add, number, total
from derive.rewriting import substitute
from derive.verifying.elaborate.shapes import UNIT, Axes, Letter, Shapes

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
            name = self.shapes.names.get(root, f"axis{root}")
            self.axes[root] = Axis(name)  # while it is made: a window over itself has no end
            self.axes[root] = Axis(name, self._extent(root, name))
        return self.axes[root]

    def _extent(self, root: int, name: str) -> Expr | None:
        """How the number of entries is computed, None where it is free."""
        if name in self.shapes.extents:
            return self.shapes.extents[name].size(self)
        if root in self.shapes.sizes and root not in self.shapes.names:  # as many as are written out
            return number(self.shapes.sizes[root])
        window = next((w for a, w in self.shapes.windows.items() if self.shapes.root(a) == root), None)
        if window is None or any(self.shapes.root(x.axis) == root for x in window.letters):
            return None
        last: dict[Expr, Expr] = {self.letter(x): Size(self.axis(x.axis)) - 1 for x in window.letters}
        return add(substitute(window.place(self), last), 1)

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
    """An array: its axes and its entries. ``flipped``: a vector that was transposed; ``upright``: one that is a column
    for certain, before that.

    ``over`` is the number of leading axes that belong to what is differentiated, if the value is the derivative of
    one array by another; None for any other value.
    """

    axes: Axes
    at: Entry
    flipped: bool = False
    over: int | None = None
    reading: tuple[str, ...] = ()
    upright: bool = False

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
