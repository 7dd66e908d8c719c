"""What a program computes, by the oracle, as NumPy arrays: sizes are pairwise different, numbers random."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from derive.judging.evaluate import forward
from derive.judging.sizes import axes_of, size
from derive.judging.world import World
from derive.program import Program

SIZES = (4, 3, 5, 2, 7, 6)  # as many rows as axes in a test, never a square by chance


def computed(
    text_or_program: object,
    given: Mapping[str, object] | None = None,
    sizes: Mapping[str, int] | None = None,
    **hyper: float,
) -> dict[str, np.ndarray]:
    """Every tensor of the program, those given drawn at random (or taken from ``given``), the others computed.

    ``sizes`` are the sizes of axes by name; the others are dealt out.
    """
    from derive.reading import parse

    program = text_or_program if isinstance(text_or_program, Program) else parse(str(text_or_program))
    known = dict(sizes or {})
    free = [a.name for a in axes_of(program) if a.extent is None and a.name not in known]
    known |= {name: SIZES[k] for k, name in enumerate(free)}
    hypers = {h.name: hyper.get(h.name, h.default.value) for h in program.hyperparameters}
    world = World(program, known, {}, hypers)
    for axis in axes_of(program):
        known[axis.name] = size(axis, known, world)
    random = np.random.default_rng(7)
    arrays: dict[str, np.ndarray] = {}
    for t in program.given:
        shape = [known[a.name] for a in t.axes]
        arrays[t.name] = np.asarray((given or {}).get(t.name, random.uniform(0.2, 1.5, shape)), dtype=float)
    kinds = {t.name: int if t.integer else float for t in program.given}
    tables = {name: {i: kinds[name](a[i]) for i in np.ndindex(a.shape)} for name, a in arrays.items()}
    world = forward(World(program, known, tables, hypers))
    for t in program.tensors:
        shape = tuple(known[a.name] for a in t.axes)
        out = np.empty(shape)
        for i in product(*map(range, shape)):
            out[i] = float(world.values[t.name][i])
        arrays[t.name] = out
    return arrays
