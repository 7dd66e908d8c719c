"""One function that gives a loss and its gradients together: ``return loss, dx``, ``return grads, cost``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.gradient_names import from_returned, returned_names
from codegen.gradcheck.handwritten.layer import Argument, Given, Layer, arguments_of, as_outputs, documentation_of
from codegen.gradcheck.subject import Outputs
from derive.reading.numpy_source.gradient_names import BOOKS, variable_of


def is_whole(function: Callable[..., Any]) -> bool:
    """Whether what a function returns is named as a value and gradients of what it is given, or reads in its module."""
    names = returned_names(function)
    gradients = _gradients(names, [a.name for a in (*arguments_of(function), *_read(function))])
    return bool(gradients) and len(gradients) < len(names)


def _gradients(names: tuple[str, ...], inputs: list[str]) -> list[int]:
    return [k for k, n in enumerate(names) if n and (BOOKS.match(n) or variable_of(n, inputs))]


def _read(function: Callable[..., Any]) -> tuple[Argument, ...]:
    """The arrays of its module that a function reads and whose gradients it returns."""
    space = getattr(function, "__globals__", {})
    arrays = [n for n in function.__code__.co_names if isinstance(space.get(n), np.ndarray)]
    wanted = {variable_of(name, arrays) for name in returned_names(function) if name}
    return tuple(Argument(n) for n in arrays if n in wanted)


@contextmanager
def _with(function: Callable[..., Any], arrays: Mapping[str, Any]) -> Iterator[None]:
    """The module's arrays replaced inside."""
    space = function.__globals__
    before = {n: space[n] for n in arrays}
    space.update(arrays)
    try:
        yield
    finally:
        space.update(before)


def of_whole(function: Callable[..., Any]) -> Layer:
    """The layer that such a function is: its value is the first number among what it returns besides gradients."""
    own = _read(function)
    arguments = (*arguments_of(function), *own)
    inputs = [a.name for a in arguments]
    theirs = {a.name for a in own}
    names = returned_names(function)
    places = _gradients(names, inputs)

    def forward(given: Given) -> tuple[Outputs, Any]:
        with _with(function, {n: given[n] for n in theirs if n in given}):
            found = function(**{n: given[n] for n in inputs if n in given and n not in theirs})
        if not isinstance(found, tuple) or len(found) != len(names):
            raise TypeError(f"{len(names)} results were expected")
        values = [v for k, v in enumerate(found) if k not in places and np.ndim(v) == 0]
        if not values:
            raise TypeError("there is no number among the results")
        return as_outputs(values[0]), tuple(found[k] for k in places)

    def backward(kept: Any, upstream: Outputs) -> Mapping[str, Any]:
        return from_returned(kept, tuple(names[k] for k in places), inputs, inputs)

    def again(_: Any, given: Given) -> tuple[Outputs, Any]:
        return forward(given)

    return Layer(
        function.__name__, arguments, forward, backward, again, False, documentation_of(function),
        notes=("its value and its gradients come from one function",),
    )  # fmt: skip
