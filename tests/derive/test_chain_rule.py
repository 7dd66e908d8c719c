"""The sweep: hard cases with known answers, and what a derivation contains.

The known answers are the textbooks' (Petersen and Pedersen, "The Matrix Cookbook", 2012, by equation number; the
issue trackers of SymPy and tensorgrad for the cases that went wrong there). Sizes are pairwise different. Each case
is compared with its closed formula, with a complex step of the generated forward pass, and with PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import derive
from derive.errors import ChainruleError, LayerTextError, UnknownName
from derive.judging.judge import judge
from tests.witness import assert_backward_is_right, functions, outputs_and_saved, point, random_upstream

SIZES = {"N": 3, "D": 5, "H": 7, "K": 2, "M": 11, "C": 4}
Formula = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """A layer, its forward pass for any array module ``xp``, and the closed formula of each gradient.

    The formulas take the given arrays by name and the upstream gradient ``G``.
    """

    text: str
    forward: Formula
    gradients: dict[str, Formula]
    analytic: bool = True


def softmax(xp: Any, Z: Any) -> Any:
    """Rows of probabilities."""
    return xp.exp(Z) / xp.exp(Z).sum(axis=1)[:, None]


def sigmoid(u: Any) -> Any:
    """The logistic function of an array."""
    return 1 / (1 + np.exp(-u))


def centred(A: Any) -> Any:
    """Rows without their mean."""
    return A - A.mean(axis=1)[:, None]


def layer_norm_dx(X: Any, g: Any, G: Any) -> Any:
    """r (w - mean w - x̂ mean(w ⊙ x̂)) with w = g ⊙ G (tensorgrad's researcher benchmark)."""
    r = 1 / np.sqrt((centred(X) ** 2).mean(axis=1) + 1e-5)[:, None]
    w, x_hat = g * G, centred(X) * r
    return r * (centred(w) - x_hat * (w * x_hat).mean(axis=1)[:, None])


def layer_norm(xp: Any, X: Any, g: Any) -> Any:
    """Rows to mean 0 and variance 1."""
    c = X - X.mean(axis=1)[:, None]
    return g * c / xp.sqrt((c**2).mean(axis=1)[:, None] + 1e-5)


SILU = "silu(x) = x * sigmoid(x)\nX: input [N, D]\nY = silu(X)"
GELU = "gelu(x) = x*(1 + tanh(0.8*(x + 0.045*x**3)))/2\nX: input [N, D]\nY = gelu(X)"

CASES = {
    "70: aᵀXb": Case(
        "a: input [N]; X: param [N, D]; b: input [D]\ny = a @ X @ b",
        lambda xp, a, X, b: a @ X @ b,
        {
            "a": lambda a, X, b, G: G * X @ b,
            "X": lambda a, X, b, G: G * np.outer(a, b),
            "b": lambda a, X, b, G: G * a @ X,
        },
    ),
    "71: bᵀXᵀa": Case(
        "a: input [N]; X: param [N, D]; b: input [D]\ny = b @ X.T @ a",
        lambda xp, a, X, b: b @ X.T @ a,
        {"X": lambda a, X, b, G: G * np.outer(a, b)},
    ),
    "78: (Bx+b)ᵀC(Dx+d)": Case(
        "B: param [H, D]; x: input [D]; b: param [H]; C: param [H, K]; E: param [K, D]; d: param [K]\n"
        "y = (B @ x + b) @ C @ (E @ x + d)",
        lambda xp, B, x, b, C, E, d: (B @ x + b) @ C @ (E @ x + d),
        {
            "x": lambda B, x, b, C, E, d, G: G * (B.T @ C @ (E @ x + d) + E.T @ C.T @ (B @ x + b)),
            "B": lambda B, x, b, C, E, d, G: G * np.outer(C @ (E @ x + d), x),
            "C": lambda B, x, b, C, E, d, G: G * np.outer(B @ x + b, E @ x + d),
            "d": lambda B, x, b, C, E, d, G: G * C.T @ (B @ x + b),
        },
    ),
    "81: xᵀAx": Case(
        "x: input [D]; A: param [D, D]\ny = x @ A @ x",
        lambda xp, x, A: x @ A @ x,
        {"x": lambda x, A, G: G * (A + A.T) @ x, "A": lambda x, A, G: G * np.outer(x, x)},
    ),
    "101: tr(AXB)": Case(
        "A: input [N, D]; X: param [D, H]; B: input [H, N]\ny = sum[n, d, h](A[n, d] * X[d, h] * B[h, n])",
        lambda xp, A, X, B: (A @ X @ B).trace(),
        {"X": lambda A, X, B, G: G * A.T @ B.T, "A": lambda A, X, B, G: G * (X @ B).T},
    ),
    "118: tr(AXBXᵀC)": Case(
        "A: input [N, D]; X: param [D, H]; B: input [H, H]; C: input [D, N]\n"
        "y = sum[n, d, h, k, e](A[n, d] * X[d, h] * B[h, k] * X[e, k] * C[e, n])",
        lambda xp, A, X, B, C: (A @ X @ B @ X.T @ C).trace(),
        {"X": lambda A, X, B, C, G: G * (A.T @ C.T @ X @ B.T + C @ A @ X @ B)},
    ),
    "115: squared Frobenius norm": Case(
        "X: input [N, D]\ny = sum(X**2)", lambda xp, X: (X**2).sum(), {"X": lambda X, G: 2 * G * X}
    ),
    "Frobenius norm": Case(
        "X: input [N, D]\ny = sqrt(sum(X**2))",
        lambda xp, X: xp.sqrt((X**2).sum()),
        {"X": lambda X, G: G * X / np.sqrt((X**2).sum())},
    ),
    "squared distance": Case(
        "x: input [D]; A: param [H, D]; b: input [H]\ny = sum((A @ x - b)**2)",
        lambda xp, x, A, b: ((A @ x - b) ** 2).sum(),
        {
            "x": lambda x, A, b, G: 2 * G * A.T @ (A @ x - b),
            "A": lambda x, A, b, G: 2 * G * np.outer(A @ x - b, x),
            "b": lambda x, A, b, G: -2 * G * (A @ x - b),
        },
    ),
    "½‖A−UV‖² + ½‖U‖²": Case(
        "A: input [N, D]; U: param [N, K]; V: param [K, D]\ny = sum((A - U @ V)**2)/2 + sum(U**2)/2",
        lambda xp, A, U, V: ((A - U @ V) ** 2).sum() / 2 + (U**2).sum() / 2,
        {
            "U": lambda A, U, V, G: G * (-(A - U @ V) @ V.T + U),
            "V": lambda A, U, V, G: -G * U.T @ (A - U @ V),
            "A": lambda A, U, V, G: G * (A - U @ V),
        },
    ),
    "rows through X Wᵀ + 1bᵀ": Case(
        "X: input [N, D]; W: param [H, D]; b: param [H]\nY = X @ W.T + b",
        lambda xp, X, W, b: X @ W.T + b,
        {
            "W": lambda X, W, b, G: G.T @ X,
            "b": lambda X, W, b, G: G.T @ np.ones(3),
            "X": lambda X, W, b, G: G @ W,
        },
    ),
    "softmax of rows": Case(
        "Z: input [N, C]\nP = softmax(Z)",
        lambda xp, Z: softmax(xp, Z),
        {"Z": lambda Z, G: softmax(np, Z) * (G - (softmax(np, Z) * G).sum(axis=1)[:, None])},
    ),
    "log-softmax of rows": Case(
        "Z: input [N, C]\nP = softmax(Z)\nY = log(P)",
        lambda xp, Z: xp.log(softmax(xp, Z)),
        {"Z": lambda Z, G: G - softmax(np, Z) * G.sum(axis=1)[:, None]},
    ),
    "log-sum-exp by hand": Case(
        "Z: input [N, C]\ny = log(sum(exp(Z), axis=C))",
        lambda xp, Z: xp.log(xp.exp(Z).sum(axis=1)),
        {"Z": lambda Z, G: G[:, None] * softmax(np, Z)},
    ),
    "Σ log(exp(A)1)": Case(
        "A: input [N, C]\ny = sum(log(sum(exp(A), axis=C)))",
        lambda xp, A: xp.log(xp.exp(A).sum(axis=1)).sum(),
        {"A": lambda A, G: G * softmax(np, A)},
    ),
    "Σ (X⊙X)⊙B": Case(
        "X, B: input [N, D]\ny = sum(X*X*B)",
        lambda xp, X, B: (X * X * B).sum(),
        {"X": lambda X, B, G: 2 * G * X * B, "B": lambda X, B, G: G * X * X},
    ),
    "cross-entropy of softmax": Case(
        "Z: input [N, C]; T: target [N, C], sum over C = 1\ny = softmax_cross_entropy(Z, T)",
        lambda xp, Z, T: -(T * xp.log(softmax(xp, Z))).sum() / 3,
        {"Z": lambda Z, T, G: G * (softmax(np, Z) - T) / 3},
    ),
    "cross-entropy of softmax, targets of any sum": Case(
        "Z: input [N, C]; T: target [N, C]\nP = softmax(Z)\ny = -sum(T * log(P)) / N",
        lambda xp, Z, T: -(T * xp.log(softmax(xp, Z))).sum() / 3,
        {"Z": lambda Z, T, G: G * (softmax(np, Z) * T.sum(axis=1)[:, None] - T) / 3},
    ),
    "binary cross-entropy of logits": Case(
        "X: input [N, D]; w: param [D]; t: target [N]\nz = X @ w\ny = sum(softplus(z) - t*z) / N",
        lambda xp, X, w, t: (xp.log(1 + xp.exp(X @ w)) - t * (X @ w)).sum() / 3,
        {"w": lambda X, w, t, G: G * X.T @ (sigmoid(X @ w) - t) / 3},
        analytic=False,
    ),
    "layer norm": Case(
        "X: input [N, D]; g: param [D]\nm = mean(X, axis=D)\nv = mean((X - m)**2, axis=D)\n"
        "Y = g * (X - m) / sqrt(v + 1e-5)",
        layer_norm,
        {
            "X": lambda X, g, G: layer_norm_dx(X, g, G),
            "g": lambda X, g, G: (G * layer_norm(np, X, 1)).sum(axis=0),
        },
    ),
    "cosine": Case(
        "u, v: input [D]\ny = sum(u*v) / (sqrt(sum(u**2)) * sqrt(sum(v**2)))",
        lambda xp, u, v: (u @ v) / xp.sqrt(u @ u) / xp.sqrt(v @ v),
        {
            "u": lambda u, v, G: (
                G
                * (v / np.linalg.norm(u) / np.linalg.norm(v) - (u @ v) * u / np.linalg.norm(u) ** 3 / np.linalg.norm(v))
            )
        },
    ),
    "SiLU": Case(
        SILU,
        lambda xp, X: X / (1 + xp.exp(-X)),
        {"X": lambda X, G: G * sigmoid(X) * (1 + X * (1 - sigmoid(X)))},
    ),
    "GELU": Case(
        GELU,
        lambda xp, X: X * (1 + xp.tanh(0.8 * (X + 0.045 * X**3))) / 2,
        {
            "X": lambda X, G: (
                G
                * (
                    (1 + np.tanh(0.8 * (X + 0.045 * X**3))) / 2
                    + X / 2 * (1 - np.tanh(0.8 * (X + 0.045 * X**3)) ** 2) * 0.8 * (1 + 3 * 0.045 * X**2)
                )
            )
        },
    ),
    "fan-out": Case(
        "X: input [N, D]\nA = exp(X)\nB = X**3\nY = A * B + A - X",
        lambda xp, X: xp.exp(X) * X**3 + xp.exp(X) - X,
        {"X": lambda X, G: G * (np.exp(X) * (X**3 + 3 * X**2 + 1) - 1)},
    ),
    "products over a batch": Case(
        "X: input [N, D]; Z: input [N, H]; W: param [D, H]\ny[n] = sum[d, h](X[n, d] * W[d, h] * Z[n, h])",
        lambda xp, X, Z, W: ((X @ W) * Z).sum(axis=1),
        {
            "X": lambda X, Z, W, G: G[:, None] * (Z @ W.T),
            "Z": lambda X, Z, W, G: G[:, None] * (X @ W),
            "W": lambda X, Z, W, G: (G[:, None] * X).T @ Z,
        },
    ),
    "a Gram matrix": Case("X: input [N, D]\nY = X.T @ X", lambda xp, X: X.T @ X, {"X": lambda X, G: X @ (G + G.T)}),
    "a cube of a matrix": Case(
        "A: param [D, D]\nY = A @ A @ A",
        lambda xp, A: A @ A @ A,
        {"A": lambda A, G: G @ (A @ A).T + A.T @ G @ A.T + (A @ A).T @ G},
    ),
    "squared distances of all pairs": Case(
        "X: input [N, D]; Y: input [M, D]\nQ[n, m] = sum[d]((X[n, d] - Y[m, d])**2)",
        lambda xp, X, Y: ((X[:, None, :] - Y[None, :, :]) ** 2).sum(axis=2),
        {
            "X": lambda X, Y, G: 2 * (G.sum(axis=1)[:, None] * X - G @ Y),
            "Y": lambda X, Y, G: 2 * (G.sum(axis=0)[:, None] * Y - G.T @ X),
        },
    ),
    "a network with smooth units": Case(
        "X: input [N, D]; V: param [D, H]; W: param [H, K]; T: target [N, K]\nA = tanh(X @ V)\n"
        "y = sum((A @ W - T)**2)/(2*N)",
        lambda xp, X, V, W, T: ((xp.tanh(X @ V) @ W - T) ** 2).sum() / 6,
        {
            "V": lambda X, V, W, T, G: G * X.T @ ((1 - np.tanh(X @ V) ** 2) * ((np.tanh(X @ V) @ W - T) @ W.T)) / 3,
            "W": lambda X, V, W, T, G: G * np.tanh(X @ V).T @ (np.tanh(X @ V) @ W - T) / 3,
        },
    ),
}
every_case = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])


