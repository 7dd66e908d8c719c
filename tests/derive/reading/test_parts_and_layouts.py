"""Slices, concatenation, other layouts, running sums and sizes as expressions, against NumPy; refusals with a caret."""

from __future__ import annotations

import numpy as np
import pytest

from derive.reading import parse
from tests.derive.reading.errors import refused
from tests.derive.reading.values import computed

X = "X: input [N, D]; B: input [N, H]\n"
MEANT = {
    "Y = X[:, 1:] * X[:, :-1] + sum(B)": lambda X, B: X[:, 1:] * X[:, :-1] + B.sum(),
    "Y = X[::-1, ::2] + sum(B)": lambda X, B: X[::-1, ::2] + B.sum(),
    "Y = X[0] + X[-1] + sum(B)": lambda X, B: X[0] + X[-1] + B.sum(),
    "Y = X[..., -1] + B[:, 0]": lambda X, B: X[:, -1] + B[:, 0],
    "Y = (X * 2)[:, 0] + sum(B)": lambda X, B: 2 * X[:, 0] + B.sum(),
    "Y = concat(X, B, X, axis=-1)": lambda X, B: np.concatenate([X, B, X], axis=1),
    "Y = concat(B, X, axis=C)": lambda X, B: np.concatenate([B, X], axis=1),
    "Y = stack(X, -X) + sum(B)": lambda X, B: np.stack([X, -X]) + B.sum(),
    "Y = pad(X, axis=D, before=2, after=1) + sum(B)": lambda X, B: np.pad(X, ((0, 0), (2, 1))) + B.sum(),
    "Y = cumsum(X, axis=N) + sum(B)": lambda X, B: X.cumsum(0) + B.sum(),
    "Y[n, d] = sum[e < d](X[n, e]) + sum(B)": lambda X, B: X.cumsum(1) - X + B.sum(),
    "Y[n, d] = prod[e >= d](X[n, e]) + sum(B)": lambda X, B: X[:, ::-1].cumprod(1)[:, ::-1] + B.sum(),
    "Y = reshape(X, N*D) * sum(B)": lambda X, B: X.reshape(-1) * B.sum(),
    "Y = reshape(reshape(X, -1), D, N) + sum(B)": lambda X, B: X.reshape(X.shape[::-1]) + B.sum(),
    "Y[i: N*D] = X[i // D, i % D] + sum(B)": lambda X, B: X.reshape(-1) + B.sum(),
}


@pytest.mark.parametrize("line", MEANT)
def test_means_what_numpy_means(line: str) -> None:
    arrays = computed(X + line)
    expected = MEANT[line](arrays["X"], arrays["B"])
    assert arrays["Y"].shape == np.shape(expected)
    np.testing.assert_allclose(arrays["Y"], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("Y = X[:, ¦3:2] + sum(B)", "this slice would have -1 entries"),
        ("Y = X[:, ¦: D + 1] + sum(B)", "this slice leaves the axis D"),
        ("Y = X[:, ¦::0] + sum(B)", "a step is above 0"),
        ("Y = ¦X[0, 0, 0] + sum(B)", "X has 2 axes, .* but 3 indices are given"),
        ("Y = X[..., ¦...] + sum(B)", "... can stand once only"),
        ("Y = concat(X, ¦sum(B))", "concat takes arrays of as many axes"),
        ("Y = ¦concat(X, X) + sum(B)", "along which axis .* is not said"),
        ("Y = ¦reshape(X, N, H) + sum(B)", "cannot be laid out as"),
        ("Y = reshape(X, ¦-1, -1) + sum(B)", "-1 can stand for one axis only"),
        ("Y = ¦reshape(X, H, -1) + sum(B)", "what is left of .* cannot be known"),
        ("Y = ¦cumsum(X) + sum(B)", "along which axis of .* is not said"),
        ("Y[n, i: D*H] = X[n, ¦i // D] + sum(B)", "it cannot be known that this index stays on D"),
        ("Y = X ¦// 2 + sum(B)", "// is for whole numbers"),
        ("Y[n] = max[d, ¦d < 2](X[n, d]) + sum(B)", "only sum and prod can have a condition"),
        ("Y = inv(¦X) + sum(B)", "a square matrix is expected"),
        ("Y = pad(X, axis=D, before=¦B)", "a scalar is expected|not a number of entries"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is_written(marked: str, message: str) -> None:
    refused(X + marked, message)


def test_sizes_as_expressions_are_the_same_axis() -> None:
    program = parse("X: input [N, 2*H]; W: param [H*2, D]; Y = X @ W")
    assert [a.name for a in program.tensor("Y").axes] == ["N", "D"]


def test_an_output_that_another_equation_reads() -> None:
    program = parse("x: input [N]; h = tanh(x), output; L = sum(h**2)")
    assert set(program.outputs) == {"h_out", "L"}
