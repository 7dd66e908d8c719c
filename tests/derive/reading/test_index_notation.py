"""Index notation: each letter finds its axis, sums bind theirs, and what comes later is refused where it stands."""

from __future__ import annotations

import numpy as np
import pytest

from derive.reading import parse
from tests.derive.reading.errors import refused
from tests.derive.reading.values import computed

AFFINE = "X: input [N, D]; W: param [D, H]; b: param [H]\n"


def test_index_and_array_notation_say_the_same():
    by_index = parse(AFFINE + "U[n, h] = sum[d](X[n, d] * W[d, h]) + b[h]")
    by_array = parse(AFFINE + "U = X @ W + b")
    assert by_index.tensors == by_array.tensors
    assert [(e.left, e.right) for e in by_index.equations] == [(e.left, e.right) for e in by_array.equations]


MEANT = {
    "Y[n, o] = sum[d](X[n, d] * W[d, o]) + b[o]": lambda X, W, b: X @ W + b,
    "Y[o, n] = sum[d](X[n, d] * W[d, o]) + b[o]": lambda X, W, b: (X @ W + b).T,
    "Y[n] = mean[d](X[n, d]) + sum(W) + max[h](b[h])": lambda X, W, b: X.mean(1) + W.sum() + b.max(),
    "Y = sum[n, d](X[n, d]) * sum(W) * sum[h](b[h])": lambda X, W, b: X.sum() * W.sum() * b.sum(),
    "Y[n] = prod[d](X[n, d]) / N + min[h](b[h]) * sum(W)": (lambda X, W, b: X.prod(1) / len(X) + b.min() * W.sum()),
    "Y[n, n2] = sum[d](X[n, d] * X[n2, d]) + sum(W) * sum(b)": lambda X, W, b: X @ X.T + W.sum() * b.sum(),
    "Y[i, j] = b[i] * delta(i, j) + sum(X) * sum(W)": lambda X, W, b: np.diag(b) + X.sum() * W.sum(),
    "Y[i, j] = b[i] * [i == j] + sum(X) * sum(W)": lambda X, W, b: np.diag(b) + X.sum() * W.sum(),
    "Y[h] = b[h] / sum(b * b[h]) + sum(X @ W)": (lambda X, W, b: 1 / b.sum() + (X @ W).sum() + 0 * b),
    "Y[n] = sum[d](X[n, d] * sum[h](W[d, h] * b[h]))": lambda X, W, b: X @ (W @ b),
    "Y[n] = sum[d](X[n, d]) * sum[d](X[n, d]) + sum(W @ b)": lambda X, W, b: X.sum(1) ** 2 + (W @ b).sum(),
    "Y = sum(W * b * sum[n, d](X[n, d]))": lambda X, W, b: (W * b).sum() * X.sum(),
}


@pytest.mark.parametrize("line", MEANT)
def test_means_what_numpy_means(line):
    arrays = computed(AFFINE + line)
    expected = MEANT[line](arrays["X"], arrays["W"], arrays["b"])
    assert arrays["Y"].shape == np.shape(expected)
    np.testing.assert_allclose(arrays["Y"], expected, rtol=1e-12)


def test_an_array_inside_a_sum_is_not_captured_by_its_letter():
    """The index that sum(X * w[d]) invents for X's axis D is not the d of the text."""
    arrays = computed("X: input [N, D]; w: input [D]; Y[d] = sum(X * w[d])")
    np.testing.assert_allclose(arrays["Y"], arrays["X"].sum() * arrays["w"])


def test_an_axis_of_size_one_is_read_at_zero():
    arrays = computed("X: input [N, D]; b: param [1, D]; U[n, d] = X[n, d] + b[0, d]; V = X + b")
    np.testing.assert_array_equal(arrays["U"], arrays["V"])


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("x: input [N]; y[n] = x[¦m] * x[n]", "the index m is neither on the left side nor summed over"),
        ("x: input [N]; w: param [M]; y[n] = x[n] * w[¦n]", "runs over N elsewhere, and here over M"),
        ("x: input [N]; y[n] = x[n] + sum[m](x[m] * ¦x)", "a scalar is expected among indices"),
        ("x: input [N]; y[n] = x[n] + ¦x", r"the axes \[N\]|a scalar is expected"),
        ("x: input [N]; y[n, ¦m] = x[n]", "m stands on no tensor"),
        ("x: input [N]; y[n] = sum[¦n](x[n])", "the index n is in use already"),
        ("x: input [N]; s: input; y = sum[¦s](x[s])", "s is the name of a tensor"),
        ("x: input [n]; y[n] = ¦n * x[n]", "n is both an index here and the size of an axis"),
        ("x: input [N]; y[x] = x[x] / sum(¦x)", "x is both an index here and a tensor"),
        ("x: input [N]; y[n] = ¦x[n, n]", "x has 1 axis, .* but 2 indices are given"),
        ("X: input [N, M]; y[n] = ¦X[n]", "X has 2 axes, .* but 1 index is given"),
        ("x: input [N]; y[n, m] = delta(n, m) * x[n] * ¦x", "a scalar is expected"),
        ("x: input [N]; w: param [M]; y[n, m] = x[n] * w[m] * delta(n, ¦m)", "n runs over N, but m over M"),
        ("x: input [N]; y[n] = x[n] * ¦avg[m](x[m])", "avg is not a reduction"),
        ("x: input [N]; y[n, ¦n] = x[n]", "the letter n stands twice"),
        ("x: input [N]; y[¦n + 1] = x[n]", "only plain letters"),
        ("X: input [N, C]; Y[n, c] = X[n, c] * ¦softmax(X)", "a layer cannot be called among indices"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is_written(marked, message):
    refused(marked, message)
