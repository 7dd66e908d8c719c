"""Recurrences in layer text: what stands before the first step, and what is refused where it is written."""

from __future__ import annotations

import pytest

from derive.reading import parse
from tests.derive.reading.errors import refused

X = "x: input [T, N]; h0: input [N]; a: param\n"


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        ("h[t, n] = a * ¦h[t - 1, n] + x[t, n] + h0[n]", "h stands in its own definition", "h[-1] = start"),
        ("h[-1] = h0; h[t, n] = a * h[¦t - 2, n] + x[t, n]", "only a recurrence that starts from", "carry the older"),
        ("h[-1] = h0; h[t, n] = a * h[¦t, n] + x[t, n]", "h is not complete here", "as in h[t - 1]"),
        ("h[-1] = h0; h[t, n] = a * h[¦t + 1, n] + x[t, n]", "h is not complete here", "as in h[t - 1]"),
        ("h[-1] = h0; h[t, n] = a * h[¦0, n] + x[t, n]", "h is not complete here", "as in h[t - 1]"),
        ("h[-1] = h0; h[t, n] = a * h[¦2 * t - 1, n] + x[t, n]", "h is not complete here", "as in h[t - 1]"),
        ("h[-1] = h0; h[t, n] = a * ¦h[t - 1] + x[t, n]", "h has 2 axes, .* but 1 index", ""),
        ("h[-1] = h0; h[t, n] = a * ¦h + x[t, n]", "h stands in its own definition", ""),
        ("h[-1] = h0; g[t, n] = x[t, n] * ¦h * a; h[t, n] = h[t - 1, n] + g[t, n] + x[t, n]", "used before it is", ""),
        ("¦h[-1] = h0; y = sum(x) + a", "h has a value before its first step, but no equation", ""),
        ("¦h[-1] = h0; h[t, n] = a * x[t, n]", "nothing reads h one step back", "as in h[t - 1]"),
        ("h[-1] = h0; ¦h[-1] = h0; h[t, n] = a * h[t - 1, n] + x[t, n]", "said twice", ""),
        ("h[-1] = ¦2 * h0; h[t, n] = a * h[t - 1, n] + x[t, n]", "what stands before the first step is a tensor", ""),
        ("h[-1] = ¦q; h[t, n] = a * h[t - 1, n] + x[t, n]", "what stands before the first step is a tensor", ""),
        ("¦h[m, -1] = h0[n]; h[n, t] = a * h[n, t - 1] + x[t, n]", "both sides have the same letters", "h[n, -1]"),
        ("¦h[n, -1] = h0; h[n, t] = a * h[n, t - 1] + x[t, n]", "both sides have the same letters", "h[n, -1]"),
        ("¦h[-1, -1] = h0; h[n, t] = a * h[n, t - 1] + x[t, n]", "both sides have the same letters", "h[n, -1]"),
        ("¦h[-1] = h0; h[t] = a * x[t, 0] + sum[n](h[t - 1, n])", "h has the axes .T., but what stands before", ""),
        ("¦h[-1] = h0; h[n, t] = a * h[t - 1, n] + x[t, n]", "h has the axes .N, T.,", ""),
        ("h[-1] = h0; g[¦i, n] = a * h[i - 1, n] * h0[n]; h[t, n] = g[t, n] + x[t, n]", "i stands on no", "[i: 3]"),
        ("h[-1] = h0; g[t: N, n] = h[t - 1, n]; h[t, n] = a * g[0, n] + h[t - 1, n] * x[¦t, n]", "runs over", ""),
        (
            "h[-1] = h0; g[t: T, n] = h[t - 1, n] * a; ¦h[t, n] = g[T - 1 - t, n] + x[t, n]",
            "h is needed to work out itself", "one step",
        ),
        (
            "h[-1] = h0; u[t, n] = a * h[t - 1, n] + x[t, n]; ¦g[n] = sum[t](u[t, n]); h[t, n] = g[n] * x[t, n]",
            "g is needed to work out itself", "one step",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(marked, message, hint):
    assert hint in refused(X + marked, message).hint


def test_a_layer_called_does_not_say_the_axes_of_its_start():
    text = "x: input [T, N, D]; W: param [D, H]; R: param [H, H]; b: param [H]; h[-1] = 0\nh[t] = rnn_cell(x[t], "
    fault = refused(text + "¦h[t - 1], W, R, b)", "nothing says which axes h has before its first step")
    assert "h0: constant [N, H]" in fault.hint


def test_time_may_be_any_axis():
    program = parse("x: input [N, T]; h0: input [N]; h[n, -1] = h0[n]; h[n, t] = h[n, t - 1] * x[n, t]")
    assert str(program.equations[0].right) == "where([t > 0], h[n, t - 1], h0[n])"


def test_what_is_read_once_more_is_the_same_tensor():
    program = parse("x: input [T]; h0: input; h[-1] = h0; h[t] = h[t - 1] * x[t] + h[t - 1]; y[t] = h[t - 1]")
    assert [e.name for e in program.equations] == ["h_prev", "h", "y"]


def test_a_layer_with_a_loop_can_be_called(monkeypatch, tmp_path):
    from derive.reading import read_file, shelf

    path = tmp_path / "decay.layer"
    path.write_text("layer decay\nx: input [T]; s0: input\ns[-1] = s0\ns[t] = s[t - 1] / 2 + x[t]\n")
    names, syntax = shelf.names(), shelf.syntax
    monkeypatch.setattr(shelf, "names", lambda: (*names, "decay"))
    monkeypatch.setattr(shelf, "syntax", lambda name: read_file(path) if name == "decay" else syntax(name))
    program = parse("v: input [M]; b: input; r = decay(v, b); q = decay(r, b)")
    assert [e.name for e in program.equations] == ["s_prev", "r", "s_prev_2", "q"]
    assert str(program.equations[2].right) == "where([m > 0], q[m - 1], b)"
