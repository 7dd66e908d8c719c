"""No note is too much: what would take too long is given up with the reason, in the same place on every machine."""

from __future__ import annotations

import pytest

from derive.effort import TooMuchWork, at_most, worked
from derive.verifying.documents.reading import note
from derive.verifying.verify import verify
from tests.verifying.damage import damaged, judged

START = "$$\nU = X W + b\n$$\n\n$$\n"
GRADIENT = r"\frac{\partial L}{\partial W}"


@pytest.mark.parametrize("seed", range(20))
def test_damaged_notes_are_judged_or_refused(seed: int) -> None:
    judged(damaged(seed))


@pytest.mark.parametrize(
    "formula",
    ["U" + " + U" * 600, r"\frac{1}{" * 60 + "U" + "}" * 60, " W" * 80, "U^{99999999}", r"\sum_i " * 40 + "U_i",
     "(X + b) W" + " (X W + b)" * 30],
)  # fmt: skip
def test_formulas_that_are_too_long_are_given_up_or_judged(formula: str) -> None:
    report = verify(note(f"{START}{GRADIENT} = {formula}\n$$\n"))
    assert len(report.findings) == 2
    assert report.findings[1].verdict in ("incorrect", "cannot-judge")
    assert report.findings[1].message


def test_what_is_done_inside_counts_outside() -> None:
    with pytest.raises(TooMuchWork), at_most(10):
        with at_most(8):
            worked(7)
        with at_most(8):
            worked(4)


def test_a_recursion_too_deep_is_too_much() -> None:
    def deep(n: int) -> int:
        return deep(n + 1)

    with pytest.raises(TooMuchWork, match="too long"), at_most(10):
        deep(0)


def test_a_formula_judged_anew_is_judged_as_in_the_whole_note() -> None:
    from derive.verifying.turns import turns

    right = (
        "$$\nU = X W + b\n$$\n\n$$\n" + r"\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial U}" + "\n$$\n"
    )
    wrong = r"\frac{\partial L}{\partial W} = X \frac{\partial L}{\partial U}"
    told = []
    for turn in turns(note(right)):
        if turn.step.formula.source.startswith(r"\frac"):
            told = turn.instead(wrong).findings()
        turn.findings()
    whole = verify(note(right.replace("X^T", "X"))).findings
    assert [(f.verdict, f.error_class, f.fix) for f in told] == [(f.verdict, f.error_class, f.fix) for f in whole[1:]]
    assert told[0].verdict == "incorrect"
