"""Layers in the ways in which people write them, half of them with a slip: judged rightly, with the gradient named."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.gradcheck.handwritten.code_files import read_code
from codegen.gradcheck.handwritten.examining import examine
from codegen.gradcheck.handwritten.loading import load
from codegen.gradcheck.handwritten.naming import layers_of

FOLDER = Path(__file__).parent / "by_hand"
ROWS = [line.split() for line in (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines() if line[:1] != "#"]
UNSTABLE = "stays finite for large inputs"  # of a loss with a bare logarithm, that is so


@pytest.mark.parametrize(("file", "name", "wrong"), ROWS, ids=[name for _, name, _ in ROWS])
def test_exactly_the_wrong_gradients_are_called_so(file: str, name: str, wrong: str) -> None:
    if file.startswith("torch"):
        pytest.importorskip("torch", reason="PyTorch is not there")
    report = examine(*layers_of(name, vars(load(read_code(FOLDER / file)))))
    called = sorted(c.name for c in report.checked if not c.ok)
    assert called == ([] if wrong in ("-", "*") else wrong.split(","))
    others = [f.message for f in report.findings if f.grave and f.rule != UNSTABLE]
    assert bool(others) == (wrong == "*")
