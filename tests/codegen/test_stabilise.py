"""Overflow-safe forms: every rewrite keeps the value, and what is safe stays finite and silent where others overflow.

That a rewrite is an identity is judged by the oracle on the equations themselves, without NumPy.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from numpy.testing import assert_allclose

import codegen
import derive
from codegen.stabilising.merging import merged
from codegen.stabilising.stabilise import inline_functions, log_of_product, recognise_functions, stabilised
from derive.expression import Access, Call, Expr, Reduce
from derive.judging.evaluate import forward
from derive.judging.precision import agreement
from derive.judging.sampling import worlds
from derive.judging.world import World
from derive.program import Program
from derive.rewriting import walk
from tests.witness import Array, functions

x = Access("x")


def calls(program: Program, function: str) -> int:
    """How often a scalar function is called in the equations."""
    return sum(
        isinstance(node, Call) and node.function == function for e in program.equations for node in walk(e.right)
    )


def maxima(program: Program) -> int:
    """How many maxima over an axis there are in the equations."""
    return sum(isinstance(node, Reduce) and node.op == "max" for e in program.equations for node in walk(e.right))


def assert_same_values(program: Program, other: Program) -> None:
    """Every tensor of the program has the same entries by the other's equations, to 25 digits, at three points."""
    compared = 0
    for world in worlds(program, 0, 3):
        given = {t.name: world.values[t.name] for t in program.given}
        found = forward(World(other, world.sizes, given, world.hyper))
        for equation in (e for e in program.equations if e.name in found.values):
            for entry, value in world.values[equation.name].items():
                assert agreement(value, found.values[equation.name][entry]) is not None
                compared += 1
    assert compared >= 3


# name → layer text whose stabilised form differs from what is written
REWRITTEN = {
    "softmax": "Z: input [N, C]\nP = softmax(Z)",
    "softmax_by_hand": "Z: input [N, C]\nP = exp(Z) / sum(exp(Z), axis=C)",
    "softmax_of_columns": "Z: input [N, C]\nP = exp(Z) / sum(exp(Z), axis=N)",
    "softmax_of_all": "Z: input [N, C]\nP = exp(Z) / sum(exp(Z))",
    "softmax_of_a_product": "X: input [N, D]; W: param [D, C]\nP = softmax(X @ W, axis=C)",
    "softmax_of_the_negative": "Z: input [N, C]\nP = exp(-Z) / sum(exp(-Z), axis=C)",
    "softmax_with_a_factor": "Z: input [N, C]\nP = 2 * exp(Z) / sum(exp(Z), axis=C)",
    "softmax_with_weights": "Z, W: input [N, C]\nP = W * exp(Z) / sum(exp(Z), axis=C)",
    "softmax_of_the_middle": "Z: input [N, T, C]\nP = softmax(Z, axis=T)",
    "log_sum_exp": "Z: input [N, C]\ny = log(sum(exp(Z), axis=C))",
    "log_sum_exp_of_all": "Z: input [N, C]\ny = log(sum(exp(Z)))",
    "log_softmax": "Z: input [N, C]\nY = Z - log(sum(exp(Z), axis=C))",
    "log_of_softmax": "Z: input [N, C]\nP = softmax(Z)\nY = log(P)",
    "cross_entropy": "Z: input [N, C]; T: target [N, C], one-hot\nL = softmax_cross_entropy(Z, T)",
    "sigmoid_by_hand": "Z: input [N, C]\nP = 1 / (1 + exp(-Z))",
    "sigmoid_of_the_negative": "Z: input [N, C]\nP = 1 / (1 + exp(Z))",
    "sigmoid_of_a_sum": "Z: input [N, C]\nP = 1 / (1 + exp(1 - 2*Z))",
    "twice_a_sigmoid": "Z: input [N, C]\nP = 2 / (1 + exp(-Z)) - 1",
    "softplus_by_hand": "Z: input [N, C]\nP = log(1 + exp(Z))",
    "softplus_of_the_negative": "Z: input [N, C]\nP = log(1 + exp(-Z))",
    "own_function": "silu(x) = x / (1 + exp(-x))\nZ: input [N, C]\nP = silu(Z)",
    "own_function_in_another": "s(x) = 1 / (1 + exp(-x))\nf(x) = x * s(2*x)\nZ: input [N, C]\nP = f(Z) + s(Z)",
}


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_rewritten_program_has_the_same_values(name: str) -> None:
    program = derive.parse(REWRITTEN[name])
    safe = stabilised(merged(program))
    assert safe.equations != program.equations
    assert_same_values(program, safe)


