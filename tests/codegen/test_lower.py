"""Index notation to array code: the line that a person would write, with the value that the oracle finds."""

from __future__ import annotations

import re
from unittest.mock import patch

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import codegen
import derive
from derive.program import Program
from tests.witness import assert_backward_is_right, assert_forward_is_right, evaluated, functions, point

SIZES = {"N": 2, "D": 3, "H": 4, "T": 5}


def body(program: Program, function: str = "forward") -> dict[str, str]:
    """The lines of a function as lowered, not yet made cheap: what is assigned to each name, comments taken off."""
    with patch.multiple("codegen.passes", cheaper=lambda array: array, in_place=lambda lines, *_: tuple(lines)):
        source = codegen.source(program)
    _, _, rest = source.partition(f"def {function}(")
    found = re.findall(r"^    (\w+) = (.*?)(?:  # .*)?$", rest.partition("    return ")[0], re.MULTILINE)
    return dict(found)


XZ = "X, Z: input [N, D]; "
X, XW = "X: input [N, D]; ", "X: input [N, D]; W: param [D, H]; "
XS, XC = "X: input [N, D]; s: param [N]; ", "X: input [N, D]; s: param [D]; "

LINES = [
    # matrix products
    (XW + "b: param [H]; Y = X @ W + b", "X @ W + b"),
    (XW + "Y = (X @ W)/N", "(X @ W) / N"),
    (XW + "Y = 2 * (X @ W)", "2 * (X @ W)"),
    (XW + "s: param [H]; Y = (X @ W) * s", "(X @ W) * s"),
    (X + "V: input [D, H]; w: param [H]; y = X @ V @ w", "X @ V @ w"),
    (X + "e: input [N]; g = X.T @ e", "X.T @ e"),
    ("X: input [N, T, D]; W: param [D, H]; Y = X @ W", "X @ W"),
    ("x: input [N]; y: input [D]; Y[d, n] = x[n] * y[d]", "np.outer(y, x)"),
    ("x: input [N]; y: input [D]; Y[n, d] = x[n] + y[d]", "x[:, None] + y"),
    # broadcasting
    (XC + "Y = X * s", "X * s"),
    (XS + "Y = X * s", "X * s[:, None]"),
    (XS + "Y = s - X", "s[:, None] - X"),
    (XS + "Y = X / s", "X / s[:, None]"),
    # reductions
    (X + "Y = X - mean(X, axis=D)", "X - X.sum(axis=1, keepdims=True) / D"),
    (X + "Y = X - mean(X, axis=N)", "X - X.sum(axis=0) / N"),
    (X + "y = max(X, axis=D)", "X.max(axis=1)"),
    (X + "y = min(X)", "X.min()"),
    (X + "y = prod(X, axis=N)", "X.prod(axis=0)"),
    (X + "L = 1/(2*N) * sum(X**2)", "(X**2).sum() / (2 * N)"),
    (X + "L = -sum(X) / N", "-X.sum() / N"),
    ("A: input [N, D]; B: input [D, N]; t = sum[n, d](A[n, d] * B[d, n])", "(A * B.T).sum()"),
    ("A: input [N, D]; B: input [D, N]; t[n] = sum[d](A[n, d] * B[d, n])", "(A * B.T).sum(axis=1)"),
    # scalars, signs, brackets
    (X + "Y = -2*X", "-2 * X"),
    (X + "Y = X/2", "0.5 * X"),
    (X + "Y = 2*X/3", "2 / 3 * X"),
    (X + "Y = X / sqrt(D)", "X / D**0.5"),
    (XZ + "Y = X - (Z - X)*2", "X - 2 * (Z - X)"),
    (XZ + "Y = X - Z*X - 1", "X - Z * X - 1"),
    (XZ + "Y = (X - Z)*(X + Z)", "(X - Z) * (X + Z)"),
    (XZ + "Y = X/(Z*X + 1)", "X / (Z * X + 1)"),
    (XZ + "Y = X/Z/(1 + X)", "X / (Z * (1 + X))"),
    # powers
    (X + "Y = X**2", "X**2"),
    (X + "Y = X**-2", "1 / X**2"),
    (X + "Y = X**0.5", "np.sqrt(X)"),
    (X + "Y = X**-0.5", "1 / np.sqrt(X)"),
    ("x: input [D]; y = sin(x)**2", "np.sin(x)**2"),
    # branches and functions
    (XZ + "Y = where(X > Z, X, Z)", "np.where(X > Z, X, Z)"),
    (XZ + "Y = (X > 0) * Z", "Z * (X > 0)"),
    (X + "Y = where(X > 0, 1, 0)", "(X > 0).astype(X.dtype)"),
    (X + "Y = sigmoid(2*X + 1)", "_sigmoid(2 * X + 1)"),
    (X + "Y = relu(X) - X", "np.maximum(X, 0) - X"),
    # one tensor, one index twice
    ("A: input [D, D]; y[d] = A[d, d]", "A.diagonal().copy()"),
    ("A: input [D, D]; t = sum[d](A[d, d])", "A.diagonal().sum()"),
]


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[expected for _, expected in LINES])
def test_an_equation_becomes_the_line_that_a_person_writes(text: str, expected: str) -> None:
    program = derive.parse(text)
    assert body(program)[program.outputs[-1]] == expected


