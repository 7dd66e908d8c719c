"""How long deriving takes, for the two-layer net and for each layer of a chain; and how long verifying a note takes."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Sequence
from time import process_time

import codegen
import derive

DEPTHS = (10, 100, 1000)

# Processor time: all of it is one thread of Python, and other processes do not count.
FRESH = """
from time import process_time
import derive
start = process_time()
program = derive.load("two_layer_net")
read = process_time()
derive.derive(program)
print(read - start, process_time() - read)
"""


def two_layer_net(rounds: int = 3) -> dict[str, float]:
    """Seconds to read and to derive every gradient of the two-layer net in a new process, imports of SymPy included."""
    runs = []
    for _ in range(rounds):
        ran = subprocess.run([sys.executable, "-c", FRESH], capture_output=True, text=True, check=True)
        runs.append([float(word) for word in ran.stdout.split()])
    read, derived = (statistics.median(column) for column in zip(*runs, strict=True))
    return {"read": read, "derive": derived}


def verifying(layer: str = "lstm_cell") -> dict[str, float]:
    """Seconds to verify our own note of a layer, and how many relations it has; 100 should take less than 10 s."""
    from derive.verifying.documents.reading import note
    from derive.verifying.verify import verify

    text = derive.derive(derive.load(layer)).to_markdown()
    start = process_time()
    relations = len(verify(note(text)).findings)
    return {"seconds": process_time() - start, "relations": relations}


def chain(depth: int) -> list[str]:
    """Affine layers and activations in turn, and a loss."""
    return [*["affine", "tanh"] * (depth // 2), "squared_error"]


def growth(depths: Sequence[int] = DEPTHS, rounds: int = 3) -> dict[int, dict[str, float]]:
    """Seconds for each layer, by depth: reading the chain, deriving it, and writing its code."""
    derive.derive(derive.chain(*chain(4)))  # each kind of layer once
    found = {}
    for depth in depths:
        runs = [_once(depth) for _ in range(rounds)]
        found[depth] = {key: statistics.median(run[key] for run in runs) / depth for key in runs[0]}
    return found


def _once(depth: int) -> dict[str, float]:
    start = process_time()
    program = derive.chain(*chain(depth))
    read = process_time()
    derive.derive(program)
    derived = process_time()
    codegen.source(program)
    return {"chain": read - start, "derive": derived - read, "code": process_time() - derived}