@pytest.mark.parametrize(
    "text",
    [
        "Z: input [N, C]\nP = exp(Z) / sum(exp(2*Z), axis=C)",
        "Z, Y: input [N, C]\nP = exp(Z) / sum(exp(Y), axis=C)",
        "Z: input [N, C]\nP = exp(Z) / sum(exp(Z), axis=C)**2",
        "Z: input [N, C]\nP = exp(Z) * sum(exp(Z), axis=C)",
        "Z: input [N, C]\nP = exp(Z) / sum(Z * exp(Z), axis=C)",
        "Z: input [N, C]\nP = 1 / (2 + exp(-Z))",
        "Z: input [N, C]\nP = 1 / (1 + exp(-Z))**2 + 1 / (1 - exp(-Z**2 - 1))",
        "Z, Y: input [N, C]\nP = log(1 + exp(Z) * exp(Y))",
        "Z: input [N, C]\ny = log(1 + sum(exp(Z), axis=C))",
        "Z: input [N, C]\ny = log(sum(2 * exp(Z), axis=C))",
    ],
)
def test_a_look_alike_keeps_its_value(text: str) -> None:
    program = derive.parse(text)
    assert_same_values(program, stabilised(program))


def test_a_wrong_rewrite_would_be_noticed() -> None:
    program = derive.parse("Z: input [N, C]\nP = log(1 + exp(Z))")
    other = derive.parse("Z: input [N, C]\nP = log(1 + exp(-Z))")
    with pytest.raises(AssertionError):
        assert_same_values(program, other)


def test_a_quotient_of_exponentials_is_shifted_by_its_largest_exponent() -> None:
    safe = stabilised(derive.parse(REWRITTEN["softmax_by_hand"]))
    assert [e.name for e in safe.equations] == ["shifted_Z", "P"]
    assert maxima(safe) == 1


def test_the_shift_is_computed_once_for_a_loss_and_its_softmax() -> None:
    assert maxima(stabilised(derive.load("softmax_cross_entropy"))) == 1


def test_the_logarithm_of_a_softmax_is_a_difference() -> None:
    safe = stabilised(derive.parse(REWRITTEN["log_of_softmax"]))
    (right,) = (e.right for e in safe.equations if e.name == "Y")
    assert [n.args[0] for n in walk(right) if isinstance(n, Call) and n.function == "log"] != [Access("P")]
    assert not any(isinstance(n, Access) and n.tensor == "P" for n in walk(right))


def test_a_name_for_the_shift_does_not_take_one_of_the_layer() -> None:
    text = "Z: input [N, C]; shifted_Z: input [N]\nP = softmax(Z)\nY = P * shifted_Z"
    safe = stabilised(derive.parse(text))
    assert [e.name for e in safe.equations] == ["shifted_Z_2", "P", "Y"]


@pytest.mark.parametrize(
    ("expr", "function", "argument"),
    [
        (1 / (1 + Call("exp", (-x,))), "sigmoid", x),
        (1 / (1 + Call("exp", (x,))), "sigmoid", -x),
        (1 / (1 + Call("exp", (-(2 * x + 1),))), "sigmoid", 2 * x + 1),
        (Call("log", (1 + Call("exp", (x,)),)), "softplus", x),
        (Call("log", (1 + Call("exp", (-x * x,)),)), "softplus", -x * x),
    ],
)
def test_a_function_written_out_is_recognised(expr: Expr, function: str, argument: Expr) -> None:
    assert recognise_functions(expr) == Call(function, (argument,))


