"""The numbers in a product: they are multiplied among themselves first, so that the array is gone through once."""

from __future__ import annotations

from fractions import Fraction

from codegen.dtypes import as_number, negated
from codegen.kernel import Array, Elementwise, Literal
from codegen.lowering.contraction import is_boolean, times


def scaled(main: Array | None, value: Fraction, above: list[Array], below: list[Array], like: str) -> Array:
    """The array times a number, times the scalars above the line, divided by those below.

    ``like``: the array whose dtype 0 and 1 take that were booleans. No array is the number 1.
    """
    top, bottom = list(above), list(below)
    number_above, number_below = abs(value.numerator), value.denominator
    if not bottom and number_below != 1 and main is not None:
        top.insert(0, Literal((), Fraction(number_above, number_below)))
    else:
        if number_above != 1:
            top.insert(0, Literal((), Fraction(number_above)))
        if number_below != 1:
            bottom.insert(0, Literal((), Fraction(number_below)))
    scalar = times(top, ()) if top else None
    divisor = times(bottom, ()) if bottom else None
    if scalar is not None and divisor is not None:
        scalar, divisor = Elementwise((), "/", (scalar, divisor)), None
    if main is None:
        main = scalar if scalar is not None else Literal((), Fraction(1))
        scalar = None
    if scalar is not None and is_boolean(main):
        main = as_number(main, like)
    if scalar is not None:
        plain = isinstance(scalar, Literal)
        main = Elementwise(main.axes, "*", (scalar, main) if plain else (main, scalar))
    if divisor is not None:
        main = Elementwise(main.axes, "/", (main, divisor))
    return negated(main) if value < 0 else main
