"""The points at which a claim is evaluated, with all the derivatives, signals and further tensors that it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from random import Random

from derive.errors import CannotJudge
from derive.judging.evaluate import tabulate
from derive.judging.verdict import Claim, Counterexample, Tier, compare, same_expression
from derive.judging.world import Table, World
from derive.program import Equation, Program, Tensor
from derive.rewriting import tensors_in
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome, Sides
from derive.verifying.claims.truth import Point, with_tensors


def world_for(sides: Sides, point: Point, model: Model) -> World:
    """The world with all that the two sides read."""
    if sides.variables:
        point = _with_variables(sides.variables, point)
    if sides.made:
        point = _extended(sides.made, point)
    names = list(dict.fromkeys((*tensors_in(sides.left), *tensors_in(sides.right))))
    signals = _signals(names, model)
    names += [n for _, e in signals for n in tensors_in(e.right)]
    return with_tensors(point, slopes_in(names), signals)


SLOPE = re.compile(r"d\[(?P<of>[^\[\]]*?),(?P<by>[^\[\],]*?)(?P<local>\|local)?\]")


def slopes_in(names: Sequence[str]) -> Iterator[tuple[str, str, bool]]:
    """The derivatives that names of tensors mean."""
    for name in dict.fromkeys(names):
        match = SLOPE.fullmatch(name)
        if match is not None:
            yield match["of"], match["by"], match["local"] is not None


def _signals(names: Sequence[str], model: Model) -> list[tuple[Tensor, Equation]]:
    """The signals that are read, with those that they read in turn, in the order of the note."""
    needed = set(names)
    for name in reversed(model.signals):
        if name in needed:
            needed |= set(tensors_in(model.signals[name][1].right))
    return [pair for name, pair in model.signals.items() if name in needed]


def _with_variables(names: tuple[str, ...], point: Point) -> Point:
    """The point with a number for each letter, whatever the note means by it elsewhere."""
    program, world = point.world.program, point.world
    kept = tuple(t for t in program.tensors if t.name not in names)
    program = Program(
        "identity", (*kept, *(Tensor(n, (), "input") for n in names)), (), program.functions, program.hyperparameters
    )
    rng = Random(sum(world.sizes.values()))
    numbers: dict[str, Table] = {n: {(): Fraction(rng.randrange(1, 16), 8) * rng.choice((1, -1))} for n in names}
    return Point(replace(world, program=program, values={**world.values, **numbers}, memo={}), {})


def _extended(made: tuple[tuple[Tensor, Equation], ...], point: Point) -> Point:
    """The point with further equations of the forward pass."""
    program = point.world.program
    program = replace(
        program,
        tensors=(*program.tensors, *(t for t, _ in made)),
        equations=(*program.equations, *(e for _, e in made)),
    )
    world = replace(point.world, program=program, memo={})
    for tensor, equation in made:
        table = tabulate(equation.right, equation.indices, world)
        world = replace(world, values={**world.values, tensor.name: table}, memo={})
    return Point(world, point.upstream)


def decided(sides: Sides, model: Model) -> Outcome:
    """Whether the two sides agree at every point; found once for the same sides."""
    names = tuple(dict.fromkeys((*tensors_in(sides.left), *tensors_in(sides.right))))
    key = (sides.left, sides.right, sides.indices, sides.made, sides.variables, tuple(_signals(names, model)))
    if key not in model.decisions:
        model.decisions[key] = _decided(sides, model)
    return model.decisions[key]


def _decided(sides: Sides, model: Model) -> Outcome:
    claim = Claim("", "", sides.left, sides.right, sides.indices)
    if same_expression(claim):
        return Outcome(True, "symbolic")
    tiers: list[Tier] = []
    for point in model.points:
        found = compare(claim, world_for(sides, point, model))
        if isinstance(found, Counterexample):
            return Outcome(False, found.tier, counterexample=found)
        if found is not None:
            tiers.append(found)
    if not tiers:
        raise CannotJudge("neither side has a value at any point tried")
    return Outcome(True, "numeric" if "numeric" in tiers else "exact")
