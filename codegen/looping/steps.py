"""Reads of the step before (or after): ``where(t > 0, h[t - 1, k], h0[k])``, the one form that recurrences take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from codegen.kernel import Array, Axes, Shift
from codegen.lowering.contraction import spread, transpose
from derive.calculus.shifts import last
from derive.expression import ZERO, Access, Compare, Expr, Index, Where
from derive.rewriting import free_indices


@dataclass(frozen=True)
class StepApart:
    """``access`` read one step before (``pace`` 1) or after (-1) the index ``now``, which stands at ``place``.

    ``start`` is what stands in for the step that is not there; it does not depend on ``now``.
    """

    access: Access
    now: Index
    place: int
    pace: int
    start: Expr

    @property
    def others(self) -> tuple[Expr, ...]:
        """The indices but for that of time."""
        return (*self.access.indices[: self.place], *self.access.indices[self.place + 1 :])


def step_apart(expr: Expr) -> StepApart | None:
    """The expression as a read of the neighbouring step, None if it is none."""
    match expr:
        case Where(Compare(op, Index() as now, bound), Access() as read, start):
            pace = {(">", ZERO): 1, ("<", last(now)): -1}.get((op, bound), 0)
            places = [k for k, slot in enumerate(read.indices) if slot == now - pace]
            others = [slot for slot in read.indices if slot != now - pace]
            plain = all(isinstance(i, Index) and i != now for i in others) and len(set(others)) == len(others)
            if pace and len(places) == 1 and plain and now not in free_indices(start):
                return StepApart(read, now, places[0], pace, start)
    return None


def shifted(apart: StepApart, out: Axes, array: Callable[[Expr, Axes], Array]) -> Array:
    """The neighbouring step of every step, in one array; ``array`` lowers an expression."""
    full = tuple(apart.now if k == apart.place else i for k, i in enumerate(apart.access.indices))
    whole = Access(apart.access.tensor, full)
    axes, rest = free_indices(whole), tuple(i for i in free_indices(whole) if i != apart.now)
    start = array(apart.start, rest)
    start = start if apart.start == ZERO else spread(start, rest)
    return transpose(Shift(axes, array(whole, axes), start, apart.place, apart.pace), out)