@every_case
def test_a_known_gradient_has_the_value_of_its_closed_formula(case: Case) -> None:
    program = derive.parse(case.text)
    module, at = functions(program), point(program, SIZES)
    outputs, saved = outputs_and_saved(module, at)
    assert_allclose(outputs[0], case.forward(np, *at.values()), rtol=1e-12, atol=1e-13)
    upstream = random_upstream(outputs)
    found = module.backward(saved, *upstream)
    for name, formula in case.gradients.items():
        expected = formula(**at, G=upstream[0])
        assert np.shape(found[name]) == np.shape(at[name]) == np.shape(expected)
        assert_allclose(found[name], expected, rtol=1e-10, atol=1e-12, err_msg=name)


@every_case
def test_a_known_gradient_is_that_of_differences(case: Case) -> None:
    assert_backward_is_right(derive.parse(case.text), SIZES, analytic=case.analytic, rtol=1e-10)


@every_case
def test_a_known_gradient_is_that_of_torch(torch: ModuleType, case: Case) -> None:
    program = derive.parse(case.text)
    module, at = functions(program), point(program, SIZES)
    outputs, saved = outputs_and_saved(module, at)
    upstream = random_upstream(outputs)
    found = module.backward(saved, *upstream)
    tensors = {name: torch.tensor(np.array(a), requires_grad=name in found) for name, a in at.items()}
    case.forward(torch, *tensors.values()).backward(torch.tensor(np.array(upstream[0])))
    for name, gradient in found.items():
        assert_allclose(gradient, tensors[name].grad.numpy(), rtol=1e-10, atol=1e-12, err_msg=name)


