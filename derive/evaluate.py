"""The oracle: the value of any expression at a point, index by index, slow and obvious.

Nothing here shares code with the calculus. A slope ``f'(x)`` and a local derivative ``∂Y[i]/∂X[j]`` are
difference quotients of the function and of the equation themselves, exact for piecewise polynomials of
degree two and good to fifty digits otherwise; at a kink, where the two sides disagree, they are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import product
from types import MappingProxyType
from typing import Any

from derive.degree import EXACT_UP_TO, degree, function_body
from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Add,
    Axis,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
)
from derive.precision import STEP, Value, constant, lift, primitive, raised
from derive.program import Equation, Program
from derive.rewriting import free_indices
from derive.scalar_functions import POWERS

Entry = tuple[int, ...]
Table = Mapping[Entry, Value]
Binding = Mapping[Index, int]
NOWHERE: Binding = MappingProxyType({})


class OutsideTensor(CannotJudge):
    """An access beyond the ends of a tensor, or of the wrong rank."""


class AtKink(CannotJudge):
    """A derivative asked for where the function has none."""


@dataclass(frozen=True)
class World:
    """A point to evaluate at: a size for each axis name, a number for each entry of each tensor.

    ``gaps`` collects, if it is a list, by how much each comparison was decided; ``memo`` remembers values
    of subexpressions, which is sound because a world never changes.
    """

    program: Program
    sizes: Mapping[str, int]
    values: Mapping[str, Table]
    hyper: Mapping[str, Value] = MappingProxyType({})
    gaps: list[Value] | None = field(default=None, compare=False, repr=False)
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def size(self, axis: Axis) -> int:
        """How many entries the axis has."""
        if axis.name in self.sizes:
            return self.sizes[axis.name]
        if axis.extent is None:
            raise CannotJudge(f"no size is given for the axis {axis.name}")
        return whole(evaluate(axis.extent, self))

    def entries(self, axes: Iterable[Axis]) -> Iterable[Entry]:
        """All index tuples over the axes, the last index fastest."""
        return product(*(range(self.size(a)) for a in axes))

    def moved(self, tensor: str, entry: Entry, by: Value) -> World:
        """The world with that one entry moved and no comparison made yet."""
        table = {**self.values[tensor], entry: self.values[tensor][entry] + by}
        return replace(self, values={**self.values, tensor: table}, gaps=[], memo={})


def evaluate(expr: Expr, world: World, binding: Binding = NOWHERE) -> Value:
    """The value of the expression where its free indices are bound as given.

    Errors: `CannotJudge` for what has no value here (outside a tensor, of the domain, at a kink).
    """
    match expr:
        case Number(value):
            return value
        case Index():
            if expr not in binding:
                raise CannotJudge(f"the index {expr.name} is bound by nothing")
            return binding[expr]
        case Access(tensor, indices):
            return _entry(tensor, tuple(whole(evaluate(i, world, binding)) for i in indices), world)
        case Mul(factors):
            return _product(factors, world, binding)
        case Add(terms):
            return sum(evaluate(t, world, binding) for t in terms)
        case Reduce() | Call() | Slope() | Partial():
            return _remembered(expr, world, binding)
        case Pow(base, exponent):
            return raised(evaluate(base, world, binding), evaluate(exponent, world, binding))
        case Delta(left, right):
            return int(evaluate(left, world, binding) == evaluate(right, world, binding))
        case Compare(op, left, right):
            gap = evaluate(left, world, binding) - evaluate(right, world, binding)
            _note(world, gap)
            return int(HOLDS[op](gap))
        case Where(condition, then, otherwise):
            return evaluate(then if evaluate(condition, world, binding) else otherwise, world, binding)
        case Size(axis):
            return world.size(axis)
        case Hyper(name):
            return world.hyper[name]
        case Constant(name):
            return constant(name)
        case _:
            raise CannotJudge(f"no value is defined for {type(expr).__name__}")


HOLDS: Mapping[str, Callable[[Value], bool]] = {
    ">": lambda gap: bool(gap > 0),
    ">=": lambda gap: bool(gap >= 0),
    "<": lambda gap: bool(gap < 0),
    "<=": lambda gap: bool(gap <= 0),
    "==": lambda gap: bool(gap == 0),
    "!=": lambda gap: bool(gap != 0),
}


def whole(value: Value) -> int:
    """The value as an index."""
    if value != int(value):
        raise CannotJudge(f"an index must be a whole number, not {value}")
    return int(value)


def tabulate(expr: Expr, indices: Iterable[Index], world: World) -> dict[Entry, Value]:
    """The values for all values of the indices."""
    indices = tuple(indices)
    return {
        entry: evaluate(expr, world, dict(zip(indices, entry, strict=True)))
        for entry in world.entries(i.axis for i in indices)
    }


def forward(world: World, equations: Iterable[Equation] | None = None) -> World:
    """The world with the left sides of the equations (all of the program's, if none are named) worked out."""
    values = dict(world.values)
    result = replace(world, values=values, memo={})
    for equation in world.program.equations if equations is None else equations:
        values[equation.name] = tabulate(equation.right, equation.indices, result)
    return result


def _entry(tensor: str, entry: Entry, world: World) -> Value:
    table = world.values.get(tensor)
    if table is None:
        raise CannotJudge(f"the tensor {tensor} has no values")
    if entry not in table:
        raise OutsideTensor(f"{tensor} has no entry {list(entry)}")
    return table[entry]


def _product(factors: tuple[Expr, ...], world: World, binding: Binding) -> Value:
    """Brackets and deltas first: where one is 0 the rest need not exist, as in ``[i >= 1] * x[i - 1]``."""
    result: Value = 1
    for f in factors:
        if isinstance(f, (Delta, Compare)) and evaluate(f, world, binding) == 0:
            return 0
    for f in factors:
        if not isinstance(f, (Delta, Compare)):
            result = result * evaluate(f, world, binding)
    return result


def _note(world: World, gap: Value) -> None:
    """Comparisons of indices do not count: only real numbers have kinks."""
    if world.gaps is not None and not isinstance(gap, int):
        world.gaps.append(gap)


_free = lru_cache(maxsize=1 << 16)(free_indices)


def _remembered(expr: Expr, world: World, binding: Binding) -> Value:
    key = (expr, *(binding.get(i) for i in _free(expr)))
    if key not in world.memo:
        world.memo[key] = _afresh(expr, world, binding)
    return world.memo[key]


def _afresh(expr: Expr, world: World, binding: Binding) -> Value:
    match expr:
        case Reduce():
            return _reduced(expr, world, binding)
        case Call(name, args):
            return function_value(world, name, tuple(evaluate(a, world, binding) for a in args))
        case Slope(name, args, position):
            return function_slope(world, name, tuple(evaluate(a, world, binding) for a in args), position)
        case Partial(of, wrt):
            at = tuple(whole(evaluate(i, world, binding)) for i in of.indices)
            entry = tuple(whole(evaluate(i, world, binding)) for i in wrt.indices)
            return local_derivative(world, of.tensor, at, wrt.tensor, entry)
    raise TypeError(type(expr).__name__)


def _reduced(expr: Reduce, world: World, binding: Binding) -> Value:
    values = [
        evaluate(expr.body, world, {**binding, **dict(zip(expr.indices, entry, strict=True))})
        for entry in world.entries(i.axis for i in expr.indices)
    ]
    if expr.op == "sum":
        return sum(values)
    if expr.op == "prod":
        result: Value = 1
        for value in values:
            result = result * value
        return result
    if not values:
        raise CannotJudge(f"the {expr.op} over nothing")
    best, *rest = sorted(values, key=lift, reverse=expr.op == "max")
    if rest:
        for value in values:  # every distance to the winner, in the order of the indices: who wins must not change
            _note(world, (best - value) * lift(1))
    return best


def function_value(world: World, name: str, args: tuple[Value, ...]) -> Value:
    """The value of a scalar function: the layer's own, one defined in the table, or one that mpmath knows.

    A body sees its parameters and the hyperparameters, no tensor.
    """
    if name in POWERS:
        return raised(args[0], POWERS[name])
    found = function_body(world.program, name)
    if found is None:
        return primitive(name, args)
    parameters, body = found
    values = {p: {(): a} for p, a in zip(parameters, args, strict=True)}
    return evaluate(body, World(world.program, world.sizes, values, world.hyper, world.gaps))


def function_slope(world: World, name: str, args: tuple[Value, ...], position: int) -> Value:
    """The slope of a scalar function by one argument, from its values on both sides."""
    parameters = tuple(f"#{k}" for k in range(len(args)))
    call = Call(name, tuple(map(Access, parameters)))
    table = {p: {(): a} for p, a in zip(parameters, args, strict=True)}
    here = World(world.program, world.sizes, table, world.hyper)
    exact = degree(call, {parameters[position]: 1}, world.program) <= EXACT_UP_TO
    right, left = both_sides(here, parameters[position], (), exact)
    slope = quotient(call, NOWHERE, right, left)
    if world.gaps is not None:
        world.gaps.extend(right.gaps or ())
    return slope


def local_derivative(world: World, of: str, at: Entry, wrt: str, entry: Entry) -> Value:
    """The derivative of one entry of an equation's left side by one entry of an operand, all others held."""
    equation = world.program.equation(of)
    if equation is None:
        raise CannotJudge(f"no equation defines {of}")
    _entry(wrt, entry, world)
    exact = degree(equation.right, {wrt: 1}, world.program) <= EXACT_UP_TO
    key = ("both sides", wrt, entry, exact)
    if key not in world.memo:
        world.memo[key] = both_sides(world, wrt, entry, exact)
    return quotient(equation.right, dict(zip(equation.indices, at, strict=True)), *world.memo[key])


def both_sides(world: World, tensor: str, entry: Entry, exact: bool) -> tuple[World, World]:
    """The world with an entry a small step up and the same step down; ``exact`` keeps fractions."""
    step = STEP if exact else lift(STEP)
    return world.moved(tensor, entry, step), world.moved(tensor, entry, -step)


def quotient(expr: Expr, binding: Binding, right: World, left: World) -> Value:
    """The central difference of the expression over two worlds a double step apart.

    Errors: `AtKink` when a comparison falls out differently on the two sides.
    """
    difference = evaluate(expr, right, binding) - evaluate(expr, left, binding)
    refuse_kink(right, left)
    return difference / (2 * STEP)


def refuse_kink(right: World, left: World) -> None:
    """Raise `AtKink` if the comparisons of two worlds fell out differently."""
    if _sides(right) != _sides(left):
        raise AtKink("no derivative: the point lies on a kink, or on a jump")


def _sides(world: World) -> list[int]:
    return [int(gap > 0) - int(gap < 0) for gap in world.gaps or ()]
