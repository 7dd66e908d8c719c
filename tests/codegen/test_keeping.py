"""What forward saves because backward would make it again, and the adjoint of windows on two axes in one call."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import codegen
import derive
from codegen.backends.numpy_helpers import HELPERS


def test_a_slow_function_is_called_once() -> None:
    source = codegen.source(derive.parse("X: input [N, D]; Y: input [N, D]; Z = Y * sin(X * Y)"))
    assert source.count("np.sin(") == 1 and "sin_X_Y = np.sin(X * Y)" in source


@pytest.mark.parametrize(
    ("text", "call"),
    [("x: input [D]; y: input [D]; z = y * sin(x)", "np.sin("), ("X: input [N, D]; Y = X * abs(X)", "np.abs(")],
)
def test_what_is_small_or_cheap_is_made_again(text: str, call: str) -> None:
    forward, backward = codegen.source(derive.parse(text)).split("def backward")
    assert call in forward and call in backward


def test_the_windows_of_a_maximum_are_copied_once_and_those_of_a_convolution_not_kept() -> None:
    assert codegen.source(derive.load("max_pool2d")).count("_packed(") == 2  # the definition and one call
    forward, backward = codegen.source(derive.load("conv2d")).split("def backward")
    assert "X_windows" not in forward.rpartition("return")[2] and "X_windows" in backward


STEPS = [(2, 1), (1, 1), (1, 2), (3, -1), (-2, 1), (1, -3)]


@pytest.mark.parametrize("across", STEPS)
@pytest.mark.parametrize(("down", "start"), [((2, 1), 0), ((1, 2), -2), ((-1, 1), 4)])
def test_fold_is_the_adjoint_of_windows(down: tuple[int, int], across: tuple[int, int], start: int) -> None:
    functions: dict[str, Any] = {"np": np}
    for name in ("_windows", "_fold"):
        exec(HELPERS[name], functions)
    rng = np.random.default_rng(5)
    x = rng.standard_normal((2, 7, 3, 11))
    windows = functions["_windows"](x, (3, (4, 2), across, 1), (1, (5, 3), down, start))
    values = rng.standard_normal(windows.shape)
    folded = functions["_fold"](values, (4, 11, across, 1), (1, 7, down, start))
    assert folded.shape == x.shape
    assert_allclose((folded * x).sum(), (values * windows).sum(), rtol=1e-12)
