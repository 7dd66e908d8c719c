"""Sizes to judge at: different where axes meet, so that no transposed or misplaced index can pass."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from itertools import count
from math import prod
from random import Random

from derive.expression import Access, Axis, Expr, Mul, Number, Size
from derive.judging.evaluate import evaluate, whole
from derive.judging.world import World
from derive.program import Equation, Program
from derive.recurrence import blocks
from derive.rewriting import all_indices, walk

LONGEST = 100  # entries that an axis may need for its windows to fit twice
DEALS = 40  # of many axes the deal is taken that gives the least to work out
STEPS = 3  # a loop of two steps passes gradients on once, from the last to the first, and cannot show much
FEW = 5  # up to so many free axes all differ; of more, only those that meet, to keep deep networks small
LONG = 6  # axes in a line of which only those of one tensor count


def axes_of(program: Program) -> tuple[Axis, ...]:
    """Every axis of tensors, indices and extents, in a fixed order."""
    found = list(program.axes)
    for equation in program.equations:
        found += _axes_in(equation)
    for axis in found:  # grows while it is walked: an extent may name axes that have extents themselves
        if axis.extent is not None:
            found += [a for a in _sized(axis.extent) if a not in found]
    return tuple(dict.fromkeys(found))


def _axes_in(equation: Equation) -> list[Axis]:
    indices = {*equation.indices, *all_indices(equation.right)}
    return [i.axis for i in sorted(indices, key=lambda i: (i.axis.name, i.name))] + _sized(equation.right)


def _sized(expr: Expr) -> list[Axis]:
    return [n.axis for n in walk(expr) if isinstance(n, Size)]


def deal(program: Program, rng: Random) -> dict[str, int]:
    """The smallest sizes from 2 on for the free axes, dealt in random order, the literal extents left out.

    An axis along which a loop goes has at least 3.
    """
    times = {b.time.name for b in blocks(program) if b.time is not None}
    axes = axes_of(program)
    literal = {a.extent.value for a in axes if isinstance(a.extent, Number)}
    free = list(dict.fromkeys(a.name for a in axes if a.extent is None))
    groups = [set(free)] if len(free) <= FEW else _meetings(program)
    deals: list[dict[str, int]] = []
    for _ in range(DEALS if len(free) > FEW else 1):
        sizes: dict[str, int] = {}
        for name in rng.sample(free, len(free)):
            met = {sizes.get(other) for group in groups if name in group for other in group}
            sizes[name] = next(n for n in count(STEPS if name in times else 2) if n not in literal and n not in met)
        deals.append(sizes)
    loops = _loops(program)
    smallest = min(deals, key=lambda sizes: sum(prod(sizes.get(name, 2) for name in loop) for loop in loops))
    return {name: smallest[name] for name in free}


def _loops(program: Program) -> list[list[str]]:
    """For each equation the axes that its evaluation runs over, one for each index."""
    return [[i.axis.name for i in {*e.indices, *all_indices(e.right)}] for e in program.equations]


def _meetings(program: Program) -> list[set[str]]:
    """The axes that may stand in one line: of an equation and of those that define what it reads.

    Of a line with many axes, such as a convolution, only those of one tensor count.
    """
    own = {e.name: {a.name for a in _axes_in(e)} for e in program.equations}
    groups = []
    for equation in program.equations:
        read = {n.tensor for n in walk(equation.right) if isinstance(n, Access)}
        shapes = [{a.name for a in program.tensor(name).axes} for name in (equation.name, *sorted(read))]
        together = own[equation.name].union(*shapes, *(own[name] for name in own if name in read))
        groups += [together] if len(together) <= LONG else shapes
    return groups


def fit_windows(program: Program, known: dict[str, int], fixed: Container[str], world: World) -> None:
    """Give each free axis that windows run over the least size at which they fit twice; ``fixed`` ones stay."""
    meetings = _meetings(program)
    chosen: set[str] = set()
    for axis in axes_of(program):
        name = _windowed(axis)
        if axis.extent is None or name is None or name in fixed:
            continue
        taken = {known.get(other) for group in meetings if name in group for other in group - {name}}
        least = known[name] if name in chosen else 2
        for n in (n for n in range(least, least + LONGEST) if n not in taken):
            known[name] = n
            sizes = dict(known)
            if size(axis, sizes, replace(world, sizes=sizes, memo={})) >= 2:
                break
        chosen.add(name)


def _windowed(axis: Axis) -> str | None:
    """The free axis that an extent begins with, or the extent of that, which is the one that its window runs over."""
    while axis.extent is not None:
        sizes = _sized(axis.extent)
        if not sizes or isinstance(axis.extent, Mul):  # merged axes fit as soon as their parts do
            return None
        axis = sizes[0]
    return axis.name


def size(axis: Axis, known: dict[str, int], world: World) -> int:
    """The size dealt to the axis, or its extent worked out; sizes met on the way are added to those known."""
    if axis.extent is None or axis.name in known:
        return known[axis.name]
    for inner in _sized(axis.extent):
        known[inner.name] = size(inner, known, world)
    return whole(evaluate(axis.extent, world))
