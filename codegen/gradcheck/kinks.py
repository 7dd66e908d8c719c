"""At a kink and right beside it: the slope must be the declared one, and lie between the slopes of both sides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

import numpy as np

from codegen.gradcheck.differences import one_sided
from codegen.gradcheck.points import Point, describe, point
from codegen.gradcheck.subject import Subject
from derive.errors import CannotJudge
from derive.expression import Call, Compare, Expr, Reduce
from derive.judging.evaluate import forward
from derive.judging.sampling import worlds
from derive.judging.world import World
from derive.ledger import Derivation
from derive.program import DIFFERENTIABLE, Program
from derive.rewriting import tensors_in, walk
from derive.scalar_functions import TABLE

ATTEMPTS = 12
ENOUGH = 3
BESIDE = (Fraction(1, 2**12), Fraction(1, 2**33))  # the units of the steps off the kink, far and near
FAR = Fraction(1, 1000)  # comparisons nearer than this could be crossed by a difference quotient


@dataclass(frozen=True)
class Kink:
    """Points right beside a kink, and one exactly on it if floating-point numbers meet it there.

    ``alone``: no other kink goes through that point.
    """

    beside: tuple[Point, ...]
    at: Point | None
    alone: bool


def any_within(program: Program) -> bool:
    """Whether the layer has a function with a kink, a branch, or a largest or smallest entry."""
    expressions = [e.right for e in program.equations] + [f.body for f in program.functions]
    return any(_has_kink(node) for expression in expressions for node in walk(expression))


def _has_kink(node: Expr) -> bool:
    match node:
        case Call(name, args):  # as a comparison, of indices alone it has none
            return name in TABLE and TABLE[name].kink is not None and any(map(tensors_in, args))
        case Reduce(op, _, _):
            return op in ("max", "min")
        case Compare(_, left, right):
            return bool(tensors_in(left) or tensors_in(right))
        case _:
            return False


def find(derivation: Derivation, seed: int) -> Iterator[Kink]:
    """A few kinks, and more until one is met exactly; none if none is within reach."""
    met_exactly = False
    for attempt in range(ATTEMPTS):
        if attempt >= ENOUGH and met_exactly:
            return
        try:
            world = next(worlds(derivation.program, seed + attempt, 1, seeds=derivation.seeds, at_kink=True))
        except CannotJudge:
            return
        met, gaps = _compared(_rounded(world))
        ties = [g for g in gaps if g == 0]
        exact = bool(ties) and all(g == 0 or abs(g) >= FAR for g in gaps)
        met_exactly |= exact
        if exact or attempt < ENOUGH:
            on = replace(point(met), label=f"exactly on a kink: {describe(met)}") if exact else None
            beside = tuple(p for unit in BESIDE for p in _beside(met, seed, unit))
            yield Kink(beside, on, len(ties) == 1)


def _rounded(world: World) -> World:
    """The world that floating-point code sees."""
    given = {t.name for t in world.program.given}
    tables = {
        name: {e: Fraction(float(v)) for e, v in table.items()} if name in given else table
        for name, table in world.values.items()
    }
    return replace(world, values=tables, memo={})


def _compared(world: World) -> tuple[World, list[Fraction]]:
    gaps: list[Fraction] = []
    met = forward(replace(world, gaps=gaps, memo={}))
    return replace(met, gaps=None, memo={}), gaps


def _beside(world: World, seed: int, unit: Fraction) -> Iterator[Point]:
    """Every differentiable entry moved a little, up or down; nothing if that is on a kink again."""
    rng = Random(seed)
    moved = dict(world.values)
    for tensor in world.program.given:
        if tensor.role in DIFFERENTIABLE and not tensor.integer and not tensor.laws:
            table = world.values[tensor.name]
            moved[tensor.name] = {e: v + unit * rng.choice((-1, 1)) * rng.randrange(8, 16) for e, v in table.items()}
    met, gaps = _compared(replace(world, values=moved, memo={}))
    if all(gaps):
        yield point(met, f"beside a kink: {describe(world)}")


def outside(subject: Subject, at: Point) -> Iterator[str]:
    """Where a gradient on a kink lies outside the slopes of both sides."""
    _, gradients = subject.run(at.given, at.hyper, at.upstream)
    for name, gradient in gradients.items():
        below, above = one_sided(subject, at.given, at.hyper, at.upstream, name)
        low = np.minimum(below.gradient, above.gradient)
        high = np.maximum(below.gradient, above.gradient)
        scale = max(1.0, float(np.max(np.abs(np.stack([low, high])), initial=0.0)))
        slack = 1e-5 * scale + below.noise + above.noise
        for entry in np.argwhere((gradient < low - slack) | (gradient > high + slack))[:1]:
            where = tuple(int(k) for k in entry)
            yield (
                f"d{name}{list(where) or ''} is {gradient[where]:.9g}, outside the slopes of both sides,"
                f" {low[where]:.9g} and {high[where]:.9g}"
            )
