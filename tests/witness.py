"""The second witness: gradients from the forward function alone, and random points to look at them.

Nothing here knows a derivative. A complex step is exact to rounding for analytic code (a maximum is analytic away
from its kink); central differences serve where the code is not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from numpy.testing import assert_allclose
from numpy.typing import NDArray

import codegen
from derive.expression import Axis
from derive.judging.evaluate import evaluate, tabulate
from derive.judging.laws import top
from derive.judging.precision import Value
from derive.judging.sizes import axes_of
from derive.judging.world import World
from derive.program import Program

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
functions = lru_cache(maxsize=None)(codegen.build)  # the generated functions of a program, made once a session
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


def size(axis: Axis, program: Program, sizes: Mapping[str, int]) -> int:
    """How many entries an axis has, worked out if it is made of others."""
    if axis.extent is None:
        return sizes[axis.name]
    free = {a.name: sizes[a.name] for a in axes_of(program) if a.extent is None}
    hyper = {h.name: evaluate(h.default, World(program, free, {})) for h in program.hyperparameters}
    return World(program, free, {}, hyper).size(axis)


def point(program: Program, sizes: Mapping[str, int], seed: int = 0) -> dict[str, Array]:
    """Random arrays for everything that the program is given, obeying what is declared of them; read-only."""
    rng = np.random.default_rng(seed)
    found: dict[str, Array] = {}
    for tensor in program.given:
        shape = tuple(size(a, program, sizes) for a in tensor.axes)
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
            array = rng.integers(top(tensor.name, World(program, sizes, {})), size=shape)
        array.flags.writeable = False
        found[tensor.name] = array if shape else array[()]
    return found


def evaluated(program: Program, sizes: Mapping[str, int], at: Mapping[str, Array]) -> dict[str, Array]:
    """The value of every equation, index by index, by the oracle."""
    values: dict[str, dict[tuple[int, ...], Value]] = {
        name: {entry: Fraction(float(array[entry])) for entry in np.ndindex(np.shape(array))}
        for name, array in at.items()
    }
    world = World(program, sizes, values)
    hyper = {h.name: evaluate(h.default, world) for h in program.hyperparameters}
    every = {a.name: size(a, program, sizes) for a in axes_of(program)}
    found = {}
    for equation in program.equations:
        table = tabulate(equation.right, equation.indices, World(program, every, values, hyper))
        values[equation.name] = table
        shape = tuple(every[i.axis.name] for i in equation.indices)
        found[equation.name] = np.array([float(table[e]) for e in np.ndindex(shape)]).reshape(shape)
    return found


def outputs_and_saved(module: ModuleType, at: Mapping[str, Array]) -> tuple[tuple[Any, ...], Any]:
    """The outputs of ``forward``, as a tuple in any case, and what backward needs."""
    outputs, saved = module.forward(*at.values())
    return (outputs if isinstance(outputs, tuple) else (outputs,)), saved


def random_upstream(outputs: Sequence[Any], seed: int = 0) -> list[Any]:
    """A read-only upstream gradient for each output, of its shape and type."""
    rng = np.random.default_rng(seed + 1)
    found = []
    for output in outputs:
        array = np.asarray(rng.standard_normal(np.shape(output))).astype(np.asarray(output).dtype)
        array.flags.writeable = False
        found.append(array if array.ndim else array[()])
    return found


def numerical_gradients(
    module: ModuleType, at: Mapping[str, Array], upstream: Sequence[Any], names: Sequence[str], analytic: bool = True
) -> dict[str, Array]:
    """The gradients by the arguments named, from the generated forward pass alone."""
    found = {}
    for name in names:

        def loss(moved: Any, name: str = name) -> complex:
            return weighted(module.forward(**{**at, name: moved})[0], upstream)

        if analytic:
            found[name] = complex_step(loss, at[name])
        else:
            found[name] = central_differences(lambda moved, loss=loss: loss(moved).real, at[name])  # type: ignore[misc]
    return found


def differentiable(program: Program) -> list[str]:
    """What the generated backward pass must return a gradient for, in order."""
    return [t.name for t in program.given if t.role in ("input", "param") and not t.integer]


def assert_forward_is_right(program: Program, sizes: Mapping[str, int], seed: int = 0, rtol: float = 1e-12) -> None:
    """The outputs of the generated functions against the oracle."""
    at = point(program, sizes, seed)
    outputs, _ = outputs_and_saved(functions(program), at)
    values = evaluated(program, sizes, at)
    for name, found in zip(program.outputs, outputs, strict=True):
        assert np.shape(found) == values[name].shape, name
        assert_allclose(found, values[name], rtol=rtol, atol=rtol, err_msg=name)


def assert_backward_is_right(
    program: Program, sizes: Mapping[str, int], seed: int = 0, *, analytic: bool = True, rtol: float = 1e-11
) -> None:
    """The gradients of the generated functions against differences of their own forward pass.

    Arguments are read-only, upstream gradients random; a gradient must have the shape of its variable.
    """
    module, at = functions(program), point(program, sizes, seed)
    outputs, saved = outputs_and_saved(module, at)
    upstream = random_upstream(outputs, seed)
    gradients = module.backward(saved, *upstream)
    expected = numerical_gradients(module, at, upstream, differentiable(program), analytic)
    assert list(gradients) == list(expected)
    within = rtol if analytic else 1e-7
    for name, array in expected.items():
        assert np.shape(gradients[name]) == array.shape, name
        scale = np.abs(array).max(initial=1e-3)
        assert_allclose(gradients[name], array, rtol=within, atol=within * scale, err_msg=name)
