"""Array notation means what NumPy means by it, entry by entry, with axes matched by name."""

from __future__ import annotations

import numpy as np
import pytest

from derive.reading import parse
from tests.derive.reading.errors import refused
from tests.derive.reading.values import computed

DECLARED = """
A: input [N, D]; B: input [D, H]; C: input [N, D]; S: input [N, N]; r: input [D]; c: input [N]; s: input
u: input [1, D]; v: input [N, 1]; Q: input [B0, N, D]; K: input [B0, D, H]
"""
MEANT = {
    "A + C": lambda t: t.A + t.C,
    "A - C - A": lambda t: -t.C,
    "A * C / A": lambda t: t.C,
    "-A ** 2": lambda t: -(t.A**2),
    "2 ** -s": lambda t: 2**-t.s,
    "s ** 2 ** s": lambda t: t.s**2**t.s,
    "s ^ 2": lambda t: t.s**2,
    "1.5e-1 * A - .5 + 2.": lambda t: 0.15 * t.A + 1.5,
    "6 / 4 / s": lambda t: 1.5 / t.s,
    "s - (c - s)": lambda t: 2 * t.s - t.c,
    "A + r": lambda t: t.A + t.r,
    "r + A": lambda t: t.r + t.A,
    "A + c": lambda t: t.A + t.c[:, None],
    "c * A + r": lambda t: t.c[:, None] * t.A + t.r,
    "A + u": lambda t: t.A + t.u,
    "A + v": lambda t: t.A + t.v,
    "u + v": lambda t: t.u + t.v,
    "v * u * A": lambda t: t.u * t.v * t.A,
    "Q + A": lambda t: t.Q + t.A,
    "Q + u": lambda t: t.Q + t.u,
    "S + S.T": lambda t: t.S + t.S.T,
    "A @ B": lambda t: t.A @ t.B,
    "A @ r": lambda t: t.A @ t.r,
    "c @ A": lambda t: t.c @ t.A,
    "c @ c": lambda t: t.c @ t.c,
    "c @ S @ c": lambda t: t.c @ t.S @ t.c,
    "A @ A.T": lambda t: t.A @ t.A.T,
    "A.T @ A": lambda t: t.A.T @ t.A,
    "S @ S @ S": lambda t: t.S @ t.S @ t.S,
    "Q @ K": lambda t: t.Q @ t.K,
    "Q @ B": lambda t: t.Q @ t.B,
    "A @ K": lambda t: t.A @ t.K,
    "Q @ r": lambda t: t.Q @ t.r,
    "2 * A @ B / 3": lambda t: 2 * (t.A @ t.B) / 3,
    "r.T": lambda t: t.r,
    "transpose(A)": lambda t: t.A.T,
    "transpose(Q, D, B0, N)": lambda t: t.Q.transpose(2, 0, 1),
    "transpose(Q, (1, 2, 0))": lambda t: t.Q.transpose(1, 2, 0),
    "sum(A)": lambda t: t.A.sum(),
    "sum(A, axis=D)": lambda t: t.A.sum(1),
    "sum(A, axis=0)": lambda t: t.A.sum(0),
    "sum(S, axis=-1)": lambda t: t.S.sum(1),
    "sum(Q, axis=(B0, D))": lambda t: t.Q.sum((0, 2)),
    "mean(A)": lambda t: t.A.mean(),
    "mean(Q, axis=(B0, D))": lambda t: t.Q.mean((0, 2)),
    "max(A, axis=N)": lambda t: t.A.max(0),
    "min(A)": lambda t: t.A.min(),
    "prod(A, axis=D)": lambda t: t.A.prod(1),
    "A - mean(A, axis=D)": lambda t: t.A - t.A.mean(1, keepdims=True),
    "sum(A * sum(A, axis=D))": lambda t: (t.A * t.A.sum(1, keepdims=True)).sum(),
    "sum(S * sum(S))": lambda t: t.S.sum() ** 2,
    "sum(v * A)": lambda t: (t.v * t.A).sum(),
    "exp(A) + log(A) * sqrt(A)": lambda t: np.exp(t.A) + np.log(t.A) * np.sqrt(t.A),
    "maximum(A, r)": lambda t: np.maximum(t.A, t.r),
    "relu(A - 1) + sigmoid(0 * A)": lambda t: np.maximum(t.A - 1, 0) + 0.5,
    "where(A > C, A, -C)": lambda t: np.where(t.A > t.C, t.A, -t.C),
    "where(A > 1, s, r)": lambda t: np.where(t.A > 1, t.s, t.r),
    "where(S - S, s, 2 * S)": lambda t: 2 * t.S,
    "(A > r) * 1": lambda t: (t.r < t.A) * 1.0,
    "[A <= r] + [A > r]": lambda t: np.ones_like(t.A),
    "A / N + D": lambda t: t.A / t.A.shape[0] + t.A.shape[1],
    "sum(u) / 1": lambda t: t.u.sum(),
    "mean(u)": lambda t: t.u.mean(),
    "cos(pi * s) + log(e)": lambda t: np.cos(np.pi * t.s) + 1,
}


