"""What is timed: for each case the numbers, the layer that it is, and its opponents.

The names of the cases say the sizes. Every contender of a case computes the same results from the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from tests.benchmarks import formulas as f
from tests.benchmarks.contenders import Numbers, Step
from tests.benchmarks.expert import dense, images, nets, norms, sequences
from tests.benchmarks.ours import Ours

Shapes = dict[str, tuple[int, ...]]
Gemm = tuple[int, int, int, int]


@dataclass(frozen=True)
class Case:
    """One forward and backward pass.

    ``numbers`` draws the inputs; ``gemms`` are the products it cannot do without, as (batch, m, k, n); ``wrt`` are
    the numbers by which frameworks differentiate ``formula``, weighted by ``dout``.
    """

    numbers: Callable[[np.random.Generator, Any], dict[str, Any]]
    ours: Ours
    expert: Callable[[Numbers], Step]
    formula: f.Formula
    wrt: tuple[str, ...]
    upstream: tuple[str, ...] = ("dout",)
    gemms: tuple[Gemm, ...] = ()


def normal(shapes: Shapes) -> Callable[[np.random.Generator, Any], dict[str, Any]]:
    """Standard normal numbers; weights (``W``, ``w``) so small that results are of order 1."""

    def draw(rng: np.random.Generator, dtype: Any) -> dict[str, Any]:
        found = {}
        for name, shape in shapes.items():
            scale = np.prod(shape[1:] if name == "w" else shape[:1]) ** -0.5 if name in ("w", "W") else 1
            found[name] = (scale * rng.standard_normal(shape)).astype(dtype)
        return found

    return draw


def labelled(shapes: Shapes, scores: tuple[int, int], name: str = "T") -> Callable[..., dict[str, Any]]:
    """The same, with a class for each row, as a label ``t`` and one-hot ``T``."""

    def draw(rng: np.random.Generator, dtype: Any) -> dict[str, Any]:
        t = rng.integers(scores[1], size=scores[0])
        return {**normal(shapes)(rng, dtype), "t": t, name: np.eye(scores[1], dtype=dtype)[t]}

    return draw


def tokens(places: int, width: int, count: int) -> Callable[..., dict[str, Any]]:
    """A table and the rows of it that are read."""

    def draw(rng: np.random.Generator, dtype: Any) -> dict[str, Any]:
        shapes: Shapes = {"W": (places, width), "dout": (count, width)}
        return {**normal(shapes)(rng, dtype), "idx": rng.integers(places, size=count)}

    return draw


def relu_net(sizes: tuple[int, ...], batch: int, *, dx: bool) -> Case:
    """A classifier with ReLU; without dx what training needs, with it what a layer in a larger net needs."""
    depth = len(sizes) - 1
    shapes: Shapes = {"x": (batch, sizes[0])}
    for k, (before, after) in enumerate(pairwise(sizes), 1):
        shapes |= {f"W{k}": (before, after), f"b{k}": (after,)}
    wrt = tuple(f"{kind}{k}" for k in range(1, depth + 1) for kind in "Wb") + (("x",) if dx else ())

    def draw(rng: np.random.Generator, dtype: Any) -> dict[str, Any]:
        found = labelled(shapes, (batch, sizes[-1]))(rng, dtype)
        for k, before in enumerate(sizes[:-1], 1):
            found[f"W{k}"] *= dtype((2 / before) ** 0.5)
        return found

    ours = Ours(
        {2: "two_layer_net", 3: "two_hidden"}[depth],
        {"X": "x", "T": "T", **{n: n for n in wrt if n != "x"}},
        ("L", *("d" + n.replace("x", "X") for n in wrt)),
        style="functions" if dx else "network",
    )
    pairs = list(pairwise(sizes))
    gemms = tuple(g for a, b in pairs for g in ((1, batch, a, b), (1, a, batch, b)))
    gemms += tuple((1, batch, b, a) for a, b in (pairs if dx else pairs[1:]))
    return Case(draw, ours, partial(nets.relu_net, dx=dx), partial(f.relu_net, depth=depth), wrt, (), gemms)


def tiny(batch: int) -> Case:
    """The network of seed 002."""
    shapes = {"x": (batch, 2), "y": (batch, 1), "W1": (2, 3), "b1": (3,), "W2": (3, 1), "b2": (1,)}
    wrt = ("W1", "b1", "W2", "b2")
    ours = Ours("tiny", {"X": "x", "y": "y", **{n: n for n in wrt}}, ("L", *map("d{}".format, wrt)), style="network")
    return Case(normal(shapes), ours, nets.tiny, f.tiny, wrt, ())


def activation(
    layer: str, expert: Callable[[Numbers], Step], formula: f.Formula, shape: tuple[int, int] = (256, 1024)
) -> Case:
    """A function of each entry."""
    ours = Ours(layer, {"U": "x"}, ("Z", "dU"), ("dout",))
    return Case(normal({"x": shape, "dout": shape}), ours, expert, formula, ("x",))


def norm(layer: str, shape: tuple[int, int], expert: Callable[[Numbers], Step], axis: int) -> Case:
    """Layer norm over the columns, batch norm over the rows."""
    ours = Ours(layer, {"X": "x", "gamma": "g", "beta": "b"}, ("Y", "dX", "dgamma", "dbeta"), ("dout",))
    draw = normal({"x": shape, "g": shape[1:], "b": shape[1:], "dout": shape})
    return Case(draw, ours, expert, partial(f.norm, axis=axis), ("x", "g", "b"))


def affine(n: int, d: int, h: int) -> Case:
    """A linear map and a bias."""
    ours = Ours("affine", {"X": "x", "W": "W", "b": "b"}, ("U", "dX", "dW", "db"), ("dout",))
    draw = normal({"x": (n, d), "W": (d, h), "b": (h,), "dout": (n, h)})
    return Case(draw, ours, dense.affine, f.affine, ("x", "W", "b"), gemms=((1, n, d, h), (1, n, h, d), (1, d, n, h)))


def softmax_cross_entropy(rows: int, classes: int) -> Case:
    """The mean loss of a classifier."""
    ours = Ours("softmax_cross_entropy_labels", {"Z": "z", "t": "t"}, ("L", "dZ"))
    draw = labelled({"z": (rows, classes)}, (rows, classes))
    return Case(draw, ours, dense.softmax_cross_entropy, f.softmax_cross_entropy, ("z",), ())


def conv2d(n: int, c: int, size: int, o: int) -> Case:
    """3×3, padded by 1."""
    shapes = {"x": (n, c, size, size), "w": (o, c, 3, 3), "b": (o,), "dout": (n, o, size, size)}
    ours = Ours("conv2d", {"X": "x", "K": "w", "b": "b"}, ("Y", "dX", "dK", "db"), ("dout",), hyper={"padding": 1})
    gemms = ((n, o, 9 * c, size**2), (n, o, size**2, 9 * c), (n, 9 * c, o, size**2))
    return Case(normal(shapes), ours, images.conv2d, f.conv2d, ("x", "w", "b"), gemms=gemms)


def max_pool(n: int, c: int, size: int) -> Case:
    """2×2."""
    draw = normal({"x": (n, c, size, size), "dout": (n, c, size // 2, size // 2)})
    return Case(draw, Ours("max_pool2d", {"X": "x"}, ("Y", "dX"), ("dout",)), images.max_pool, f.max_pool, ("x",))


def attention(n: int, t: int, d: int) -> Case:
    """Batch and heads as one axis."""
    ours = Ours("attention", {"Q": "q", "K": "k", "V": "v"}, ("Y", "dQ", "dK", "dV"), ("dout",))
    gemms = ((n, t, d, t), (n, t, t, d), (n, t, t, d), (n, t, d, t), (n, t, t, d), (n, t, t, d))
    draw = normal(dict.fromkeys(("q", "k", "v", "dout"), (n, t, d)))
    return Case(draw, ours, sequences.attention, f.attention, ("q", "k", "v"), gemms=gemms)


def lstm_cell(n: int, size: int) -> Case:
    """One step, the gates side by side, the weights of input and state one above the other."""
    state = dict.fromkeys(("x", "h0", "c0", "dh", "dc"), (n, size))

    draw = normal({**state, "W": (2 * size, 4 * size), "b": (4 * size,)})
    ours = Ours(
        "lstm_gates",
        {"x": "x", "h": "h0", "c": "c0", "W": "W", "b": "b"},
        ("h_next", "c_next", "dx", "dh", "dc", "dW", "db"),
        ("dh", "dc"),
    )
    gemms = ((1, n, 2 * size, 4 * size), (1, 2 * size, n, 4 * size), (1, n, 4 * size, 2 * size))
    wrt = ("x", "h0", "c0", "W", "b")
    return Case(draw, ours, sequences.lstm_cell, f.lstm_cell, wrt, ("dh", "dc"), gemms)


def embedding(places: int, width: int, count: int) -> Case:
    """Rows of a table."""
    ours = Ours("embedding", {"token": "idx", "E": "W"}, ("Y", "dE"), ("dout",))
    return Case(tokens(places, width, count), ours, sequences.embedding, f.embedding, ("W",))


CASES: dict[str, Callable[[], Case]] = {
    "mlp_784_50_10_b100": lambda: relu_net((784, 50, 10), 100, dx=False),
    "mlp_784_50_10_b100_dx": lambda: relu_net((784, 50, 10), 100, dx=True),
    "mlp_784_1024_1024_10_b256": lambda: relu_net((784, 1024, 1024, 10), 256, dx=False),
    "mlp_784_1024_1024_10_b256_dx": lambda: relu_net((784, 1024, 1024, 10), 256, dx=True),
    "tiny_2_3_1_b1": lambda: tiny(1),
    "tiny_2_3_1_b4": lambda: tiny(4),
    "affine_256x512x512": lambda: affine(256, 512, 512),
    "relu_256x1024": lambda: activation("relu", dense.relu, f.relu),
    "sigmoid_256x1024": lambda: activation("sigmoid", dense.sigmoid, f.sigmoid),
    "tanh_256x1024": lambda: activation("tanh", dense.tanh, f.tanh),
    "gelu_256x1024": lambda: activation("gelu_tanh", dense.gelu_tanh, f.gelu_tanh),
    "gelu_erf_256x1024": lambda: activation("gelu", dense.gelu_erf, f.gelu_erf),
    "softmax_ce_256x1000": lambda: softmax_cross_entropy(256, 1000),
    "layernorm_512x768": lambda: norm("layer_norm", (512, 768), norms.layer_norm, 1),
    "batchnorm_256x512": lambda: norm("batch_norm", (256, 512), norms.batch_norm, 0),
    "conv2d_16x32x32x32_o64k3": lambda: conv2d(16, 32, 32, 64),
    "maxpool2_16x32x32x32": lambda: max_pool(16, 32, 32),
    "sdpa_4x8x128x64": lambda: attention(32, 128, 64),
    "lstm_cell_64x256": lambda: lstm_cell(64, 256),
    "embedding_10000x128_n4096": lambda: embedding(10000, 128, 4096),
}
