"""The closed loop over everything: the notes of each layer in each way that they can be printed, read back and judged.

    python -m tests.verifying.closed_loop [--jobs 2] [--layers affine,lstm] [--ways all|pairs]

prints a line for each note with something wrong or left open, and the totals. ``pairs``: not every combination, but
every pair of choices.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations, product
from typing import NamedTuple

from derive import derive, load
from derive.notes.notation import TABLE
from derive.outputs import render
from derive.verifying.documents.reading import note
from derive.verifying.report import Report
from derive.verifying.verify import verify


class Way(NamedTuple):
    """One way to print notes."""

    profile: str
    notation: str
    detail: str
    language: str
    form: str

    def __str__(self) -> str:
        return "-".join(self)


CHOICES = (tuple(TABLE), ("both", "matrix", "index"), ("steps", "brief", "full"), ("en", "ja"), ("markdown", "latex"))


def ways() -> list[Way]:
    """Every way."""
    return [Way(*choice) for choice in product(*CHOICES)]


def cover() -> list[Way]:
    """Ways in which every two choices meet: of those left, always the one with the most pairs that have not met."""
    everything = ways()
    left = {pair for way in everything for pair in _pairs(way)}
    found: list[Way] = []
    while left:
        best = max(everything, key=lambda way: len(left & _pairs(way)))
        left -= _pairs(best)
        found.append(best)
    return found


def _pairs(way: Way) -> set[tuple[int, str, int, str]]:
    return {(i, way[i], j, way[j]) for i, j in combinations(range(len(way)), 2)}


def judged(layer: str, way: Way) -> Report:
    """The report on the notes of a layer."""
    derivation = derive(load(layer))
    text = render(
        derivation, way.form, profile=way.profile, notation=way.notation, detail=way.detail, language=way.language
    )
    return verify(note(text, layer, ".tex" if way.form == "latex" else ".md"))


class Loop(NamedTuple):
    """What came of one note: how often each verdict, the seconds, and the first thing that is not right."""

    layer: str
    way: Way
    counts: Counter[str]
    seconds: float
    first: str


def _loop(task: tuple[str, Way]) -> Loop:
    layer, way = task
    start = time.process_time()
    report = judged(layer, way)
    wrong = [f for f in report.findings if f.verdict not in ("definition", "correct")]
    first = f"{wrong[0].place.first}: {wrong[0].verdict}: {wrong[0].message[:120]}" if wrong else ""
    return Loop(layer, way, report.counts, time.process_time() - start, first)


def loops(layers: list[str], chosen: list[Way], jobs: int) -> Iterator[Loop]:
    """All notes, judged by several processes."""
    tasks = list(product(layers, chosen))
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(_loop, tasks)


def main() -> int:
    """Judge and tell."""
    from derive.library import names

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else "")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--layers", default="")
    parser.add_argument("--ways", choices=("all", "pairs"), default="pairs")
    given = parser.parse_args()
    layers = given.layers.split(",") if given.layers else sorted(names())
    total: Counter[str] = Counter()
    whole = count = 0
    for loop in loops(layers, cover() if given.ways == "pairs" else ways(), given.jobs):
        total += loop.counts
        count += 1
        whole += not loop.first
        if loop.first:
            bad = {v: n for v, n in loop.counts.items() if v not in ("definition", "correct")}
            print(f"{loop.layer} {loop.way} {loop.seconds:.1f} s {bad} {loop.first}", flush=True)
    print(f"{whole} of {count} notes wholly right; {dict(total)}")
    return int(whole < count)


if __name__ == "__main__":
    sys.exit(main())
