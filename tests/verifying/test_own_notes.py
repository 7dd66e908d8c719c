"""The closed loop: what our own notes print is read back and judged, and nothing of it is wrong or left open."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.verifying.documents.reading import read_note
from derive.verifying.report import Report
from derive.verifying.verify import verify
from tests.verifying.closed_loop import Way, cover, judged

GENERATED = Path(__file__).parent.parent.parent / "generated" / "markdown"
LARGE = {"gpt2", "lenet", "transformer_block"}  # 15, 20 and 7 s: `python -m tests.verifying.closed_loop` has them too
LAYERS = sorted(path.stem for path in GENERATED.glob("*.md") if path.stem not in LARGE)


def unjudged(report: Report) -> list[tuple[int, str, str]]:
    """What is neither a definition nor proved: line, verdict, reason."""
    kept = ("definition", "correct")
    return [(f.place.first, f.verdict, f.message) for f in report.findings if f.verdict not in kept]


@pytest.mark.parametrize("layer", LAYERS)
def test_every_line_of_our_notes_is_judged_correct(layer: str) -> None:
    report = verify(read_note(GENERATED / f"{layer}.md"))
    assert report.counts["correct"]
    assert unjudged(report) == []


@pytest.mark.parametrize("way", cover(), ids=str)
def test_so_is_every_line_in_every_other_notation(way: Way) -> None:
    report = judged("two_layer_net", way)
    assert report.findings
    assert unjudged(report) == []
