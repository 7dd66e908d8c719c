"""Times of several contenders, interleaved: a ratio is the median of the ratios within each round.

What slows the machine for a second slows all contenders of that round, and cancels. Time is the processor's: with one
thread, which is how the runner starts NumPy, that of other processes does not count.
"""

from __future__ import annotations

import gc
import random
import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import process_time

import numpy as np

BLOCK = 0.005  # seconds that a contender runs at least, each time that it is its turn


@dataclass(frozen=True)
class Timing:
    """Seconds for one call, and as a multiple of the baseline's in the same round; both medians."""

    seconds: float
    ratio: float


def settle_memory() -> None:
    """Let the C library keep what arrays give back, as after any larger array, whatever case ran before.

    Until then glibc returns freed memory to the system at once, and every new array is mapped page by page.
    """
    np.empty(30 << 20, np.uint8).fill(0)


def calls_for(step: Callable[[], object], block: float) -> int:
    """How many calls fill a block."""
    count = 1
    while True:
        start = process_time()
        for _ in range(count):
            step()
        taken = process_time() - start
        if taken >= block or count >= 1 << 20:
            return max(1, round(count * block / max(taken, 1e-9)))
        count *= 4


def compare(
    contenders: Mapping[str, Callable[[], object]], baseline: str, *, rounds: int = 25, block: float = BLOCK
) -> dict[str, Timing]:
    """The timing of each contender; within a round each runs once, in an order drawn anew, warmed up by itself."""
    order = random.Random(0)
    settle_memory()
    counts = {name: calls_for(step, block) for name, step in contenders.items()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            turn = list(contenders)
            order.shuffle(turn)
            for name in turn:
                times[name].append(_block(contenders[name], counts[name]))
            gc.collect()
    finally:
        gc.enable()
    return {
        name: Timing(
            statistics.median(own),
            statistics.median(t / base for t, base in zip(own, times[baseline], strict=True)),
        )
        for name, own in times.items()
    }


def _block(step: Callable[[], object], count: int) -> float:
    for _ in range(1 + count // 4):
        step()
    start = process_time()
    for _ in range(count):
        step()
    return (process_time() - start) / count
