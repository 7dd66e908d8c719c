"""Code in notes: layers are read, never executed, and every gradient in them is judged and repaired at its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.verifying.annotation import annotated
from derive.verifying.documents.reading import note, read_note
from derive.verifying.report import Report
from derive.verifying.verify import verify

AFFINE = """
class Affine:
    def __init__(self, W, b):
        self.W, self.b = W, b
        self.dW = self.db = None

    def forward(self, x):
        self.x = x
        return np.dot(x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx
"""
SIGMOID = """
def sigmoid_forward(x):
    out = 1 / (1 + np.exp(-x))
    return out, out

def sigmoid_backward(dout, cache):
    dx = dout * cache * (1 - cache)
    return dx
"""
LOSS = """
class SoftmaxWithLoss:
    def forward(self, x, t):
        self.t, self.y = t, softmax(x)
        return cross_entropy_error(self.y, self.t)

    def backward(self, dout=1):
        dx = dout * (self.y - self.t) / self.t.shape[0]
        return dx
"""
RELU = """
class Relu:
    def forward(self, x):
        self.mask = (x <= 0)
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx
"""


def fenced(code: str) -> Report:
    """The report on a Markdown note with this code; the code begins in line 3."""
    return verify(note(f"# Code\n```python{code}```\n"))


@pytest.mark.parametrize("code", [AFFINE, SIGMOID, LOSS, RELU])
def test_right_code_is_proved_right(code: str) -> None:
    found = fenced(code).findings
    assert found
    assert {f.verdict for f in found} == {"correct"}


SLIPS = [
    (AFFINE, "self.W.T)", "self.W)", "dx = np.dot(dout, self.W.T)"),
    (AFFINE, "np.dot(self.x.T, dout)", "np.dot(dout.T, self.x)", "self.dW = np.dot(self.x.T, dout)"),
    (AFFINE, "np.sum(dout, axis=0)", "dout", "self.db = np.sum(dout, axis=0)"),
    (AFFINE, "axis=0", "axis=1", "self.db = np.sum(dout, axis=0)"),
    (SIGMOID, "(1 - cache)", "cache", "dx = dout * cache * (1 - cache)"),
    (LOSS, "dout * (self.y - self.t)", "(self.y - self.t)", "dx = dout * ((self.y - self.t) / self.t.shape[0])"),
    (LOSS, "self.y - self.t)", "self.y + self.t)", "dx = dout * (self.y - self.t) / self.t.shape[0]"),
    (RELU, "dx = dout.copy()\n        dx[self.mask]", "dx = dout\n        dout[self.mask]", "dout = dout.copy()"),
]


@pytest.mark.parametrize(("code", "right", "wrong", "fix"), SLIPS)
def test_a_slip_is_found_at_its_line_and_repaired(code: str, right: str, wrong: str, fix: str) -> None:
    slipped = code.replace(right, wrong)
    (found,) = [f for f in fenced(slipped).findings if f.verdict == "incorrect"]
    changed = [
        k
        for k, (a, b) in enumerate(zip(code.split("\n"), slipped.split("\n"), strict=True), 2)
        if a.strip() != b.strip()
    ]
    assert found.place.first in changed
    assert found.fix.startswith(fix)
    assert found.message


def test_a_notebook_names_the_cell_and_nothing_is_executed(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Affine"},
        {"cell_type": "code", "source": "%matplotlib inline\nraise SystemExit\n"},
        {"cell_type": "code", "source": AFFINE.replace("axis=0", "axis=1")},
    ]
    path = tmp_path / "note.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    (found,) = [f for f in verify(read_note(path)).findings if f.verdict == "incorrect"]
    assert (found.place.cell, found.place.first) == (3, 14)


def test_what_is_no_plain_numpy_is_refused_with_the_reason() -> None:
    code = "\ndef forward(x):\n    return magic(x)\ndef backward(dout):\n    return dout\n"
    (found,) = fenced(code).findings
    assert found.verdict == "cannot-judge"
    assert "magic" in found.message


def test_an_annotated_copy_has_the_remark_behind_the_code() -> None:
    text = f"# Code\n```python{AFFINE.replace('axis=0', 'axis=1')}```\n"
    copy = annotated(note(text), verify(note(text)))
    assert copy.index("```\n\n> ") < copy.index("np.sum(dout, axis=0)")
