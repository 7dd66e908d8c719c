"""What is checked: a forward and a backward of one layer, whatever style they were written in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from derive.program import DIFFERENTIABLE, Program

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Hyper = Mapping[str, Any]
Outputs = tuple[Array, ...]


@dataclass(frozen=True)
class Subject:
    """``forward(given, hyper)`` gives the outputs and what was saved; ``backward(saved, upstream)`` the gradients.

    ``given`` and the gradients are arrays by tensor name, outputs and upstream gradients tuples in the order of
    ``outputs``. ``wrt`` are the tensors whose gradient backward has to give.
    """

    name: str
    outputs: tuple[str, ...]
    wrt: tuple[str, ...]
    forward: Callable[[Arrays, Hyper], tuple[Outputs, Any]]
    backward: Callable[[Any, Outputs], Arrays]

    def run(self, given: Arrays, hyper: Hyper, upstream: Outputs) -> tuple[Outputs, Arrays]:
        """Outputs and gradients of one forward and one backward pass."""
        outputs, saved = self.forward(given, hyper)
        return outputs, self.backward(saved, upstream)

    def loss(self, given: Arrays, hyper: Hyper, upstream: Outputs) -> Any:
        """The outputs weighted by the upstream gradient: the scalar whose gradient backward gives."""
        outputs, _ = self.forward(given, hyper)
        return sum(np.sum(u * np.asarray(out)) for u, out in zip(upstream, outputs, strict=True))


def differentiable(program: Program) -> tuple[str, ...]:
    """The given tensors that have a gradient, in the order declared."""
    return tuple(t.name for t in program.given if t.role in DIFFERENTIABLE and not t.integer)


def _as_tuple(out: Any) -> Outputs:
    return out if isinstance(out, tuple) else (out,)


def of_functions(program: Program, module: ModuleType) -> Subject:
    """The pair ``forward(X, W, b) -> out, saved`` and ``backward(saved, dU) -> {"X": dX, ...}`` of a module."""
    names = tuple(t.name for t in program.given)

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        out, saved = module.forward(*(given[n] for n in names), **hyper)
        return _as_tuple(out), saved

    def backward(saved: Any, upstream: Outputs) -> Arrays:
        gradients: Arrays = module.backward(saved, *upstream)
        return gradients

    return Subject(program.name, program.outputs, differentiable(program), forward, backward)


def of_class(program: Program, layer: Callable[..., Any]) -> Subject:
    """A class with ``__init__(W, b)``, ``forward(X)``, ``backward(dU)`` and parameter gradients in ``dW``, ``db``."""
    params = tuple(t.name for t in program.given if t.role == "param")
    passed = tuple(t.name for t in program.given if t.role != "param")
    inputs = tuple(n for n in passed if n in differentiable(program))

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        made = layer(*(given[n] for n in params), **hyper)
        return _as_tuple(made.forward(*(given[n] for n in passed))), made

    def backward(made: Any, upstream: Outputs) -> Arrays:
        returned = made.backward(*upstream)
        gradients = dict(zip(inputs, _as_tuple(returned) if inputs else (), strict=True))
        gradients |= {n: getattr(made, f"d{n}") for n in params if n in differentiable(program)}
        return {n: gradients[n] for n in differentiable(program)}

    return Subject(program.name, program.outputs, differentiable(program), forward, backward)


def of_network(program: Program, network: Callable[..., Any], *sizes: str) -> Subject:
    """A class with ``params``, ``loss(X, T)`` and ``gradient(X, T) -> dict``; ``sizes`` are its constructor's axes.

    A network's gradient is that of its loss itself: the upstream gradient scales it from outside.
    """
    params = tuple(t.name for t in program.given if t.role == "param")
    passed = tuple(t.name for t in program.given if t.role != "param")
    axes = {a.name: (t.name, k) for t in program.given for k, a in enumerate(t.axes)}

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        made = network(*(given[axes[s][0]].shape[axes[s][1]] for s in sizes), **hyper)
        made.params.update({n: given[n] for n in params})
        data = tuple(given[n] for n in passed)
        return (made.loss(*data),), (made, data)

    def backward(saved: Any, upstream: Outputs) -> Arrays:
        made, data = saved
        weight = upstream[0] if upstream else 1.0
        return {n: weight * g for n, g in made.gradient(*data).items()}

    return Subject(program.name, program.outputs, params, forward, backward)
