"""Points to check at: the judge's worlds as NumPy arrays, so that code and judge see the same numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from codegen.gradcheck.subject import Array, Arrays, Outputs
from derive.errors import CannotJudge
from derive.expression import Number, cotangent_name
from derive.judging.evaluate import forward
from derive.judging.sampling import worlds
from derive.judging.world import Table, World
from derive.ledger import Derivation
from derive.program import Program, Tensor

LARGE = 8192  # exp overflows beyond 709; the least number drawn is an eighth
RANGE = 10**300
FOLDED = (2, 3)  # the extra axes that a flattened last axis of six stands for


@dataclass(frozen=True)
class Point:
    """Arrays for every given tensor, an upstream gradient for every output, and the same as a world of the judge.

    ``floor``: errors are relative to this where the right values are smaller.
    """

    label: str
    world: World
    given: Arrays
    upstream: Outputs
    floor: float = 0.0

    @property
    def hyper(self) -> Mapping[str, Any]:
        """The hyperparameters as Python numbers."""
        return {name: plain_number(v) for name, v in self.world.hyper.items()}


def plain_number(value: Any) -> int | float:
    """A whole number stays one, for strides and the like."""
    return int(value) if value == int(value) else float(value)


def example(program: Program, seed: int = 0) -> tuple[dict[str, Array], Outputs]:
    """Small random arrays for everything that a program is given, by name, and an upstream gradient of each output.

    They obey what is declared of the tensors and lie off all kinks; sizes are pairwise different where axes meet.
    """
    found = point(next(worlds(program, seed, 1, seeds=program.outputs)))
    return dict(found.given), found.upstream


def point(world: World, label: str = "", *, fold: bool = False) -> Point:
    """The world's numbers as arrays of float64 (whole-number tensors of int64).

    ``fold``: the last axis of a flattened tensor is passed as several axes, as a caller may do.
    """
    program = world.program
    given = {t.name: as_array(t, world.values[t.name], world, fold) for t in program.given}
    one: Table = {(): Fraction(1)}
    upstream = tuple(
        as_array(program.tensor(n), world.values.get(cotangent_name(n), one), world, fold) for n in program.outputs
    )
    for array in (*given.values(), *upstream):
        array.flags.writeable = False
    return Point(label or describe(world), world, MappingProxyType(given), upstream)


def as_array(tensor: Tensor, table: Table, world: World, fold: bool = False) -> Array:
    """A table of the judge as an array of the tensor's shape."""
    shape = tuple(world.size(a) for a in tensor.axes)
    array = np.array([float(v) for v in table.values()], dtype=np.float64).reshape(shape)
    if tensor.integer:
        array = array.astype(np.int64)
    return array.reshape(*shape[:-1], *FOLDED) if fold and tensor.flattened else array


def describe(world: World) -> str:
    """The sizes, for people."""
    sizes = ", ".join(f"{name}={size}" for name, size in world.sizes.items())
    return sizes or "scalars"


def ordinary(derivation: Derivation, seed: int, count: int) -> Iterator[Point]:
    """Points away from every kink, with pairwise different sizes."""
    for k in range(count):  # each of its own seed: a second size set, not only other numbers
        yield point(next(worlds(derivation.program, seed + 7919 * k, 1, seeds=derivation.seeds)))


def batch_of_one(derivation: Derivation, seed: int) -> Point | None:
    """One sample only; None if no input has a first axis of free size, or no such point exists."""
    given = derivation.program.given
    first = next((t.axes[0] for t in given if t.role == "input" and len(t.axes) > 1), None)
    if first is None or first.extent is not None:
        return None
    return _first(derivation.program, derivation.seeds, seed, {first.name: 1}, "batch of one")


def folded(derivation: Derivation, seed: int) -> Point | None:
    """Flattened axes passed as several; None if the program flattens nothing."""
    axes = [t.axes[-1] for t in derivation.program.tensors if t.flattened]
    if not axes or any(a.extent is not None for a in axes):
        return None
    sizes = {a.name: FOLDED[0] * FOLDED[1] for a in axes}
    return _first(derivation.program, derivation.seeds, seed, sizes, "folded axes", fold=True)


def other_hyperparameters(derivation: Derivation, seed: int) -> Point | None:
    """Every hyperparameter that is no whole number halved; None if there is none."""
    program = derivation.program
    changed = tuple(
        replace(h, default=h.default * Fraction(1, 2))
        if isinstance(h.default, Number) and h.default.value.denominator != 1
        else h
        for h in program.hyperparameters
    )
    if changed == program.hyperparameters:
        return None
    other = replace(program, hyperparameters=changed)
    return _first(other, derivation.seeds, seed, {}, "other hyperparameters")


def large(derivation: Derivation, seed: int) -> Point | None:
    """Inputs so large that unsafe exponentials overflow; None where a value is out of range itself."""
    world = next(worlds(derivation.program, seed, 1, seeds=derivation.seeds))
    inputs = {t.name for t in derivation.program.given if t.role == "input" and not t.integer and not t.laws}
    values = {n: {e: LARGE * v for e, v in t.items()} if n in inputs else t for n, t in world.values.items()}
    try:
        world = forward(replace(world, values=values, memo={}))
    except CannotJudge:
        return None
    within = all(abs(v) < RANGE for table in world.values.values() for v in table.values())
    return replace(point(world, f"large inputs: {describe(world)}"), floor=1.0) if within else None


def _first(
    program: Program, seeds: tuple[str, ...], seed: int, sizes: dict[str, int], label: str, fold: bool = False
) -> Point | None:
    try:
        world = next(worlds(program, seed, 1, seeds=seeds, sizes=sizes))
    except CannotJudge:
        return None
    return point(world, f"{label}: {describe(world)}", fold=fold)
