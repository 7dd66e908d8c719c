"""The generated code for a benchmark elsewhere that has the same cases: ``make(case, inputs)`` gives a step, or None.

A step takes nothing, does one forward and one backward pass, and returns results in the case's order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.cases import CASES, gate_views
from tests.benchmarks.contenders import Step


def make(name: str, inputs: dict[str, Any]) -> Step | None:
    """The generated code of the case on these numbers."""
    if name not in CASES:
        return None
    ours = CASES[name]().ours
    if "W_x" not in ours.given.values():
        return ours.step(inputs)
    step = ours.step(gate_views(inputs))

    def stacked() -> tuple[Any, ...]:
        *rest, dx, dh, db = step()
        rows = inputs["W"].shape[1]
        return (*rest, np.concatenate((dx.reshape(-1, rows), dh.reshape(-1, rows))), db.reshape(-1))

    return stacked
