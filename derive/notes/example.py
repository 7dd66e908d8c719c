"""Small numbers for the worked example of the notes: found at random, always the same, off all kinks."""

from __future__ import annotations

from math import prod

from derive.errors import CannotJudge
from derive.expression import Number, cotangent_name
from derive.judging.evaluate import with_equations
from derive.judging.sampling import worlds
from derive.judging.sizes import axes_of
from derive.judging.world import World
from derive.ledger import Derivation
from derive.program import Equation

SEED = 2
SIZES = (2, 3)  # of the free axes, in turn: few numbers, and no matrix looks like its transpose
RANK = 2  # what fits on paper
MOST = 150  # numbers in all


def example(derivation: Derivation) -> World | None:
    """A small world with every tensor and every gradient; None if it would not fit on paper."""
    program = derivation.program
    if any(len(t.axes) > RANK for t in program.tensors):
        return None
    free = [a.name for a in axes_of(program) if a.extent is None]
    sizes = {name: SIZES[k % len(SIZES)] for k, name in enumerate(free)}
    literal = {a.name: int(a.extent.value) for a in program.axes if isinstance(a.extent, Number)}
    if sum(prod((sizes | literal).get(a.name, SIZES[-1]) for a in t.axes) for t in program.tensors) > MOST:
        return None
    try:
        world = next(worlds(program, SEED, 1, seeds=derivation.seeds, sizes=sizes))
    except CannotJudge:
        return None
    return with_gradients(derivation, world)


def with_gradients(derivation: Derivation, world: World) -> World:
    """The world with the gradients that follow from the upstream gradients in it; as it is where one is missing."""
    if any(cotangent_name(seed) not in world.values for seed in derivation.seeds):
        return world
    return with_equations(world, tuple(Equation(g.left, g.index) for g in derivation.all_gradients))