@pytest.mark.parametrize(("text", "expected"), LINES, ids=[expected for _, expected in LINES])
def test_the_line_has_the_value_of_the_equation(text: str, expected: str) -> None:
    program = derive.parse(text)
    at = {name: abs(array) for name, array in point(program, SIZES).items()}  # roots of them exist
    found, _ = functions(program).forward(*at.values())
    assert_allclose(found, evaluated(program, SIZES, at)[program.outputs[-1]], rtol=1e-13)


def test_what_is_needed_twice_is_computed_once() -> None:
    found = body(derive.parse(X + "Y = tanh(X) / (1 + sum(tanh(X), axis=D))"))
    assert found == {
        "tanh_X": "np.tanh(X)",
        "sum_tanh_X": "tanh_X.sum(axis=1)",  # saved for backward
        "Y": "tanh_X / (1 + sum_tanh_X[:, None])",
    }


def test_what_is_needed_twice_in_two_orders_is_computed_once() -> None:
    found = body(derive.parse("A: input [D, D]; Y[i, j] = exp(A[i, j]) - exp(A[j, i])"))
    assert found == {"exp_A": "np.exp(A)", "Y": "exp_A - exp_A.T"}


def test_what_forward_and_a_gradient_share_is_saved_and_not_computed_again() -> None:
    assert body(derive.parse(X + "Y = tanh(X)"), "backward") == {"dX": "dY * (1 - Y**2)"}


# Any expression over two matrices, a vector of each axis and a scalar.


LEAVES = ("X[n, d]", "Z[n, d]", "s[n]", "t[d]", "a", "2", "3/4")


@st.composite
def bodies(draw: st.DrawFn, depth: int = 2) -> str:
    """An expression over the indices n and d, analytic and far from overflow."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    one, two = draw(bodies(depth - 1)), draw(bodies(depth - 1))
    forms = (
        f"({one} + {two})",
        f"({one} - {two})",
        f"({one} * {two})",
        f"({one} / (3 + ({two})**2))",
        f"tanh({one})",
        f"sigmoid({one})",
        f"sqrt(1 + ({one})**2)",
        f"-({one})",
        f"({one})**2 / 4",
    )
    return draw(st.sampled_from(forms))


GIVEN = "X, Z: input [N, D]; s: param [N]; t: param [D]; a: param\n"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A layer over n and d: elementwise, turned, summed over an index, or multiplied by a matrix."""
    body = draw(bodies())
    forms = (
        f"Y[n, d] = {body} + X[n, d]*Z[n, d]*s[n]*t[d]*a",
        f"Y[d, n] = {body} + X[n, d]*Z[n, d]*s[n]*t[d]*a",
        f"Y[n] = sum[d]({body} * t[d]) + a*s[n]",
        f"Y[d] = sum[n]({body} * s[n]) + a*t[d]",
        f"Y = sum[n, d]({body} * X[n, d] * Z[n, d]) + a*sum(s)*sum(t)",
        f"B[n, d] = {body} + X[n, d]*Z[n, d]\nY[n, m] = sum[d](B[n, d] * X[m, d]) + a*s[m]",
    )
    return GIVEN + draw(st.sampled_from(forms)) + "\nR = sum(X * Z) + sum(s**2) + sum(t**2) + a**2"


@given(texts(), st.integers(0, 9))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_any_layer_has_forward_values_as_the_oracle_finds_them(text: str, seed: int) -> None:
    assert_forward_is_right(derive.parse(text), SIZES, seed, rtol=1e-11)


@given(texts(), st.integers(0, 9))
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_any_layer_has_gradients_as_a_complex_step_finds_them(text: str, seed: int) -> None:
    assert_backward_is_right(derive.parse(text), SIZES, seed, rtol=1e-9)


@pytest.mark.parametrize(
    ("text", "stacked"),
    [
        ("X: input [N, 3]; y[n] = X[n, 0] * sin(X[n, 1]) + exp(X[n, 2])", True),
        ("X: input [N, 3]; y[n] = X[n, 0] * sin(X[n, 1]) + exp(X[n, 0])", False),  # nothing at place 2
        ("X: input [N, 2]; u[n] = X[n, 0]**2; y[n] = u[n] * X[n, 0] * X[n, 1] + cos(X[n, 0])", True),
    ],
)
def test_gradients_by_single_entries_are_stacked_where_every_place_has_one(text: str, stacked: bool) -> None:
    program = derive.parse(text)
    assert ("np.stack(" in codegen.source(program)) is stacked
    assert codegen.check(program).ok


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_product_of_all_others_is_two_running_products(size: int) -> None:
    program = derive.parse("X: input [N, C]; y = prod(X, axis=C)")
    module = codegen.build(program)
    X, dy = np.random.default_rng(3).standard_normal((4, size)), np.array([0.5, -1.5, 2.0, 0.25])
    X[0, 0] = X[1] = 0  # one zero in a row, and nothing else
    found = module.backward(module.forward(X)[1], dy)["X"]
    expected = [[dy[n] * np.prod(np.delete(X[n], c)) for c in range(size)] for n in range(4)]
    np.testing.assert_allclose(found, expected, rtol=1e-14)
