"""What a program computes, by the oracle, as NumPy arrays: sizes are pairwise different, numbers random."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from derive.evaluate import forward
from derive.expression import Number
from derive.program import Program
from derive.world import World

SIZES = (4, 3, 5, 2, 7, 6)  # as many rows as axes in a test, never a square by chance


def computed(
    text_or_program: object, given: Mapping[str, object] | None = None, **hyper: float
) -> dict[str, np.ndarray]:
    """Every tensor of the program, those given drawn at random (or taken from ``given``), the others computed."""
    from derive.reading import parse

    program = text_or_program if isinstance(text_or_program, Program) else parse(str(text_or_program))
    sizes = {a.name: SIZES[k] for k, a in enumerate(a for a in program.axes if a.extent is None)}
    sizes |= {a.name: int(a.extent.value) for a in program.axes if isinstance(a.extent, Number)}
    random = np.random.default_rng(7)
    arrays: dict[str, np.ndarray] = {}
    for t in program.given:
        shape = [sizes[a.name] for a in t.axes]
        arrays[t.name] = np.asarray((given or {}).get(t.name, random.uniform(0.2, 1.5, shape)), dtype=float)
    hypers = {h.name: float(hyper.get(h.name, h.default.value)) for h in program.hyperparameters}
    tables = {name: {i: float(a[i]) for i in np.ndindex(a.shape)} for name, a in arrays.items()}
    world = forward(World(program, sizes, tables, hypers))
    for t in program.tensors:
        shape = tuple(sizes[a.name] for a in t.axes)
        out = np.empty(shape)
        for i in product(*map(range, shape)):
            out[i] = float(world.values[t.name][i])
        arrays[t.name] = out
    return arrays
