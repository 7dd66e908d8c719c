"""The order in which to compute a formula in one place: an array to begin with, and steps that change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from codegen.arrangement import Merge, Reshape, Slice
from codegen.kernel import (
    Array,
    Axes,
    Comparison,
    Diagonal,
    Elementwise,
    Expand,
    Eye,
    FunctionCall,
    Gather,
    Squeeze,
    Take,
    Transpose,
    Var,
    Window,
    dims,
    operands,
)
from codegen.tuning.dtype_kinds import Kind, kind

# What may be a view of its first operand; a gather at a single place is one too.
VIEWS = (Transpose, Expand, Squeeze, Diagonal, Window, Slice, Reshape, Merge, Take, Gather)
# What NumPy has as one function that can be told where its result goes.
UFUNCS = frozenset({"exp", "log", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "atan"})
UFUNCS |= {"relu", "abs", "sign", "maximum", "minimum"}


@dataclass(frozen=True)
class Step:
    """An operation on the array made so far, which is argument number ``place`` of the ``whole``."""

    whole: Array
    place: int


@dataclass(frozen=True)
class Plan:
    """Make ``start``, or take the array that it names, and change it step by step."""

    start: Array
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Planner:
    """Finds the order in which to compute an array in one place; ``free``: the names whose memory can be taken over."""

    free: frozenset[str]
    kinds: Mapping[str, Kind]

    def planned(self, array: Array) -> Plan | None:
        """How to compute an array in one place; None if it is there already and must not be changed."""
        if isinstance(array, Var):
            return Plan(array, ()) if array.name in self.free and dims(array) == array.axes else None
        if isinstance(array, (Window, Diagonal, Comparison, Eye)) or seen_through(array):
            return None
        if isinstance(array, Elementwise) and array.op in "+-":
            return self._sum(array)
        if isinstance(array, Elementwise) and array.op == "*":
            return self._product(array)
        if isinstance(array, FunctionCall) and array.function not in UFUNCS:
            return Plan(array, ())
        if isinstance(array, FunctionCall) or (isinstance(array, Elementwise) and array.op != "**"):
            found = self._best(operands(array), array.axes)
            return Plan(array, ()) if found is None else Plan(found[1].start, (*found[1].steps, Step(array, found[0])))
        return Plan(array, ())

    def _best(self, args: Sequence[Array], axes: Axes) -> tuple[int, Plan] | None:
        """The operand to compute first: one whose dtype is the result's, long to compute, in memory that is free."""
        plans = [(k, p) for k, a in enumerate(args) if a.axes == dims(a) == axes and (p := self.planned(a)) is not None]
        sources = [kind(a, self.kinds).sources for a in args]
        whole = frozenset[str]().union(*sources)
        return max(
            plans,
            key=lambda p: (sources[p[0]] == whole, len(p[1].steps), isinstance(p[1].start, Var), -p[0]),
            default=None,
        )

    def _product(self, array: Elementwise) -> Plan:
        found = self._best(array.args, array.axes)
        if found is None:
            return Plan(array, ())
        place, plan = found
        others = (a for k, a in enumerate(array.args) if k != place)
        pairs = (replace(array, args=(array.args[place], other)) for other in others)
        return Plan(plan.start, (*plan.steps, *(Step(pair, 0) for pair in pairs)))

    def _sum(self, array: Elementwise) -> Plan:
        terms = _terms(array)
        found = self._best([t for _, t in terms], array.axes)
        if found is None:
            return Plan(array, ())
        place, plan = found
        negative, first = terms[place]
        rest = [t for k, t in enumerate(terms) if k != place]
        steps = list(plan.steps)
        if negative:
            k = next((k for k, (minus, _) in enumerate(rest) if not minus), None)
            if k is None:
                return Plan(array, ())
            steps.append(Step(Elementwise(array.axes, "-", (rest.pop(k)[1], first)), 1))
        steps += (Step(Elementwise(array.axes, "-" if minus else "+", (first, t)), 0) for minus, t in rest)
        return Plan(plan.start, tuple(steps))


def _terms(array: Array, negative: bool = False) -> list[tuple[bool, Array]]:
    """The terms of a sum, each with whether it is subtracted."""
    match array:
        case Elementwise(_, "+" | "-" as op, (first, second)):
            return [*_terms(first, negative), *_terms(second, negative ^ (op == "-"))]
    return [(negative, array)]


def applied(step: Step, to: Array) -> Array:
    """The operation with the array made so far in its place."""
    assert isinstance(step.whole, (Elementwise, FunctionCall))
    args = list(step.whole.args)
    args[step.place] = to
    return replace(step.whole, args=tuple(args))


def seen_through(array: Array) -> Var | None:
    """The named array that this one is a view of."""
    while isinstance(array, VIEWS):
        array = operands(array)[0]
    return array if isinstance(array, Var) else None
