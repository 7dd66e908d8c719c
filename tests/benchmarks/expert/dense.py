"""An affine layer, activations, and softmax with cross-entropy."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step

ROOT = math.sqrt(2 / math.pi)
CUBIC = 0.044715


def affine(d: Numbers) -> Step:
    """Three matrix products; the bias is added in place and its gradient is a product with ones."""
    x, W, b, g = (d[k] for k in ("x", "W", "b", "dout"))
    ones = np.ones(len(x), x.dtype)

    def step() -> tuple[Any, ...]:
        y = x @ W
        y += b
        return y, g @ W.T, x.T @ g, ones @ g

    return step


def relu(d: Numbers) -> Step:
    """Keeps the mask, which is smaller than the output."""
    x, g = d["x"], d["dout"]
    zero = x.dtype.type(0)

    def step() -> tuple[Any, ...]:
        mask = x > zero
        return np.maximum(x, zero), g * mask

    return step


def sigmoid(d: Numbers) -> Step:
    """By tanh in float32, where that is cheap; by exp in float64, whose tanh costs twice as much."""
    x, g = d["x"], d["dout"]
    one, half = x.dtype.type(1), x.dtype.type(0.5)

    def step() -> tuple[Any, ...]:
        if x.dtype == np.float32:
            y = x * half
            np.tanh(y, out=y)
            y *= half
            y += half
        else:
            y = -x
            np.exp(y, out=y)
            y += one
            np.reciprocal(y, out=y)
        dx = one - y
        dx *= y
        dx *= g
        return y, dx

    return step


def tanh(d: Numbers) -> Step:
    """One minus the square of the output."""
    x, g = d["x"], d["dout"]
    one = x.dtype.type(1)

    def step() -> tuple[Any, ...]:
        y = np.tanh(x)
        dx = y * y
        np.subtract(one, dx, out=dx)
        dx *= g
        return y, dx

    return step


def gelu_tanh(d: Numbers) -> Step:
    """As x times a sigmoid h = (1 + tanh u)/2, whose slope is h (1 - h) 2u'; keeps the square of x and h."""
    x, g = d["x"], d["dout"]
    half, one, linear, cubic, slope, slope_cubic = map(
        x.dtype.type, (0.5, 1, ROOT, ROOT * CUBIC, 2 * ROOT, 6 * ROOT * CUBIC)
    )

    def step() -> tuple[Any, ...]:
        square = x * x
        h = square * cubic
        h += linear
        h *= x
        np.tanh(h, out=h)
        h *= half
        h += half
        y = x * h
        dx = square * slope_cubic
        dx += slope
        dx *= y
        dx *= one - h
        dx += h
        dx *= g
        return y, dx

    return step


def gelu_erf(d: Numbers) -> Step:
    """With SciPy's error function where SciPy is there."""
    from scipy.special import erf

    x, g = d["x"], d["dout"]
    half, minus_half, root, density = map(x.dtype.type, (0.5, -0.5, math.sqrt(0.5), 1 / math.sqrt(2 * math.pi)))

    def step() -> tuple[Any, ...]:
        h = x * root
        erf(h, out=h)
        h *= half
        h += half
        y = x * h
        dx = x * x
        dx *= minus_half
        np.exp(dx, out=dx)
        dx *= density
        dx *= x
        dx += h
        dx *= g
        return y, dx

    return step


def softmax_cross_entropy(d: Numbers) -> Step:
    """Scores, probabilities and their gradient in one buffer; the labels as places in it."""
    z, t = d["z"], d["t"]
    rows, classes = z.shape
    share, ones, flat = z.dtype.type(1 / rows), np.ones(classes, z.dtype), np.arange(rows) * classes + t

    def step() -> tuple[Any, ...]:
        largest = np.maximum.reduce(z, axis=1, keepdims=True)
        p = z - largest
        np.exp(p, out=p)
        sums = p @ ones
        p *= (share / sums)[:, None]
        loss = (np.log(sums).sum() + largest.sum() - z.take(flat).sum()) * share
        p.reshape(-1)[flat] -= share
        return loss, p

    return step