@every_case
def test_every_step_to_a_known_gradient_holds(case: Case) -> None:
    verdicts = judge(derive.derive(derive.parse(case.text)), points=1)
    assert [v for v in verdicts if not v.holds] == []


# Index capture: the index by which one differentiates has the name of one that is summed.


def test_the_sum_of_squares_by_an_entry_of_the_same_index_is_twice_the_entry() -> None:
    # SymPy's issue 21891: Sum(X[i]**2, i).diff(X[i]) gives a sum.
    gradient = derive.derive(derive.parse("X: input [N]\ny = sum[i](X[i]**2)")).gradients["X"]
    assert str(gradient.index) == "2*X[i]"
    assert [str(i) for i in gradient.left.indices] == ["i"]


def test_a_mean_subtracted_from_its_own_terms_is_not_captured() -> None:
    text = "X: input [N, D]\nY[n, d] = X[n, d] - sum[m](X[m, d])/N"
    assert_backward_is_right(derive.parse(text), SIZES)
    gradient = derive.derive(derive.parse(text)).gradients["X"]
    assert str(gradient.index) == "∂Y[n, d] - sum[n'](∂Y[n', d])/N"


def test_two_nested_sums_over_one_name_are_not_mixed_up() -> None:
    text = "X: input [N]; W: param [N]\ny = sum[i](X[i] * sum[j](W[j] * X[j])) + sum[i](W[i])"
    assert_backward_is_right(derive.parse(text), SIZES)


