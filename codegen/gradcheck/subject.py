"""What is checked: a forward and a backward of one layer, whatever style they were written in."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from derive.program import DIFFERENTIABLE, Program

Array = npt.NDArray[Any]
Arrays = Mapping[str, Array]
Hyper = Mapping[str, Any]
Outputs = tuple[Array, ...]


class Sample(Protocol):
    """Where code is tried: arrays for every given tensor, an upstream gradient for every output."""

    @property
    def given(self) -> Arrays:
        """Arrays by tensor name."""

    @property
    def upstream(self) -> Outputs:
        """Upstream gradients, in the order of the outputs."""

    @property
    def hyper(self) -> Hyper:
        """Hyperparameters as Python numbers."""


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


def of_module(program: Program, module: ModuleType) -> Subject:
    """The code of a generated module, in whichever of the three styles it is."""
    if hasattr(module, "forward"):
        return of_functions(program, module)
    layer = next(v for v in vars(module).values() if isinstance(v, type) and v.__module__ == module.__name__)
    return (of_network if hasattr(layer, "gradient") else of_class)(program, layer)


def of_functions(program: Program, module: ModuleType) -> Subject:
    """The pair ``forward(X, W, b) -> out, saved`` and ``backward(saved, dU) -> {"X": dX, ...}`` of a module."""
    names, wrt = tuple(t.name for t in program.given), differentiable(program)
    taken = _parameters(module.forward)

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        out, saved = module.forward(*(given[n] for n in names), **_accepted(taken, hyper))
        return _as_tuple(out), saved

    def backward(saved: Any, upstream: Outputs) -> Arrays:
        return _by_tensor(module.backward(saved, *upstream), wrt)

    return Subject(program.name, program.outputs, wrt, forward, backward)


def of_class(program: Program, layer: type[Any]) -> Subject:
    """A class with ``__init__(W, b)``, ``forward(X)``, ``backward(dU)`` and parameter gradients in ``dW``, ``db``."""
    params = tuple(t.name for t in program.given if t.role == "param")
    passed = tuple(t.name for t in program.given if t.role != "param")
    wrt = differentiable(program)
    inputs = tuple(n for n in passed if n in wrt)
    taken = _parameters(layer)

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        made = layer(*(given[n] for n in params), **_accepted(taken, hyper))
        return _as_tuple(made.forward(*(given[n] for n in passed))), made

    def backward(made: Any, upstream: Outputs) -> Arrays:
        returned = made.backward(*upstream)
        gradients = dict(zip(inputs, _as_tuple(returned) if inputs else (), strict=True))
        gradients |= {n: getattr(made, f"d{n}") for n in params if n in wrt}
        return {n: gradients[n] for n in wrt}

    return Subject(program.name, program.outputs, wrt, forward, backward)


def of_network(program: Program, network: type[Any]) -> Subject:
    """A class made from sizes by axis name, with ``params``, ``loss(X, T)`` and ``gradient(X, T) -> dict``.

    A network's gradient is that of its loss itself: the upstream gradient scales it from outside.
    """
    params = tuple(t.name for t in program.given if t.role == "param")
    passed = tuple(t.name for t in program.given if t.role in ("input", "constant"))
    passed += tuple(t.name for t in program.given if t.role == "target")
    where = {a.name: (t.name, k) for t in program.given for k, a in enumerate(t.axes)}
    taken = _parameters(network)
    sizes = [where[name] for name in taken if name in where]

    def forward(given: Arrays, hyper: Hyper) -> tuple[Outputs, Any]:
        made = network(*(given[n].shape[k] for n, k in sizes), **_accepted(taken, hyper))
        made.params.update({n: given[n] for n in params})
        data = tuple(given[n] for n in passed)
        return (made.loss(*data),), (made, data)

    def backward(saved: Any, upstream: Outputs) -> Arrays:
        made, data = saved
        weight = upstream[0] if upstream else 1.0
        return {n: weight * g for n, g in made.gradient(*data).items()}

    return Subject(program.name, program.outputs, params, forward, backward)


def _as_tuple(out: Any) -> Outputs:
    return out if isinstance(out, tuple) else (out,)


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    return tuple(inspect.signature(function).parameters)  # slow: asked once, not at every call


def _accepted(taken: tuple[str, ...], hyper: Hyper) -> Hyper:
    """The hyperparameters that the code depends on: it takes no others."""
    return {n: v for n, v in hyper.items() if n in taken}


def _by_tensor(gradients: Mapping[str, Array], wrt: tuple[str, ...]) -> Arrays:
    """The gradients by tensor; a tensor whose name is taken in Python goes by another in the code."""
    renamed = dict(zip((n for n in gradients if n not in wrt), (n for n in wrt if n not in gradients), strict=False))
    return {renamed.get(n, n) if n.startswith(renamed.get(n, n)) else n: g for n, g in gradients.items()}
