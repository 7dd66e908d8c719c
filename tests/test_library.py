"""Every layer of the library against the judge, its forward pass, PyTorch and JAX, at ordinary and awkward points."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

import derive
from codegen.gradcheck import check
from derive import library
from derive.judging.judge import judge
from derive.program import Program
from tests.opponents import OPPONENTS, Opponent
from tests.witness import Array, differentiable, functions, outputs_and_saved, point, random_upstream

WITHIN = 1e-10  # relative to the largest entry, of every output and gradient
EXTREMES = (1e3, 1e30)
every_layer = pytest.mark.parametrize("name", library.names())

# Faults of the code generator, so that they are not forgotten: when one is mended, its test says that the row must go.


class Results(NamedTuple):
    """The outputs, and the gradients by name."""

    outputs: tuple[Any, ...]
    gradients: dict[str, Any]


@contextmanager
def no_warning() -> Iterator[None]:
    """Every warning is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


@cache
def load(name: str, **hyper: str) -> Program:
    return derive.load(name, **hyper)


def sizes(program: Program, opponent: Opponent, **fixed: int) -> dict[str, int]:
    """Pairwise different sizes of the axes, those named fixed."""
    return {a.name: k for k, a in enumerate(program.axes, start=3)} | dict(opponent.sizes) | fixed


def first_axis(program: Program) -> str | None:
    """The axis of the samples."""
    given = next((t for t in program.given if t.role == "input" and len(t.axes) > 1), None)
    return given.axes[0].name if given else None


def arrays(program: Program, opponent: Opponent, sizes: Mapping[str, int], scale: float = 1.0) -> dict[str, Array]:
    """A read-only point; ``scale`` enlarges the inputs, or the parameters of a layer without inputs."""
    found = dict(point(program, sizes, seed=3))
    inputs = [t.name for t in program.given if t.role == "input" and not t.integer] or differentiable(program)
    for name in inputs:
        found[name] = np.asarray(found[name]) * scale
    for name in opponent.positive:
        found[name] = np.abs(found[name]) + 0.1
    for array in found.values():
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
    return {name: array if np.ndim(array) else np.float64(array) for name, array in found.items()}


def ours(program: Program, at: Mapping[str, Array]) -> Results:
    """The generated forward and backward pass, with random upstream gradients of the dtype of the outputs."""
    module = functions(program)
    outputs, saved = outputs_and_saved(module, at)
    return Results(outputs, module.backward(saved, *random_upstream(outputs)))


def by_torch(torch: ModuleType, program: Program, forward: Callable[..., Any], at: Mapping[str, Array]) -> Results:
    """The same by PyTorch."""
    wanted = differentiable(program)
    given = {n: torch.tensor(np.array(a), requires_grad=n in wanted) for n, a in at.items()}
    outputs = forward(torch, *given.values())
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    upstream = [torch.tensor(np.array(u)) for u in random_upstream([o.detach().numpy() for o in outputs])]
    found = torch.autograd.grad(outputs, [given[n] for n in wanted], upstream)
    return Results(
        tuple(o.detach().numpy() for o in outputs), {n: g.numpy() for n, g in zip(wanted, found, strict=True)}
    )


def by_jax(jax: ModuleType, program: Program, forward: Callable[..., Any], at: Mapping[str, Array]) -> Results:
    """The same by JAX."""
    wanted = differentiable(program)

    def outputs_of(values: dict[str, Any]) -> tuple[Any, ...]:
        found = forward(jax, *({**at, **values}[n] for n in at))
        return found if isinstance(found, tuple) else (found,)

    outputs, pull = jax.vjp(outputs_of, {n: jax.numpy.asarray(at[n]) for n in wanted})
    upstream = tuple(map(jax.numpy.asarray, random_upstream([np.asarray(o) for o in outputs])))
    (found,) = pull(upstream)
    return Results(tuple(map(np.asarray, outputs)), {n: np.asarray(found[n]) for n in wanted})


