"""Recurrences as users write them, in different spellings: the generated code against JAX, and against the judge."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest

import derive
from derive.judging.judge import judge
from derive.notes.example import example
from derive.program import Program
from tests.test_library import assert_equal, by_jax, ours
from tests.witness import point

SIZES = {"T": 4, "N": 3, "D": 5, "K": 2, "S": 6, "M": 7}
WEIGHTS = "x: input [T, N, D]; h0: input [N, K]; W: param [D, K]; R: param [K, K]; b: param [K]\nh[-1] = h0\n"


def scan(j: ModuleType, step: Callable[..., Any], start: Any, *over: Any) -> Any:
    """The states, one after the other."""

    def carry(state: Any, now: Any) -> tuple[Any, Any]:
        following = step(state, *now)
        return following, following

    return j.lax.scan(carry, start, over)[1]


def rnn(j: ModuleType, x: Any, h0: Any, W: Any, R: Any, b: Any) -> Any:
    return scan(j, lambda h, x: j.numpy.tanh(x @ W + h @ R + b), h0, x)


def two_gates(j: ModuleType, x: Any, h0: Any, c0: Any, W: Any, V: Any, R: Any, Q: Any) -> Any:
    def step(state: Any, x: Any) -> Any:
        h, c = state
        f = j.nn.sigmoid(x @ W + h @ R)
        c = f * c + (1 - f) * j.numpy.tanh(x @ V + h @ Q)
        return j.numpy.tanh(c), c

    return scan(j, step, (h0, c0), x)[0]


def gates_in_one(j: ModuleType, x: Any, h0: Any, c0: Any, W: Any, R: Any, p: Any) -> Any:
    def step(state: Any, x: Any) -> Any:
        h, c = state
        f, g = j.numpy.split(x @ W + h @ R, 2, axis=1)
        f = j.nn.sigmoid(f + p * c)
        c = f * c + (1 - f) * j.numpy.tanh(g)
        return j.numpy.tanh(c), c

    return scan(j, step, (h0, c0), x)[0]


def attention(j: ModuleType, keys: Any, x: Any, s0: Any, A: Any, B: Any) -> Any:
    return (scan(j, lambda s, x: j.numpy.tanh(j.nn.softmax(keys @ (s @ A)) @ keys @ B + x), s0, x) ** 2).sum()


def normed(j: ModuleType, x: Any, h0: Any, R: Any, g: Any, b: Any) -> Any:
    def step(h: Any, x: Any) -> Any:
        X = h @ R + x
        return j.numpy.tanh(g * (X - X.mean(1, keepdims=True)) * j.lax.rsqrt(X.var(1, keepdims=True) + 1e-5) + b)

    return scan(j, step, h0, x)[-1]


ARRAYS = WEIGHTS + "h[t] = tanh(x[t] @ W + h[t - 1] @ R + b)"

# The text, and the same in JAX.
CASES: dict[str, tuple[str, Callable[..., Any]]] = {
    "index notation": (
        WEIGHTS + "h[t, n, k] = tanh(sum[d](x[t, n, d]*W[d, k]) + sum[j](h[t - 1, n, j]*R[j, k]) + b[k])",
        rnn,
    ),
    "array notation": (ARRAYS, rnn),
    "a cell called": (WEIGHTS + "h[t] = rnn_cell(x[t], h[t - 1], W, R, b)", rnn),
    "a layer called in a step": (WEIGHTS + "u[t] = affine(x[t], W, b) + h[t - 1] @ R\nh[t] = tanh(u[t])", rnn),
    "the last state": (
        WEIGHTS + "h[t] = tanh(x[t] @ W + h[t - 1] @ R + b)\ny = h[T - 1]",
        lambda j, *a: rnn(j, *a)[-1],
    ),
    "the mean of all states": (
        WEIGHTS + "h[t] = tanh(x[t] @ W + h[t - 1] @ R + b)\nL = mean(h)",
        lambda j, *a: rnn(j, *a).mean(),
    ),
    "the batch first": (
        "x: input [N, T, D]; h0: input [N, K]; W: param [D, K]; R: param [K, K]\nh[n, -1] = h0[n]\n"
        "h[n, t, k] = tanh(sum[d](x[n, t, d]*W[d, k]) + sum[j](h[n, t - 1, j]*R[j, k]))",
        lambda j, x, h0, W, R: rnn(j, x.swapaxes(0, 1), h0, W, R, 0).swapaxes(0, 1),
    ),
    "a running sum": (
        "x: input [T, N]\ns[t, n] = s[t - 1, n] + x[t, n], zero outside",
        lambda j, x: j.numpy.cumsum(x, 0),
    ),
    "an average that forgets": (
        "x: input [T, N]; m0: input [N]; beta: param\nm[-1] = m0\nm[t] = beta * m[t - 1] + (1 - beta) * x[t]",
        lambda j, x, m0, beta: scan(j, lambda m, x: beta * m + (1 - beta) * x, m0, x),
    ),
    "a gate for each step": (
        "a, x: input [T]; y0: input; y[-1] = y0\ny[t] = a[t] * y[t - 1] + x[t]",
        lambda j, a, x, y0: scan(j, lambda y, a, x: a * y + x, y0, a, x),
    ),
    "two steps back": (
        "x: input [T]; a, b: param\ny[t] = a * y[t - 1] + b * y[t - 2] + x[t], zero outside",
        lambda j, x, a, b: scan(j, lambda y, x: (a * y[0] + b * y[1] + x, y[0]), (0.0, 0.0), x)[0],
    ),
    "three steps back, from 0": (
        "x: input [T, N]; a: param\ny[-1] = 0\ny[t, n] = tanh(a * y[t - 1, n] - y[t - 3, n] + x[t, n])\nL = sum(y)",
        lambda j, x, a: scan(
            j, lambda y, x: (j.numpy.tanh(a * y[0] - y[2] + x), y[0], y[1]), (j.numpy.zeros(3),) * 3, x
        )[0].sum(),
    ),
    "two coupled states": (
        "x: input [T, N, D]; h0, c0: input [N, K]; W, V: param [D, K]; R, Q: param [K, K]\nh[-1] = h0; c[-1] = c0\n"
        "f[t] = sigmoid(x[t] @ W + h[t - 1] @ R)\ng[t] = tanh(x[t] @ V + h[t - 1] @ Q)\n"
        "c[t] = f[t] * c[t - 1] + (1 - f[t]) * g[t]\nh[t] = tanh(c[t])",
        two_gates,
    ),
    "two layers": (
        WEIGHTS + "g0: input [N, M]; V: param [K, M]; Q: param [M, M]; g[-1] = g0\n"
        "h[t] = tanh(x[t] @ W + h[t - 1] @ R + b)\ng[t] = tanh(h[t] @ V + g[t - 1] @ Q)",
        lambda j, x, h0, W, R, b, g0, V, Q: rnn(j, rnn(j, x, h0, W, R, b), g0, V, Q, 0),
    ),
    "two layers called": (
        "x: input [T, N, D]; h0: input [N, K]; W: param [D, K]; R: param [K, K]; b: param [K]; g0: input [N, M]\n"
        "V: param [K, M]; Q: param [M, M]; a: param [M]\ng = rnn(rnn(x, h0, W, R, b), g0, V, Q, a)",
        lambda j, x, h0, W, R, b, g0, V, Q, a: rnn(j, rnn(j, x, h0, W, R, b), g0, V, Q, a),
    ),
    "attention in each step": (
        "keys: input [S, K]; x: input [T, K]; s0: input [K]; A, B: param [K, K]\ns[-1] = s0\n"
        "a[t] = softmax(keys @ (s[t - 1] @ A))\ns[t] = tanh(a[t] @ keys @ B + x[t])\nL = sum(s**2)",
        attention,
    ),
    "a norm in each step": (
        "x: input [T, N, K]; h0: input [N, K]; R: param [K, K]; g, b: param [K]\nh[-1] = h0\n"
        "u[t] = layer_norm(h[t - 1] @ R + x[t], g, b)\nh[t] = tanh(u[t])\ny = h[T - 1]",
        normed,
    ),
    "an average from zero": (
        "x: input [T, N]; a: param; s[-1] = 0\ns[t] = a * s[t - 1] + (1 - a) * x[t]",
        lambda j, x, a: scan(j, lambda s, x: a * s + (1 - a) * x, j.numpy.zeros(3), x),
    ),
    "two states from zero": (
        "x: input [T, N, D]; W, V: param [D, K]; R, Q: param [K, K]; h[-1] = 0; c[-1] = 0\n"
        "f[t] = sigmoid(x[t] @ W + h[t - 1] @ R)\ng[t] = tanh(x[t] @ V + h[t - 1] @ Q)\n"
        "c[t] = f[t] * c[t - 1] + (1 - f[t]) * g[t]\nh[t] = tanh(c[t])",
        lambda j, x, W, V, R, Q: two_gates(j, x, j.numpy.zeros((3, 2)), j.numpy.zeros((3, 2)), W, V, R, Q),
    ),
    "gates side by side, from zero": (
        "x: input [T, N, D]; W: param [D, 2*K]; R: param [K, 2*K]; p: param [K]; h[-1] = 0; c[-1] = 0\n"
        "G[t] = x[t] @ W + h[t - 1] @ R\nf[t] = sigmoid(G[t, :, 0:K] + p * c[t - 1])\n"
        "g[t] = tanh(G[t, :, K:2*K])\nc[t] = f[t] * c[t - 1] + (1 - f[t]) * g[t]\nh[t] = tanh(c[t])",
        lambda j, x, W, R, p: gates_in_one(j, x, j.numpy.zeros((3, 2)), j.numpy.zeros((3, 2)), W, R, p),
    ),
    "gates side by side": (
        "x: input [T, N, D]; h0, c0: input [N, K]; W: param [D, 2*K]; R: param [K, 2*K]; p: param [K]\n"
        "h[-1] = h0; c[-1] = c0\nG[t] = x[t] @ W + h[t - 1] @ R\nf[t] = sigmoid(G[t, :, 0:K] + p * c[t - 1])\n"
        "g[t] = tanh(G[t, :, K:2*K])\nc[t] = f[t] * c[t - 1] + (1 - f[t]) * g[t]\nh[t] = tanh(c[t])",
        gates_in_one,
    ),
    "Euler steps": (
        "x0: input [N, D]; A: param [D, K]; B: param [K, D]; x[-1] = x0\n"
        "x[t: 6] = x[t - 1] + tanh(x[t - 1] @ A) @ B / 10\ny = x[5]",
        lambda j, x0, A, B: j.lax.fori_loop(0, 6, lambda t, x: x + j.numpy.tanh(x @ A) @ B / 10, x0),
    ),
    "an alignment": (
        "P: input [T, D]; label: target [S], integer; a0: constant [S]; a[-1] = a0\n"
        "a[t, s] = (a[t - 1, s] + where(s > 0, a[t - 1, s - 1], 0)) * P[t, label[s]]\ny = a[T - 1]",
        lambda j, P, label, a0: scan(
            j, lambda a, p: (a + j.numpy.pad(a[:-1], (1, 0))) * p[j.numpy.asarray(label)], a0, P
        )[-1],
    ),
    "the cheapest path": (
        "C: input [T, N]; m0: input [N]; m[-1] = m0\n"
        "m[t, n] = C[t, n] + minimum(where(n > 0, m[t - 1, n - 1], 1e9), m[t - 1, n])\nL = min(m[T - 1])",
        lambda j, C, m0: scan(
            j, lambda m, c: c + j.numpy.minimum(j.numpy.pad(m[:-1], (1, 0), constant_values=1e9), m), m0, C
        )[-1].min(),
    ),
}
PROGRAMS = {name: derive.parse(text) for name, (text, _) in CASES.items()}
by_name = pytest.mark.parametrize("name", CASES)


def at(program: Program) -> dict[str, Any]:
    sizes = {a.name: SIZES[a.name] for a in program.axes if a.extent is None}
    return {n: a if np.ndim(a) else np.float64(a) for n, a in point(program, sizes, seed=5).items()}


@by_name
def test_it_equals_jax(name: str, jax: ModuleType) -> None:
    program = PROGRAMS[name]
    assert_equal(ours(program, at(program)), by_jax(jax, program, CASES[name][1], at(program)))


@pytest.mark.parametrize(
    "name",
    [
        "Euler steps",
        "an alignment",
        "a cell called",
        "three steps back, from 0",
        "the batch first",
        "a gate for each step",
        "attention in each step",
    ],
)
def test_every_step_is_proved(name: str) -> None:
    assert [v for v in judge(derive.derive(PROGRAMS[name]), points=1) if not v.holds] == []


def test_the_spellings_mean_the_same() -> None:
    cell, array = (PROGRAMS[n].equations[-1] for n in ("a cell called", "array notation"))
    assert str(PROGRAMS["a cell called"].equations[1].right) == str(array.right.args[0])  # type: ignore[attr-defined]
    assert cell.left == array.left


def test_the_worked_example_goes_back_in_time() -> None:
    """Gradients of a loop need each other step by step, also where only the last state is used."""
    derivation = derive.derive(derive.parse("x, a: input [T]; y[-1] = 0\ny[t] = a[t]*y[t - 1] + x[t]\nL = y[T - 1]**2"))
    world = example(derivation)
    assert world is not None and set(world.values) >= {"∂y", "∂y_prev", "∂a"}
