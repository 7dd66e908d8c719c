"""Recurrences in code: loops as an expert writes them, right at awkward sizes, in every style."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import codegen
import derive
from codegen.generate import source
from derive.calculus.forward_mode import jvp
from derive.calculus.second_order import gradient_program
from derive.program import Program
from tests.derive.test_recurrent_gradients import PROGRAMS
from tests.witness import functions

CLASSIFIER = """
layer last_state_classifier
x: input [N, T, D]; y: target [N, C], one-hot; h0: constant [N, K]
W: param [D, K]; R: param [K, K]; b: param [K]; V: param [K, C]; a: param [C]
h[n, -1, k] = h0[n, k]
h[n, t, k] = tanh(sum[d](x[n, t, d] * W[d, k]) + sum[j](h[n, t - 1, j] * R[j, k]) + b[k])
last[n, k] = h[n, T - 1, k]
L = softmax_cross_entropy(affine(last, V, a), y)
"""
by_name = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


def lines(program: Program, function: str) -> list[str]:
    """The code of a function without its comments and docstring."""
    body = source(program).split(f"def {function}(")[1].split('    """\n')[1].split("\n\n\n")[0]
    return [line.split("  # ")[0].rstrip()[4:] for line in body.splitlines()]


def test_forward_computes_products_of_the_input_before_the_loop() -> None:
    assert lines(PROGRAMS["rnn"], "forward") == [
        "T = x.shape[0]",
        "x_W = x @ W + b",
        "dtype = np.result_type(x_W, R, h0, np.float16)",
        "h = np.empty_like(x_W, dtype)",
        "h_t = h0",
        "for t in range(T):",
        "    u = x_W[t] + h_t @ R",
        "    h_t = h[t] = np.tanh(u)",
        "return h, (x, h0, W, R, h)",
    ]


def test_backward_runs_backward_and_multiplies_for_the_weights_after_the_loop() -> None:
    found = lines(PROGRAMS["rnn"], "backward")
    loop = found.index("for t in reversed(range(T)):")
    assert found[loop + 1 : loop + 4] == [
        "    dh = dh_out[t] + dh_prev",
        "    du_t = du[t] = dh * (1 - h[t]**2)",
        "    dh_prev = du_t @ R.T",
    ]
    assert "dh_prev = np.zeros_like(h0, dtype)" in found[:loop]
    assert "dx = du @ W.T" in found[loop:]
    assert 'return {"x": dx, "h0": dh_prev, "W": dW, "R": dR, "b": db}' in found[loop:]


def test_only_the_last_state_is_kept_where_no_other_is_needed() -> None:
    network = source(derive.parse(CLASSIFIER), "network")
    predict = network.split("def predict")[1].split("def loss(")[0]
    assert "h = np.tanh(x_W[:, t] + h.dot(R))" in predict and "np.empty" not in predict
    backward = lines(PROGRAMS["last_only"], "backward")
    assert "dh_prev = dy" in backward  # the gradient of the last state starts the loop


@by_name
@pytest.mark.parametrize("style", ["functions", "class"])
def test_every_loop_agrees_with_complex_steps_and_with_the_derivation(program: Program, style: str) -> None:
    report = codegen.check(program, module=codegen.build(program, style))
    assert report.ok, report


@pytest.mark.parametrize("style", ["functions", "class", "network"])
def test_a_network_with_a_loop(style: str) -> None:
    program = derive.parse(CLASSIFIER)
    report = codegen.check(program, module=codegen.build(program, style))
    assert report.ok, report


@pytest.mark.parametrize("name", ["gated", "last_only", "coupled"])
@pytest.mark.parametrize(
    "order", [jvp, lambda program: gradient_program(derive.derive(program))], ids=["jvp", "double"]
)
def test_forward_mode_and_double_backward(name: str, order: Callable[[Program], Program]) -> None:
    """Both give programs with loops of their own, which are differentiated, generated and checked again."""
    report = codegen.check(order(PROGRAMS[name]))
    assert report.ok, report


@pytest.mark.parametrize("sizes", [(0, 3, 2, 4), (1, 1, 2, 3), (3, 1, 2, 5), (2, 0, 3, 4), (4, 5, 1, 1)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_awkward_sizes(sizes: tuple[int, int, int, int], dtype: type[np.floating]) -> None:
    n, t, d, k = sizes
    rng = np.random.default_rng(0)
    shapes = [(t, n, d), (n, k), (d, k), (k, k), (k,)]
    given = [rng.standard_normal(shape).astype(dtype) for shape in shapes]
    module = functions(PROGRAMS["rnn"])
    h, saved = module.forward(*given)
    gradients = module.backward(saved, np.ones_like(h))
    assert h.shape == (t, n, k) and h.dtype == dtype
    for array, gradient in zip(given, gradients.values(), strict=True):
        assert gradient.shape == array.shape and gradient.dtype == dtype


@pytest.mark.filterwarnings("error")
def test_extreme_inputs_stay_finite() -> None:
    module = functions(derive.load("lstm"))
    rng = np.random.default_rng(1)
    shapes = [(4, 3, 2), (3, 5), (3, 5), *[(2, 5)] * 4, *[(5, 5)] * 4, *[(5,)] * 4]
    h, saved = module.forward(*(1e30 * rng.standard_normal(shape) for shape in shapes))
    assert np.isfinite(h).all()
    assert all(np.isfinite(g).all() for g in module.backward(saved, np.ones_like(h)).values())