def assert_equal(found: Results, expected: Results, within: float = WITHIN) -> None:
    """Equal relative to the largest entry of each array, where the expected number is finite.

    A gradient may be zero, as the one of a bias of the keys is: there only rounding is compared with rounding, and
    both must be nothing next to the other gradients.
    """
    assert list(found.gradients) == list(expected.gradients)
    names = (*(f"output {k}" for k in range(len(expected.outputs))), *expected.gradients)
    others = [np.asarray(other) for other in (*expected.outputs, *expected.gradients.values())]
    largest = max(np.abs(other, where=np.isfinite(other), out=np.zeros(other.shape)).max(initial=0) for other in others)
    for name, one, other in zip(names, (*found.outputs, *found.gradients.values()), others, strict=True):
        assert np.shape(one) == other.shape, name
        finite = np.isfinite(other)
        one, other = np.where(finite, one, 0), np.where(finite, other, 0)
        scale = max(np.abs(other).max(initial=0), 1e-4 * largest)
        assert_allclose(one, other, rtol=within, atol=within * scale, err_msg=name)


def test_every_layer_has_an_opponent() -> None:
    assert set(library.names()) == set(OPPONENTS)


@pytest.mark.parametrize("fault", [1 + 1e-9, -1])
def test_a_planted_fault_is_seen(fault: float) -> None:
    program = load("layer_norm")
    opponent = OPPONENTS["layer_norm"]
    right = ours(program, arrays(program, opponent, sizes(program, opponent)))
    for name in right.gradients:
        wrong = Results(right.outputs, right.gradients | {name: right.gradients[name] * fault})
        with pytest.raises(AssertionError, match=name):
            assert_equal(wrong, right)


@every_layer
def test_every_step_of_the_derivation_is_proved(name: str) -> None:
    program = load(name)
    wrong = [v for v in judge(derive.derive(program, upstream=program.outputs), points=1) if not v.holds]
    assert not wrong, wrong


@every_layer
def test_the_generated_code_passes_the_check(name: str) -> None:
    report = check(load(name), points=1)
    assert report.ok, str(report)


@every_layer
def test_it_equals_pytorch(name: str, torch: ModuleType) -> None:
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent))
    assert_equal(ours(program, at), by_torch(torch, program, opponent.torch, at))


@every_layer
def test_it_equals_jax(name: str, jax: ModuleType) -> None:
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent))
    assert_equal(ours(program, at), by_jax(jax, program, opponent.jax, at))


# A layer along another axis than its default.
ALONG = {
    "softmax": (lambda t, Z: t.softmax(Z, 0), lambda j, Z: j.nn.softmax(Z, axis=0)),
    "log_softmax": (lambda t, Z: t.log_softmax(Z, 0), lambda j, Z: j.nn.log_softmax(Z, axis=0)),
    "log_sum_exp": (lambda t, Z: t.logsumexp(Z, 0), lambda j, Z: j.nn.logsumexp(Z, axis=0)),
    "sum": (lambda t, X: X.sum(0), lambda j, X: X.sum(0)),
    "mean": (lambda t, X: X.mean(0), lambda j, X: X.mean(0)),
    "product": (lambda t, X: X.prod(0), lambda j, X: X.prod(0)),
    "max": (lambda t, X: X.amax(0), lambda j, X: X.max(0)),
}


@pytest.mark.parametrize("name", ALONG)
def test_it_runs_along_any_axis(name: str, torch: ModuleType, jax: ModuleType) -> None:
    program, opponent = load(name, axis="N"), Opponent(*ALONG[name])
    at = arrays(program, opponent, sizes(program, opponent))
    assert_equal(ours(program, at), by_torch(torch, program, opponent.torch, at))
    assert_equal(ours(program, at), by_jax(jax, program, opponent.jax, at))


def test_every_layer_that_has_an_axis_to_choose_is_tried_along_another() -> None:
    assert {n for n in library.names() if any(h.name == "axis" for h in library.load(n).hyperparameters)} <= set(ALONG)


