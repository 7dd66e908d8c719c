"""Windows, shifts, gathers and masks: the oracle against plain loops, at sizes that are pairwise different."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np
import pytest

from derive.errors import CannotJudge
from derive.judging.sampling import worlds
from derive.reading import parse, read
from tests.derive.reading.values import computed
from tests.layers import FOLDER, path

Arrays = Mapping[str, np.ndarray]
WINDOWS = ("conv1d", "conv2d", "max_pool2d", "avg_pool2d", "embedding")  # of the library


def layer(name: str, sizes: Mapping[str, int], given: Mapping[str, object] | None = None, **hyper: int) -> Arrays:
    """What the layer computes at these sizes, with hyperparameters that stay symbols until they are evaluated."""
    return computed(read(path(name)), given, sizes, **hyper)


def padded(x: np.ndarray, *at: int) -> float:
    """The entry, 0 outside."""
    return float(x[at]) if all(0 <= k < n for k, n in zip(at, x.shape, strict=True)) else 0.0


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 0, 1), (1, 2, 1), (3, 1, 2), (2, 4, 3)])
def test_conv1d(stride, padding, dilation):
    a = layer("conv1d", {"N": 2, "C": 3, "T": 9, "O": 4, "R": 3}, stride=stride, padding=padding, dilation=dilation)
    steps = (9 + 2 * padding - dilation * (3 - 1) - 1) // stride + 1
    assert a["Y"].shape == (2, 4, steps)
    for n, o, i in np.ndindex(a["Y"].shape):
        window = sum(
            padded(a["X"], n, c, i * stride + r * dilation - padding) * a["K"][o, c, r]
            for c, r in product(range(3), range(3))
        )
        assert a["Y"][n, o, i] == pytest.approx(window + a["b"][o])


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (1, 1, 2), (3, 2, 1)])
@pytest.mark.parametrize("chosen", [True, False])
def test_conv2d(stride, padding, dilation, chosen):
    sizes = {"N": 2, "C": 3, "H": 7, "W": 8, "O": 4, "R": 3, "S": 2}
    hyper = {"stride": stride, "padding": padding, "dilation": dilation}
    a = computed(read(path("conv2d"), **hyper), sizes=sizes) if chosen else layer("conv2d", sizes, **hyper)
    rows = (7 + 2 * padding - dilation * 2 - 1) // stride + 1
    columns = (8 + 2 * padding - dilation - 1) // stride + 1
    assert a["Y"].shape == (2, 4, rows, columns)
    for n, o, i, j in np.ndindex(a["Y"].shape):
        window = sum(
            padded(a["X"], n, c, i * stride + r * dilation - padding, j * stride + s * dilation - padding)
            * a["K"][o, c, r, s]
            for c, r, s in product(range(3), range(3), range(2))
        )
        assert a["Y"][n, o, i, j] == pytest.approx(window + a["b"][o])


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 3), (1, 1), (5, 1)])
@pytest.mark.parametrize(("name", "reduce"), [("max_pool2d", np.max), ("avg_pool2d", np.mean)])
def test_pooling(name, reduce, size, stride):
    a = layer(name, {"N": 2, "C": 3, "H": 7, "W": 6}, size=size, stride=stride)
    assert a["Y"].shape == (2, 3, (7 - size) // stride + 1, (6 - size) // stride + 1)
    for n, c, i, j in np.ndindex(a["Y"].shape):
        window = a["X"][n, c, i * stride : i * stride + size, j * stride : j * stride + size]
        assert a["Y"][n, c, i, j] == pytest.approx(reduce(window))


def test_embedding():
    token = [4, 0, 4, 2, 1]
    a = layer("embedding", {"N": 5, "V": 6, "D": 3}, {"token": token})
    np.testing.assert_array_equal(a["Y"], a["E"][token])


def test_pick():
    a = layer("pick", {"N": 4, "C": 3}, {"t": [2, 0, 1, 2]})
    assert a["L"] == pytest.approx(-np.mean([np.log(a["P"][n, k]) for n, k in enumerate([2, 0, 1, 2])]))


def test_causal_attention():
    a = layer("causal_attention", {"N": 2, "T": 5, "D": 3, "H": 4})
    for n, t in product(range(2), range(5)):
        scores = [np.exp(a["Q"][n, t] @ a["K"][n, s] / np.sqrt(3)) for s in range(t + 1)]
        expected = sum(w * a["V"][n, s] for s, w in enumerate(scores)) / sum(scores)
        np.testing.assert_allclose(a["Y"][n, t], expected)


@pytest.mark.parametrize("size", [0, 1, 3, 9])
def test_moving_average_repeats_the_ends(size):
    a = layer("moving_average", {"N": 6}, size=size)
    for n in range(6):
        near = [a["x"][min(max(n + k, 0), 5)] for k in range(-size, size + 1)]
        assert a["y"][n] == pytest.approx(np.mean(near))


X, N, D = "X: input [N, D]", 3, 5
MEANT = {
    "a shorter axis": ("Y[n, d] = X[n, d + 1]", lambda x, n, d: x[n, d + 1], (N, D - 1)),
    "every other entry": ("Y[n, d] = X[n, 2*d]", lambda x, n, d: x[n, 2 * d], (N, 3)),
    "the odd ones": ("Y[n, d] = X[n, 2*d + 1]", lambda x, n, d: x[n, 2 * d + 1], (N, 2)),
    "backwards": ("Y[n, d] = X[n, D - 1 - d]", lambda x, n, d: x[n, D - 1 - d], (N, D)),
    "backwards in steps": ("Y[n, d] = X[n, D - 1 - 2*d]", lambda x, n, d: x[n, D - 1 - 2 * d], (N, 3)),
    "one entry": ("Y[n] = X[n, 0] + X[n, D - 1]", lambda x, n: x[n, 0] + x[n, D - 1], (N,)),
    "a square of it": ("Y[n, i, j: 2] = X[n, i + j]", lambda x, n, i, j: x[n, i + j], (N, D - 1, 2)),
    "parts of three": ("Y[n, i, j: 3] = X[n, 3*i + j]", lambda x, n, i, j: x[n, 3 * i + j], (N, 1, 3)),
    "as often as said": ("Y[n, d: 2] = X[n, 2*d]", lambda x, n, d: x[n, 2 * d], (N, 2)),
    "over an axis by name": ("Y[n: D] = sum[d](X[0, d]) * n", lambda x, n: x[0].sum() * n, (D,)),
    "positions": ("Y[n, d] = X[n, d] * d + n", lambda x, n, d: x[n, d] * d + n, (N, D)),
    "a running sum": (
        "Y[n, t] = sum[s](where(s <= t, X[n, s], 0))", lambda x, n, t: x[n, : t + 1].sum(), (N, D),
    ),
    "a band": ("Y[n, d] = X[n, d] * [n == d + 1]", lambda x, n, d: x[n, d] * (n == d + 1), (N, D)),
    "a sum over a window": (
        "Y[n, i] = sum[k: 2](X[n, i + k]) / 2", lambda x, n, i: (x[n, i] + x[n, i + 1]) / 2, (N, D - 1),
    ),
    "differences": ("Y[n, d] = mean[k: 3](X[n, d + k]) - prod[k: 3](X[n, d + k])",
                    lambda x, n, d: x[n, d : d + 3].mean() - x[n, d : d + 3].prod(), (N, D - 2)),
    "zero outside": ("Y[n, d] = Z[n, d] - Z[n, d - 1]", lambda x, n, d: x[n, d] - padded(x, n, d - 1), (N, D)),
    "a frame of zeros": ("Y[n, d] = Z[n, d - 2]", lambda x, n, d: padded(x, n, d - 2), (N, D + 4)),
    "the ends go on": ("Y[n, d: D] = C[n, d + 1] - C[n, d - 1]",
                       lambda x, n, d: x[n, min(d + 1, D - 1)] - x[n, max(d - 1, 0)], (N, D)),
    "convolution": ("Y[n, d] = sum[k](Z[n, d - k] * X[0, k])",
                    lambda x, n, d: sum(padded(x, n, d - k) * x[0, k] for k in range(D)), (N, 2 * D - 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", MEANT)
def test_means_what_a_loop_means(case):
    line, entry, shape = MEANT[case]
    lines = [X]
    lines += ["Z = 1 * X, zero outside"] if "Z[" in line else []
    lines += ["C = 1 * X, clipped outside"] if "C[" in line else []
    a = computed("\n".join([*lines, line]), sizes={"N": N, "D": D})
    assert a["Y"].shape == shape
    for at in np.ndindex(shape):
        assert a["Y"][at] == pytest.approx(entry(a["X"], *at))


def test_a_gather_may_read_through_another():
    text = "E: param [V]; p: input [M], integer; t: input [N], integer; y[n] = E[p[t[n]]] + E[p[t[0]]]"
    a = computed(text, {"p": [3, 0, 2], "t": [1, 2]}, {"V": 4, "M": 3, "N": 2})
    np.testing.assert_allclose(a["y"], a["E"][[0, 2]] + a["E"][0])


def test_a_scalar_may_say_which_entry():
    a = computed("x: input [N]; k: input, integer; y = x[k]", {"k": 2})
    assert a["y"] == a["x"][2]


def test_a_gather_outside_gives_what_is_declared():
    text = "E: param [V], zero outside; t: input [N], integer; y[n] = E[t[n]]"
    a = computed(text, {"t": [-1, 1, 7]}, {"V": 4, "N": 3})
    np.testing.assert_allclose(a["y"], [0, a["E"][1], 0])
    with pytest.raises(CannotJudge, match="E has no entry"):
        computed(text.replace(", zero outside", ""), {"t": [-1, 1, 7]}, {"V": 4, "N": 3})


def test_windows_after_windows():
    """What a window makes is an axis like any other: a second layer slides over it."""
    text = "x: input [N], zero outside; k: param [R]\ny[i] = sum[r](x[2*i + r - 1] * k[r])\nz[j] = max[r: 2](y[j + r])"
    a = computed(text, sizes={"N": 9, "R": 3})
    y = [sum(padded(a["x"], 2 * i + r - 1) * a["k"][r] for r in range(3)) for i in range(5)]
    np.testing.assert_allclose(a["y"], y)
    np.testing.assert_allclose(a["z"], [max(y[j : j + 2]) for j in range(4)])


@pytest.mark.parametrize("name", [*WINDOWS, *(file.stem for file in sorted(FOLDER.glob("*.layer")))])
def test_worlds_are_found_where_windows_fit_and_gathers_stay_inside(name):
    program = read(path(name))
    for world in worlds(program, 3, 3):
        for tensor in program.tensors:
            assert all(world.size(a) >= 2 for a in tensor.axes), world.sizes
            values = world.values[tensor.name].values()
            assert not tensor.integer or all(v in range(max(world.sizes.values())) for v in values)


def test_a_window_that_cannot_fit_is_refused():
    with pytest.raises(CannotJudge, match="the axis I would have -1 entries"):
        next(worlds(parse("layer f(k = 7)\nx: input [5]; y[i] = sum[r: k](x[i + r])"), 0, 1))
