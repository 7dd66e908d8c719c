"""The benchmark runner: one table of the cases, one of the engine's times, and the same as JSON."""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks import engine, frameworks, limits, seeds
from tests.benchmarks.cases import CASES, Case
from tests.benchmarks.contenders import Step
from tests.benchmarks.measuring import BLOCK, compare

BASELINE = "expert"
COLUMNS = ("ours", "seed", "autograd", "torch", "jax", "limit")


def contenders(case: Case, dtype: Any) -> tuple[dict[str, Step], dict[str, Any]]:
    """All contenders of a case, and the numbers that they compute with."""
    numbers = case.numbers(np.random.default_rng(7), dtype)
    found = {"ours": case.ours.step(numbers), BASELINE: case.expert(numbers)}
    if case.ours.style == "network":
        found |= seeds.steps(numbers)
    return found | frameworks.steps(case.formula, numbers, case.wrt, case.upstream), numbers


def measure_case(case: Case, dtype: Any, rounds: int, block: float) -> dict[str, Any]:
    """Microseconds and ratios to the expert's, of every contender and of the machine's limit."""
    steps, numbers = contenders(case, dtype)
    size = limits.compulsory(numbers, steps[BASELINE]())
    marks = limits.yardsticks(dtype, size)
    timings = compare({**steps, **marks}, BASELINE, rounds=rounds, block=block)
    least = limits.limit(timings, case.gemms)
    found = {who: {"seconds": timings[who].seconds, "ratio": timings[who].ratio} for who in steps}
    return {**found, "limit": {"seconds": least, "ratio": least / timings[BASELINE].seconds}}


def measure(
    rounds: int, depths: Sequence[int], block: float = BLOCK, only: str = "", dtypes: Sequence[str] = ()
) -> dict[str, Any]:
    """Every case in each type, its row printed as soon as it is known, then the engine."""
    cases = {}
    print(f"{'':38}{'expert µs':>12}" + "".join(f"{name:>10}" for name in COLUMNS))
    for name, dtype in ((name, dtype) for dtype in dtypes for name in CASES if only in name):
        found = measure_case(CASES[name](), np.dtype(dtype).type, rounds, block)
        cases[f"{name} {dtype}"] = found
        print(row(f"{name} {dtype}", found), flush=True)
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
            "verify": engine.verifying(),
            "per_layer": {str(depth): times for depth, times in engine.growth(depths, min(rounds, 3)).items()},
        }
        if depths
        else {},
    }


def row(case: str, timings: dict[str, Any]) -> str:
    """The expert's microseconds, and every other time as a multiple of it."""
    cells = [f"{timings[n]['ratio']:.2f}" if n in timings else "–" for n in COLUMNS]
    return f"{case:38}{1e6 * timings[BASELINE]['seconds']:12.1f}" + "".join(f"{c:>10}" for c in cells)


def means(cases: dict[str, Any]) -> list[str]:
    """Geometric means: of the rows above, and of our time as a multiple of each contender's."""

    def mean(ratios: list[float]) -> str:
        return f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}" if ratios else "–"

    above, ours = [], []
    for who in COLUMNS:
        timings = [(t[who], t["ours"]) for t in cases.values() if who in t]
        above.append(mean([t["ratio"] for t, _ in timings]))
        ours.append(mean([own["seconds"] / t["seconds"] for t, own in timings]))
    rows = {"geometric mean": above, "ours as a multiple of it": ours}
    return [f"{name:50}" + "".join(f"{cell:>10}" for cell in cells) for name, cells in rows.items()]


def engine_lines(times: dict[str, Any]) -> list[str]:
    """How long deriving takes, and verifying a note."""
    net, note = times["two_layer_net"], times["verify"]
    lines = [
        f"two_layer_net in a new process: read {net['read']:.3f} s, derive {net['derive']:.3f} s",
        f"verify a note of {note['relations']:.0f} relations: {note['seconds']:.1f} s",
        "",
        f"{'milliseconds a layer':26}{'chain':>10}{'derive':>10}{'code':>10}",
    ]
    for depth, parts in times["per_layer"].items():
        cells = [f"{1e3 * parts[key]:.3f}" for key in ("chain", "derive", "code")]
        lines.append(f"{depth + ' layers':26}" + "".join(f"{cell:>10}" for cell in cells))
    return lines


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=25, help="rounds of all contenders (25)")
    parser.add_argument("--depths", type=int, nargs="*", default=engine.DEPTHS, help="lengths of chains (10 100 1000)")
    parser.add_argument("--only", default="", help="cases whose name contains this")
    parser.add_argument("--dtypes", nargs="*", default=["float32", "float64"], help="types (float32 float64)")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    chosen = parser.parse_args(arguments)
    found = measure(chosen.rounds, chosen.depths, only=chosen.only, dtypes=chosen.dtypes)
    print(*means(found["cases"]), sep="\n")
    if found["engine"]:
        print("", *engine_lines(found["engine"]), sep="\n")
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
