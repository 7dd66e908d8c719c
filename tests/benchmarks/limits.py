"""What the machine allows at best, here and now: the rate of a large matrix product, and of memory.

Both run as contenders in the same rounds as the case, so that their times compare with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers
from tests.benchmarks.measuring import Timing

SIDE = 768  # of the square matrices whose product shows the rate


def yardsticks(dtype: Any, size: int) -> dict[str, Callable[[], object]]:
    """A product of large matrices, and a pass that reads two thirds of ``size`` bytes and writes one third."""
    a, b, product = (np.ones((SIDE, SIDE), dtype) for _ in range(3))
    x, y, z = (np.ones(max(16, size // 3 // np.dtype(dtype).itemsize), dtype) for _ in range(3))
    return {"gemm": lambda: np.matmul(a, b, out=product), "stream": lambda: np.add(x, y, out=z)}


def limit(timings: Mapping[str, Timing], gemms: Iterable[tuple[int, int, int, int]]) -> float:
    """Seconds that no code can beat: the case's products at that rate, or its bytes at that of memory."""
    work = sum(batch * m * k * n for batch, m, k, n in gemms)
    return max(work / SIDE**3 * timings["gemm"].seconds, timings["stream"].seconds)


def compulsory(numbers: Numbers, results: Iterable[Any]) -> int:
    """Bytes of floating-point numbers that are read once or written once."""
    own = (a for a in numbers.values() if a.base is None and a.dtype.kind == "f")
    return sum(a.nbytes for a in (*own, *map(np.asarray, results)))
