r"""Functions of whole matrices: ``A^{-1}``, ``A^{-\top}``, ``\det A``, ``|A|``, ``\operatorname{tr} A``."""

from __future__ import annotations

from dataclasses import replace

from derive.expression import Access, Call, Expr, Reduce
from derive.verifying.elaborate.context import Unclear
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Maker, Places, Readings, Value

INVERSES = {"-1": False, "-T": True, "-top": True}  # what stands above, and whether it transposes as well


def inverted(value: Value, shapes: Shapes) -> Readings:
    """The inverse of a square matrix that has a name."""
    state = _square(value, shapes)
    if state is None:
        return

    def at(places: Places, maker: Maker) -> Expr:
        entry = value.at(places, maker)
        if not isinstance(entry, Access) or set(entry.indices[-2:]) != set(places):
            raise Unclear("the inverse of a matrix without a name is not understood")
        return Call("inv", (entry,))

    yield replace(value, at=at), state


def determinant(value: Value, shapes: Shapes) -> Readings:
    """The determinant of a square matrix."""
    state = _square(value, shapes)
    if state is None:
        return

    def at(places: Places, maker: Maker) -> Expr:
        rows = tuple(maker.index(a) for a in value.axes)
        return Reduce("det", rows, value.at(rows, maker))

    yield Value((), at, reading=value.reading), state


def trace(value: Value, shapes: Shapes) -> Readings:
    """The sum of the diagonal of a square matrix; of a number itself."""
    if not value.axes:
        yield value, shapes
        return
    state = _square(value, shapes)
    if state is not None:

        def at(places: Places, maker: Maker) -> Expr:
            return maker.sum(value.axes[:1], lambda k: value.at(k + k, maker))

        yield Value((), at, reading=value.reading), state


def _square(value: Value, shapes: Shapes) -> Shapes | None:
    return shapes.same(*value.axes) if len(value.axes) == 2 and value.over is None else None
