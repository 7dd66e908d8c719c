"""Documents of every layer in every notation, detail and language: all of them, or few that hold every pair of choices.

``python -m tests.derive.every_document`` compiles the complete product with TeX, some thousand documents, all layers
of a choice in one file; it prints each line that is wider than the page by more than 2 pt, and ends with 1 if there is
one. It takes about an hour.
``--choice K`` does only one of the choices.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations, product
from pathlib import Path

from derive import library
from derive.calculus.chain_rule import derive
from derive.ledger import Derivation
from derive.notes.notation import TABLE
from derive.notes.notes import notes
from derive.notes.phrases import languages
from derive.outputs import latex
from tests.gates import tex

CHOICES = {
    "profile": tuple(TABLE),
    "detail": ("brief", "steps", "full"),
    "notation": ("matrix", "index", "both"),
    "language": languages(),
}
WIDER = 2.0  # points
Choice = dict[str, str]


def every() -> tuple[Choice, ...]:
    """The complete product."""
    return tuple(dict(zip(CHOICES, values, strict=True)) for values in product(*CHOICES.values()))


def pairs(choice: Choice) -> set[tuple[tuple[str, str], ...]]:
    """Every two of the choices made."""
    return set(combinations(choice.items(), 2))


def covering() -> tuple[Choice, ...]:
    """Few choices, in which every two values of different options meet: greedily, always the one that adds most."""
    wanted = set[tuple[tuple[str, str], ...]]().union(*map(pairs, every()))
    found: list[Choice] = []
    while wanted:
        best = max(every(), key=lambda choice: len(pairs(choice) & wanted))
        found.append(best)
        wanted -= pairs(best)
    return tuple(found)


@cache
def derivation(name: str) -> Derivation:
    """A layer of the library, derived once."""
    return derive(library.load(name))


def source(names: Sequence[str], choice: Choice) -> str:
    """The notes of the layers in one LaTeX document."""
    return latex.of_documents([notes(derivation(name), **choice) for name in names])  # type: ignore[arg-type]


def too_wide(names: Sequence[str], choice: Choice, folder: Path) -> Iterator[str]:
    """What TeX says of each line that runs off the page."""
    engine, _ = latex.engine(choice["language"])
    compiled = tex.compile(source(names, choice), folder, engine)
    for line in compiled.overfull:
        if float(re.findall(r"\(([\d.]+)pt", line)[0]) > WIDER:
            yield line


def main() -> int:
    """The script."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--choice", type=int)
    chosen = parser.parse_args().choice
    status = 0
    for number, choice in enumerate(every()):
        if chosen not in (None, number):
            continue
        with tempfile.TemporaryDirectory() as folder:
            found = list(too_wide(library.names(), choice, Path(folder)))
        print(
            number, *choice.values(), f"{len(found)} lines too wide", *found, sep="\n  " if found else " ", flush=True
        )
        status = status or int(bool(found))
    return status


if __name__ == "__main__":
    sys.exit(main())
