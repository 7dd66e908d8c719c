"""What takes part in a benchmark: a step is one forward and one backward pass over numbers that are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Numbers = Mapping[str, Any]  # arrays by name: x, parameters, dout for the upstream gradient
Step = Callable[[], tuple[Any, ...]]
