"""Pictures of training: learning curves, and what a regression says of the plane before and after."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from codegen.writing import MARK

Array = npt.NDArray[Any]
ORANGE, GREY, BLUE = "#f59322", "#e8eaeb", "#0877bd"  # of TensorFlow Playground: −1, 0, 1
PLANE = LinearSegmentedColormap.from_list("playground", [ORANGE, GREY, BLUE])
REACH, GRID = 6.0, 121  # the plane shown, in both directions, and points along a side


def learning_curves(losses: Sequence[float], accuracies: Mapping[str, Sequence[float]], title: str) -> bytes:
    """Loss and accuracy by epoch, as PNG; ``accuracies`` by name of the data."""
    figure = Figure(figsize=(9, 3.6), dpi=110, layout="constrained")
    figure.suptitle(title)
    left, right = figure.subplots(1, 2)
    epochs = range(1, len(losses) + 1)
    left.plot(epochs, losses, color=BLUE)
    left.set(xlabel="epoch", ylabel="mean loss of the batches", yscale="log")
    for (name, values), colour in zip(accuracies.items(), (BLUE, ORANGE), strict=False):
        right.plot(epochs, [100 * v for v in values], color=colour, label=f"{name}: {values[-1]:.1%}")
    right.set(xlabel="epoch", ylabel="right answers in %")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.grid(alpha=0.3)
    return png(figure)


def boundaries(
    predictors: Mapping[str, Callable[[Array], Array]], X: Array, y: Array, losses: Sequence[float], title: str
) -> bytes:
    """What each predictor says of the plane, with the samples in the colour of their right answers, as PNG.

    X: (N, 2), y: (N, 1); ``losses`` before the first and after each epoch are drawn beside them.
    """
    figure = Figure(figsize=(12, 4), dpi=110, layout="constrained")
    figure.suptitle(title)
    *planes, curve = figure.subplots(1, len(predictors) + 1)
    side = np.linspace(-REACH, REACH, GRID)
    points = np.stack([a.ravel() for a in np.meshgrid(side, side)], axis=1)
    for axes, (title, predict) in zip(planes, predictors.items(), strict=True):
        values = predict(points).reshape(GRID, GRID)
        shown = axes.pcolormesh(side, side, values, cmap=PLANE, vmin=-1, vmax=1, shading="nearest", rasterized=True)
        axes.scatter(*X.T, c=y.ravel(), cmap=PLANE, vmin=-1, vmax=1, s=14, edgecolors="white", linewidths=0.5)
        axes.set(title=title, xlabel="$x_1$", ylabel="$x_2$", aspect="equal")
    figure.colorbar(shown, ax=planes, shrink=0.8)
    curve.plot(range(len(losses)), losses, color=BLUE)
    curve.set(title="loss", xlabel="epoch", yscale="log")
    curve.grid(alpha=0.3)
    return png(figure)


def png(figure: Figure) -> bytes:
    """The figure as PNG, the same bytes each time, with our mark in its description."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": f"{MARK} demo"})
    return buffer.getvalue()