@pytest.mark.parametrize(
    "expr", [1 / (2 + Call("exp", (-x,))), 1 / (1 + Call("cosh", (-x,))), Call("log", (1 + x,)), x**2]
)
def test_what_is_no_function_of_the_table_is_left_alone(expr: Expr) -> None:
    assert recognise_functions(expr) == expr


def test_the_logarithm_of_a_product_is_the_sum_of_logarithms() -> None:
    y = Access("y")
    found = log_of_product(Call("exp", (x,)) * y**-1)
    assert found == x - Call("log", (y,))


def test_own_functions_are_written_out_to_the_end() -> None:
    program = derive.parse("g(u) = u**2\nf(u) = g(u) + u\nX: input [N]\nY = f(X) * g(X)")
    found = inline_functions(program.equations[0].right, program)
    assert not any(isinstance(n, Call) for n in walk(found))


# Extreme inputs: finite and without a warning, forward and backward.

SAFE = {
    "softmax": "Z: input [N, C]\nP = softmax(Z)",
    "softmax_by_hand": "Z: input [N, C]\nP = exp(Z) / sum(exp(Z), axis=C)",
    "softmax_of_the_negative": "Z: input [N, C]\nP = exp(-Z) / sum(exp(-Z), axis=C)",
    "softmax_cross_entropy": "Z: input [N, C]; T: target [N, C], one-hot\nL = softmax_cross_entropy(Z, T)",
    "softmax_cross_entropy_eps": "Z: input [N, C]; T: target [N, C], one-hot\nL = softmax_cross_entropy_eps(Z, T)",
    "log_softmax": "Z: input [N, C]\nP = softmax(Z)\nY = log(P)",
    "log_softmax_by_hand": "Z: input [N, C]\nY = Z - log(sum(exp(Z), axis=C))",
    "log_sum_exp": "Z: input [N, C]\ny = log(sum(exp(Z), axis=C))",
    "log_sum_exp_of_the_negative": "Z: input [N, C]\ny = -log(sum(exp(-Z), axis=C))",
    "sigmoid": "Z: input [N, C]\nP = sigmoid(Z)",
    "sigmoid_by_hand": "Z: input [N, C]\nP = 1 / (1 + exp(-Z))",
    "sigmoid_of_the_negative": "Z: input [N, C]\nP = 1 / (1 + exp(Z))",
    "silu": "Z: input [N, C]\nY = Z * sigmoid(Z)",
    "silu_by_hand": "Z: input [N, C]\nY = Z / (1 + exp(-Z))",
    "softplus": "Z: input [N, C]\nY = softplus(Z)",
    "softplus_by_hand": "Z: input [N, C]\nY = log(1 + exp(Z))",
    "tanh": "Z: input [N, C]\nY = tanh(Z)",
    "mish": "Z: input [N, C]\nY = Z * tanh(softplus(Z))",
    "binary_cross_entropy": "Z: input [N, C]; T: target [N, C], one-hot\nL = mean(softplus(Z) - T*Z)",
    "entropy": "Z: input [N, C]\nP = softmax(Z)\nE = -sum(P * log(P), axis=C)",
    "elu": "Z: input [N, C]\nY = where(Z > 0, Z, exp(Z) - 1)",
    "sigmoid_with_the_number_last": "Z: input [N, C]\nP = 1 / (exp(-Z) + 1)",
    "sigmoid_as_a_quotient": "Z: input [N, C]\nP = exp(Z) / (1 + exp(Z))",
    "sigmoid_in_two_lines": "Z: input [N, C]\nE = exp(-Z)\nP = 1 / (1 + E)",
    "sigmoid_as_a_quotient_in_two_lines": "Z: input [N, C]\nE = exp(Z)\nP = E / (1 + E)",
    "less_than_one_by_a_sigmoid": "Z: input [N, C]\nP = 1 - 1 / (1 + exp(Z))",
    "tanh_of_four": "Z: input [N, C]\nP = (exp(Z) - exp(-Z)) / (exp(Z) + exp(-Z))",
    "tanh_of_two": "Z: input [N, C]\nP = (exp(2*Z) - 1) / (exp(2*Z) + 1)",
    "tanh_of_the_negative": "Z: input [N, C]\nP = (1 - exp(-2*Z)) / (1 + exp(-2*Z))",
    "tanh_by_sinh": "Z: input [N, C]\nP = sinh(Z) / cosh(Z)",
    "focal_loss": (
        "layer l(gamma = 2)\nZ: input [N, C]; T: target [N, C]\nP = sigmoid(Z)\n"
        "L = -mean(T*(1 - P)**gamma*log(P) + (1 - T)*P**gamma*log(1 - P))"
    ),
    "twice_a_softmax": "Z: input [N, C]\nP = 2 * exp(Z) / sum(exp(Z), axis=C)",
    "softmax_in_three_lines": "Z: input [N, C]\nE = exp(Z)\nS = sum(E, axis=C)\nP = E / S",
    "softmax_with_a_temperature": "Z: input [N, C]\nP = exp(Z / 0.1) / sum(exp(Z / 0.1), axis=C)",
    "causal_softmax": (
        "Z: input [N, C]\nP[n, c] = where(c <= n, exp(Z[n, c]), 0) / sum[k](where(k <= n, exp(Z[n, k]), 0))"
    ),
    "weighted_softmax": "Z: input [N, C]; M: constant [N, C]\nP = M * exp(Z) / sum(M * exp(Z), axis=C)",
    "log_of_softmax_by_hand": "Z: input [N, C]\nY = log(exp(Z) / sum(exp(Z), axis=C))",
    "log_of_softmax_in_three_lines": "Z: input [N, C]\nE = exp(Z)\nS = sum(E, axis=C)\nY = log(E / S)",
    "log_mean_exp": "Z: input [N, C]\ny = log(mean(exp(Z), axis=C))",
    "log_sum_exp_with_weights": "Z: input [N, C]; M: constant [N, C]\ny = log(sum(M * exp(Z), axis=C))",
    "log_sum_exp_of_some": "Z: input [N, C]\ny[n] = log(sum[c](where(c <= n, exp(Z[n, c]), 0)))",
    "log_sum_exp_and_one": "Z: input [N, C]\ny = log(1 + sum(exp(Z), axis=C))",
    "log_of_two_exponentials": "Z: input [N, C]\nY = log(exp(Z) + exp(2*Z))",
    "log_cosh": "Z: input [N, C]\nY = log(cosh(Z))",
    "softplus_in_two_lines": "Z: input [N, C]\nE = 1 + exp(Z)\nY = log(E)",
    "softplus_with_beta": "layer soft(beta = 3)\nZ: input [N, C]\nY = log(1 + exp(beta*Z)) / beta",
    "softplus_of_the_complement": "Z: input [N, C]\nY = -log(1 - sigmoid(Z))",
    "binary_cross_entropy_by_hand": (
        "Z: input [N, C]; T: target [N, C]\nS = sigmoid(Z)\nL = -mean(T*log(S) + (1 - T)*log(1 - S))"
    ),
    "mish_by_hand": "Z: input [N, C]\nY = Z * tanh(log(1 + exp(Z)))",
    "kl_divergence": "Z: input [N, C]; T: target [N, C]\nP = softmax(Z)\nL = sum(P * (log(P) - T))",
    "log_of_a_branch": "Z: input [N, C]\nY = where(Z > 0, log(Z), 0)",
    "root_of_a_branch": "Z: input [N, C]\nY = where(Z > 0, sqrt(Z), 0)",
    "inverse_of_a_branch": "Z: input [N, C]\nY = where(Z > 0, 1 / Z, 0)",
    "exponential_of_a_branch": "Z: input [N, C]\nY = where(2*Z > 1, Z, exp(2*Z))",
}

