"""Kinds of equations: what differs in names alone is one kind, everything else is another."""

from __future__ import annotations

import pytest
from hypothesis import given

import derive
from derive.calculus import vjp
from derive.calculus.kinds import Renaming, numbering
from derive.expression import Access, Axis, Call, Expr, Index, Size, total
from derive.program import Equation
from tests.derive.random_expressions import D, N, a, at, b, d, expressions, n, n2


def kind(equation: Equation) -> tuple[Expr, Expr]:
    """The equation under its kind's names."""
    rename = numbering((equation.left, equation.right))
    return rename(equation.left), rename(equation.right)


def equation(text: str) -> Equation:
    """The last equation of a layer text."""
    return derive.parse(text).equations[-1]


AFFINE = "X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b"

SAME = [
    "Z: input [M, K]; V: param [K, C]; c: param [C]\nY = Z @ V + c",
    "X: input [N, D]; W: param [D, H]; b: param [H]\nU[n, h] = sum[d](X[n, d] * W[d, h]) + b[h]",
    "X: input [N, D]; W: param [D, H]; b: param [H]\nQ[i, j] = sum[k](X[i, k] * W[k, j]) + b[j]",
]

OTHER = [
    "X: input [N, D]; W: param [H, D]; b: param [H]\nU = X @ W.T + b",  # the weights transposed
    "X: input [N, D]; W: param [D, H]; b: param [N]\nU = X @ W + b",  # a bias for each row
    "X: input [N, D]; W: param [D, D]; b: param [D]\nU = X @ W + b",  # two axes that are one
    "X: input [D, D]; b: param [D]\nU[i, j] = sum[k](X[i, k] * X[k, j]) + b[j]",  # two tensors that are one
    "X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W - b",
    "X: input [N, D]; W: param [D, 3]; b: param [3]\nU = X @ W + b",  # a size that is fixed
]


@pytest.mark.parametrize("text", SAME)
def test_other_names_make_no_other_kind(text: str) -> None:
    assert kind(equation(text)) == kind(equation(AFFINE))


@pytest.mark.parametrize("text", OTHER)
def test_another_structure_is_another_kind(text: str) -> None:
    assert kind(equation(text)) != kind(equation(AFFINE))


@given(expressions())
def test_the_way_back_gives_the_equation(expr: Expr) -> None:
    rename = numbering((at("Y", n, d), expr))
    assert rename.inverse()(rename(expr)) == expr


@given(expressions())
def test_a_kind_of_a_kind_is_itself(expr: Expr) -> None:
    once = kind(Equation(at("Y", n, d), expr))
    left, right = once
    assert isinstance(left, Access)
    assert kind(Equation(left, right)) == once


def test_a_cotangent_is_renamed_with_its_tensor() -> None:
    rename = Renaming({"X": "Z"})
    assert rename(Access("∂X", (n,))) == Access("∂Z", (n,))


def test_primes_of_an_index_stay() -> None:
    rename = Renaming({}, {N: Axis("M")}, {"n": "m"})
    assert rename(n2) == Index("m'", Axis("M"))


def test_what_is_not_listed_keeps_its_name() -> None:
    expr = total((n,), at("x", n) * Size(D)) + Call("tanh", (a * b,))
    assert Renaming()(expr) == expr


def test_the_size_of_an_axis_is_renamed_with_it() -> None:
    assert Renaming({}, {N: D})(at("x", n) / Size(N)) == Access("x", (Index("n", D),)) / Size(D)


def test_one_kind_of_layer_is_derived_once() -> None:
    derive.derive(derive.chain("affine", "tanh", "affine", "tanh", "affine", "squared_error"))
    before = vjp._contribution_of_kind.cache_info().misses
    derive.derive(derive.chain(*["affine", "tanh"] * 40, "affine", "squared_error"))
    assert vjp._contribution_of_kind.cache_info().misses == before


def test_the_derivation_of_a_layer_in_the_middle_is_that_of_the_layer_alone_under_other_names() -> None:
    alone = derive.derive(derive.load("affine")).gradients["W"]
    inside = derive.derive(derive.chain(*["affine", "tanh"] * 3, "squared_error")).gradients["W2"]
    assert [s.rule for s in inside.contributions[0].steps] == [s.rule for s in alone.contributions[0].steps]
    assert str(inside.index) == "sum[n](∂U2[n, h2]*Z1[n, h1])"
    assert str(alone.index) == "sum[n](∂U[n, h]*X[n, d])"
