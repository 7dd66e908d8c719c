"""Faults planted in our own notes: every one that changes a value is found, most are repaired at once.

``python -m tests.verifying.test_mutants`` plants many more: all layers, notations and languages, with a table by kind.
"""

from __future__ import annotations

import pytest

from tests.verifying.planting import tried

SUITE = (
    ("affine", {}), ("affine_columns", {"profile": "d"}), ("bilinear", {"profile": "bar"}), ("silu", {}),
    ("layer_norm", {"detail": "brief"}), ("softmax_cross_entropy", {"language": "ja"}),
    ("two_layer_net", {"profile": "delta", "notation": "matrix"}), ("tied_autoencoder", {"profile": "partial-square"}),
)  # fmt: skip


@pytest.mark.parametrize(("layer", "options"), SUITE, ids=[layer for layer, _ in SUITE])
def test_planted_faults_are_found_and_mostly_repaired(layer: str, options: dict[str, str]) -> None:
    found = list(tried(layer, 2, **options))
    wrong = [t for t in found if t.changes]
    assert len(wrong) > 12
    assert [t.source for t in wrong if not t.detected] == []
    assert [t.source for t in found if not t.changes and t.detected] == []
    assert sum(t.repaired for t in wrong) >= 0.8 * len(wrong)