class Tensors:
    def __init__(self, arrays: dict[str, np.ndarray]) -> None:
        self.__dict__.update(arrays)


@pytest.mark.parametrize("expression", MEANT)
def test_means_what_numpy_means(expression):
    lines = [line for line in DECLARED.strip().replace("\n", "; ").split("; ")]
    used = [line for line in lines if line.partition(":")[0] in _names(expression)]
    arrays = computed("; ".join(used) + f"\nY = {expression}")
    expected = MEANT[expression](Tensors(arrays))
    assert arrays["Y"].shape == np.shape(expected)
    np.testing.assert_allclose(arrays["Y"], expected, rtol=1e-12)


def _names(expression: str) -> set[str]:
    import re

    return set(re.findall(r"[A-Za-z]\w*", expression))


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("X: input [N, D]; W: param [H, D]; U = X ¦@ W", r"last axis of \[N, D\] with axis H of \[H, D\]"),
        ("X: input [N, D]; b: param [H]; U = X ¦+ b", r"\[N, D\] and \[H\] cannot be aligned"),
        ("X: input [N, D]; b: param [H]; U = X - X * 2 ¦- b + X", r"\[N, D\] and \[H\] cannot be aligned"),
        ("X: input [N, N]; b: param [N]; U = X ¦* b", "in more than one way"),
        ("X: input [N, D]; Y: input [D, N]; U = X ¦+ Y", r"\[N, D\] and \[D, N\] cannot"),
        ("x: input [N]; y: input [M]; z = x ¦* y", r"\[N\] and \[M\] cannot be aligned"),
        ("x: input [N]; y: input [2]; z = x ¦/ y", r"\[N\] and \[2\] cannot be aligned"),
        ("x: input [N]; s: input; z = x ¦@ s", "one side is a scalar"),
        ("A: input [N, M, K]; y = A.¦T", "at most two axes"),
        ("x: input; y = x.¦real", "arrays have no .real"),
        ("x: input; y = x < 1 ¦< 2", "cannot be chained"),
        ("x: input; y = x / ¦0", "division by zero"),
        ("x: input; y = x * ¦0 ** -1", "division by zero"),
        ("x: input; y = ¦(x, x)", "several values in brackets"),
        ("x: input; y = ¦[x]", "square brackets hold a comparison"),
        ("x: input; y = x ** ¦10001", "too large"),
        ("x: input; y = x * 10 ** ¦2000", "too large"),
        ("x: input; y = (2 * x) ** 64 + ((3 * x) ** 64) ** ¦64", "too large"),
        ("x: input; y = x * ¦" + "1" * 41, "at most 40 digits"),
        ("x: input; y = x * ¦1e1000", "at most 40 digits and 3 in its exponent"),
    ],
)
def test_what_does_not_fit_is_shown_where_it_is_written(marked, message):
    refused(marked, message)


def test_a_line_comes_out_as_it_went_in():
    (equation,) = parse("x, y: input; z = 2 * (x + y) / y - x").equations
    assert str(equation.right) == "2*(x + y)/y - x"
    assert equation.source == "z = 2 * (x + y) / y - x"


def test_numbers_are_exact():
    (equation,) = parse("x: input; z = x + 1e-7 + 0.1").equations
    assert str(equation.right) == "x + 1000001/10000000"


def test_bound_indices_stay_apart_from_free_ones():
    (equation,) = parse("S: input [N, N]; P = softmax(S)").equations
    assert str(equation.left) == "P[n, n']"
    assert str(equation.right) == "exp(S[n, n'])/sum[n''](exp(S[n, n'']))"


def test_letters_for_sizes_written_small():
    (equation,) = parse("a: input [m, 3]; y = a + a * m").equations
    assert str(equation.left) == "y[i, j]"
    assert str(equation.right) == "a[i, j] + a[i, j]*m"


def test_how_long_an_axis_is_stands_in_the_hint():
    fault = refused(
        "layer lrn(n = 5)\nX: input [N, C], zero outside\nS[b, c] = sum[i: n](X[b, c + i - 2]**2)\nY = X ¦/ S",
        "cannot be aligned",
    )
    assert "C2 is C + 5 - n" in fault.hint


def test_vectors_are_aligned_with_a_letter_each():
    assert "Y[n, k] = A[n] + B[k]" in refused("z: input [N]; c: param [K]; P = z ¦- c", "cannot be aligned").hint


def test_infinity_is_a_large_number():
    assert "-1e9" in refused("x: input [N]; y = where(x > 0, x, -¦inf)", "there is no inf here").hint
