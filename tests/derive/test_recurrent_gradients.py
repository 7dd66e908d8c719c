"""Backpropagation through time: gradients that are recurrences running backward, every step of them judged."""

from __future__ import annotations

from pathlib import Path

import pytest

import derive
from derive.calculus.bounds import decided
from derive.calculus.forward_mode import jvp
from derive.calculus.second_order import hessian_vector_product
from derive.calculus.shifts import solve_deltas
from derive.expression import ZERO, Access, Axis, Compare, Delta, Index, Size, Where, mul, total
from derive.judging.judge import equal, judge
from derive.ledger import Derivation
from derive.program import Program
from derive.recurrence import in_order
from tests.derive import planted

LAYERS = Path(__file__).parents[1] / "layers"

# As users write them: the time axis first, second or alone; starts given or zero; loops with and without weights.
TEXTS = {
    "accumulated": "x: input [T]\ns[t] = s[t - 1] + x[t], zero outside",
    "leaky": "x: input [T, N]; r: param\ns[t, n] = r * s[t - 1, n] + x[t, n], zero outside",
    "gated": "a: input [T]; x: input [T]; y0: input; y[-1] = y0; y[t] = a[t]*y[t - 1] + x[t]",
    "average": (
        "x: input [N, T]; m0: input [N]; beta: param\n"
        "m[n, -1] = m0[n]\nm[n, t] = beta * m[n, t - 1] + (1 - beta) * x[n, t]\nL = sum(m * m)"
    ),
    "last_only": (
        "x: input [T, N, D]; h0: input [N, K]; W: param [D, K]; R: param [K, K]\nh[-1] = h0\n"
        "h[t, n, k] = tanh(sum[d](x[t, n, d] * W[d, k]) + sum[j](h[t - 1, n, j] * R[j, k]))\n"
        "y[n, k] = h[T - 1, n, k]"
    ),
    "last_and_all": "x: input [T]; y0: input; y[-1] = y0; y[t] = sin(y[t - 1]) + x[t]; z = y[T - 1]; L = z*z + sum(y)",
    "pre_activation": (
        "x: input [T, D]; h0: input [K]; W: param [D, K]; R: param [K, K]; b: param [K]\nh[-1] = h0\n"
        "u[t, k] = sum[d](x[t, d] * W[d, k]) + sum[j](h[t - 1, j] * R[j, k]) + b[k]\n"
        "h[t, k] = relu(u[t, k])\nL = mean(h)"
    ),
    "coupled": (
        "f: input [T]; p0, v0: input; k: param\np[-1] = p0; v[-1] = v0\n"
        "v[t] = v[t - 1] - k * p[t - 1] + f[t]\np[t] = p[t - 1] + v[t]"
    ),
    "independent": (
        "x: input [T]; a0, b0: input\na[-1] = a0; b[-1] = b0\n"
        "a[t] = tanh(a[t - 1] + x[t]); b[t] = exp(-b[t - 1]) * x[t]\nL = sum(a * b)"
    ),
    "stacked": (
        "x: input [T, D]; W: param [D, K]; R: param [K, K]; V: param [K, M]; Q: param [M, M]\n"
        "g0: input [K]; h0: input [M]\n"
        "g[-1] = g0; h[-1] = h0\n"
        "g[t, k] = tanh(sum[d](x[t, d] * W[d, k]) + sum[j](g[t - 1, j] * R[j, k]))\n"
        "h[t, m] = tanh(sum[k](g[t, k] * V[k, m]) + sum[l](h[t - 1, l] * Q[l, m]))"
    ),
    "state_before_read_outside": (
        "x: input [T]; s0: input; s[-1] = s0; a[t] = s[t - 1] * x[t]; u[t] = a[t] * 3; s[t] = a[t] + x[t]\n"
        "z[t] = u[t] + s[t - 1]\nL = sum(z * z)"
    ),
    "softmax_inside": (
        "x: input [T, K]; p0: input [K]; A: param [K, K]; p[-1] = p0\n"
        "e[t, k] = exp(x[t, k] + sum[j](p[t - 1, j] * A[j, k])); p[t, k] = e[t, k] / sum[l](e[t, l])"
    ),
}
PROGRAMS = {name: derive.parse(f"layer {name}\n{text}") for name, text in TEXTS.items()}
PROGRAMS |= {"rnn": derive.load("rnn"), "leaky_sum": derive.read(LAYERS / "leaky_sum.layer")}
by_name = pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)


def shown(derivation: Derivation, name: str) -> str:
    gradient = derivation.gradient(name)
    return f"{gradient.left} = {gradient.index}"


@by_name
def test_every_step_is_proved(program: Program) -> None:
    verdicts = judge(derive.derive(program), points=1, seed=3)
    assert [v for v in verdicts if not v.holds] == []
    assert {v.gradient for v in verdicts if v.step == "truth"} >= {t.name for t in program.given}


