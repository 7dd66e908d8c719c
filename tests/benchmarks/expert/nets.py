"""Whole networks: the loss and the gradients of one batch."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step


def relu_net(d: Numbers, *, dx: bool) -> Step:
    """Affine layers with ReLU between them, softmax with cross-entropy by class labels in one buffer."""
    x, t, depth = d["x"], d["t"], sum(name.startswith("W") for name in d)
    W = [d[f"W{k}"] for k in range(1, depth + 1)]
    b = [d[f"b{k}"] for k in range(1, depth + 1)]
    rows, classes = len(x), len(b[-1])
    flat, share, zero = np.arange(rows) * classes + t, x.dtype.type(1 / rows), x.dtype.type(0)
    over_rows, over_classes = np.ones(rows, x.dtype), np.ones(classes, x.dtype)

    def step() -> tuple[Any, ...]:
        a, inputs = x, []
        for k in range(depth):
            inputs.append(a)
            a = a @ W[k]
            a += b[k]
            if k < depth - 1:
                np.maximum(a, zero, out=a)
        a -= np.maximum.reduce(a, axis=1, keepdims=True)
        right = a.take(flat)
        np.exp(a, out=a)
        sums = a @ over_classes
        loss = (np.log(sums).sum() - right.sum()) * share
        a *= (share / sums)[:, None]
        a.reshape(-1)[flat] -= share
        gradients: list[Any] = []
        for k in reversed(range(depth)):
            gradients += [over_rows @ a, inputs[k].T @ a]
            if k or dx:
                a = a @ W[k].T
            if k:
                a *= inputs[k] > zero
        return (loss, *reversed(gradients), *((a,) if dx else ()))

    return step


def tiny(d: Numbers) -> Step:
    """2-3-1 with sigmoid and half the squared error: bound by the number of calls, so as few as possible."""
    x, y, W1, b1, W2, b2 = (d[k] for k in ("x", "y", "W1", "b1", "W2", "b2"))
    one, half, single = x.dtype.type(1), x.dtype.type(0.5), len(x) == 1
    exp, negative, add, subtract, multiply, sums = np.exp, np.negative, np.add, np.subtract, np.multiply, np.add.reduce

    def step() -> tuple[Any, ...]:
        h = x.dot(W1)
        add(h, b1, h)
        negative(h, h)
        exp(h, h)
        add(h, one, h)
        np.reciprocal(h, h)
        e = h.dot(W2)
        add(e, b2, e)
        subtract(e, y, e)
        dW2 = h.T.dot(e)
        g = e * W2.T
        multiply(g, h, g)
        subtract(one, h, h)
        multiply(g, h, g)
        flat = e.reshape(-1)
        if single:
            return half * flat.dot(flat), x.T * g, g[0], dW2, e[0]
        return half * flat.dot(flat), x.T.dot(g), sums(g, 0), dW2, sums(e, 0)

    return step
