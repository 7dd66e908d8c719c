"""What is timed: networks of given size and type, each with all contenders on the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import codegen
import derive
from derive.program import Program
from tests.benchmarks import expert, frameworks, seeds

Step = Callable[[], tuple[Any, dict[str, Any]]]
Contenders = dict[str, Step]


def two_layer_net(dtype: type, *, batch: int = 100, sizes: tuple[int, int, int] = (784, 50, 10)) -> Contenders:
    """The classifier of seed 001: its ``gradient`` for one batch."""
    rng = np.random.default_rng(0)
    D, H, C = sizes
    params = {
        "W1": (rng.standard_normal((D, H)) * (2 / D) ** 0.5).astype(dtype),
        "b1": (0.01 * rng.standard_normal(H)).astype(dtype),
        "W2": (rng.standard_normal((H, C)) * (2 / H) ** 0.5).astype(dtype),
        "b2": (0.01 * rng.standard_normal(C)).astype(dtype),
    }
    X: Any = rng.random((batch, D)).astype(dtype)
    T: Any = np.eye(C, dtype=dtype)[rng.integers(C, size=batch)]
    baseline = seeds.TwoLayerNet(params)
    return {
        "seed": lambda: baseline.loss_and_gradient(X, T),
        **generated(derive.load("two_layer_net"), params, X, T),
        "expert": expert.two_layer_net(params, X, T),
        **frameworks.steps(frameworks.two_layer_net, params, X, T),
    }


def tiny(dtype: type) -> Contenders:
    """The 2-3-1 regression of seed 002: forward and back propagation of one sample."""
    params, X, Y = tiny_numbers(dtype, 1)
    x, y = X[0], Y[0]
    return {
        "seed": lambda: seeds.scratch(params, x, y),
        **generated(derive.load("sigmoid_net"), params, x, y),
        "expert": expert.tiny(params, x, y),
        **frameworks.steps(frameworks.tiny, params, x, y),
    }


def tiny_batch(dtype: type, *, batch: int = 4) -> Contenders:
    """The same for a mini-batch; the seed goes through it sample by sample."""
    params, X, Y = tiny_numbers(dtype, batch)
    return {
        "seed": lambda: seeds.scratch_batch(params, X, Y),
        **generated(derive.load("sigmoid_net_rows"), params, X, Y),
        "expert": expert.tiny_batch(params, X, Y),
        **frameworks.steps(frameworks.tiny, params, X, Y),
    }


def tiny_numbers(dtype: type, batch: int) -> tuple[dict[str, Any], Any, Any]:
    """Parameters and samples of a 2-3-1 net."""
    rng = np.random.default_rng(1)
    shapes = {"W1": (3, 2), "b1": (3,), "W2": (1, 3), "b2": (1,)}
    params: dict[str, Any] = {name: rng.standard_normal(shape).astype(dtype) for name, shape in shapes.items()}
    return params, rng.standard_normal((batch, 2)).astype(dtype), rng.standard_normal((batch, 1)).astype(dtype)


def generated(program: Program, params: dict[str, Any], *data: Any) -> Contenders:
    """The three styles of generated code."""
    (network,) = (v for v in vars(codegen.build(program, "network")).values() if isinstance(v, type))
    (kind,) = (v for v in vars(codegen.build(program, "class")).values() if isinstance(v, type))
    own = [t for t in program.given if t.role == "param"]
    axes = {a.name: size for t in own for a, size in zip(t.axes, params[t.name].shape, strict=True)}
    net, layer, module = network(**axes, rng=0), kind(**params), codegen.build(program)
    net.params = params
    given = {t.name: array for t, array in zip(_passed(program), data, strict=True)} | params

    def by_functions() -> tuple[Any, dict[str, Any]]:
        loss, saved = module.forward(**given)
        return loss, module.backward(saved)

    def by_class() -> tuple[Any, dict[str, Any]]:
        loss = layer.forward(*data)
        layer.backward()
        return loss, {name: getattr(layer, f"d{name}") for name in params}

    return {"network": lambda: net.loss_and_gradient(*data), "functions": by_functions, "class": by_class}


def _passed(program: Program) -> list[Any]:
    return [t for t in program.given if t.role != "param"]


CASES: dict[str, Callable[[], Contenders]] = {
    "two_layer_net float64": lambda: two_layer_net(np.float64),
    "two_layer_net float32": lambda: two_layer_net(np.float32),
    "tiny 2-3-1, one sample": lambda: tiny(np.float64),
    "tiny 2-3-1, batch of 4": lambda: tiny_batch(np.float64),
    "tiny 2-3-1, batch of 32": lambda: tiny_batch(np.float64, batch=32),
}