def test_backpropagation_through_time_is_a_recurrence_that_runs_backward() -> None:
    derivation = derive.derive(PROGRAMS["rnn"])
    assert shown(derivation, "h") == "∂h[t, n, k] = ∂h_out[t, n, k] + where([t < T - 1], ∂h_prev[t + 1, n, k], 0)"
    assert shown(derivation, "h_prev") == "∂h_prev[t, n, j] = sum[k](∂u[t, n, k]*R[j, k])"
    assert shown(derivation, "h0") == "∂h0[n, j] = ∂h_prev[0, n, j]"
    assert [g.name for g in derivation.all_gradients] == ["h", "u", "h_prev", "W", "R", "b", "x", "h0"]
    loop = in_order(tuple(derive.program.Equation(g.left, g.index) for g in derivation.all_gradients))[0]
    assert [e.name for e in loop.equations] == ["∂h", "∂u", "∂h_prev"]
    assert loop.pace == -1


def test_the_last_state_alone_is_where_the_recurrence_starts() -> None:
    assert shown(derive.derive(PROGRAMS["last_only"]), "h") == (
        "∂h[t, n, k] = where([t < T - 1], ∂h_prev[t + 1, n, k], ∂y[n, k])"
    )
    assert shown(derive.derive(PROGRAMS["last_and_all"]), "y") == ("∂y[t] = 1 + where([t < T - 1], ∂y_prev[t + 1], ∂z)")


def test_only_what_is_asked_for_is_derived() -> None:
    derivation = derive.derive(PROGRAMS["rnn"], wrt=["h0"])
    assert [g.name for g in derivation.all_gradients] == ["h", "u", "h_prev", "h0"]
    derivation = derive.derive(PROGRAMS["independent"], wrt=["a0"])
    assert [g.name for g in derivation.all_gradients] == ["L", "a", "a_prev", "a0"]


def test_the_gradient_of_a_state_is_that_of_all_later_steps() -> None:
    derivation = derive.derive(PROGRAMS["rnn"], wrt=["h"])
    assert derivation.seeds == ("h_out",)
    assert "h" in derivation.gradients


def test_tangents_run_forward_in_time() -> None:
    tangents = jvp(PROGRAMS["gated"])
    assert str(tangents.equation("dot_y_prev").right) == "where([t > 0], dot_y[t - 1], dot_y0)"  # type: ignore[union-attr]


def test_a_hessian_vector_product_through_time() -> None:
    text = "x: input [T]; w: param; y0: input; y[-1] = y0; y[t] = tanh(w*y[t - 1] + x[t])\nL = sum(y*y)"
    _, derivation = hessian_vector_product(derive.parse(text), ["w", "x"])
    assert all(v.holds for v in judge(derivation, points=1))


@pytest.mark.parametrize("name", ["leaky", "last_and_all", "coupled", "average"])
def test_faults_are_caught(name: str) -> None:
    derivation = derive.derive(PROGRAMS[name])
    caught = 0
    for gradient in derivation.all_gradients:
        for slip, wrong in planted.faults(gradient.index, derivation.program):
            verdict = equal(gradient.index, wrong, derivation.program, seeds=derivation.seeds, points=4)
            assert not verdict.holds, f"{gradient.left}: {slip}: {wrong}"
            caught += 1
    assert caught > 30


T, S = Axis("T"), Axis("S")
t, s, r = Index("t", T), Index("s", T), Index("r", S)
AHEAD = "where([t < T - 1], a[t + 1], 0)"


@pytest.mark.parametrize(
    ("expr", "solved"),
    [
        (total((s,), mul(Access("a", (s,)), Delta(s - 1, t))), AHEAD),
        (total((s,), mul(Access("a", (s,)), Delta(t - 1, s))), "where([t > 0], a[t - 1], 0)"),
        (total((s,), mul(Access("a", (s,)), Delta(s + 3, t))), "where([t > 2], a[t - 3], 0)"),
        (
            total((s,), mul(Access("a", (s,)), Compare(">", s, ZERO), Delta(s - 1, t))),
            "where([t < T - 1], a[t + 1], 0)",
        ),
        (total((s,), mul(Access("a", (s,)), Delta(s, Size(T) - 1))), "a[T - 1]"),
        (total((s,), mul(Access("a", (s,)), Where(Compare(">", s, ZERO), ZERO, Access("b", (s,))))), "a[0]*b[0]"),
        (total((r,), mul(Access("a", (r,)), Delta(r - 1, t))), "sum[r](a[r]*delta(r - 1, t))"),
    ],
)
def test_deltas_of_shifted_indices_are_solved_on_one_axis(expr: object, solved: str) -> None:
    assert str(solve_deltas(expr, None, None)) == solved  # type: ignore[arg-type]


def test_what_always_holds_on_an_axis() -> None:
    last = Size(T) - 1
    assert decided(Compare("<=", t, last)) and decided(Compare(">", t + 1, ZERO)) and decided(Compare(">=", last, s))
    assert not any(map(decided, (Compare("<", t, last), Compare(">", t, ZERO), Compare(">=", t - 1, ZERO))))
