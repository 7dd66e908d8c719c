"""Faults planted in our own notes: every one that changes a value is found, most are repaired at once.

``python -m tests.verifying.test_mutants [LAYER ...] [profile=d ...]`` plants more, and prints a row for each kind.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from functools import cache

import pytest

from tests.verifying.planting import Tried, tried

SUITE = {
    "affine": {}, "affine_columns": {"profile": "d"}, "bilinear": {"profile": "bar"}, "silu": {"notation": "index"},
    "layer_norm": {"detail": "brief"}, "softmax_cross_entropy": {"language": "ja"},
    "two_layer_net": {"profile": "delta", "notation": "matrix"}, "tied_autoencoder": {"profile": "partial-square"},
}  # fmt: skip


@cache
def suite(layer: str) -> tuple[Tried, ...]:
    """The mutants of one layer's note, in one of the notations."""
    return tuple(tried(layer, 2, **SUITE[layer]))


@pytest.mark.parametrize("layer", SUITE)
def test_every_fault_that_changes_a_value_is_found_and_nothing_else(layer: str) -> None:
    found = suite(layer)
    assert len(found) > 8
    assert [t.source for t in found if t.changes and not t.detected] == []
    assert [t.source for t in found if not t.changes and t.detected] == []


def test_most_faults_are_repaired_by_the_first_suggestion() -> None:
    wrong = [t for layer in SUITE for t in suite(layer) if t.changes]
    assert len(wrong) > 200
    assert sum(t.repaired for t in wrong) >= 0.8 * len(wrong)


def main(words: Sequence[str]) -> None:
    """Print what is missed, and for each kind how many were planted, found and repaired."""
    options = dict(word.split("=") for word in words if "=" in word)
    most = int(options.pop("most", "2"))
    rows: dict[str, Counter[str]] = {}
    for layer in [word for word in words if "=" not in word] or SUITE:
        for t in tried(layer, most, **options):
            row = rows.setdefault(t.kind if t.changes else "same value", Counter())
            row.update(planted=1, found=t.detected, repaired=t.repaired)
            if t.changes != t.detected:
                print(f"{layer}: {t.kind}: {t.finding.verdict}: {t.source}", flush=True)
    rows["all that change"] = sum((row for kind, row in rows.items() if kind != "same value"), Counter())
    for kind, row in sorted(rows.items()):
        print(f"{kind:16}" + ", ".join(f"{word} {row[word]}" for word in ("planted", "found", "repaired")))


if __name__ == "__main__":
    main(sys.argv[1:])
