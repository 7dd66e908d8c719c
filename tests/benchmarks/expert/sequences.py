"""Attention, one step of an LSTM, and an embedding."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step


def attention(d: Numbers) -> Step:
    """The scale goes to the small operand; the row sums of dP ⊙ P are those of dY ⊙ Y, over D entries and not T."""
    q, k, v, g = (d[n] for n in ("q", "k", "v", "dout"))
    scale, ones = q.dtype.type(q.shape[-1] ** -0.5), np.ones(k.shape[-2], q.dtype)

    def step() -> tuple[Any, ...]:
        y = q * scale
        p = y @ k.mT
        p -= np.maximum.reduce(p, axis=-1, keepdims=True)
        np.exp(p, out=p)
        r = p @ ones
        np.reciprocal(r, out=r)
        p *= r[..., None]
        np.matmul(p, v, out=y)
        dv = p.mT @ g
        dp = g @ v.mT
        dp -= np.vecdot(g, y)[..., None]
        dp *= p
        dq, dk = dp @ k, dp.mT @ q
        dq *= scale
        dk *= scale
        return y, dq, dk, dv

    return step


def lstm_cell(d: Numbers) -> Step:
    """Input and state side by side: one product for the four gates i, f, o, g, which stay in one buffer."""
    x, h, c, W, b, dh_next, dc_next = (d[n] for n in ("x", "h0", "c0", "W", "b", "dh", "dc"))
    rows, size = h.shape
    inputs, sigmoids = x.shape[1], 3 * size
    one, half, ones, short = x.dtype.type(1), x.dtype.type(0.5), np.ones(rows, x.dtype), x.dtype == np.float32

    def step() -> tuple[Any, ...]:
        xh = np.concatenate((x, h), axis=1)
        A = xh @ W
        A += b
        s = A[:, :sigmoids]
        if short:
            s *= half
            np.tanh(A, out=A)
            s *= half
            s += half
        else:
            np.negative(s, out=s)
            np.exp(s, out=s)
            s += one
            np.reciprocal(s, out=s)
            np.tanh(A[:, sigmoids:], out=A[:, sigmoids:])
        i, f, o, g = (A[:, k * size : (k + 1) * size] for k in range(4))
        c_next = f * c
        t = i * g
        c_next += t
        np.tanh(c_next, out=t)
        h_next = o * t
        dc = t * t
        np.subtract(one, dc, out=dc)
        dc *= dh_next
        dc *= o
        dc += dc_next
        dA = np.empty_like(A)
        np.subtract(one, s, out=dA[:, :sigmoids])
        dA[:, :sigmoids] *= s
        np.multiply(g, g, out=dA[:, sigmoids:])
        np.subtract(one, dA[:, sigmoids:], out=dA[:, sigmoids:])
        gates, work = dA.reshape(rows, 4, size), np.empty_like(c)
        gates[:, 0] *= np.multiply(dc, g, out=work)
        gates[:, 1] *= np.multiply(dc, c, out=work)
        gates[:, 2] *= np.multiply(dh_next, t, out=work)
        gates[:, 3] *= np.multiply(dc, i, out=work)
        dc *= f
        dxh = dA @ W.T
        return h_next, c_next, dxh[:, :inputs], dxh[:, inputs:], dc, xh.T @ dA, ones @ dA

    return step


def embedding(d: Numbers) -> Step:
    """Rounds of plain assignment: in each, one row of those that are left for each place; most places have one."""
    W, ids, g = d["W"], d["idx"], d["dout"]

    def step() -> tuple[Any, ...]:
        dW = np.zeros_like(W)
        winner = np.empty(len(W), np.intp)
        left, places, first = np.arange(len(ids)), ids, True
        while len(left):
            winner[places] = left
            won = winner[places] == left
            if first:
                dW[places[won]] = g[left[won]]
            else:
                dW[places[won]] += g[left[won]]
            left, first = left[~won], False
            places = ids[left]
        return W[ids], dW

    return step
