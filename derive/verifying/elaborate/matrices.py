r"""Functions of whole matrices: ``A^{-1}``, ``A^{-\top}``, ``\det A``, ``|A|``, ``\operatorname{tr} A``."""

from __future__ import annotations

from dataclasses import replace

from derive.expression import Access, Call, Expr, Reduce, add, delta, mul, number, power
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Maker, Places, Readings, Value

INVERSES = {"-1": False, "-T": True, "-top": True}  # what stands above, and whether it transposes as well


def inverted(value: Value, shapes: Shapes) -> Readings:
    """The inverse of a square matrix; of one without a name by Cramer's rule, each entry a quotient of determinants."""
    state = _square(value, shapes)
    if state is None:
        return

    def at(places: Places, maker: Maker) -> Expr:
        entry = value.at(places, maker)
        if isinstance(entry, Access) and set(entry.indices[-2:]) == set(places):
            return Call("inv", (entry,))
        row, column = (maker.index(a) for a in value.axes)
        here = delta(row, places[1])
        with_unit = add(mul(here, delta(column, places[0])), mul(add(1, mul(-1, here)), value.at((row, column), maker)))
        whole = tuple(maker.index(a) for a in value.axes)
        return mul(
            Reduce("det", (row, column), with_unit), power(Reduce("det", whole, value.at(whole, maker)), number(-1))
        )

    yield replace(value, at=at), state


def determinant(value: Value, shapes: Shapes) -> Readings:
    """The determinant of a square matrix, or of a square Jacobian."""
    state = _square(replace(value, over=None) if value.over == 1 else value, shapes)
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
