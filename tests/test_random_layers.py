"""Random layers: the derivation by the judge, the generated code, and JAX have the same values and gradients.

JAX evaluates a second meaning of each layer, which was put together with its text (`tests.random_layers`): nothing of
our reader, our calculus or our code generator is in it.
"""

from __future__ import annotations

import os
import warnings
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, seed, settings

import codegen
import derive
from codegen.gradcheck import oracle
from codegen.gradcheck.points import point
from codegen.gradcheck.subject import of_functions
from derive.errors import CannotJudge
from derive.judging.sampling import worlds
from tests.random_layers.layers import Layer, layers
from tests.random_layers.terms import SIZES

RUNS = int(os.environ.get("CHAINRULE_RANDOM_LAYERS", "500"))
PARTS = 4  # for as many processors
WITHIN = 1e-9  # of the largest number in play


def compare(layer: Layer, jax: ModuleType) -> None:
    """Raise AssertionError where one of the three disagrees with the judge."""
    program = derive.parse(layer.text)
    derivation = derive.derive(program, upstream=program.outputs)
    try:
        sizes = {a: n for a, n in SIZES.items() if any(a == axis.name for axis in program.axes)}
        at = point(next(worlds(program, 0, 1, seeds=derivation.seeds, sizes=sizes)))
        values, gradients = oracle.values(at), oracle.gradients(derivation, at)
    except CannotJudge:
        assume(False)
        raise
    code = of_functions(program, codegen.build(program))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs, found = code.run(at.given, {}, at.upstream)
    single = {n: a if a.dtype.kind == "i" else a.astype(np.float32) for n, a in at.given.items()}
    half, slopes = code.run(single, {}, tuple(np.float32(u) for u in at.upstream))
    for what, array in (*zip(program.outputs, half, strict=True), *((f"d{n}", a) for n, a in slopes.items())):
        assert isinstance(array, (int, float)) or array.dtype == np.float32, (
            f"{what} of float32 is {np.asarray(array).dtype}"
        )
    by_jax = jax_results(layer, jax, at.given, program.outputs, code.wrt, at.upstream)
    largest = max((float(np.max(np.abs(a), initial=0.0)) for a in (*values.values(), *gradients.values())), default=0)
    for k, name in enumerate(program.outputs):
        for who, array in (("code", outputs[k]), ("JAX", by_jax[0][k])):
            same(f"{who}: {name}", array, values[name], 1.0)
    for name in code.wrt:
        for who, array in (("code", found[name]), ("JAX", by_jax[1][name])):
            same(f"{who}: d{name}", array, gradients[name], largest)


def jax_results(
    layer: Layer, jax: ModuleType, given: Any, outputs: tuple[str, ...], wrt: tuple[str, ...], upstream: Any
) -> tuple[list[Any], dict[str, Any]]:
    """Outputs, and gradients by JAX's reverse mode."""
    fixed = {n: jax.numpy.asarray(a) for n, a in given.items()}

    def of(moved: dict[str, Any]) -> list[Any]:
        values = layer.values(jax.numpy, {**fixed, **moved})
        return [values[n] for n in outputs]

    found, pull = jax.vjp(of, {n: fixed[n] for n in wrt})
    (gradients,) = pull([jax.numpy.asarray(u) for u in upstream])
    return found, gradients


def same(what: str, found: Any, right: Any, scale: float) -> None:
    found = np.asarray(found)
    assert found.shape == right.shape, f"{what} has shape {found.shape}, not {right.shape}"
    scale = max(scale, float(np.max(np.abs(right), initial=0.0))) or 1.0
    worst = float(np.max(np.abs(found - right), initial=0.0)) / scale
    assert worst <= WITHIN, f"{what} is off by {worst:.1e} of the largest:\n{found}\ninstead of\n{right}"


@pytest.mark.parametrize("part", range(PARTS))
def test_engine_code_and_jax_agree(part: int, jax: ModuleType) -> None:
    """Other layers in each part."""

    @seed(part)
    @settings(max_examples=RUNS // PARTS, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(layer=layers())
    def agree(layer: Layer) -> None:
        compare(layer, jax)

    agree()
