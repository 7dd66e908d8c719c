"""The same array in fewer passes over memory: forms that NumPy computes fast, as accurate as those they replace.

Each is an identity between arrays. Only arrays of two dimensions or more are worth it; what is smaller stays as it
reads best.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from codegen.kernel import (
    Array,
    Einsum,
    Elementwise,
    Expand,
    FunctionCall,
    Literal,
    Reduction,
    Var,
    dims,
)
from codegen.lines import rebuilt
from codegen.lowering.contraction import is_boolean
from codegen.tuning.one_hots import LESS, less_one_hot

ONE, TWO = (Literal((), Fraction(n)) for n in (1, 2))


def cheaper(array: Array) -> Array:
    """The array with every part of it in its cheapest form."""
    array = rebuilt(array, cheaper)
    for rewrite in (
        multiplied_out,
        minus_inside,
        divided_once,
        small_first,
        sum_of_products,
        less_one_hot,
        small_first_inside,
    ):
        array = rewrite(array)
    return array


def multiplied_out(array: Array) -> Array:
    """``A**3 = A**2 * A``: NumPy squares fast, and takes other powers by logarithms, forty times slower."""
    match array:
        case Elementwise(axes, "**", (Var() as base, Literal(_, value))) if value.denominator == 1 and 2 < value <= 16:
            half = multiplied_out(replace(array, args=(base, Literal((), Fraction(value // 2)))))
            half = base if value // 2 == 1 else half
            square = Elementwise(axes, "**", (half, TWO))
            return square if value % 2 == 0 else Elementwise(axes, "*", (square, base))
    return array


def minus_inside(array: Array) -> Array:
    """``-(0.5 * A) = (-0.5) * A``: the sign goes into a number that is there."""
    match array:
        case Elementwise(_, "neg", (Elementwise((_, _, *_), "*", (Literal() as number, *rest)) as product,)):
            return replace(product, args=(replace(number, value=-number.value), *rest))
    return array


def divided_once(array: Array) -> Array:
    """``A / b = A * (1 / b)`` where ``b`` has fewer dimensions: one division for each entry of the smaller array."""
    match array:
        case Elementwise(axes, "/", (above, below)) if len(above.axes) >= 2 and _smaller(below, above):
            if isinstance(below, Literal):
                return array
            return Elementwise(axes, "*", (above, Elementwise(below.axes, "/", (ONE, below))))
    return array


def small_first(array: Array) -> Array:
    """Factors of fewer dimensions are multiplied among themselves, so that the large array is gone through once."""
    if not isinstance(array, Elementwise) or array.op != "*" or len(array.axes) < 2:
        return array
    factors = _factors(array)
    small = sorted((f for f in factors if _smaller(f, array)), key=lambda f: -len(f.axes))
    if len(small) < 2 or any(not set(f.axes) <= set(small[0].axes) for f in small):
        return array
    product = small[0]
    for factor in small[1:]:
        product = _times(product, factor)
    place = min(k for k, f in enumerate(factors) if f in small)
    large = [f for f in factors if f not in small]
    return Elementwise(array.axes, "*", (*large[:place], product, *large[place:]))


def small_first_inside(array: Array) -> Array:
    """The same where a one-hot array is taken from the product."""
    match array:
        case FunctionCall(_, function, (first, *rest)) if function == LESS:
            return replace(array, args=(small_first(first), *rest))
    return array


def _factors(array: Array) -> tuple[Array, ...]:
    if isinstance(array, Elementwise) and array.op == "*":
        return tuple(f for part in array.args for f in _factors(part))
    return (array,)


def _times(first: Array, second: Array) -> Array:
    """The product of small factors; a reciprocal divides."""
    match first, second:
        case _, Elementwise(_, "/", (Literal(_, one), below)) if one == 1:
            return Elementwise(first.axes, "/", (first, below))
        case Elementwise(_, "/", (Literal(_, one), below)), _ if one == 1:
            return Elementwise(first.axes, "/", (second, below))
    return Elementwise(first.axes, "*", (first, second))


def _smaller(array: Array, than: Array) -> bool:
    return len(array.axes) < len(than.axes)


def sum_of_products(array: Array) -> Array:
    """A sum of products in one pass, without the product as an array: along one axis, or along all of them.

    A sum along several axes of many keeps NumPy's pairwise summation, which loses fewer digits of so many terms; so
    do sums of a single array over all or over its first axes, which are fast as they are.
    """
    if not isinstance(array, Reduction) or array.op != "sum":
        return array
    factors, whole = _two_factors(array.arg), array.arg.axes
    if len(whole) < 2 or any(not f.axes == dims(f) == whole or is_boolean(f) for f in factors):
        return array
    last, every = array.over == whole[-1:], set(array.over) == set(whole) and not array.keep
    if not (last or (len(factors) == 2 and (every or len(array.over) == 1))):
        return array
    found = Einsum(tuple(i for i in whole if i not in array.over), factors)
    return Expand(found.axes, found, whole) if array.keep else found


def _two_factors(array: Array) -> tuple[Array, ...]:
    """The array as a product of two, where it is one."""
    match array:
        case Elementwise(_, "**", (Var() as base, Literal(_, value))) if value == 2:
            return (base, base)
        case Elementwise(_, "*", (*first, last)):
            return (first[0] if len(first) == 1 else replace(array, args=tuple(first)), last)
    return (array,)
