"""Small numbers for the worked example of the notes: found at random, always the same, off all kinks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice, product
from math import prod

from derive.errors import CannotJudge
from derive.expression import Number, cotangent_name
from derive.judging.evaluate import with_equations
from derive.judging.sampling import worlds
from derive.judging.sizes import axes_of
from derive.judging.world import World
from derive.ledger import Derivation
from derive.program import Equation, Program
from derive.recurrence import blocks

SEED = 2
SIZES = (2, 3)  # of the free axes, in turn: few numbers, and no matrix looks like its transpose
WIDE = (2, 4)  # where windows do not overlap
RANK = 4  # axes of a tensor at most; of more than two, each leading index has a matrix of its own
MOST = 200  # numbers in all
TRIES = 64  # sizes to try where windows have to fit


def example(derivation: Derivation) -> World | None:
    """A small world with every tensor and every gradient; None if it would not fit on paper.

    Of the sizes tried the first are taken at which a window has more than one place.
    """
    program = derivation.program
    if any(len(t.axes) > RANK for t in program.tensors):
        return None
    computed = [a.name for t in program.tensors for a in t.axes[-2:] if a.extent is not None]
    first: World | None = None
    for world in _worlds(derivation):
        if all(world.sizes[n] > 1 for n in computed):
            return with_gradients(derivation, world)
        first = first or world
    return None if first is None else with_gradients(derivation, first)


def _worlds(derivation: Derivation) -> Iterator[World]:
    """The worlds of the sizes that fit."""
    program = derivation.program
    literal = {a.name: int(a.extent.value) for a in program.axes if isinstance(a.extent, Number)}
    for sizes in islice(_sizes(program), TRIES):
        if sum(prod((sizes | literal).get(a.name, SIZES[-1]) for a in t.axes) for t in program.tensors) <= MOST:
            with suppress(CannotJudge):
                world = next(worlds(program, SEED, 1, seeds=derivation.seeds, sizes=sizes))
                if sum(map(len, world.values.values())) <= MOST:
                    yield world


def _sizes(program: Program) -> Iterator[dict[str, int]]:
    """Sizes of the free axes, in turn first; one matrix is enough for axes that only tell matrices apart."""
    free = [a.name for a in axes_of(program) if a.extent is None]
    within = {a.name for t in program.tensors for a in t.axes[-2:]}
    times = {b.time.name for b in blocks(program) if b.time is not None}
    leading = {name: 2 if name in times else 1 for name in free if name not in within}
    others = [name for name in free if name in within]
    yield leading | {name: SIZES[k % len(SIZES)] for k, name in enumerate(others)}
    if any(len(t.axes) > 2 for t in program.tensors):
        tried = chain(product(SIZES, repeat=len(others)), product(WIDE, repeat=len(others)))
        yield from (leading | dict(zip(others, sizes, strict=True)) for sizes in tried)


def with_gradients(derivation: Derivation, world: World) -> World:
    """The world with the gradients that follow from the upstream gradients in it; as it is where one is missing."""
    if any(cotangent_name(seed) not in world.values for seed in derivation.seeds):
        return world
    return with_equations(world, tuple(Equation(g.left, g.index) for g in derivation.all_gradients))
