"""The oracle: the value of any expression at a point, index by index, slow and obvious.

Nothing here shares code with the calculus: a slope ``f'(x)`` and a local derivative ``∂Y[i]/∂X[j]`` are
difference quotients (`derive.differences`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from derive.degree import function_body
from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Add,
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
from derive.precision import Value, constant, lift, minus, primitive, raised
from derive.program import Equation
from derive.rewriting import free_indices
from derive.scalar_functions import POWERS
from derive.world import Entry, Table, World

Binding = Mapping[Index, int]
NOWHERE: Binding = MappingProxyType({})


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
            return world.entry(tensor, tuple(whole(evaluate(i, world, binding)) for i in indices))
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
            gap = minus(evaluate(left, world, binding), evaluate(right, world, binding))
            return int(HOLDS[op](world.compared(gap)))
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


_free = lru_cache(maxsize=1 << 16)(free_indices)


def _remembered(expr: Expr, world: World, binding: Binding) -> Value:
    key = (expr, *(binding.get(i) for i in _free(expr)))
    if key not in world.memo:
        world.memo[key] = _afresh(expr, world, binding)
    return world.memo[key]


def _afresh(expr: Expr, world: World, binding: Binding) -> Value:
    from derive.differences import function_slope, local_derivative  # they evaluate in their turn

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
        for value in values:  # distances to the winner, in the order of the indices: it must not change
            world.compared(minus(best, value))
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
    values: dict[str, Table] = {p: {(): a} for p, a in zip(parameters, args, strict=True)}
    return evaluate(body, World(world.program, world.sizes, values, world.hyper, world.gaps))
