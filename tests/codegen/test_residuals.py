"""What forward hands to backward: no more than backward reads, outputs rather than inputs where a slope allows it."""

from __future__ import annotations

import ast

import numpy as np
import pytest
from numpy.testing import assert_allclose

import codegen
import derive
from codegen.residuals import backward_formulas
from derive.expression import Access, Call
from derive.program import Program, needed_equations
from tests.codegen.zoo import NOT_ANALYTIC, ZOO
from tests.witness import functions

EVERY = {**ZOO, **NOT_ANALYTIC}


def saved(program: Program) -> list[str]:
    """The names in the tuple that the generated forward returns last."""
    (forward,) = (f for f in ast.parse(codegen.source(program)).body if getattr(f, "name", "") == "forward")
    assert isinstance(forward, ast.FunctionDef)
    last = forward.body[-1]
    assert isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple)
    kept = last.value.elts[-1]
    assert isinstance(kept, ast.Tuple)
    return [ast.unparse(name) for name in kept.elts]


# layer → what a person would save
RESIDUALS = {
    "x, y: input\nz = x + y": [],
    "x, y: input\nz = x * y": ["x", "y"],
    "x: input\nz = 3 * x": [],
    "X: input [N, D]\nZ = relu(X)": ["Z"],
    "X: input [N, D]\nZ = sigmoid(X)": ["Z"],
    "X: input [N, D]\nZ = tanh(X)": ["Z"],
    "X: input [N, D]\nZ = exp(X)": ["Z"],
    "X: input [N, D]\nZ = sqrt(X)": ["Z"],
    "X: input [N, D]\nZ = log(X)": ["X"],
    "X: input [N, D]\nZ = X**2": ["X"],
    "X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b": ["X", "W"],
    "X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b\nZ = tanh(U)": ["X", "W", "Z"],
    "Z: input [N, C]\nP = softmax(Z)": ["P"],
    "Z: input [N, C]; T: target [N, C], sum over C = 1\nL = softmax_cross_entropy(Z, T)": ["T", "P"],
    "Y: input [N, D]; T: target [N, D]\nL = squared_error(Y, T)": ["Y", "T"],
    "layer leaky(slope = 0.1)\nX: input [N, D]\nY = where(X > 0, X, slope*X)": ["X", "slope"],
}


@pytest.mark.parametrize("text", RESIDUALS)
def test_forward_saves_what_a_person_would(text: str) -> None:
    assert saved(derive.parse(text)) == RESIDUALS[text]


def test_a_network_does_not_save_what_goes_into_an_activation() -> None:
    assert saved(derive.load("two_layer_net")) == ["X", "T", "W1", "W2", "Z1", "P"]


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("function", ["forward", "backward"])
def test_every_value_computed_or_unpacked_is_used(name: str, function: str) -> None:
    (found,) = (
        f for f in ast.parse(codegen.source(derive.parse(EVERY[name]))).body if getattr(f, "name", "") == function
    )
    names = [n for n in ast.walk(found) if isinstance(n, ast.Name)]
    stored = {n.id for n in names if isinstance(n.ctx, ast.Store)}
    read = {n.id for n in names if isinstance(n.ctx, ast.Load)}
    assert stored <= read


@pytest.mark.parametrize(
    ("function", "value", "slope"),
    [
        ("relu", 0.0, 0.0),
        ("relu", 2.0, 1.0),
        ("relu", -2.0, 0.0),
        ("sigmoid", 0.5, np.exp(-0.5) / (1 + np.exp(-0.5)) ** 2),
        ("tanh", 0.5, 1 / np.cosh(0.5) ** 2),
        ("exp", 0.5, np.exp(0.5)),
        ("tan", 0.5, 1 / np.cos(0.5) ** 2),
    ],
)
def test_a_slope_read_off_the_output_is_the_slope(function: str, value: float, slope: float) -> None:
    module = functions(derive.parse(f"X: input [N]\nY = {function}(X)"))
    _, kept = module.forward(np.array([value]))
    assert_allclose(module.backward(kept, np.array([3.0]))["X"], [3 * slope], rtol=1e-14)


def test_backward_computes_only_the_gradients_that_lead_to_those_asked_for() -> None:
    program = derive.load("two_layer_net")
    assert list(backward_formulas(derive.derive(program, wrt=["W2"]))) == ["∂U2", "∂W2"]


def test_a_gradient_that_no_formula_reads_is_not_computed() -> None:
    # ∂P and ∂L are in the ledger; the closed form of ∂Z has no use for them.
    assert list(backward_formulas(derive.derive(derive.load("softmax_cross_entropy")))) == ["∂Z"]


def test_the_formula_of_an_activation_reads_its_output() -> None:
    found = backward_formulas(derive.derive(derive.load("relu")))["∂U"]
    read = {n.tensor for n in _nodes(found) if isinstance(n, Access)}
    assert read == {"∂Z", "Z"}


def test_a_formula_has_no_function_of_the_layers_own() -> None:
    program = derive.parse("silu(x) = x * sigmoid(x)\nX: input [N]\nY = silu(X)")
    found = backward_formulas(derive.derive(program))["∂X"]
    assert {n.function for n in _nodes(found) if isinstance(n, Call)} == {"sigmoid"}


def _nodes(expr: object) -> list[object]:
    from derive.expression import Expr
    from derive.rewriting import walk

    assert isinstance(expr, Expr)
    return list(walk(expr))


def test_only_equations_that_lead_to_what_is_wanted_are_kept_in_order() -> None:
    program = derive.load("three_layer_net")
    assert [e.name for e in needed_equations(program.equations, ["Z2"])] == ["U1", "Z1", "U2", "Z2"]
    assert needed_equations(program.equations, ["X"]) == ()
