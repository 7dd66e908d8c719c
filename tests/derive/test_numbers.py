"""Numbers put in: exact where they can be, and a clear word where they do not fit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import derive
from derive.errors import ChainruleError
from derive.notes.numbers import digits, worked

AFFINE = derive.derive(derive.load("affine"))
X, W, B = [[1, 2], [3, 4], [5, 6]], [[1, 0, 2], [0, 1, 1]], [0.5, 0, -1]


def test_decimals_are_meant_as_written() -> None:
    """``1.1`` is eleven tenths."""
    world = worked(derive.derive(derive.load("apple")), {"apple": 100, "apple_num": 2, "tax": 1.1})
    assert world.values["price"][()] == 220
    assert world.values["∂apple"][()] == Fraction(11, 5)


def test_the_upstream_gradient_is_given_with_a_d() -> None:
    """Without it there are forward values only; with it every gradient."""
    plain = worked(AFFINE, {"X": X, "W": W, "b": B})
    assert "∂W" not in plain.values and plain.values["U"][0, 0] == Fraction(3, 2)
    ones = [[1] * 3] * 3
    full = worked(AFFINE, {"X": np.array(X), "W": W, "b": B, "dU": ones})
    assert [full.values["∂b"][(h,)] for h in range(3)] == [3, 3, 3]
    assert full.values["∂W"][1, 2] == 12


def test_more_axes_than_declared_are_flattened() -> None:
    """The seed's (2, 2, 2) input of an affine layer."""
    x = np.arange(8).reshape(2, 2, 2)
    world = worked(AFFINE, {"X": x, "W": np.ones((4, 3)), "b": [0, 0, 0]})
    assert world.values["U"][1, 0] == 4 + 5 + 6 + 7


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"X": X, "W": W}, "no values for b"),
        ({"X": X, "W": [[1, 2]], "b": B}, "W has 1 along D, other values have 2"),
        ({"X": [[1, 2], [3]], "W": W, "b": B}, "the values of X are ragged"),
        ({"X": X, "W": 3, "b": B}, "expected a list nested"),
        ({"X": X, "W": W, "b": ["a", "b", "c"]}, "expected a number, found 'a'"),
        ({"X": X, "W": W, "b": [float("nan"), 0, 0]}, "expected a number, found nan"),
    ],
)
def test_values_that_do_not_fit(values: dict[str, object], words: str) -> None:
    """What was given, what was expected."""
    with pytest.raises(ChainruleError, match=words):
        worked(AFFINE, values)


def test_digits() -> None:
    """Short exact numbers are whole; others are rounded."""
    assert [digits(v) for v in (Fraction(220), Fraction(11, 5), Fraction(1, 3), Decimal("0.5") * 3)] == [
        "220",
        "2.2",
        "0.33333333",
        "1.5",
    ]
