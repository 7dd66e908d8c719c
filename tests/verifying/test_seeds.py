"""The five seed notebooks: every mistake that reading them found is found at its line, nothing right is called so."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from derive.verifying.documents.reading import read_note
from derive.verifying.report import Report
from derive.verifying.verify import verify

SEEDS = Path(__file__).parent / "seeds"

# the line, the kind of mistake, and what the repair says; X1 and X3 to X8 are the marks of the reference
WRONG: dict[str, dict[int, tuple[str, str]]] = {
    "000": {
        138: ("range", ""),  # X1: the entries of W3 run to N
        163: ("annotation", "(1, 1)"),  # X3
        165: ("range", ""),  # X1: the entries of b3 run to N
        188: ("label", r"\frac{\partial L}{\partial Z2} = "),  # X4
        215: ("label", "Z2 = "),  # X5
        217: ("label", r"\frac{\partial L}{\partial U2} = "),  # X6
        220: ("gradient", r"\frac{\partial L}{\partial Z2} ReLU'(U2)"),  # X7
        233: ("label", r"U\ell_i > 0 \Rightarrow \frac{\partial L}{\partial Z \ell_i} \times 1"),  # X8
        234: ("label", r"U\ell_i \leq 0 \Rightarrow \frac{\partial L}{\partial Z \ell_i} \times 0"),
    },
    "001": {
        485: ("prose", r"\frac{\partial L}{\partial b} = \sum_{i=1}^{N}"),
        448: ("in-place", "dout = dout.copy()"),
        574: ("code", "dx = dout * ((self.y - self.t) / batch_size)"),
    },
    "002": {660: ("extra-sum", r"\frac{\partial L}{\partial \hat{y}_i} = ")},
    "003": {},
    "004": {118: ("in-place", "dout = dout.copy()")},
}
RIGHT = {"000": 23, "001": 19, "004": 11}  # at least so many relations are proved


@cache
def report(seed: str) -> Report:
    """The report on a seed."""
    return verify(read_note(SEEDS / f"{seed}.txt"))


@pytest.mark.parametrize("seed", WRONG)
def test_exactly_the_mistakes_are_called_wrong(seed: str) -> None:
    found = {f.place.first: f for f in report(seed).findings if f.verdict == "incorrect"}
    assert sorted(found) == sorted(WRONG[seed])
    for line, (kind, repair) in WRONG[seed].items():
        assert found[line].error_class == kind
        assert repair.replace(" ", "") in found[line].fix.replace(" ", "")
        assert found[line].message


@pytest.mark.parametrize("seed", RIGHT)
def test_what_is_right_is_proved(seed: str) -> None:
    right = [f for f in report(seed).findings if f.verdict == "correct"]
    assert len(right) >= RIGHT[seed]
    assert all(f.proved in ("symbolic", "exact", "numeric") for f in right)


@pytest.mark.parametrize("seed", WRONG)
def test_what_is_not_judged_has_a_reason(seed: str) -> None:
    assert all(f.message for f in report(seed).findings if f.verdict == "cannot-judge")
