"""The slopes of one entry of an equation by everything that it reads, found in one evaluation.

Sums and products are differentiated term by term, functions by their difference quotients (`function_slope`): the same
numbers as `local_derivative` entry by entry, at the price of a few evaluations instead of two for every entry read.
The calculus has no part in it. Where an expression holds a node for which this module has no rule, `Unsloped` is
raised, and difference quotients of the whole entry have to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from derive.calculus.whole_numbers import FLOOR_DIV, FLOOR_MOD
from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Delta,
    Expr,
    Mul,
    Pow,
    Reduce,
    Where,
)
from derive.judging.differences import function_slope
from derive.judging.evaluate import Slots, function_value, reading, slot, whole
from derive.judging.precision import Value, lift, minus, multiplied, raised, total
from derive.judging.world import AtKink, Entry, World
from derive.program import Equation
from derive.rewriting import free_indices, walk

Read = tuple[str, Entry]
Jet = tuple[Value, Mapping[Read, Value]]
Jets = Callable[[World, Slots], Jet]
LEVEL: Mapping[Read, Value] = {}


class Unsloped(Exception):
    """A node that has no rule here."""


def slopes(world: World, equation: Equation, at: Entry) -> dict[Read, Value]:
    """The slopes of one entry of the left side by the entries that it reads; those that are 0 may be left out.

    Errors: `CannotJudge` at a kink or outside a domain; `Unsloped`.
    """
    _, found = jet(equation.right)(world, dict(zip(map(slot, equation.indices), at, strict=True)))
    return {read: slope for read, slope in found.items() if slope != 0}


@lru_cache(maxsize=1 << 14)
def jet(expr: Expr) -> Jets:
    """The expression as a function that gives its value and its slopes by all entries that it reads."""
    if not any(isinstance(n, Access) for n in walk(expr)) or isinstance(expr, (Delta, Compare)):
        level = reading(expr)
        return lambda world, binding: (level(world, binding), LEVEL)
    match expr:
        case Access(tensor, indices):
            return _entry(tensor, tuple(map(reading, indices)))
        case Add(terms):
            parts = tuple(map(jet, terms))
            return lambda world, binding: _sum([part(world, binding) for part in parts])
        case Mul(factors):
            return _product(factors)
        case Pow(base, exponent):
            return _power(jet(base), jet(exponent))
        case Where(condition, then, otherwise):
            holds, yes, no = reading(condition), jet(then), jet(otherwise)
            return lambda world, binding: (yes if holds(world, binding) else no)(world, binding)
        case Reduce("sum" | "prod" | "max" | "min"):
            return _remembered(expr, _reduction(expr))
        case Call(name, args) if name != "inv":
            return _remembered(expr, _applied(name, tuple(map(jet, args))))
    raise Unsloped(type(expr).__name__)


def _entry(tensor: str, places: tuple[Callable[[World, Slots], Value], ...]) -> Jets:
    def read(world: World, binding: Slots) -> Jet:
        at = tuple(whole(place(world, binding)) for place in places)
        value = world.read(tensor, at)
        declared = world.program.tensor(tensor)
        if declared.integer or at not in world.values[tensor]:
            if declared.outside == "clipped":
                raise Unsloped("a read beyond the ends")
            return value, LEVEL
        return value, {(tensor, at): 1}

    return read


def _sum(parts: list[Jet]) -> Jet:
    slopes: dict[Read, list[Value]] = {}
    for _, found in parts:
        for read, slope in found.items():
            slopes.setdefault(read, []).append(slope)
    return total([value for value, _ in parts]), {read: total(found) for read, found in slopes.items()}


def _times(one: Jet, other: Jet) -> Jet:
    (a, first), (b, second) = one, other
    slopes = {read: multiplied((slope, b)) for read, slope in first.items()}
    for read, slope in second.items():
        more = multiplied((a, slope))
        slopes[read] = total((slopes[read], more)) if read in slopes else more
    return multiplied((a, b)), slopes


def _product(factors: tuple[Expr, ...]) -> Jets:
    """Brackets and deltas first: where one is 0 the rest need not exist."""
    brackets = [reading(f) for f in factors if isinstance(f, (Delta, Compare))]
    others = [jet(f) for f in factors if not isinstance(f, (Delta, Compare))]

    def read(world: World, binding: Slots) -> Jet:
        if any(bracket(world, binding) == 0 for bracket in brackets):
            return 0, LEVEL
        return _multiplied([other(world, binding) for other in others])

    return read


def _multiplied(parts: list[Jet]) -> Jet:
    result: Jet = (1, LEVEL)
    for part in parts:
        result = _times(result, part) if result[1] or result[0] != 1 else part
    return result


def _power(base: Jets, exponent: Jets) -> Jets:
    def read(world: World, binding: Slots) -> Jet:
        (under, slopes), (over, moving) = base(world, binding), exponent(world, binding)
        if moving:
            raise Unsloped("an exponent that moves")
        if not slopes:
            return raised(under, over), LEVEL
        steep = over * raised(under, minus(over, 1))
        return raised(under, over), {read: steep * slope for read, slope in slopes.items()}

    return read


def _reduction(expr: Reduce) -> Jets:
    body, over = jet(expr.body), tuple(map(slot, expr.indices))

    def read(world: World, binding: Slots) -> Jet:
        inner, parts = dict(binding), []
        for entry in world.entries(i.axis for i in expr.indices):
            inner.update(zip(over, entry, strict=True))
            parts.append(body(world, inner))
        if expr.op == "sum":
            return _sum(parts)
        return _multiplied(parts) if expr.op == "prod" else _best(parts, expr.op)

    return read


def _best(parts: list[Jet], op: str) -> Jet:
    best = (max if op == "max" else min)(parts, key=lambda part: lift(part[0]))
    if any(minus(value, best[0]) == 0 and slopes != best[1] for value, slopes in parts):
        raise AtKink(f"no derivative: the {op} is a tie")
    return best


def _applied(name: str, args: tuple[Jets, ...]) -> Jets:
    def read(world: World, binding: Slots) -> Jet:
        inputs = [arg(world, binding) for arg in args]
        values = tuple(value for value, _ in inputs)
        parts: list[Jet] = [(0, LEVEL)]
        for position, (_, slopes) in enumerate(inputs):
            if slopes and name not in (FLOOR_DIV, FLOOR_MOD):
                steep = function_slope(world, name, values, position)
                parts.append((0, {read: steep * slope for read, slope in slopes.items()}))
        return function_value(world, name, values), _sum(parts)[1]

    return read


def _remembered(expr: Expr, afresh: Jets) -> Jets:
    """What is costly is worked out once in a world for the values of its free indices."""
    free = tuple(map(slot, free_indices(expr)))

    def read(world: World, binding: Slots) -> Jet:
        key = ("jet", expr, *map(binding.get, free))
        if key not in world.memo:
            world.memo[key] = afresh(world, binding)
        found: Jet = world.memo[key]
        return found

    return read
