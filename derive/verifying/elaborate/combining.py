"""How two arrays are multiplied: as a matrix product, along a chain of partials, all entries summed up."""

from __future__ import annotations

from dataclasses import replace

from derive.expression import Expr, mul
from derive.verifying.elaborate.shapes import Layout, Shapes
from derive.verifying.elaborate.values import Maker, Places, Readings, Value


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
        state = _standing(a, state, "row")
    elif len(b.axes) == 1:
        state = _standing(b, state, "column")
    if state is None:
        return
    rows = a.axes[:-1]

    def at(places: Places, maker: Maker) -> Expr:
        head, tail = places[: len(rows)], places[len(rows) :]
        return maker.sum(a.axes[-1:], lambda k: mul(a.at(head + k, maker), b.at(k + tail, maker)))

    flipped = len(rows) + len(b.axes) == 2 and (a.flipped or b.flipped)
    yield Value(rows + b.axes[1:], at, flipped, reading=(*a.reading, *b.reading)), state


def _standing(vector: Value, shapes: Shapes, wanted: Layout) -> Shapes | None:
    if vector.upright:
        return shapes if vector.flipped == (wanted == "row") else None
    return oriented(shapes, wanted, vector.flipped)


def oriented(shapes: Shapes, wanted: Layout, flipped: bool) -> Shapes | None:
    """The state in which a vector, transposed or not, stands for a row or column as wanted."""
    layout: Layout = wanted if not flipped else ("row" if wanted == "column" else "column")
    if shapes.layout in ("", layout):
        return replace(shapes, layout=layout)
    return None


def _vectors(a: Value, b: Value, shapes: Shapes, dot: bool) -> Readings:
    """Two vectors: a row times a column is a number, a column times a row a matrix."""
    reading = (*a.reading, *b.reading)
    inner, outer = shapes.same(a.axes[0], b.axes[0]), None
    if a.flipped != b.flipped:
        inner = _standing(a, inner, "row") if inner is not None else None
        inner = _standing(b, inner, "column") if inner is not None else None
        outer = _standing(a, shapes, "column")
        outer = _standing(b, outer, "row") if outer is not None else None
    elif not dot:
        inner = None
    if inner is not None:

        def at(places: Places, maker: Maker) -> Expr:
            return maker.sum(a.axes, lambda k: mul(a.at(k, maker), b.at(k, maker)))

        yield Value((), at, reading=reading), inner
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
