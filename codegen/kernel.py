"""The code IR: whole-array operations that know which index each dimension runs over.

An `Array` is a pure expression; a body is a list of assignments of arrays to names. How an operation
is spelled is a backend's business, where the lines stand on the page a template's.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from fractions import Fraction

from derive.expression import Axis, Index

Axes = tuple[Index, ...]


@dataclass(frozen=True)
class Array:
    """An array expression; ``axes`` has one index for each dimension, none for a scalar."""

    axes: Axes


@dataclass(frozen=True)
class Var(Array):
    """A name: an argument, a saved value, or something assigned before.

    ``kept``: the dimensions it really has, where a reduction kept some of them with length 1.
    """

    name: str
    kept: Axes = ()


@dataclass(frozen=True)
class Setting(Var):
    """The name of a hyperparameter: a Python number, which leaves float32 as it is."""


@dataclass(frozen=True)
class Literal(Array):
    """An exact number; ``real``: written as a floating-point number even if it is whole."""

    value: Fraction
    real: bool = False


@dataclass(frozen=True)
class NamedConstant(Array):
    """``pi`` or ``e``."""

    name: str


@dataclass(frozen=True)
class Extent(Array):
    """The number of entries along an axis, as a whole number."""

    axis: Axis


@dataclass(frozen=True)
class ShapeOf(Array):
    """The length of one dimension of a named array."""

    name: str
    place: int


@dataclass(frozen=True)
class Arange(Array):
    """The values 0, 1, ... of an index itself; ``like``: the array whose dtype they have, whole numbers without one."""

    like: str = ""


@dataclass(frozen=True)
class Eye(Array):
    """The identity matrix: Kronecker's delta of two indices over one axis."""


@dataclass(frozen=True)
class Elementwise(Array):
    """An arithmetic operator (``+ - * / ** neg``), entry by entry, broadcasting from the left as NumPy does."""

    op: str
    args: tuple[Array, ...]


@dataclass(frozen=True)
class FunctionCall(Array):
    """A scalar function of every entry."""

    function: str
    args: tuple[Array, ...]


@dataclass(frozen=True)
class Comparison(Array):
    """A comparison of every entry; booleans, which multiply as 0 and 1."""

    op: str
    left: Array
    right: Array


@dataclass(frozen=True)
class OneHot(Comparison):
    """The comparison of a letter with positions on its axis: it holds once for each of them."""


@dataclass(frozen=True)
class Select(Array):
    """One array where the condition holds, else the other; ``like``: the array whose dtype the result has."""

    condition: Array
    then: Array
    otherwise: Array
    like: str = ""


@dataclass(frozen=True)
class Reduction(Array):
    """``sum``, ``max``, ``min`` or ``prod`` over some dimensions; ``keep``: they stay with length 1."""

    op: str
    arg: Array
    over: Axes
    keep: bool = False


@dataclass(frozen=True)
class MatMul(Array):
    """A matrix product (also vector by matrix, or over leading batch axes)."""

    left: Array
    right: Array


@dataclass(frozen=True)
class Outer(Array):
    """The outer product of two vectors."""

    left: Array
    right: Array


@dataclass(frozen=True)
class TensorDot(Array):
    """A contraction over several axes, or of arrays that are no matrices."""

    left: Array
    right: Array
    over: Axes


@dataclass(frozen=True)
class Einsum(Array):
    """A contraction that is none of the above: the last resort."""

    args: tuple[Array, ...]


@dataclass(frozen=True)
class Transpose(Array):
    """The same array with its dimensions in another order (a view)."""

    arg: Array


@dataclass(frozen=True)
class Expand(Array):
    """The same array with dimensions of length 1 put in, so that it broadcasts; ``full`` has one index a dimension."""

    arg: Array
    full: Axes


@dataclass(frozen=True)
class Squeeze(Array):
    """An array with kept dimensions, without them."""

    arg: Array


@dataclass(frozen=True)
class Diagonal(Array):
    """The entries of a square array with both indices equal."""

    arg: Array


@dataclass(frozen=True)
class Take(Array):
    """The entries of one dimension, number ``place``, at whole-number positions; that dimension gives way to theirs."""

    arg: Array
    at: Array
    place: int


