"""The closed loop: what our own notes print is read back and judged, and nothing of it is called wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.calculus.chain_rule import derive
from derive.library import load
from derive.verifying.documents.reading import note, read_note
from derive.verifying.report import Report
from derive.verifying.verify import verify

GENERATED = Path(__file__).parent.parent.parent / "generated" / "markdown"
WHOLE = (
    "affine", "affine_columns", "affine_torch", "batch_norm", "bilinear", "char_rnn", "cosine_similarity",
    "cross_entropy", "dropout", "elu", "embedding", "gelu_tanh", "layer_norm", "mean_squared_error", "rms_norm", "silu",
    "quadratic_form", "rnn_cell", "softmax", "softmax_cross_entropy", "squared_error", "tanh",
    "three_layer_net", "tied_autoencoder",
)  # fmt: skip
OPEN = ("avg_pool2d", "concat", "conv1d", "flatten")  # strides and quotients in indices are not read yet


def unjudged(report: Report) -> list[tuple[int, str, str]]:
    """What is neither a definition nor proved: line, verdict, reason."""
    kept = ("definition", "correct")
    return [(f.place.first, f.verdict, f.message) for f in report.findings if f.verdict not in kept]


@pytest.mark.parametrize("layer", WHOLE)
def test_every_line_of_our_notes_is_judged_correct(layer: str) -> None:
    assert unjudged(verify(read_note(GENERATED / f"{layer}.md"))) == []


@pytest.mark.parametrize("layer", OPEN)
def test_what_is_not_read_is_not_called_wrong(layer: str) -> None:
    report = verify(read_note(GENERATED / f"{layer}.md"))
    assert {verdict for _, verdict, _ in unjudged(report)} <= {"cannot-judge"}


@pytest.mark.parametrize("options", [{"notation": "index"}, {"detail": "full"}, {"profile": "d"}, {"profile": "bar"}])
def test_other_notations_are_read_too(options: dict[str, str]) -> None:
    derivation = derive(load("two_layer_net"))
    assert unjudged(verify(note(derivation.to_markdown(**options)))) == []
