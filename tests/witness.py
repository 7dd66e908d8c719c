"""The second witness: gradients from the forward function alone, and random points to look at them.

Nothing here knows a derivative. A complex step is exact to rounding for analytic code (a maximum is analytic away
from its kink); central differences serve where the code is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from derive.program import Program

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
STEP = 1e-30
WIDTH = 1e-5


def complex_step(loss: Callable[[Complex], complex], at: Array) -> Array:
    """The gradient of a real, analytic function of one array, entry by entry."""
    found = np.empty(np.shape(at))
    for entry in np.ndindex(found.shape):
        moved = np.array(at, complex)
        moved[entry] += 1j * STEP
        found[entry] = np.imag(loss(moved)) / STEP
    return found


def central_differences(loss: Callable[[Array], float], at: Array, width: float = WIDTH) -> Array:
    """The gradient of a real function of one array, entry by entry, with an error of the order of ``width**2``."""
    found = np.empty(np.shape(at))
    for entry in np.ndindex(found.shape):
        right, left = np.array(at, float), np.array(at, float)
        right[entry] += width
        left[entry] -= width
        found[entry] = (loss(right) - loss(left)) / (right[entry] - left[entry])
    return found


def weighted(outputs: object, upstream: Sequence[object]) -> complex:
    """The sum of all outputs, each entry weighted by its upstream gradient: the loss whose gradients are compared."""
    listed = outputs if isinstance(outputs, tuple) else (outputs,)
    return complex(sum(np.sum(np.asarray(w) * o) for o, w in zip(listed, upstream, strict=True)))


def point(program: Program, sizes: Mapping[str, int], seed: int = 0) -> dict[str, Array]:
    """Random arrays for everything that the program is given, obeying what is declared of them; read-only."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for tensor in program.given:
        shape = tuple(sizes[a.name] if a.extent is None else int(str(a.extent)) for a in tensor.axes)
        array = np.asarray(rng.standard_normal(shape))
        for law in tensor.laws:
            along = tensor.axes.index(law.axis) if law.axis else len(shape) - 1
            if law.kind == "one-hot":
                hot = rng.integers(shape[along], size=shape[:along] + shape[along + 1 :])
                array = np.moveaxis(np.eye(shape[along])[hot], -1, along)
            elif law.kind == "symmetric":
                array = array + array.T
            else:
                array = np.abs(array) / np.abs(array).sum(axis=along, keepdims=True)
        if tensor.integer:
            array = rng.integers(2, size=shape).astype(float)
        array.flags.writeable = False
        found[tensor.name] = array
    return found