REWRITTEN |= {name: text for name, text in SAFE.items() if name not in REWRITTEN and "exp(" in text}


def extreme(size: float) -> Array:
    """Rows of scores from -size to size, in float64."""
    return np.array([[-size, 0.0, size, 1.0], [size, size, -size, -1.0], [-size, -size, -size, 2.0]])


@pytest.mark.parametrize("size", [1e3, 1e30])
@pytest.mark.parametrize("name", SAFE)
def test_extreme_inputs_stay_finite_and_silent(name: str, size: float) -> None:
    program = derive.parse(SAFE[name])
    given = [extreme(size), np.eye(4)[[2, 0, 3]]][: len(program.given)]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        out, saved = functions(program).forward(*given)
        gradient = functions(program).backward(saved, np.ones(np.shape(out)))["Z"]
    assert np.all(np.isfinite(out))
    assert np.all(np.isfinite(gradient))


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_the_softmax_of_extreme_scores_is_shared_by_the_largest(size: float) -> None:
    P, _ = functions(derive.load("softmax")).forward(extreme(size))
    assert_allclose(P, np.array([[0, 0, 1, 0], [0.5, 0.5, 0, 0], [0, 0, 0, 1]]))


@pytest.mark.parametrize("name", ["log_sum_exp", "log_sum_exp_by_hand"])
def test_a_log_sum_exp_of_extreme_scores_shares_its_gradient_among_the_largest(name: str) -> None:
    """Of the output, which is 1e30, nothing can be taken off: what each score adds is a quotient."""
    by_hand = "Z: input [N, C]\nm = max(Z, axis=C)\ny = m + log(sum(exp(Z - m), axis=C))"
    module = functions(derive.load(name) if name == "log_sum_exp" else derive.parse(by_hand))
    _, saved = module.forward(extreme(1e30))
    shares = module.backward(saved, np.array([1.0, 3.0, -1.0]))["Z"]
    assert_allclose(shares, np.array([[0, 0, 1, 0], [1.5, 1.5, 0, 0], [0, 0, 0, -1]]))


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_the_loss_of_a_sure_and_right_answer_is_zero_and_of_a_wrong_one_the_distance(size: float) -> None:
    module = functions(derive.load("softmax_cross_entropy"))
    right, _ = module.forward(extreme(size)[:1], np.eye(4)[[2]])
    wrong, _ = module.forward(extreme(size)[:1], np.eye(4)[[0]])
    assert right == 0.0
    assert wrong == pytest.approx(2 * size)


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_softplus_of_a_large_number_is_the_number_and_of_its_negative_zero(size: float) -> None:
    Y, _ = functions(
        derive.load("softplus") if "softplus" in derive.names() else derive.parse(SAFE["softplus"])
    ).forward(np.array([[size, -size]]))
    assert_allclose(Y, [[size, 0.0]])


