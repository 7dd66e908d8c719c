"""The seeds' hand-written code, retyped: one class a layer (001), one sample at a time (002). The baseline to beat.

Nothing is improved: temporaries where the documents make them, a boolean mask, a mutated upstream gradient, the
input's gradient of the first layer.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step


def softmax(x: Any) -> Any:
    """``common.functions`` of the book that the seed follows."""
    x = x.T
    x = x - np.max(x, axis=0)
    y = np.exp(x) / np.sum(np.exp(x), axis=0)
    return y.T


def cross_entropy_error(y: Any, t: Any) -> Any:
    """The same book's, targets one-hot."""
    if t.size == y.size:
        t = t.argmax(axis=1)
    batch_size = y.shape[0]
    return -np.sum(np.log(y[np.arange(batch_size), t] + 1e-7)) / batch_size


class Relu:
    """The seed's layer; it writes into the gradient that it is given."""

    def forward(self, x: Any) -> Any:
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout: Any) -> Any:
        dout[self.mask] = 0
        return dout


class Affine:
    """The seed's layer."""

    def __init__(self, W: Any, b: Any) -> None:
        self.W = W
        self.b = b

    def forward(self, x: Any) -> Any:
        self.original_x_shape = x.shape
        x = x.reshape(x.shape[0], -1)
        self.x = x
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout: Any) -> Any:
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx.reshape(*self.original_x_shape)


class SoftmaxWithLoss:
    """The seed's layer."""

    def forward(self, x: Any, t: Any) -> Any:
        self.t = t
        self.y = softmax(x)
        self.loss = cross_entropy_error(self.y, self.t)
        return self.loss

    def backward(self, dout: Any = 1) -> Any:
        batch_size = self.t.shape[0]
        return (self.y - self.t) / batch_size


class Network:
    """The seed's network over given parameters, with as many layers as there are weights."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.affine = [Affine(params[f"W{k}"], params[f"b{k}"]) for k in range(1, len(params) // 2 + 1)]
        self.layers: OrderedDict[str, Any] = OrderedDict()
        for k, layer in enumerate(self.affine, 1):
            self.layers[f"Affine{k}"] = layer
            if k < len(self.affine):
                self.layers[f"Relu{k}"] = Relu()
        self.last_layer = SoftmaxWithLoss()

    def loss(self, x: Any, t: Any) -> Any:
        for layer in self.layers.values():
            x = layer.forward(x)
        return self.last_layer.forward(x, t)

    def loss_and_gradient(self, x: Any, t: Any) -> tuple[Any, dict[str, Any]]:
        """Its ``gradient``, with the loss that it computes on the way."""
        loss = self.loss(x, t)
        dout = self.last_layer.backward(1)
        layers = list(self.layers.values())
        layers.reverse()
        for layer in layers:
            dout = layer.backward(dout)
        found = {}
        for k, layer in enumerate(self.affine, 1):
            found |= {f"W{k}": layer.dW, f"b{k}": layer.db}
        return loss, found


# Seed 002: lists of weights, one output a row, one sample at a time.


def summation(x: Any, W: Any, b: Any) -> Any:
    """The weighted sum."""
    return np.dot(W, x) + b


def sum_der(x: Any, W: Any, b: Any, with_respect_to: str) -> Any:
    """Its derivatives."""
    if with_respect_to == "W":
        return x.reshape(1, len(x))
    if with_respect_to == "b":
        return np.ones(len(b))
    return W


def sigmoid(x: Any) -> Any:
    """The activation of the hidden layers."""
    return 1.0 / (1.0 + np.exp(-x))


def sigmoid_der(x: Any) -> Any:
    """Its slope."""
    output = sigmoid(x)
    return output * (1.0 - output)


def forward_prop(weights: list[Any], biases: list[Any], x: Any) -> tuple[list[Any], list[Any]]:
    """Outputs and sums of every layer."""
    cached_sums, cached_outs = [], [x]
    next_x = x
    for layer_i, (W, b) in enumerate(zip(weights, biases, strict=True)):
        sums = summation(next_x, W, b)
        outs = sigmoid(sums) if layer_i < len(weights) - 1 else sums
        cached_sums.append(sums)
        cached_outs.append(outs)
        next_x = outs
    return cached_outs, cached_sums


def back_prop(
    weights: list[Any], biases: list[Any], y_true: Any, cached_outs: list[Any], cached_sums: list[Any]
) -> tuple[list[Any], list[Any]]:
    """Gradients of weights and biases, the first layer first."""
    grads_w: list[Any] = []
    grads_b: list[Any] = []
    grads_x: list[Any] = []
    for layer_i in reversed(range(len(weights))):
        layer_sums = cached_sums[layer_i]
        node_count = len(layer_sums)
        if layer_i == len(weights) - 1:
            back_error = cached_outs[-1] - y_true
            active_der = np.ones(node_count)
        else:
            back_error = grads_x[-1]
            active_der = sigmoid_der(layer_sums)
        W, b, x = weights[layer_i], biases[layer_i], cached_outs[layer_i]
        delta = back_error * active_der
        grads_b.append(delta * sum_der(x, W, b, "b"))
        grads_w.append(np.dot(delta.reshape(node_count, 1), sum_der(x, W, b, "W")))
        grads_x.append(np.dot(delta, sum_der(x, W, b, "x")))
    grads_w.reverse()
    grads_b.reverse()
    return grads_w, grads_b


def scratch(params: dict[str, Any], x: Any, y: Any) -> tuple[Any, dict[str, Any]]:
    """One sample: the loss summed over the outputs, and its gradients."""
    weights, biases = [params["W1"], params["W2"]], [params["b1"], params["b2"]]
    outs, sums = forward_prop(weights, biases, x)
    loss = 0.0
    for output, target in zip(outs[-1], y, strict=True):
        loss += 0.5 * (output - target) ** 2
    (dW1, dW2), (db1, db2) = back_prop(weights, biases, y, outs, sums)
    return loss, {"W1": dW1, "b1": db1, "W2": dW2, "b2": db2}


def scratch_batch(params: dict[str, Any], X: Any, Y: Any) -> tuple[Any, dict[str, Any]]:
    """A batch, sample by sample, the gradients added up."""
    total, summed = 0.0, None
    for x, y in zip(X, Y, strict=True):
        loss, gradients = scratch(params, x, y)
        total += loss
        summed = gradients if summed is None else {k: summed[k] + gradients[k] for k in gradients}
    assert summed is not None
    return total, summed


def steps(numbers: Numbers) -> dict[str, Step]:
    """The seeds' networks as a contender; their weights stand one output a row in 002."""
    params = {k: v for k, v in numbers.items() if k[0] in "Wb"}
    if "T" in numbers:
        net = Network(params)

        def by_layers() -> tuple[Any, ...]:
            loss, gradients = net.loss_and_gradient(numbers["x"], numbers["T"])
            return (loss, *(gradients[n] for n in params))

        return {"seed": by_layers}
    turned = {k: v.T.copy() for k, v in params.items()}

    def by_samples() -> tuple[Any, ...]:
        loss, gradients = scratch_batch(turned, numbers["x"], numbers["y"])
        return (loss, *(gradients[n].T for n in params))

    return {"seed": by_samples}
