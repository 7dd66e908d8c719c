"""Sizes to judge at: different where axes meet, so that no transposed or misplaced index can pass."""

from __future__ import annotations

from itertools import count
from random import Random

from derive.evaluate import evaluate, whole
from derive.expression import Access, Axis, Expr, Number, Size
from derive.program import Equation, Program
from derive.rewriting import all_indices, walk
from derive.world import World

FEW = 6  # up to so many free axes all differ; of more, only those that meet, to keep deep networks small


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
    """The smallest sizes from 2 on for the free axes, dealt in random order, the literal extents left out."""
    axes = axes_of(program)
    literal = {a.extent.value for a in axes if isinstance(a.extent, Number)}
    free = list(dict.fromkeys(a.name for a in axes if a.extent is None))
    groups = [set(free)] if len(free) <= FEW else _meetings(program)
    sizes: dict[str, int] = {}
    for name in rng.sample(free, len(free)):
        met = {sizes.get(other) for group in groups if name in group for other in group}
        sizes[name] = next(n for n in count(2) if n not in literal and n not in met)
    return {name: sizes[name] for name in free}


def _meetings(program: Program) -> list[set[str]]:
    """The axes that may stand in one line: of an equation and of those that define what it reads."""
    own = {e.name: {a.name for a in _axes_in(e)} for e in program.equations}
    groups = []
    for equation in program.equations:
        read = {n.tensor for n in walk(equation.right) if isinstance(n, Access)}
        groups.append(own[equation.name].union(*(own[name] for name in own if name in read)))
    return groups


def size(axis: Axis, known: dict[str, int], world: World) -> int:
    """The size dealt to the axis, or its extent worked out; sizes met on the way are added to those known."""
    if axis.extent is None or axis.name in known:
        return known[axis.name]
    for inner in _sized(axis.extent):
        known[inner.name] = size(inner, known, world)
    return whole(evaluate(axis.extent, world))