def test_small_probabilities_keep_their_digits() -> None:
    # sigmoid(-40) is 4.2e-18, far below the rounding of 1: a form that subtracts from 1 has none of its digits.
    P, _ = functions(derive.load("sigmoid")).forward(np.array([[-40.0]]))
    assert_allclose(P, [[np.exp(-40.0)]], rtol=1e-12)


def test_softplus_of_a_negative_number_keeps_its_digits() -> None:
    Y, _ = functions(derive.parse(SAFE["softplus"])).forward(np.array([[-40.0]]))
    assert_allclose(Y, [[np.exp(-40.0)]], rtol=1e-12)


@pytest.mark.parametrize("rectifier", ["maximum(z, 0)", "maximum(0, z)", "relu(z)"])
def test_softplus_written_in_parts_is_one(rectifier: str) -> None:
    """The slope of the parts would hang on a choice at 0; that of the whole is the sigmoid."""
    text = f"z, t: input [N]; L = mean({rectifier} - z*t + log(1 + exp(-abs(z))))"
    module = codegen.build(derive.parse(text))
    _, saved = module.forward(np.array([0.0, 1.0, -800.0]), np.array([0.0, 1.0, 0.5]))
    sigmoid = np.array([0.5, 1 / (1 + np.exp(-1)), 0.0])
    assert_allclose(module.backward(saved)["z"], (sigmoid - [0, 1, 0.5]) / 3, rtol=1e-14)