def test_a_square_array_by_its_own_transposed_entry_is_not_mixed_up() -> None:
    text = "A: input [D, D]\nY[i, j] = A[i, j] * A[j, i] + sum[k](A[i, k] * A[k, j])"
    assert_backward_is_right(derive.parse(text), SIZES)


# What a derivation contains.


def test_gradients_come_from_the_output_backwards_parameters_before_inputs() -> None:
    found = derive.derive(derive.load("two_layer_net")).gradients
    assert list(found) == ["L", "P", "U2", "W2", "b2", "Z1", "U1", "W1", "b1", "X"]


def test_only_what_a_wanted_gradient_needs_is_derived() -> None:
    found = derive.derive(derive.load("two_layer_net"), wrt=["W2"])
    assert list(found.gradients) == ["L", "P", "U2", "W2"]
    assert found.wrt == ("W2",)


def test_an_intermediate_tensor_can_be_asked_for() -> None:
    found = derive.derive(derive.load("two_layer_net"), wrt=["Z1"])
    assert list(found.gradients) == ["L", "P", "U2", "Z1"]


def test_each_reader_of_a_tensor_contributes_and_the_paths_are_added() -> None:
    gradient = derive.derive(derive.parse("x: input [N]\na = exp(x)\nb = x**2\ny = a * b + x")).gradients["x"]
    assert [vjp.consumer for vjp in gradient.contributions] == ["y", "b", "a"]
    assert gradient.joined[0].rule == "add_paths"


