"""Derivatives without a calculus: difference quotients of the function or the equation itself.

They are exact for piecewise polynomials of degree two, and good to sixty digits otherwise. At a kink, where
comparisons fall out differently on the two sides, a derivative is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from derive.errors import CannotJudge
from derive.expression import Access, Call, Expr
from derive.judging.degree import EXACT_UP_TO, degree
from derive.judging.evaluate import evaluate
from derive.judging.precision import MASKED, STEP, Value, lift, minus, over
from derive.judging.reads import reads
from derive.judging.world import AtKink, Entry, Table, World


class Sides(NamedTuple):
    """Two worlds on either side of a point, and how far apart."""

    right: World
    left: World
    apart: Value


def function_slope(world: World, name: str, args: tuple[Value, ...], position: int) -> Value:
    """The slope of a scalar function by one argument, from its values on both sides."""
    parameters = tuple(f"#{k}" for k in range(len(args)))
    call = Call(name, tuple(map(Access, parameters)))
    table: dict[str, Table] = {p: {(): a} for p, a in zip(parameters, args, strict=True)}
    here = World(world.program, world.sizes, table, world.hyper)
    moving = parameters[position]
    sides = both_sides(here, {moving: {(): 1}}, _is_exact(world, call, moving))
    slope = quotient(lambda side: evaluate(call, side), sides)
    if world.gaps is not None:
        world.gaps.extend(sides.right.gaps or ())
    return slope


def local_derivative(world: World, of: str, at: Entry, wrt: str, entry: Entry) -> Value:
    """The derivative of one entry of an equation's left side by one entry of an operand, all others held."""
    equation = world.program.equation(of)
    if equation is None:
        raise CannotJudge(f"no equation defines {of}")
    touched = reads(world, equation).get(at, {}).get((wrt, entry))
    if touched is None:
        world.entry(of, at), world.entry(wrt, entry)  # both must exist
        return 0
    exact = _is_exact(world, equation.right, wrt)
    key = ("both sides", wrt, entry, exact)
    if key not in world.memo:
        world.memo[key] = both_sides(world, {wrt: {entry: 1}}, exact)
    return quotient(lambda side: sum(part.value(side) for part in touched), world.memo[key])


def _is_exact(world: World, expr: Expr, tensor: str) -> bool:
    key = ("is exact", expr, tensor)
    if key not in world.memo:
        world.memo[key] = degree(expr, {tensor: 1}, world.program) <= EXACT_UP_TO
    return bool(world.memo[key])


def both_sides(world: World, direction: Mapping[str, Table], exact: bool) -> Sides:
    """The worlds a small step along the direction, which names entries by tensor, and the same step back.

    ``exact`` keeps fractions; else the step is small compared with the entries too, but for those that a mask has
    left, so that ``log`` and ``1/x`` are as precise near 0 as elsewhere.
    """
    step = STEP
    if not exact:
        distances = [abs(lift(world.entry(tensor, e))) for tensor, by in direction.items() for e in by]
        step = lift(STEP) * min([1, *(d for d in distances if d > MASKED)])
    ahead = {tensor: {e: step * v for e, v in by.items()} for tensor, by in direction.items()}
    back = {tensor: {e: -v for e, v in by.items()} for tensor, by in ahead.items()}
    return Sides(world.moved(ahead), world.moved(back), 2 * step)


def quotient(value: Callable[[World], Value], sides: Sides) -> Value:
    """The central difference of a value. Errors: `AtKink`."""
    change = minus(value(sides.right), value(sides.left))
    refuse_kink(sides)
    return over(change, sides.apart)


def refuse_kink(sides: Sides) -> None:
    """Raise `AtKink` if a comparison falls out differently on the two sides."""
    if _signs(sides.right) != _signs(sides.left):
        raise AtKink("no derivative: the point lies on a kink, or on a jump")


def _signs(world: World) -> list[int]:
    return [int(gap > 0) - int(gap < 0) for gap in world.gaps or ()]
