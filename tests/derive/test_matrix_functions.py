"""The table of matrix functions: each slope against difference quotients and against the identity that defines it."""

from __future__ import annotations

from fractions import Fraction

import pytest

import derive
from derive.expression import ZERO, Access, Index, Reduce
from derive.judging.judge import equal, judge
from derive.judging.matrices import determinant, inverse
from derive.matrix_functions import TABLE, slope

LAYERS = {
    "inv": "A: param [D, D]; B = inv(A)",
    "det": "A: param [D, D]; d = det(A)",
    "log_det": "A: param [D, D]; l = log_det(A)",
}
BATCHES = {
    "inv": "A: param [N, D, D]; B = inv(A)",
    "det": "A: param [N, D, D]; d = det(A)",
    "log_det": "A: param [N, D, D]; l = log_det(A)",
}


def test_every_row_is_proved() -> None:
    assert set(LAYERS) == set(BATCHES) == set(TABLE)


@pytest.mark.parametrize("text", [*LAYERS.values(), *BATCHES.values()])
def test_the_judge_agrees_with_the_slope(text: str) -> None:
    verdicts = judge(derive.derive(derive.parse(text)))
    assert verdicts
    assert all(v.holds for v in verdicts)


def test_the_oracle_inverts_exactly() -> None:
    matrix = [[Fraction(n * n % 7 - 3, n + 1) for n in range(k, k + 4)] for k in (0, 5, 11, 23)]
    other = inverse(matrix)
    columns = list(zip(*other, strict=True))
    product = [[sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in matrix]
    assert product == [[int(i == j) for j in range(4)] for i in range(4)]
    assert determinant(matrix) * determinant(other) == 1


def test_a_matrix_times_its_inverse_does_not_change() -> None:
    """A inv(A) = I for every A: what passes through the inverse and what passes by it add up to nothing, exactly."""
    program = derive.parse("A: param [D, D]; G: constant [D, D]; B = inv(A); P = A @ B; L = sum(P * G)")
    gradient = derive.derive(program, wrt=["A"]).gradients["A"]
    verdict = equal(gradient.index, ZERO, program, indices=list(all_letters(gradient.left)), seeds=[])
    assert verdict.holds
    assert verdict.tier == "exact"


def test_the_determinant_changes_as_its_logarithm_does_times_itself() -> None:
    program = derive.parse("A: param [D, D]; d = det(A); l = log_det(A)")
    i, j, k, m = (Index(letter, program.tensor("A").axes[0]) for letter in "ijkm")
    det, log_det = (Reduce(op, (i, j), Access("A", (i, j))) for op in ("det", "log_det"))
    by = Access("A", (k, m))
    assert equal(slope(det, by), det * slope(log_det, by), program, indices=[k, m]).holds


def all_letters(entry: Access) -> tuple[Index, ...]:
    """The indices of an entry."""
    return tuple(i for i in entry.indices if isinstance(i, Index))
