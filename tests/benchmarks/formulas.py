"""The forward equations in the words that NumPy, autograd, JAX and PyTorch share, for the frameworks to differentiate.

``np`` is the framework's own module of that kind, ``special`` what only it has: see `tests.benchmarks.frameworks`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Numbers = Mapping[str, Any]
Formula = Callable[[Any, Numbers], Any]


def relu_net(np: Any, d: Numbers, *, depth: int) -> Any:
    """Affine layers with ReLU, softmax with cross-entropy."""
    a = d["x"]
    for k in range(1, depth):
        a = np.relu(a @ d[f"W{k}"] + d[f"b{k}"])
    return np.cross_entropy(a @ d[f"W{depth}"] + d[f"b{depth}"], d["t"])


def tiny(np: Any, d: Numbers) -> Any:
    """Half the squared error of a net with sigmoid."""
    e = np.sigmoid(d["x"] @ d["W1"] + d["b1"]) @ d["W2"] + d["b2"] - d["y"]
    return (e * e).sum() / 2


def affine(np: Any, d: Numbers) -> Any:
    """A linear map."""
    return d["x"] @ d["W"] + d["b"]


def relu(np: Any, d: Numbers) -> Any:
    """The positive part."""
    return np.relu(d["x"])


def sigmoid(np: Any, d: Numbers) -> Any:
    """Between 0 and 1."""
    return np.sigmoid(d["x"])


def tanh(np: Any, d: Numbers) -> Any:
    """Between -1 and 1."""
    return np.tanh(d["x"])


def gelu_tanh(np: Any, d: Numbers) -> Any:
    """GELU as GPT-2 has it."""
    return np.gelu_tanh(d["x"])


def gelu_erf(np: Any, d: Numbers) -> Any:
    """GELU by the error function."""
    return np.gelu_erf(d["x"])


def softmax_cross_entropy(np: Any, d: Numbers) -> Any:
    """The mean over the rows."""
    return np.cross_entropy(d["z"], d["t"])


def norm(np: Any, d: Numbers, *, axis: int) -> Any:
    """Over the columns (1) or the rows (0)."""
    return (np.layer_norm if axis else np.batch_norm)(d["x"], d["g"], d["b"])


def conv2d(np: Any, d: Numbers) -> Any:
    """Padded by 1."""
    return np.conv2d(d["x"], d["w"], d["b"])


def max_pool(np: Any, d: Numbers) -> Any:
    """The largest of each 2×2."""
    return np.max_pool(d["x"])


def attention(np: Any, d: Numbers) -> Any:
    """Scaled dot product."""
    return np.attention(d["q"], d["k"], d["v"])


def lstm_cell(np: Any, d: Numbers) -> Any:
    """State and cell after one step."""
    size = d["h0"].shape[1]
    A = np.concatenate((d["x"], d["h0"])) @ d["W"] + d["b"]
    s = np.sigmoid(A[:, : 3 * size])
    c = s[:, size : 2 * size] * d["c0"] + s[:, :size] * np.tanh(A[:, 3 * size :])
    return s[:, 2 * size :] * np.tanh(c), c


def embedding(np: Any, d: Numbers) -> Any:
    """Rows of a table."""
    return d["W"][d["idx"]]
