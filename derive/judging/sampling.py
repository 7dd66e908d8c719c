"""Worlds to judge at: random sizes and numbers that obey what the program declares, away from every kink.

Sizes are pairwise different, so that a transposed formula cannot pass; numbers are random eighths, so that
arithmetic stays exact and short. The same seed gives the same worlds on every machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

from derive.effort import TooMuchWork
from derive.errors import CannotJudge
from derive.expression import Reduce, cotangent_name
from derive.judging.evaluate import evaluate, forward
from derive.judging.laws import STYLES, Style, draw, obeys
from derive.judging.precision import NOTHING, Value, is_exact, is_whole, lift, minus, over
from derive.judging.sizes import axes_of, deal, fit_windows, size
from derive.judging.world import Entry, World
from derive.program import DIFFERENTIABLE, Program, Tensor
from derive.rewriting import walk

MARGIN = Fraction(1, 1000)  # the least distance from a kink
ATTEMPTS = 48  # four with each style for all tensors, then a style for each tensor
NUDGE = Fraction(1, 2**60)
LARGEST = 10**12  # beyond this, and its inverse, digits are lost to saturation: the logits were too large
EIGHTHS = 8  # attempts; among very many comparisons there is always one between equal eighths
TIES = "every point drawn lies too close to a kink"


class _Unfit(CannotJudge):
    """A drawn world that must not be used."""


def worlds(
    program: Program,
    seed: int,
    count: int,
    *,
    seeds: Iterable[str] = (),
    sizes: Mapping[str, int] | None = None,
    at_kink: bool = False,
) -> Iterator[World]:
    """``count`` worlds with the forward equations worked out.

    ``seeds`` names outputs that get a random upstream gradient, as the value of their cotangent; ``sizes``
    fixes sizes by axis name; ``at_kink`` puts one comparison of each world exactly on its edge.

    Errors: `CannotJudge` when no world is found in the domain of every function (and on a kink, if asked).
    """
    rng = Random(seed)
    for _ in range(count):
        yield _world(program, rng, tuple(seeds), dict(sizes or {}), at_kink)


def _world(program: Program, rng: Random, seeds: tuple[str, ...], sizes: dict[str, int], at_kink: bool) -> World:
    reason = ""
    every = ("fine", *STYLES) if _looks_for_largest(program) else STYLES
    for attempt in range(ATTEMPTS):
        crowded = attempt % 2 and attempt > EIGHTHS and reason == TIES
        styles = ("fine",) if crowded else every[attempt // 4 : attempt // 4 + 1] or every
        try:
            given = _given(program, rng, seeds, sizes, styles)
            return _on_a_kink(given, rng) if at_kink else _off_all_kinks(given)
        except TooMuchWork:  # another point would take as much
            raise
        except CannotJudge as error:
            reason = error.message
    raise CannotJudge(
        f"found no point to judge {program.name} at: {reason}",
        hint="say more about the inputs (a law such as 'sum over C = 1'), or judge a smaller part",
    )


def _looks_for_largest(program: Program) -> bool:
    return any(isinstance(n, Reduce) and n.op in ("max", "min") for e in program.equations for n in walk(e.right))


def _given(
    program: Program, rng: Random, seeds: tuple[str, ...], sizes: dict[str, int], styles: tuple[Style, ...]
) -> World:
    """The world before any equation: sizes, hyperparameters, given tensors and upstream gradients."""
    hyper: dict[str, Value] = {}
    values: dict[str, dict[Entry, Value]] = {}
    known = {**deal(program, rng), **sizes}
    world = World(program, known, values, hyper)
    for h in program.hyperparameters:
        default = evaluate(h.default, world)
        hyper[h.name] = int(default) if is_whole(default) else default
    fit_windows(program, known, sizes, world)
    for axis in axes_of(program):
        known[axis.name] = size(axis, known, world)
        if known[axis.name] < 1:
            raise _Unfit(f"the axis {axis.name} would have {known[axis.name]} entries")
    for tensor in program.given:
        values[tensor.name] = draw(tensor, world, rng, rng.choice(styles))
        if not obeys(tensor, world):
            raise _Unfit(f"found no values that obey every law of {tensor.name}")
    for name in seeds:
        upstream = Tensor(cotangent_name(name), program.tensor(name).axes)
        values[upstream.name] = draw(upstream, world, rng, "signed")
    return world


def _off_all_kinks(given: World) -> World:
    world, gaps = _compared(given)
    if any(_saturated(value) for table in world.values.values() for value in table.values()):
        raise _Unfit("the numbers become too large or too small")
    moving = _moving(given, gaps)
    if any(minus(abs(gaps[k]), MARGIN) < 0 for k in moving):
        raise _Unfit(TIES)
    return world


def _saturated(value: Value) -> bool:
    if is_exact(value):
        return False
    return bool(abs(value) > LARGEST or NOTHING < abs(value) < 1 / lift(LARGEST))


def _compared(given: World) -> tuple[World, list[Value]]:
    """The forward pass and by how much each comparison in it was decided."""
    gaps: list[Value] = []
    world = forward(replace(given, gaps=gaps, memo={}))
    return replace(world, gaps=None, memo={}), gaps


def _moving(given: World, gaps: list[Value]) -> list[int]:
    """Which comparisons depend on a tensor that is differentiated by: they move when all of those are nudged.

    The others, of indices or of targets, may well be ties; no derivative crosses them.
    """
    if not gaps:
        return []
    values = dict(given.values)
    for count, tensor in enumerate(_movable(given.program)):
        values[tensor.name] = {
            entry: value + NUDGE * (1 + (count * 7919 + k * 104729) % 1009)
            for k, (entry, value) in enumerate(given.values[tensor.name].items())
        }
    _, nudged = _compared(replace(given, values=values))
    if len(nudged) != len(gaps):
        raise _Unfit(TIES)
    return [k for k, (a, b) in enumerate(zip(gaps, nudged, strict=True)) if minus(a, b) != 0]


def _movable(program: Program) -> list[Tensor]:
    return [t for t in program.given if t.role in DIFFERENTIABLE and not t.integer]


def _on_a_kink(given: World, rng: Random) -> World:
    """One entry of a given tensor changed so that one comparison is a tie.

    The gap is taken to be a straight line in the entry nearby; that it is zero there is then checked.
    """
    _, gaps = _compared(given)
    moving = _moving(given, gaps)
    if not moving:
        raise _Unfit("no comparison hangs on what is differentiated by")
    entries = [(t.name, e) for t in _movable(given.program) for e in given.values[t.name]]
    rng.shuffle(moving)
    rng.shuffle(entries)
    for tensor, entry in entries:
        _, near = _compared(given.moved({tensor: {entry: NUDGE}}))
        for k in moving if len(near) == len(gaps) else ():
            slope = over(minus(near[k], gaps[k]), NUDGE)
            if slope != 0:
                candidate = given.moved({tensor: {entry: -over(gaps[k], slope)}})
                world, there = _compared(candidate)
                _compared(candidate.moved({tensor: {entry: NUDGE}}))  # refused at the end of a domain
                _compared(candidate.moved({tensor: {entry: -NUDGE}}))
                if any(there[m] == 0 for m in _moving(candidate, there)):
                    return world
    raise _Unfit("no comparison can be brought to a tie by one entry")
