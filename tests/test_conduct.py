"""How the generated code of the library treats what it is given: any layout, whole numbers, nothing written into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from inspect import signature
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import codegen
from derive import library
from derive.errors import LayerTextError
from derive.program import Program
from tests.opponents import OPPONENTS
from tests.test_library import arrays, load, sizes
from tests.witness import Array, differentiable, random_upstream

Given = Mapping[str, Any]
built = cache(codegen.build)


class Run(NamedTuple):
    """What came out, and how to go back, as often as asked."""

    outputs: tuple[Any, ...]
    backward: Callable[..., dict[str, Any]]


def several(results: Any) -> tuple[Any, ...]:
    """What one call returned."""
    return () if results is None else results if isinstance(results, tuple) else (results,)


def of_functions(program: Program, at: Given) -> Run:
    module = built(program)
    outputs, saved = module.forward(*at.values())
    return Run(several(outputs), lambda *upstream: module.backward(saved, *upstream))


def of_class(program: Program, at: Given) -> Run:
    (kind,) = (v for v in vars(built(program, "class")).values() if isinstance(v, type))
    own = [t.name for t in program.given if t.role == "param"]
    layer = kind(**{n: at[n] for n in own})

    def backward(*upstream: Any) -> dict[str, Any]:
        passed = [n for n in differentiable(program) if n not in own]
        found = dict(zip(passed, several(layer.backward(*upstream)), strict=True))
        return {n: found[n] if n in found else getattr(layer, f"d{n}") for n in differentiable(program)}

    return Run(several(layer.forward(*(a for n, a in at.items() if n not in own))), backward)


def of_network(program: Program, at: Given) -> Run:
    (kind,) = (v for v in vars(built(program, "network")).values() if isinstance(v, type))
    own = {t.name: at[t.name] for t in program.given if t.role == "param"}
    sizes = {a.name: n for t in program.given for a, n in zip(t.axes, at[t.name].shape, strict=True)}
    net = kind(**{name: n for name, n in sizes.items() if name in signature(kind).parameters}, rng=0)
    net.params = own
    given = {n: a for n, a in at.items() if n not in own}
    return Run((net.loss(**given),), lambda *_: net.gradient(**given))


STYLES = {"functions": of_functions, "class": of_class, "network": of_network}


def every_layer_and_style() -> Iterator[Any]:
    for name in library.names():
        for style in STYLES:
            try:
                codegen.source(load(name), style)
            except LayerTextError:
                continue  # no loss, or nothing to train: `tests.codegen.test_styles` holds the refusal
            yield pytest.param(name, style, id=f"{name}-{style}")


in_every_style = pytest.mark.parametrize(("name", "style"), [*every_layer_and_style()])


def copies(given: Given) -> dict[str, Any]:
    return {n: np.array(a) for n, a in given.items()}


def parts(results: Any) -> list[Array]:
    """The arrays among results."""
    return [a for a in results if isinstance(a, np.ndarray) and a.size]


@in_every_style
def test_nothing_given_is_written_into_or_handed_back(name: str, style: str) -> None:
    """Arguments and upstream gradients may be written into, and are not; a second backward gives the same again."""
    program, opponent = load(name), OPPONENTS[name]
    at = {n: np.array(a) if np.ndim(a) else a for n, a in arrays(program, opponent, sizes(program, opponent)).items()}
    run = STYLES[style](program, at)
    upstream = [np.array(u) if np.ndim(u) else u for u in random_upstream(run.outputs)]
    before = [np.array(a) for a in (*at.values(), *run.outputs, *upstream)]
    first = run.backward(*upstream)
    kept = copies(first)
    second = run.backward(*upstream)
    for now, then in zip((*at.values(), *run.outputs, *upstream), before, strict=True):
        assert_array_equal(now, then)
    for wanted, array in kept.items():
        assert_array_equal(first[wanted], array, err_msg=wanted)
        assert_array_equal(second[wanted], array, err_msg=wanted)
    results = parts((*run.outputs, *first.values()))
    others = parts((*at.values(), *upstream))
    for place, result in enumerate(results):
        assert result.flags.writeable
        assert not any(np.shares_memory(result, other) for other in (*others, *results[place + 1 :]))


def spread(array: Array) -> Array:
    """One number for all entries: every stride is 0."""
    return np.broadcast_to(array.flat[0], array.shape) if array.ndim else array


def square(array: Array) -> bool:
    """Whether an array may be a matrix that is inverted, which must not become singular."""
    return array.ndim == 2 and array.shape[0] == array.shape[1]


def assert_same(found: Run, right: Run, upstream: list[Array], plain: list[Array]) -> None:
    """The same outputs and gradients, of double precision unless whole numbers made them."""
    gradients, expected = found.backward(*upstream), right.backward(*plain)
    assert list(gradients) == list(expected)
    names = (*(f"output {k}" for k in range(len(right.outputs))), *expected)
    ours, theirs = (*found.outputs, *gradients.values()), (*right.outputs, *expected.values())
    for what, one, other in zip(names, ours, theirs, strict=True):
        assert np.shape(one) == np.shape(other), what
        assert np.asarray(one).dtype in (np.float64, np.int64), what
        assert_allclose(one, other, rtol=1e-10, atol=1e-11, err_msg=what)


@in_every_style
def test_one_number_spread_over_an_array(name: str, style: str) -> None:
    """As `numpy.broadcast_to` makes it, and the gradient of a sum in other programs."""
    program, opponent = load(name), OPPONENTS[name]
    at = arrays(program, opponent, sizes(program, opponent))
    at |= {t.name: spread(at[t.name]) for t in program.given if not t.laws and not square(at[t.name])}
    found, right = STYLES[style](program, at), STYLES[style](program, copies(at))
    upstream = [spread(np.asarray(u)) for u in random_upstream(right.outputs)]
    assert_same(found, right, upstream, [np.array(u) for u in upstream])


@in_every_style
def test_whole_numbers_are_numbers(name: str, style: str) -> None:
    """Integers where floats are expected give what the same floats give, and nothing is cut off."""
    program, opponent = load(name), OPPONENTS[name]
    at, rng = arrays(program, opponent, sizes(program, opponent)), np.random.default_rng(5)
    free = [t.name for t in program.given if not t.laws and not t.integer]
    whole = {n: rng.integers(1, 4, at[n].shape) for n in free}
    whole |= {n: 9 * np.eye(len(a), dtype=int) + a for n, a in whole.items() if square(a)}
    found = STYLES[style](program, {**at, **whole})
    right = STYLES[style](program, {**at, **{n: a.astype(float) for n, a in whole.items()}})
    upstream = random_upstream([np.asarray(o, float) for o in right.outputs])
    assert_same(found, right, upstream, upstream)
