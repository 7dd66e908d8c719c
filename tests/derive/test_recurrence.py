"""Recurrences: read as plain equations, worked out step by step, their gradients against the whole run forward."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from derive.expression import Access, Axis, Compare, Index, Number, Where, add, number
from derive.judging.sampling import worlds
from derive.judging.truth import with_cotangents
from derive.library import load
from derive.program import Equation, Program, Tensor
from derive.reading import parse, read
from derive.recurrence import Circular, blocks, is_step_back
from tests.derive.reading.values import computed

LAYERS = Path(__file__).parents[1] / "layers"
LOOPS = ("rnn", "lstm", "leaky_sum")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def test_rnn():
    a = computed(load("rnn"), sizes={"T": 4, "N": 2, "D": 3, "H": 5})
    h = a["h0"]
    for t in range(4):
        h = np.tanh(a["x"][t] @ a["W"] + h @ a["R"] + a["b"])
        np.testing.assert_allclose(a["h"][t], h, rtol=1e-12)


def test_lstm():
    a = computed(load("lstm"), sizes={"T": 4, "N": 2, "D": 3, "H": 5})
    h, c = a["h0"], a["c0"]
    for t in range(4):
        i, f, g, o = (
            function(a["x"][t] @ a["W_" + gate] + h @ a["R_" + gate] + a["b_" + gate])
            for gate, function in zip("ifgo", (sigmoid, sigmoid, np.tanh, sigmoid), strict=True)
        )
        c = f * c + i * g
        h = o * np.tanh(c)
        np.testing.assert_allclose(a["h"][t], h, rtol=1e-12)
        np.testing.assert_allclose(a["c"][t], c, rtol=1e-12)


def test_from_zero():
    a = computed(read(LAYERS / "leaky_sum.layer"), sizes={"T": 5}, rate=0.25)
    s = [0.0]
    for x in a["x"]:
        s.append(0.25 * s[-1] + x)
    np.testing.assert_allclose(a["s"], s[1:])


def test_what_stands_around_a_loop():
    text = (
        "x: input [T]; s0: input; v = 2 * x; s[-1] = s0; w = exp(v)\n"
        "a[t] = s[t - 1] * v[t]; u[t] = a[t] * 3; s[t] = a[t] + x[t]; z[t] = u[t] + s[t - 1]\n"
        "y = s[T - 1] + sum(w) + sum(z)"
    )
    program = parse(text)
    shape = [[e.name for e in b.equations] for b in blocks(program)]
    assert shape == [["v"], ["w"], ["s_prev", "a", "s"], ["u"], ["z"], ["y"]]
    assert program.outputs == ("y",)
    arrays = computed(program, sizes={"T": 4})
    x, s, before = arrays["x"], [float(arrays["s0"])], []
    for v in x:
        before.append(s[-1])
        s.append(s[-1] * 2 * v + v)
    np.testing.assert_allclose(arrays["s"], s[1:])
    np.testing.assert_allclose(arrays["z"], 6 * np.array(before) * x + before)


def test_a_state_read_one_step_back_only_is_an_output():
    assert load("lstm").outputs == ("h",)
    program = load("rnn")
    assert is_step_back(program, "h_prev", "h") and not is_step_back(program, "h", "h_prev")


def test_the_equations_of_a_loop_are_plain():
    program = load("rnn")
    assert [f"{e.left} = {e.right}" for e in program.equations] == [
        "h_prev[t, n, j] = where([t > 0], h[t - 1, n, j], h0[n, j])",
        "u[t, n, k] = sum[d](x[t, n, d]*W[d, k]) + sum[j](h_prev[t, n, j]*R[j, k]) + b[k]",
        "h[t, n, k] = tanh(u[t, n, k])",
    ]
    assert program.equations[0].source == "h[-1] = h0"


@pytest.mark.parametrize("name", LOOPS)
def test_gradients_foretell_the_run(name):
    """`with_cotangents` refuses a gradient that a run forward of everything, slightly moved, does not confirm."""
    program = read(LAYERS / "leaky_sum.layer") if name == "leaky_sum" else load(name)
    for world in worlds(program, 2, 2, seeds=program.outputs):
        names = [t.name for t in program.tensors if t.name not in program.outputs]
        assert len(with_cotangents(world, program.outputs, names).values) == 2 * len(program.tensors)


def test_a_state_that_is_used_further_has_the_gradient_of_all_its_steps():
    program = parse(load("rnn").source + "y = sum(h * h)")
    (world,) = worlds(program, 0, 1)
    assert "∂h" in with_cotangents(world, (), ["h", "h_prev", "h0"]).values


T = Axis("T")
t = Index("t", T)


def hand_built(*lines: tuple[str, object]) -> Program:
    equations = tuple(Equation(Access(name, (t,)), right) for name, right in lines)
    return Program("p", tuple(Tensor(name, (T,)) for name, _ in lines), equations)


@pytest.mark.parametrize(
    "program",
    [
        hand_built(("a", Access("a", (t,)))),
        hand_built(("a", Access("a", (add(t, -2),)))),
        hand_built(("a", Access("b", (t,))), ("b", Access("a", (t,)))),
        hand_built(("a", Access("b", (add(t, -1),))), ("b", Access("a", (add(t, -1),)))),
        hand_built(("a", Access("b", (add(t, -1),))), ("b", Access("a", (Number(number(0).value),)))),
    ],
)
def test_what_does_not_go_step_by_step(program):
    with pytest.raises(Circular, match="is needed to work out itself"):
        blocks(program)


def test_two_loops_that_overlap_are_each_their_own():
    def before(name):
        return Where(Compare(">", t, number(0)), Access(name, (add(t, -1),)), number(1))

    program = hand_built(
        ("ap", before("a")), ("bp", before("b")), ("a", 2 * Access("ap", (t,))), ("b", Access("bp", (t,)) + 1)
    )
    assert [[e.name for e in b.equations] for b in blocks(program)] == [["ap", "a"], ["bp", "b"]]
    assert [b.time for b in blocks(program)] == [T, T]