def test_a_tensor_with_one_reader_has_no_paths_to_add() -> None:
    gradient = derive.derive(derive.load("relu")).gradients["U"]
    assert len(gradient.contributions) == 1
    assert all(step.rule != "add_paths" for step in gradient.steps)


def test_each_step_begins_where_the_one_before_it_ended() -> None:
    for gradient in derive.derive(derive.load("two_layer_net")).all_gradients:
        for vjp in gradient.contributions:
            assert vjp.steps[0].before == gradient.left
            for before, after in zip(vjp.steps, vjp.steps[1:], strict=False):
                assert before.after == after.before
        for before, after in zip(gradient.joined, gradient.joined[1:], strict=False):
            assert before.after == after.before
        assert gradient.index == gradient.steps[-1].after


def test_each_step_has_a_reason() -> None:
    for gradient in derive.derive(derive.load("two_layer_net")).all_gradients:
        assert all(step.reason.strip() for step in gradient.steps)


def test_each_step_changes_something() -> None:
    for gradient in derive.derive(derive.load("three_layer_net")).all_gradients:
        assert all(step.before != step.after for step in gradient.steps)


def test_no_line_of_a_derivation_comes_twice() -> None:
    for name in derive.names():
        for gradient in derive.derive(derive.load(name)).all_gradients:
            lines = [str(step.after) for step in gradient.joined]
            assert len(set(lines)) == len(lines), (name, gradient.name)


def test_a_scalar_loss_has_gradient_one_and_any_other_output_is_given() -> None:
    found = derive.derive(derive.parse("X: input [N]\nY = 2*X\nL = sum(X**2)"))
    assert found.seeds == ("Y",)
    assert str(found.gradients["L"].index) == "1"
    assert "Y" not in found.gradients


