"""The generated code as a contender: which layer a case is, and how its tensors are called there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import codegen
import derive
from derive.program import Program
from tests.benchmarks.contenders import Numbers, Step

LAYERS = Path(__file__).parent / "layers"


@dataclass(frozen=True)
class Ours:
    """A layer of the library, or of the folder beside this file.

    ``given``: for each of the layer's tensors the case's name of its numbers. ``upstream``: the upstream gradients.
    ``results``: what is computed, in the case's order; ``d`` before a name is its gradient.
    """

    layer: str
    given: Mapping[str, str]
    results: tuple[str, ...]
    upstream: tuple[str, ...] = ()
    style: str = "functions"
    hyper: Mapping[str, int] = field(default_factory=dict)

    def program(self) -> Program:
        """The layer, read."""
        own = LAYERS / f"{self.layer}.layer"
        return derive.read(own) if own.exists() else derive.load(self.layer)

    def step(self, numbers: Numbers) -> Step:
        """One forward and one backward pass of the generated code; it returns what that returns."""
        given = {tensor: numbers[name] for tensor, name in self.given.items()}
        if self.style == "network":
            return by_network(self.program(), given)
        return by_functions(self.program(), given, [numbers[n] for n in self.upstream], self.hyper)

    def arranged(self, returned: tuple[Any, Mapping[str, Any]]) -> tuple[Any, ...]:
        """The results of a step in the case's order."""
        out, gradients = returned
        outputs = self.program().outputs
        assert self.results[: len(outputs)] == outputs, "the outputs come first, in the layer's order"
        return (*((out,) if len(outputs) == 1 else out), *(gradients[r[1:]] for r in self.results[len(outputs) :]))


def by_functions(program: Program, given: Mapping[str, Any], upstream: list[Any], hyper: Mapping[str, int]) -> Step:
    """``forward`` and ``backward`` of the generated module."""
    module, arguments = codegen.build(program), [given[t.name] for t in program.given]
    forward, backward = partial(module.forward, **hyper), module.backward

    def step() -> tuple[Any, ...]:
        out, saved = forward(*arguments)
        return out, backward(saved, *upstream)

    return step


def by_network(program: Program, given: Mapping[str, Any]) -> Step:
    """``loss_and_gradient`` of the generated network, both passes in one."""
    (kind,) = (v for v in vars(codegen.build(program, "network")).values() if isinstance(v, type))
    params = [t for t in program.given if t.role == "param"]
    sizes = {a.name: n for t in params for a, n in zip(t.axes, given[t.name].shape, strict=True)}
    net = kind(**sizes, rng=0)
    net.params = {t.name: given[t.name] for t in params}
    return partial(net.loss_and_gradient, *(given[t.name] for t in program.given if t.role != "param"))
