"""How long an axis is: read off the shape of a tensor at hand, or worked out from an axis that is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from codegen.kernel import Array, Axes, Elementwise, FunctionCall, ShapeOf
from codegen.lowering.whole_numbers import whole_array
from derive.calculus.whole_numbers import FLOOR_DIV, divided
from derive.errors import CannotJudge
from derive.expression import ONE, ZERO, Axis, Expr, Number, Pow, Size, number, power
from derive.program import Program, Tensor
from derive.rewriting import walk

ArrayOf = Callable[[Expr, Axes], Array]
Named = tuple[Tensor, str]  # a tensor at hand, and its identifier


def read_off(axis: Axis, at_hand: Iterable[Named]) -> Array | None:
    """The length of a dimension with that axis, None if no tensor has one."""
    for tensor, name in at_hand:
        if axis in tensor.axes and not (tensor.flattened and axis == tensor.axes[-1]):
            return ShapeOf((), name, tensor.axes.index(axis))
    return None


def solved(axis: Axis, at_hand: Sequence[Named], array: ArrayOf) -> Array | None:
    """The size of an axis from the length of another one that is made of it, as H from 4*H + 1."""
    for tensor, name in at_hand:
        for place, other in enumerate(tensor.axes):
            if other.extent is None or isinstance(other.extent, Number):
                continue
            times, rest = divided(other.extent, Size(axis))
            others = [n.axis for side in (times, rest) for n in walk(side) if isinstance(n, Size)]
            if times != ZERO and axis not in others and all(read_off(a, at_hand) for a in others):
                return _quotient(ShapeOf((), name, place), times, rest, array)
    return None


def _quotient(length: Array, times: Expr, rest: Expr, array: ArrayOf) -> Array:
    if rest != ZERO:
        length = Elementwise((), "-", (length, whole_array(rest, array)))
    if times == ONE:
        return length
    if any(isinstance(n, Pow) and n.exponent == number(-1) for n in walk(times)):
        # a part of the axis, of which there are as many
        return Elementwise((), "*", (length, whole_array(power(times, -1), array)))
    return FunctionCall((), FLOOR_DIV, (length, whole_array(times, array)))


def with_axis(program: Program, saved: tuple[str, ...], axis: Axis) -> tuple[str, ...]:
    """The tensors saved and one more, to read a size off it."""
    more = next((t.name for t in program.given if axis in t.axes and t.name not in saved), None)
    more = more or next((t.name for t in program.given if _tells(axis, t) and t.name not in saved), None)
    if more is None:
        raise unreadable(program, axis)
    return tuple(t.name for t in program.tensors if t.name in saved or t.name == more)


def unreadable(program: Program, axis: Axis) -> CannotJudge:
    """The error for a size that no argument tells."""
    return CannotJudge(
        f"the size of {axis.name} cannot be read off any argument of {program.name}",
        hint=f"declare a tensor with the axis {axis.name}, or make {axis.name} a hyperparameter",
    )


def _tells(axis: Axis, tensor: Tensor) -> bool:
    """Whether an axis of the tensor is made of this one."""
    return any(a.extent is not None and Size(axis) in walk(a.extent) for a in tensor.axes)
