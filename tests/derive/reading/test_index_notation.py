"""Index notation: each letter finds its axis, sums bind theirs, and what comes later is refused where it stands."""

from __future__ import annotations

import numpy as np
import pytest

import derive
from derive.expression import Axis, Index
from derive.index_names import indices_in_order
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
        ("X: input [N, C]; Y[n, c] = ¦X[n, c] * softmax(X)", "a scalar is expected among indices"),
    ],
)
def test_what_is_wrong_is_shown_where_it_is_written(marked, message):
    refused(marked, message)


XYZ = "X: input [N, D]; k: param [K]; t: input [N], integer; r: input [N]\n"


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        ("Y[n, d] = X[n, d] * X[n, ¦d + 1]", "this index can lie behind the last entry of D", "zero outside"),
        ("Y[n, d] = X[n, d] * X[n, ¦d - 1]", "this index can lie before the first entry of D", "zero outside"),
        ("Y[n, d] = X[n, d] * X[n, ¦2*d]", "behind the last entry of D", "zero outside"),
        ("Y[n, d] = X[n, d] * X[n, ¦D - d]", "behind the last entry of D", "zero outside"),
        ("Y[n, d] = sum[j](X[n, ¦d - j] * k[j])", "before the first entry of D", "zero outside"),
        ("Y[n] = X[n, ¦-1]", "before the first entry of D", "the last entry is D - 1"),
        ("Y[n] = X[n, ¦D]", "behind the last entry of D", "the last entry is D - 1"),
        ("Y[n, i] = X[n, ¦i * i]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n, i] = X[n, ¦i / 2]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n, i] = X[n, ¦i + 0.5]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n, i: 2] = X[n, ¦2**i]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n, i: 2] = X[n, ¦exp(i)]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n, i: 2] = X[n, ¦i > 1]", "an index is a letter, or letters times whole numbers", "i*stride"),
        ("Y[n] = X[n, ¦r[n]]", "r holds real numbers, but an index is a whole number", "r: input, integer"),
        ("Y[n] = X[n, ¦2 * r[n]]", "r holds real numbers, but an index is a whole number", "r: input, integer"),
        ("Y[n] = X[n, ¦t[n] + 1]", "t can only stand alone in an index, as in X.t.n..", "integer input"),
        ("Y[n] = X[n, t[¦q]]", "the index q is neither on the left side nor summed over", ""),
        ("Y[n] = X[n, ¦t]", "a scalar is expected among indices, but this has the axes", "A[n]"),
        ("Y[n, i] = X[n, i + ¦q]", "the index q is neither on the left side nor summed over", "sum[q](...)"),
        ("Y[n, ¦i] = sum[j](X[n, i + j])", "how far i runs depends on j, which stands alone on no", "as in [j: 3]"),
        ("Y[n, ¦i, j] = X[n, i + j]", "how far i runs depends on j, which stands alone on no", "as in [j: 3]"),
        ("Y[n, i] = X[n, ¦i + 1] - X[n, i]", "behind the last entry of D", "zero outside"),
        ("Y[n, i] = X[n, i + 2] - X[n, ¦i + 1]", "i would have D - 1 values here, but D - 2 elsewhere", "Y[i: D]"),
        ("Y[n, i] = X[n, ¦i - K * N + D]", "how often this fits for i cannot be known", "as in [i: 3]"),
        ("Y[n, i, j: 5] = X[n, i] * X[0, ¦i + j: 3]", "how long a slice is cannot depend on a letter", "i*K: i*K + K"),
        ("Y[n, i: 5] = X[n, ¦i: 3]", "how long a slice is cannot depend on a letter", ""),
        ("Y[n, i: ¦0] = X[n, 0]", "i would have 0 values here", "1 entry or more"),
        ("Y[n, i: ¦1 - D] = X[n, 0]", "i would have 1 - D values here", "1 entry or more"),
        ("Y[n, i: ¦3000000] = X[n, 0]", "at most 1000000 entries", ""),
        ("Y[n, i: ¦n] = X[n, 0]", "n is neither on the left side", ""),
        ("Y[n] = sum[i: ¦n](X[n, i])", "how far a letter runs cannot depend on another letter", ""),
        ("Y[n, i: ¦r] = X[n, 0]", "a scalar is expected|r holds", ""),
        ("Y[n, i: ¦1.5] = X[n, 0]", "an index is a letter, or letters times whole numbers", ""),
        ("Y[n, i: ¦Q] = X[n, 0]", "the index Q is neither on the left", ""),
        ("Y[n, i: K] = X[n, ¦i] * k[i]", "i runs over K, but X has D here", "another letter"),
        ("Y[n, i] = sum[¦i: 3](X[n, i])", "the index i is in use already", ""),
        ("Y[n] = sum[¦n + 1](X[n, 0])", "only plain letters", "sum[r: 3](...)"),
        ("Y[n, i] = delta(n, ¦i + 1) * X[n, i]", "delta compares two letters", "[i == j + 1]"),
    ],
)
def test_arithmetic_that_is_refused(marked, message, hint):
    assert hint in refused(XYZ + marked, message).hint


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        (
            "layer f(s = 0.5)\nx: input [N]; y[i] = x[¦i*s]",
            "s is 1/2 if nothing else is chosen, and cannot count entries",
        ),
        ("layer f(s = -1)\nx: input [N]; y[i] = x[¦i + s]", "s is -1 if nothing else is chosen, and cannot count"),
        ("x: input [5]; y[i] = x[¦i + 5]", "i would have 0 values here"),
        ("x: input [5]; y[i] = sum[r: 6](x[¦i + r])", "i would have 0 values here"),
        ("x: input [5]; y = x[¦5]", "behind the last entry of 5"),
        ("layer f(a = N)\nx: input [N]; y[i: a] = x[¦a - 1 - i]", "a stands for an axis"),
    ],
)
def test_windows_that_cannot_be(marked, message):
    refused(marked, message)


@pytest.mark.parametrize("layer", ["split_head_attention", "grouped_conv2d", "pixel_shuffle"])
def test_a_letter_stands_for_one_axis_in_equations_and_gradients(layer: str) -> None:
    derivation = derive.derive(derive.load(layer))
    axes: dict[str, set[Axis]] = {}
    for equation in derivation.program.equations:
        for index in indices_in_order(equation):
            axes.setdefault(index.name.rstrip("'"), set()).add(index.axis)
    for gradient in derivation.all_gradients:
        for place in gradient.left.indices:
            assert isinstance(place, Index)
            axes.setdefault(place.name.rstrip("'"), set()).add(place.axis)
    assert len(axes) > 4
    assert {letter: found for letter, found in axes.items() if len(found) > 1} == {}


def test_a_product_in_an_index_is_multiplied_out():
    program = parse(
        "layer l(d = 2)\nX: input [N, T], zero outside; K: param [R]\n"
        "Y[n, t: T] = sum[r](X[n, t + (r - R + 1)*d] * K[r])"
    )
    assert "X[n, t + d*r - R*d + d]" in str(program.equations[0].right)
