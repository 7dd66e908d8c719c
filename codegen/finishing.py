"""The last touches to an array before it gets its name: all axes, numbers instead of booleans, its own memory."""

from __future__ import annotations

from codegen.arrangement import Reshape, Slice
from codegen.dtypes import as_number
from codegen.kernel import Array, Copy, Diagonal, Expand, Take, Transpose, Var, operands
from codegen.lowering.contraction import spread
from derive.expression import Index


def finished(array: Array, axes: tuple[Index, ...], *, own: bool) -> Array:
    """The array with all its axes, as numbers (not booleans), and not a view of somebody else's if it must be own."""
    array = spread(as_number(array), axes)
    if not (own and axes and is_view(array)):
        return array
    if isinstance(array, Reshape):  # one copy, where the reshape of a transposed array would be another
        return Reshape(axes, Copy(array.arg.axes, array.arg))
    return Copy(axes, array)


def is_view(array: Array) -> bool:
    """Whether it is another array's memory."""
    while isinstance(array, (Transpose, Expand, Diagonal, Slice, Reshape)) or _is_one_entry(array):
        array = operands(array)[0]
    return isinstance(array, Var)


def _is_one_entry(array: Array) -> bool:
    """Whether one position of a dimension is read, all others whole."""
    return isinstance(array, Take) and not array.at.axes