@dataclass(frozen=True)
class Pick(Array):
    """One entry along a dimension for each of the others: ``P[n, t[n]]``."""

    arg: Array
    at: Array
    place: int


@dataclass(frozen=True)
class Gather(Array):
    """The entries at a whole-number position for each dimension; ``zero``: outside the array they are 0."""

    arg: Array
    at: tuple[Array, ...]
    zero: bool


@dataclass(frozen=True)
class Window(Array):
    """One dimension, number ``place``, read at ``start`` plus each letter times its step; 0 outside it."""

    arg: Array
    place: int
    letters: Axes
    steps: tuple[Array, ...]
    start: Array


@dataclass(frozen=True)
class Fold(Array):
    """The adjoint of `Window`: each value is added to the entry that it was read from; ``to`` is that dimension."""

    values: Array
    place: int
    to: Index
    steps: tuple[Array, ...]
    start: Array


@dataclass(frozen=True)
class Scatter(Array):
    """The adjoint of `Take`: values summed by place, the first axis; ``at`` has the leading axes of ``values``."""

    values: Array
    at: Array


@dataclass(frozen=True)
class Spread(Array):
    """An array repeated along axes that it does not have, as an array of its own."""

    arg: Array


@dataclass(frozen=True)
class Copy(Array):
    """An array of its own with the same entries."""

    arg: Array


@dataclass(frozen=True)
class Cast(Array):
    """An array of numbers in the floating-point dtype of a named array."""

    arg: Array
    like: str


@dataclass(frozen=True)
class Shift(Array):
    """Of each entry along a dimension the one before (``pace`` 1) or after (-1), ``start`` where there is none."""

    arg: Array
    start: Array
    place: int
    pace: int


@dataclass(frozen=True)
class ResultType(Array):
    """The floating-point dtype of what is computed from the named arrays."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Buffer(Array):
    """A new array in a named dtype, of the kind of the array ``like``: with room for the steps of a loop, or zeros."""

    dtype: str
    like: Array
    zeros: bool = False


@dataclass(frozen=True)
class Slot:
    """One step of a named array: its entries at a counter's value along the dimension number ``place``."""

    name: str
    place: int
    counter: str


@dataclass(frozen=True)
class Assign:
    """``name = value``, one line of a body; in a loop the value may also go ``into`` its step of some arrays.

    An empty name: it goes there only.

    ``over``: the array, no longer needed, that the value is written over; its own name: it is changed in place.
    ``formula``: a remark, the formula that this line begins to compute in steps.
    """

    name: str
    value: Array
    into: tuple[Slot, ...] = ()
    over: str = ""
    formula: Array | None = None


@dataclass(frozen=True)
class Loop:
    """The body for each value of the counter, from 0 to the size of the axis, or backwards."""

    counter: str
    axis: Axis
    backwards: bool
    body: tuple[Assign, ...]


Line = Assign | Loop


def operands(array: Array) -> tuple[Array, ...]:
    """The arrays directly inside."""
    found: list[Array] = []
    for name in _parts(type(array)):
        part = getattr(array, name)
        for inner in part if isinstance(part, tuple) else (part,):
            found.extend(end for end in getattr(inner, "ends", (inner,)) if isinstance(end, Array))
    return tuple(found)


def _parts(kind: type[Array]) -> tuple[str, ...]:
    """The fields of a kind of node that can hold arrays."""
    return tuple(f.name for f in fields(kind) if f.name not in ("axes", "over", "kept", "full", "letters"))


def nodes(array: Array) -> tuple[Array, ...]:
    """Every node, parents first."""
    return (array, *(n for part in operands(array) for n in nodes(part)))


def dims(array: Array) -> Axes:
    """The dimensions that the array really has; one that is not among its axes has length 1."""
    match array:
        case Var(_, _, kept):
            return kept or array.axes
        case Reduction(_, _, arg, _, True):
            return arg.axes
        case Expand(_, _, full):
            return full
        case Elementwise() | FunctionCall() | Comparison() | Select():
            return max((dims(a) for a in operands(array)), key=len)
        case _:
            return array.axes
