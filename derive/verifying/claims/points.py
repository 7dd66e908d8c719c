"""Where claims are evaluated: sizes, numbers and gradients given from outside, away from every kink."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import prod
from random import Random

from derive.errors import CannotJudge
from derive.expression import Number, Size, cotangent_name, number
from derive.judging.evaluate import evaluate, whole
from derive.judging.laws import draw
from derive.judging.precision import Value
from derive.judging.sampling import worlds
from derive.judging.sizes import FEW, deal, size
from derive.judging.world import World
from derive.program import Program, Tensor
from derive.recurrence import blocks
from derive.rewriting import walk
from derive.verifying.claims.truth import Point, Read

TRIES = 5
DEALS = 30  # of sizes, where these grow from layer to layer


@lru_cache(maxsize=4)
def sampled(program: Program, sizes: tuple[tuple[str, int], ...], flows: frozenset[str]) -> tuple[Point, ...]:
    """As `sample`, remembered: the sections of a note have the same forward pass as a rule."""
    return tuple(sample(program, sizes=dict(sizes), flows=flows))


def sample(
    program: Program,
    seed: int = 0,
    count: int = 2,
    sizes: Mapping[str, int] | None = None,
    flows: frozenset[str] = frozenset(),
) -> list[Point]:
    """Points to judge at: random sizes, numbers, and gradients that flow into the outputs. Raises `CannotJudge`.

    ``flows`` are the tensors whose gradients are spoken of: into other outputs none flows, if into one of these.
    """
    outputs = [n for n in program.outputs if n in flows] or list(program.outputs)
    if _has_windows_of_windows(program):
        return _sample(program, seed, 1, {**_smallest(program), **(sizes or {})}, outputs)
    varied = _with_other_numbers(program)
    if varied is not None:  # a stride of 1 in all points would hide that it was forgotten
        try:
            first = _sample(varied, seed, 1, sizes, outputs)
            return [*first, *_sample(program, seed + 1, count - 1, sizes, outputs)]
        except CannotJudge:
            pass
    first = _sample(program, seed, 1, sizes, outputs)
    if count == 1:
        return first
    other = _exchanged(first[0].world.sizes, program, sizes or {})
    return [*first, *_sample(program, seed + 1, count - 1, {**(sizes or {}), **other}, outputs)]


def _exchanged(first: Mapping[str, int], program: Program, fixed: Mapping[str, int]) -> dict[str, int]:
    """Other sizes than those of the first point, so that ``1/N`` is no number: its own dealt anew."""
    free = sorted(a.name for a in program.axes if a.extent is None and a.name not in fixed)
    if len(free) == 1:
        return {free[0]: first[free[0]] + 1}
    if len(free) > FEW or any(b.time is not None for b in blocks(program)):
        return {}
    return {name: first[free[k - 1]] for k, name in enumerate(free)}


def _has_windows_of_windows(program: Program) -> bool:
    """Whether sizes grow from layer to layer, as those of a network of convolutions do."""
    extents = [a.extent for t in program.tensors for a in t.axes if a.extent is not None]
    return any(n.axis.extent is not None for extent in extents for n in walk(extent) if isinstance(n, Size))


def _smallest(program: Program) -> dict[str, int]:
    """Of many deals of sizes the one with which all tensors together have the fewest entries."""
    hypers: dict[str, Value] = {}
    nowhere = World(program, {}, {}, hypers)
    hypers |= {h.name: whole(evaluate(h.default, nowhere)) for h in program.hyperparameters}
    found: list[tuple[int, dict[str, int]]] = []
    for seed in range(DEALS):
        known = deal(program, Random(seed))
        free, world = dict(known), replace(nowhere, sizes=known, memo={})
        entries = sum(prod(size(a, known, world) for a in t.axes) for t in program.tensors)
        found.append((entries, free))
    return min(found, key=lambda pair: pair[0])[1]


def _with_other_numbers(program: Program) -> Program | None:
    """The program with other whole numbers in its indices, None where there are none."""
    small = [h for h in program.hyperparameters if isinstance(h.default, Number) and h.default.value in (0, 1, 2)]
    changed = {h.name: replace(h, default=number(1 + k % 2) + h.default) for k, h in enumerate(small)}
    if not changed:
        return None
    return replace(program, hyperparameters=tuple(changed.get(h.name, h) for h in program.hyperparameters))


def _sample(
    program: Program, seed: int, count: int, sizes: Mapping[str, int] | None, outputs: Sequence[str]
) -> list[Point]:
    rng = Random(seed + 1)
    found: list[Point] = []
    spare: list[Point] = []
    reason: CannotJudge | None = None
    for world in worlds(program, seed, count * TRIES, sizes=sizes):
        upstream: dict[Read, Value] = {}
        for name in outputs:
            given = draw(Tensor(cotangent_name(name), program.tensor(name).axes), world, rng, "signed")
            upstream.update({(name, at): value for at, value in given.items()})
        point = Point(replace(world, memo={}), upstream)
        try:
            for equation in program.equations:
                point.of_equation(equation)
        except CannotJudge as error:
            reason = error
            continue
        (spare if _hides_factors(world) else found).append(point)
        if len(found) == count:
            break
    found = [*found, *spare][:count]
    if not found:
        raise reason or CannotJudge("no point to judge at was found")
    return found


def _hides_factors(world: World) -> bool:
    """Whether a number that is given is 1: then it would not matter whether it stands in a product."""
    return any(not t.axes and not t.laws and abs(world.values[t.name][()]) == 1 for t in world.program.given)