@pytest.mark.parametrize("size", EXTREMES)
@every_layer
def test_extreme_inputs_give_finite_numbers_without_a_warning(name: str, size: float, jax: ModuleType) -> None:
    """Nor other numbers than JAX has: PyTorch leaves rounding errors where a saturated softmax has no gradient."""
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent), size)
    with no_warning():
        found = ours(program, at)
    for array in (*found.outputs, *found.gradients.values()):
        assert np.all(np.isfinite(array))
    assert_equal(found, by_jax(jax, program, opponent.jax, at))


@every_layer
def test_a_batch_of_one(name: str, torch: ModuleType) -> None:
    program, opponent = load(name), OPPONENTS[name]
    batch = first_axis(program)
    at = arrays(program, opponent, sizes(program, opponent, **({batch: 1} if batch else {})))
    if name == "batch_norm":  # PyTorch refuses to normalise one sample
        found = ours(program, at)
        assert_allclose(found.outputs[0], at["beta"][None, :])
        assert_allclose(found.gradients["X"], 0, atol=1e-12)
        return
    assert_equal(ours(program, at), by_torch(torch, program, opponent.torch, at))


@pytest.mark.parametrize("name", [name for name in library.names() if first_axis(load(name))])
def test_an_empty_batch(name: str) -> None:
    """Gradients by parameters are zero, those by inputs are empty; a mean over no samples is no number."""
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent, **{str(first_axis(program)): 0}))
    with np.errstate(all="raise" if opponent.empty else "ignore"):
        found = ours(program, at)
    for output in found.outputs:
        assert np.all(np.isnan(output)) if not opponent.empty else np.all(np.isfinite(output))
    for wanted, gradient in found.gradients.items():
        assert_allclose(gradient, np.zeros(np.shape(at[wanted])))


@pytest.mark.parametrize("name", ["masked_attention", "transformer_block"])
def test_a_causal_mask_of_minus_infinity(name: str, torch: ModuleType) -> None:
    program, opponent = load(name), OPPONENTS[name]
    mask = next(t for t in program.given if t.role == "constant")
    at = arrays(program, opponent, sizes(program, opponent))
    at[mask.name] = np.triu(np.full(at[mask.name].shape, -np.inf), 1)
    with no_warning():
        found = ours(program, at)
    assert_equal(found, by_torch(torch, program, opponent.torch, at))


def fortran(array: Array) -> Array:
    return np.asfortranarray(array)


def reversed_view(array: Array) -> Array:
    """The same numbers, every step backwards through memory."""
    steps = (slice(None, None, -1),) * array.ndim
    return np.ascontiguousarray(array[steps])[steps]


def every_second(array: Array) -> Array:
    """The same numbers with gaps between them."""
    wide = np.full(tuple(2 * n for n in array.shape), np.nan if array.dtype.kind == "f" else -1, array.dtype)
    found = wide[(slice(None, None, 2),) * array.ndim]
    found[...] = array
    return found


@pytest.mark.parametrize("layout", [fortran, reversed_view, every_second])
@every_layer
def test_any_memory_layout(name: str, layout: Callable[[Array], Array]) -> None:
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent))
    laid = {n: layout(a) if a.ndim else a for n, a in at.items()}
    for array in laid.values():
        if array.ndim:
            array.flags.writeable = False
    module, expected = functions(program), ours(program, at)
    outputs, saved = outputs_and_saved(module, laid)
    upstream = [layout(u) if np.ndim(u) else u for u in random_upstream(outputs)]
    assert_equal(Results(outputs, module.backward(saved, *upstream)), expected, 1e-12)


def cast(arrays: Mapping[str, Array], before: type, after: type) -> dict[str, Any]:
    """The arrays of one type in the other; whole numbers stay."""
    return {n: a.astype(after) if a.dtype == before else a for n, a in arrays.items()}


@every_layer
def test_single_precision_stays_single(name: str) -> None:
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent))
    single = cast(at, np.float64, np.float32)
    found = ours(program, single)
    for array in (*found.outputs, *found.gradients.values()):
        assert np.asarray(array).dtype == np.float32
    assert_equal(found, ours(program, cast(single, np.float32, np.float64)), 1e-3)
