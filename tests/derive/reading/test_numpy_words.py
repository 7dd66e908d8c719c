"""What people write from habit is refused with what to write instead, and that can be read."""

from __future__ import annotations

import re

import pytest

from derive.reading import parse
from derive.reading.numpy_words import INSTEAD
from tests.derive.reading.errors import refused

GIVEN = {
    "A": "A: input [N, D]",
    "B": "B: param [D, H]",
    "S": "S: input [M, M]",
    "x": "x: input [N]",
    "t": "t: target [N], integer",
}


@pytest.mark.parametrize("name", INSTEAD)
def test_what_is_to_be_written_instead_can_be_read(name: str) -> None:
    words = re.findall(r"\w+", INSTEAD[name].partition("=")[2])
    given = [line for tensor, line in GIVEN.items() if tensor in words]
    assert len(parse("; ".join([*given, INSTEAD[name]])).outputs) == 1


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        ("x: input [N, D]; y = ¦clip(x, 0, 1)", "no function or layer clip", "minimum(maximum("),
        ("x: input [N]; y = np.exp¦(x)", "unexpected", "without np"),
        ("x: input [N, D]; y = x.sum¦(axis=1)", "unexpected", "sum(A, axis=C)"),
        ("x: input [N]; y = where(x > 0 ¦and x < 1, x, 0)", "unexpected", "multiply conditions"),
        ("x: input [N]; y = where((x > 0) ¦& (x < 1), x, 0)", "unexpected", "multiply conditions"),
        ("x: input [N]; y = where(not ¦x, x, 0)", "unexpected", "opposite"),
        ("x: input [N]; y[n] = x[n] ¦if x[n] > 0 else 0", "unexpected", "where(condition, a, b)"),
        ("x: input [N]; y = x / x.shape¦[0]", "unexpected", "is its size"),
        ("x: input [N]; y ¦+= x", "unexpected", "a name of its own"),
        ("x: input [N]; y = einsum(¦'n->', x)", "unexpected", "sum[d]"),
        ("x: input [N, D]; y = mean(x, axis=1, ¦keepdims=1)", "no argument named keepdims", "by the names"),
        ("x: input [N]; y = ¦x[:, None]", "2 indices", "Y[n, m] = x[n] - z[m]"),
        ("x: input [N, D], sum over ¦1 = 1; y = sum(x)", "unexpected", "sum over C = 1"),
    ],
)  # fmt: skip
def test_a_habit_is_told_what_to_do(marked: str, message: str, hint: str) -> None:
    assert hint in refused(marked, message).hint
