"""Layer norm and batch norm: factors of a row or a column folded first, then as few passes as possible."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step

EPS = 1e-5


def layer_norm(d: Numbers) -> Step:
    """Row sums as products, sums of squares as `numpy.vecdot`; the normalised rows die in the backward pass."""
    x, gain, bias, g = (d[k] for k in ("x", "g", "b", "dout"))
    rows, width = x.shape
    over_columns, over_rows = np.ones(width, x.dtype), np.ones(rows, x.dtype)
    share, eps = x.dtype.type(1 / width), x.dtype.type(EPS)

    def step() -> tuple[Any, ...]:
        mean = x @ over_columns
        mean *= share
        xhat = x - mean[:, None]
        r = np.vecdot(xhat, xhat)
        r *= share
        r += eps
        np.sqrt(r, out=r)
        np.reciprocal(r, out=r)
        xhat *= r[:, None]
        y = xhat * gain
        y += bias
        dx = g * xhat
        dgain, dbias = over_rows @ dx, over_rows @ g
        first, second = g @ gain, dx @ gain
        first *= share
        second *= share
        xhat *= second[:, None]
        xhat += first[:, None]
        np.multiply(g, gain, out=dx)
        dx -= xhat
        dx *= r[:, None]
        return y, dx, dgain, dbias

    return step


def batch_norm(d: Numbers) -> Step:
    """The same over columns, where the sums that dx needs are those of the gradients by gain and bias."""
    x, gain, bias, g = (d[k] for k in ("x", "g", "b", "dout"))
    ones = np.ones(len(x), x.dtype)
    share, eps = x.dtype.type(1 / len(x)), x.dtype.type(EPS)

    def step() -> tuple[Any, ...]:
        mean = ones @ x
        mean *= share
        xhat = x - mean
        work = xhat * xhat
        r = ones @ work
        r *= share
        r += eps
        np.sqrt(r, out=r)
        np.reciprocal(r, out=r)
        xhat *= r
        y = xhat * gain
        y += bias
        np.multiply(g, xhat, out=work)
        dgain, dbias = ones @ work, ones @ g
        xhat *= dgain * share
        dx = np.subtract(g, xhat, out=work)
        dx -= dbias * share
        dx *= gain * r
        return y, dx, dgain, dbias

    return step
