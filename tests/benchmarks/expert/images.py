"""Convolution and pooling of images, as (N, C, H, W)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.benchmarks.contenders import Numbers, Step


def conv2d(d: Numbers) -> Step:
    """3×3, padded by 1, image by image: three copies shifted sideways, and a product for each kernel row.

    A row of the kernel reads the copies shifted by whole rows, which is a view; what one image needs stays in the
    cache. The gradient of the input is the same with the kernel turned around.
    """
    x, w, b, g = (d[k] for k in ("x", "w", "b", "dout"))
    count, channels, height, width = x.shape
    outputs, pixels = len(w), height * width
    ones, flat = np.ones(pixels, x.dtype), g.reshape(count, outputs, pixels)

    def shifted(planes: int) -> tuple[Any, list[Any]]:
        copies = np.zeros((3 * planes, (height + 2) * width), x.dtype)
        rows = [copies[:, k * width : k * width + pixels] for k in range(3)]
        return copies.reshape(3, planes, height + 2, width), rows

    def fill(copies: Any, image: Any) -> None:
        copies[0, :, 1:-1, 1:] = image[..., :-1]
        copies[1, :, 1:-1] = image
        copies[2, :, 1:-1, :-1] = image[..., 1:]

    def kernel_rows(w: Any) -> Any:
        return np.ascontiguousarray(w.transpose(2, 0, 3, 1).reshape(3, len(w), -1))

    (copies, rows), (upstream, upstream_rows) = shifted(channels), shifted(outputs)

    def step() -> tuple[Any, ...]:
        y, dx = np.empty((count, outputs, pixels), x.dtype), np.empty((count, channels, pixels), x.dtype)
        forward, back = kernel_rows(w), kernel_rows(w[:, :, ::-1, ::-1].transpose(1, 0, 2, 3))
        work, dx_work = np.empty((outputs, pixels), x.dtype), np.empty((channels, pixels), x.dtype)
        dw, part = np.zeros((3, 3 * channels, outputs), x.dtype), np.empty((3 * channels, outputs), x.dtype)
        for n in range(count):
            fill(copies, x[n])
            fill(upstream, g[n])
            np.matmul(forward[0], rows[0], out=y[n])
            np.matmul(back[0], upstream_rows[0], out=dx[n])
            for k in (1, 2):
                y[n] += np.matmul(forward[k], rows[k], out=work)
                dx[n] += np.matmul(back[k], upstream_rows[k], out=dx_work)
            y[n] += b[:, None]
            for k in range(3):
                dw[k] += np.matmul(rows[k], flat[n].T, out=part)
        dw = np.ascontiguousarray(dw.reshape(3, 3, channels, outputs).transpose(3, 2, 0, 1))
        return y.reshape(g.shape), dx.reshape(x.shape), dw, (flat @ ones).sum(axis=0)

    return step


def max_pool(d: Numbers) -> Step:
    """2×2: the larger of two rows, then of two columns; two masks say which won, the first of equals."""
    x, g = d["x"], d["dout"]

    def step() -> tuple[Any, ...]:
        top, bottom = x[:, :, 0::2], x[:, :, 1::2]
        rows, top_wins = np.maximum(top, bottom), top >= bottom
        left, right = rows[..., 0::2], rows[..., 1::2]
        y, left_wins = np.maximum(left, right), left >= right
        drows, dx = np.empty_like(rows), np.empty_like(x)
        np.multiply(g, left_wins, out=drows[..., 0::2])
        np.subtract(g, drows[..., 0::2], out=drows[..., 1::2])
        np.multiply(drows, top_wins, out=dx[:, :, 0::2])
        np.subtract(drows, dx[:, :, 0::2], out=dx[:, :, 1::2])
        return y, dx

    return step
