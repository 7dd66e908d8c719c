"""The benchmark runner: one table of ratios, one of the engine's times, and the same as JSON."""

from __future__ import annotations

import argparse
import json
import os
import platform
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import engine
from tests.benchmarks.cases import CASES
from tests.benchmarks.measuring import BLOCK, Timing, compare

BASELINE = "seed"


def measure(rounds: int, depths: Sequence[int], block: float = BLOCK, only: str = "") -> dict[str, Any]:
    """Every case, then the engine."""
    cases = {
        name: {
            who: {"seconds": t.seconds, "ratio": t.ratio}
            for who, t in compare(make(), BASELINE, rounds=rounds, block=block).items()
        }
        for name, make in CASES.items()
        if only in name
    }
    return {
        "machine": {
            "python": platform.python_version(),
            "numpy": np.__version__,
            "cores": os.cpu_count(),
            "processor": platform.processor() or platform.machine(),
        },
        "cases": cases,
        "engine": {
            "two_layer_net": engine.two_layer_net(min(rounds, 3)),
            "per_layer": {str(depth): times for depth, times in engine.growth(depths, min(rounds, 3)).items()},
        },
    }


def table(found: dict[str, Any]) -> str:
    """The figures for a terminal: microseconds, and in brackets the multiple of the seed's time."""
    who = list(dict.fromkeys(name for case in found["cases"].values() for name in case))
    lines = [f"{'':26}" + "".join(f"{name:>18}" for name in who)]
    for case, timings in found["cases"].items():
        cells = [_cell(Timing(**timings[name])) if name in timings else "–" for name in who]
        lines.append(f"{case:26}" + "".join(f"{cell:>18}" for cell in cells))
    times = found["engine"]["two_layer_net"]
    lines += [
        "",
        f"two_layer_net in a new process: read {times['read']:.3f} s, derive {times['derive']:.3f} s",
        "",
        f"{'milliseconds a layer':26}{'chain':>10}{'derive':>10}{'code':>10}",
    ]
    for depth, parts in found["engine"]["per_layer"].items():
        cells = [f"{1e3 * parts[key]:.3f}" for key in ("chain", "derive", "code")]
        lines.append(f"{depth + ' layers':26}" + "".join(f"{cell:>10}" for cell in cells))
    return "\n".join(lines)


def _cell(timing: Timing) -> str:
    return f"{1e6 * timing.seconds:.1f} ({timing.ratio:.2f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="rounds of all contenders (25)")
    parser.add_argument("--depths", type=int, nargs="*", default=engine.DEPTHS, help="lengths of chains (10 100 1000)")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args(arguments)
    found = measure(chosen.rounds, chosen.depths, only=chosen.only)
    print(table(found))
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
