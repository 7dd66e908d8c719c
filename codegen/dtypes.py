"""What an array's dtype hangs on: an array of the caller's, or numbers alone, which must leave float32 as it is."""

from __future__ import annotations

from fractions import Fraction

from codegen.kernel import (
    Arange,
    Array,
    Comparison,
    Elementwise,
    Extent,
    Eye,
    Fold,
    FunctionCall,
    Gather,
    Literal,
    Pick,
    Scatter,
    Select,
    Setting,
    Take,
    Var,
    Window,
    nodes,
    operands,
)
from codegen.lowering.contraction import is_boolean


def has_dtype(array: Array) -> bool:
    """Whether an array of the caller's decides the dtype, and not only Python's numbers and comparisons."""
    match array:
        case Var(axes):
            return bool(axes)
        case Arange(_, like):
            return bool(like)
        case FunctionCall(()) if plain(array):
            return False  # written as a Python number
        case Comparison() | Literal() | Extent() | Eye():
            return False
        case Select(_, _, then, otherwise, like):
            return bool(like) or has_dtype(then) or has_dtype(otherwise)
        case Gather(_, arg) | Take(_, arg) | Pick(_, arg) | Scatter(_, arg) | Window(_, arg) | Fold(_, arg):
            return has_dtype(arg)
        case _:
            return any(map(has_dtype, operands(array)))


def plain(array: Array) -> bool:
    """Whether it is made of Python's numbers alone: sizes, hyperparameters, constants."""
    return not any(isinstance(n, Var) and not isinstance(n, Setting) for n in nodes(array))


def has_fractions(*arrays: Array) -> bool:
    """Whether a number in them is not whole: an array of integers could not hold it."""
    return any(isinstance(n, Literal) and n.value.denominator != 1 for array in arrays for n in nodes(array))


def as_number(array: Array, like: str = "") -> Array:
    """Booleans as 0 and 1, in the dtype of the array named ``like``; anything else as it is."""
    if not is_boolean(array):
        return array
    return Select(array.axes, array, Literal((), Fraction(1)), Literal((), Fraction(0)), like)


def negated(array: Array) -> Array:
    """The negative; NumPy refuses that of a boolean, which becomes a number first."""
    return Elementwise(array.axes, "neg", (as_number(array),))