def test_the_gradient_of_a_loss_can_be_given_from_outside() -> None:
    found = derive.derive(derive.load("mean_squared_error"), upstream=["L"])
    assert found.seeds == ("L",)
    assert str(found.gradients["Y"].index) == "∂L*(Y[n, o] - T[n, o])/N"


def test_a_target_has_no_gradient() -> None:
    with pytest.raises(UnknownName, match="target"):
        derive.derive(derive.load("mean_squared_error"), wrt=["T"])


def test_a_constant_has_no_gradient() -> None:
    with pytest.raises(UnknownName, match="constant"):
        derive.derive(derive.parse("A: constant [D]; x: input [D]\ny = sum(A*x)"), wrt=["A"])


def test_a_name_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownName) as caught:
        derive.derive(derive.load("affine"), wrt=["V"])
    assert "V" in str(caught.value)
    assert "W" in (caught.value.hint or "")


def test_upstream_must_name_outputs() -> None:
    with pytest.raises(LayerTextError, match="no output"):
        derive.derive(derive.load("two_layer_net"), upstream=["Z1"])


def test_a_tensor_on_which_no_output_depends_is_refused_or_has_no_gradient() -> None:
    program = derive.parse("X: input [N]; Z: input [N]\nL = sum(0*X + Z**2)")
    found = derive.derive(program)
    assert "X" not in found.gradients or str(found.gradients["X"].index) == "0"


def test_the_gradient_of_a_tensor_that_was_not_derived_is_refused() -> None:
    with pytest.raises(ChainruleError):
        derive.derive(derive.load("two_layer_net"), wrt=["W2"]).gradient("W1")


@pytest.mark.parametrize("name", derive.names())
def test_a_gradient_has_the_axes_of_its_variable(name: str) -> None:
    program = derive.load(name)
    for gradient in derive.derive(program).all_gradients:
        axes = program.tensor(gradient.name).axes
        assert tuple(i.axis for i in gradient.indices) == axes
        assert gradient.shape == tuple(a.name for a in axes)


@pytest.mark.parametrize("name", derive.names())
def test_the_same_program_gives_the_same_derivation(name: str) -> None:
    program = derive.load(name)
    assert derive.derive(program) == derive.derive(program)


def test_a_bias_of_the_keys_inside_softmax_attention_has_no_effect() -> None:
    # tensorgrad's zero-gradient case: a number added to every score of a row changes no probability.
    text = (
        "Q: input [N, D]; K: input [M, D]; c: param [D]; V: input [M, H]\n"
        "S[n, m] = sum[d](Q[n, d] * (K[m, d] + c[d]))\nP = softmax(S, axis=M)\nY = P @ V"
    )
    program = derive.parse(text)
    module, at = functions(program), point(program, SIZES)
    outputs, saved = outputs_and_saved(module, at)
    assert_allclose(module.backward(saved, *random_upstream(outputs))["c"], np.zeros(5), atol=1e-13)


@pytest.mark.parametrize(("value", "slope"), [(-1.0, 0.0), (0.0, 0.0), (1.0, 1.0)])
def test_the_slope_of_relu_at_its_kink_is_the_declared_one(value: float, slope: float) -> None:
    module = functions(derive.load("relu"))
    _, saved = module.forward(np.array([[value]]))
    assert module.backward(saved, np.array([[1.0]]))["U"] == slope


def test_the_slopes_of_a_tie_sum_to_one() -> None:
    module = functions(derive.parse("a, b: input [N]\ny = maximum(a, b)"))
    tie = np.array([1.0, 2.0, -3.0])
    _, saved = module.forward(tie, tie)
    found = module.backward(saved, np.ones(3))
    assert_allclose(found["a"] + found["b"], np.ones(3))


# Growth with depth.


def test_a_deep_chain_has_a_gradient_for_each_parameter() -> None:
    program = derive.chain(*["affine", "tanh"] * 60, "squared_error")
    found = derive.derive(program).gradients
    assert {f"W{k}" for k in range(1, 61)} <= set(found)
    assert str(found["W1"].index) == "sum[n](∂U1[n, h1]*X[n, d])"
