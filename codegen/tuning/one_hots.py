"""A one-hot array that is subtracted: one entry of each row is reached by its position, no other is touched.

The gradient of ``P[n, t[n]]`` has a 1 at column ``t[n]`` of row ``n``. As a comparison with all columns that costs more
than the rest of the formula. The position will do instead where the forward pass has read at ``t[n]`` itself: so it is
on the axis. What a `Where` guards may be read off it, and stays a comparison.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from codegen.kernel import Arange, Array, Copy, Elementwise, Expand, FunctionCall, Literal, OneHot, Var, dims
from derive.calculus.bounds import same_size
from derive.expression import Access, Axis, Delta, Expr, Index, Where
from derive.program import Program, Tensor, needed_equations
from derive.rewriting import children

LESS = "less_one_hot"
Positions = frozenset[tuple[str, Axis]]  # whole-number tensors, and an axis that all of their entries are on


def positions_read(program: Program) -> Positions:
    """The positions at which the forward pass reads for certain, so that the others are an error there.

    >>> import derive
    >>> sorted((t, axis.name) for t, axis in positions_read(derive.load("softmax_cross_entropy_labels")))
    [('t', 'C')]
    """
    declared = {t.name: t for t in program.tensors}
    equations = needed_equations(program.equations, program.outputs)
    return frozenset(found for e in equations for found in _read(e.right, declared))


def _read(expr: Expr, declared: dict[str, Tensor]) -> Iterator[tuple[str, Axis]]:
    if isinstance(expr, Where):
        return
    if isinstance(expr, Access) and expr.tensor in declared and not declared[expr.tensor].outside:
        for slot, axis in zip(expr.indices, declared[expr.tensor].axes, strict=False):
            if isinstance(slot, Access) and slot.tensor in declared and _is_whole(slot, declared[slot.tensor]):
                yield slot.tensor, axis
    for part in children(expr):
        yield from _read(part, declared)


def _is_whole(access: Access, tensor: Tensor) -> bool:
    """Whether different letters run over all entries of a tensor of whole numbers."""
    letters = [i for i in access.indices if isinstance(i, Index)]
    plain = len(set(letters)) == len(access.indices) == len(tensor.axes)
    return tensor.integer and plain and all(same_size(i.axis, a) for i, a in zip(letters, tensor.axes, strict=True))


def is_one_hot(delta: Delta, positions: Positions) -> bool:
    """Whether the delta is 1 at exactly one entry of its letter's axis, for each of the others."""
    match delta:
        case Delta(Index() as letter, Access() as at) | Delta(Access() as at, Index() as letter):
            return any(at.tensor == name and same_size(letter.axis, axis) for name, axis in positions)
    return False


def less_one_hot(array: Array) -> Array:
    """``A - (t[:, None] == np.arange(C))`` as a copy of ``A``, less 1 at column ``t[n]`` of each row.

    Different rows are different entries, so that none is reached twice whatever repeats in ``t``. A number that all is
    multiplied by goes inside: what is multiplied is new, and no copy is needed.
    """
    match array:
        case Elementwise(axes, "-", (first, OneHot(_, _, one, other) as hot)) if first.axes == dims(first) == axes:
            letter, spread = (one, other) if isinstance(one, Arange) else (other, one)
            at = spread.arg if isinstance(spread, Expand) else spread
            if (
                isinstance(letter, Arange)
                and isinstance(at, Var)
                and at.axes
                and hot.axes == axes == (*at.axes, *letter.axes)
            ):
                return FunctionCall(axes, LESS, (Copy(axes, first), at, Literal((), Fraction(1))))
        case Elementwise(axes, "*", (FunctionCall(_, function, (Copy(_, first), at, one)), scale)) if function == LESS:
            if not scale.axes and one == Literal((), Fraction(1)):
                return FunctionCall(axes, LESS, (Elementwise(axes, "*", (first, scale)), at, scale))
    return array


def is_copy(array: Array) -> bool:
    """Whether the array is such a copy, which the rest of the formula had better change in place."""
    return isinstance(array, FunctionCall) and array.function == LESS
