"""The last touches to an array before it gets its name: all axes, numbers instead of booleans, its own memory."""

from __future__ import annotations

from codegen.contraction import is_boolean, spread
from codegen.kernel import (
    Arange,
    Array,
    Comparison,
    Copy,
    Diagonal,
    Expand,
    Extent,
    Eye,
    Fold,
    Literal,
    Pick,
    Scatter,
    Select,
    Take,
    Transpose,
    Var,
    Window,
    operands,
)
from codegen.lower import as_number
from derive.expression import Index


def finished(array: Array, axes: tuple[Index, ...], *, own: bool) -> Array:
    """The array with all its axes, as numbers (not booleans), and not a view of somebody else's if it must be own."""
    if is_boolean(array):
        array = as_number(array)
    array = spread(array, axes)
    return Copy(axes, array) if own and axes and is_view(array) else array


def has_dtype(array: Array) -> bool:
    """Whether an array of the caller's decides the dtype, and not only Python's numbers and comparisons."""
    match array:
        case Var(axes):
            return bool(axes)
        case Comparison() | Literal() | Extent() | Arange() | Eye():
            return False
        case Select(_, _, then, otherwise):
            return has_dtype(then) or has_dtype(otherwise)
        case Take(_, arg, _, _) | Pick(_, arg, _, _) | Scatter(_, arg, _) | Window(_, arg) | Fold(_, arg):
            return has_dtype(arg)
        case _:
            return any(map(has_dtype, operands(array)))


def is_view(array: Array) -> bool:
    """Whether it is another array's memory."""
    while isinstance(array, (Transpose, Expand, Diagonal)):
        array = array.arg
    return isinstance(array, Var)
