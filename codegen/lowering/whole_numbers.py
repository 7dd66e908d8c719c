"""Whole numbers as code: sizes and hyperparameters, a quotient that is whole written ``D // H``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce

from codegen.kernel import Array, Axes, Elementwise, FunctionCall
from derive.calculus.whole_numbers import FLOOR_DIV, NotWhole, polynomial
from derive.expression import Expr, Pow, mul, power
from derive.rewriting import terms_of


def whole_array(expr: Expr, array: Callable[[Expr, Axes], Array]) -> Array:
    """The number, worked out in whole numbers."""
    try:
        terms = polynomial(expr)
    except NotWhole:
        return array(expr, ())
    if all(c.denominator == 1 and not any(isinstance(f, Pow) for f in m) for m, c in terms.items()):
        return array(expr, ())
    if len(terms) == 1:
        ((factors, count),) = terms.items()
        below = mul(count.denominator, *(power(f, -1) for f in factors if isinstance(f, Pow)))
        above = mul(Fraction(count.numerator), *(f for f in factors if not isinstance(f, Pow)))
        return FunctionCall((), FLOOR_DIV, (array(above, ()), array(below, ())))
    whole = [whole_array(t, array) for t in terms_of(expr)]  # not written in one form: a size less 1 stays so
    return reduce(lambda left, right: Elementwise((), "+", (left, right)), whole)
