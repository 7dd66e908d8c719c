"""The generated code for a benchmark elsewhere that has the same cases: ``make(case, inputs)`` gives a step, or None.

A step takes nothing, does one forward and one backward pass, and returns results in the case's order.
"""

from __future__ import annotations

from typing import Any

from tests.benchmarks.cases import CASES
from tests.benchmarks.contenders import Step


def make(name: str, inputs: dict[str, Any]) -> Step | None:
    """The generated code of the case on these numbers."""
    if name not in CASES:
        return None
    ours = CASES[name]().ours
    if "q" in inputs:  # batch and heads are one axis here
        shape = inputs["q"].shape
        joined = ours.step({k: v.reshape(-1, *shape[-2:]) for k, v in inputs.items()})
        return lambda: tuple(a.reshape(shape) for a in ours.arranged(joined()))
    step = ours.step(inputs)
    return lambda: ours.arranged(step())
