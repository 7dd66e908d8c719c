"""Layers that draw random numbers (dropout): the draws are made the same for every pass, or the layer is not judged."""

from __future__ import annotations

import inspect
import random
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.autograd import is_autograd_function
from codegen.gradcheck.handwritten.layer import Given, Layer
from codegen.gradcheck.handwritten.parameters import places
from codegen.gradcheck.subject import Outputs
from derive.errors import CannotJudge

NOTE = "it draws random numbers: the seed was set before each forward pass, so that the mask is the same one"


def steady(layer: Layer, given: Given, namespaces: tuple[dict[str, Any], ...]) -> Layer:
    """The layer itself if two forward passes give the same, else with its random numbers fixed.

    Errors: `CannotJudge` if it still gives something else each time.
    """
    if _repeats(layer, given):
        return layer
    generators = [v for n in namespaces for v in n.values() if isinstance(v, np.random.Generator)]
    states = [dict(g.bit_generator.state) for g in generators]

    @contextmanager
    def fixed_numbers() -> Iterator[None]:
        for generator, state in zip(generators, states, strict=True):
            generator.bit_generator.state = state
        with seeded():
            yield

    def forward(given: Given) -> tuple[Outputs, Any]:
        with fixed_numbers():
            return layer.forward(given)

    def again(kept: Any, given: Given) -> tuple[Outputs, Any]:
        with fixed_numbers():
            return layer.again(kept, given)

    fixed = replace(layer, forward=forward, again=again, notes=(*layer.notes, NOTE))
    if _repeats(fixed, given):
        return fixed
    raise CannotJudge(
        f"{layer.name} gives another output each time for the same input",
        hint="let it take the mask, or a seeded generator, as an argument",
    )


def _repeats(layer: Layer, given: Given) -> bool:
    first, _ = layer.forward({n: _copied(v) for n, v in given.items()})
    first = tuple(np.array(o) for o in first)
    second, _ = layer.forward({n: _copied(v) for n, v in given.items()})
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first, second, strict=True))


def _copied(value: Any) -> Any:
    return np.array(value) if isinstance(value, np.ndarray) else value


@contextmanager
def seeded() -> Iterator[None]:
    """Every global source of random numbers starts from the same state inside, and is put back after."""
    torch = sys.modules.get("torch")
    numbers, numpy_state = random.getstate(), np.random.get_state()
    random.seed(0)
    np.random.seed(0)
    if torch is not None and hasattr(torch, "manual_seed"):
        torch.manual_seed(0)
    fresh = np.random.default_rng
    np.random.default_rng = lambda seed=None: fresh(0 if seed is None else seed)
    try:
        yield
    finally:
        np.random.default_rng = fresh
        random.setstate(numbers)
        np.random.set_state(numpy_state)


def namespaces_of(*things: Any) -> tuple[dict[str, Any], ...]:
    """The global names that functions, or the methods of classes, can see."""
    found = []
    for thing in things:
        functions = [thing, *(f for _, f in inspect.getmembers(thing, callable))]
        found += [f.__globals__ for f in functions if inspect.isfunction(f)]
    return tuple(found[:8])


def own_sizes(things: Sequence[Any]) -> frozenset[int]:
    """The sizes of the arrays that the code has of its own: in objects, and beside functions."""
    arrays = [v for space in namespaces_of(*things) for v in space.values() if isinstance(v, np.ndarray)]
    for thing in things:
        try:
            made = thing() if isinstance(thing, type) and not is_autograd_function(thing) else thing
        except (Exception, SystemExit):  # a class that needs arguments gets its sizes from them
            continue
        arrays += [p.value for p in places(made)]
    return frozenset(n for a in arrays for n in a.shape)
