"""One function that gives a loss and its gradients together: ``return loss, dx``, ``return grads, cost``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.gradient_names import from_returned, returned_names
from codegen.gradcheck.handwritten.layer import Given, Layer, arguments_of, as_outputs, documentation_of
from codegen.gradcheck.subject import Outputs
from derive.reading.numpy_source.gradient_names import BOOKS, variable_of


def is_whole(function: Callable[..., Any]) -> bool:
    """Whether what a function returns is named as a value and gradients of its own arguments."""
    names = returned_names(function)
    gradients = _gradients(names, [a.name for a in arguments_of(function)])
    return bool(gradients) and len(gradients) < len(names)


def _gradients(names: tuple[str, ...], inputs: list[str]) -> list[int]:
    return [k for k, n in enumerate(names) if n and (BOOKS.match(n) or variable_of(n, inputs))]


def of_whole(function: Callable[..., Any]) -> Layer:
    """The layer that such a function is: its value is the first number among what it returns besides gradients."""
    arguments = arguments_of(function)
    inputs = [a.name for a in arguments]
    names = returned_names(function)
    places = _gradients(names, inputs)

    def forward(given: Given) -> tuple[Outputs, Any]:
        found = function(**{n: given[n] for n in inputs if n in given})
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
