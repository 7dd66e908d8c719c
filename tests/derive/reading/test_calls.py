"""Calls of scalar functions and of other layers: what is found first, how axes meet, which names come out."""

from __future__ import annotations

import numpy as np
import pytest

from derive.errors import UnknownName
from derive.expression import Hyper
from derive.library import chain, load
from derive.reading import parse, read_file, shelf
from derive.reading.draft import Draft
from tests.derive.reading.errors import refused
from tests.derive.reading.values import computed
from tests.layers import FOLDER, path


def lines(program) -> list[str]:
    return [f"{e.left} = {e.right}" for e in program.equations]


def test_a_function_of_the_layer_comes_first():
    program = parse("x: input [N]; sigmoid(a) = a / (1 + abs(a)); y = sigmoid(x)")
    (function,) = program.functions
    assert (function.name, function.parameters, str(function.body)) == ("sigmoid", ("a",), "a/(1 + abs(a))")
    arrays = computed(program)
    np.testing.assert_allclose(arrays["y"], arrays["x"] / (1 + arrays["x"]))


def test_functions_may_use_functions_and_hyperparameters():
    program = parse(
        "layer f(s = 0.1)\nleaky(a) = where(a > 0, a, s * a); both(a, b) = leaky(a - b) + b\n"
        "x, z: input [N]\ny = both(x, z)"
    )
    arrays = computed(program)
    x, z = arrays["x"], arrays["z"]
    np.testing.assert_allclose(arrays["y"], np.where(x > z, x - z, 0.1 * (x - z)) + z)


def test_functions_of_layers_called_stay_apart():
    """Each file's function ``g`` is its own; the same function with the same hyperparameters goes in once."""
    draft = Draft(given={}, reserved={"x", "y"})
    layer = parse("layer f(s = 2)\ng(a) = s * a; h(a) = g(a) + 1\nx: input [N]; y = h(x)")
    given = {"x": "x"}
    for s in (Hyper("p"), Hyper("q"), Hyper("p")):
        draft.write(layer, given, {}, {"s": s})
    assert {name: str(f.body) for name, f in draft.functions.items()} == {
        "g": "p*a", "h": "g(a) + 1", "g_2": "q*a", "h_2": "g_2(a) + 1",
    }  # fmt: skip
    assert [str(e.right) for e in draft.equations] == ["h(x[n])", "h_2(x[n])", "h(x[n])"]


def test_names_of_axes_are_no_names_of_intermediates():
    program = parse("A: input [M, P]; B = softmax(softmax(A))")
    assert [e.name for e in program.equations] == ["P_2", "B"]


def test_an_inlined_layer_has_the_callers_names_and_says_where_it_came_from():
    net = load("two_layer_net")
    assert [t.name for t in net.tensors] == ["X", "T", "W1", "b1", "W2", "b2", "U1", "Z1", "U2", "P", "L"]
    assert [(e.name, e.layer) for e in net.equations] == [
        ("U1", "affine"),
        ("Z1", "two_layer_net"),
        ("U2", "affine"),
        ("P", "softmax"),
        ("L", "softmax_cross_entropy"),
    ]
    assert net.equations[2].source == "U = X @ W + b"
    assert str(net.equations[2].right) == "sum[h](Z1[n, h]*W2[h, c]) + b2[c]"


def test_intermediates_give_way_to_names_of_the_text():
    program = parse("Z, P: input [N, C]; T: target [N, C]; L = softmax_cross_entropy(Z + P, T); M = 2 * L")
    assert [e.name for e in program.equations] == ["Z_2", "P_2", "L", "M"]
    twice = parse("Z: input [N, C]; A = softmax(softmax(Z)); B = softmax(Z) + softmax(A)")
    assert [e.name for e in twice.equations] == ["P", "A", "P_2", "P_3", "B"]


def test_an_argument_that_is_an_expression_gets_a_line_of_its_own():
    program = parse("X: input [N, D]; S = softmax(X @ X.T / sqrt(D))")
    assert lines(program) == [
        "Z[n, n'] = sum[d](X[n, d]*X[n', d])/D**(1/2)",
        "S[n, n'] = exp(Z[n, n'])/sum[n''](exp(Z[n, n'']))",
    ]
    assert program.equations[0].source == "Z = X @ X.T / sqrt(D)"
    arrays = computed(program)
    scores = np.exp(arrays["X"] @ arrays["X"].T / np.sqrt(arrays["X"].shape[1]))
    np.testing.assert_allclose(arrays["S"], scores / scores.sum(1, keepdims=True))


@pytest.mark.parametrize(
    ("declared", "call", "axis"),
    [("[C]", "softmax(A)", -1), ("[N, C]", "softmax(A)", -1), ("[N, C]", "softmax(A, axis=N)", 0),
     ("[B0, N, C]", "softmax(A)", -1), ("[B0, N, C]", "softmax(A, axis=B0)", 0),
     ("[B0, M, N, C]", "softmax(A, axis=M)", 1)],
)  # fmt: skip
def test_a_layer_for_any_rank_takes_the_axes_of_its_argument(declared, call, axis):
    arrays = computed(f"A: input {declared}; P = {call}")
    powers = np.exp(arrays["A"])
    np.testing.assert_allclose(arrays["P"], powers / powers.sum(axis, keepdims=True))


def test_arguments_by_name():
    by_name = parse("X: input [N, D]; V: param [D, H]; c: param [H]; U = affine(X, b=c, W=V)")
    by_place = parse("X: input [N, D]; V: param [D, H]; c: param [H]; U = affine(X, V, c)")
    assert lines(by_name) == lines(by_place)


def test_a_law_of_the_layer_called_is_not_assumed_of_the_caller():
    program = parse("Z: input [N, C]; Q: target [N, C]; L = softmax_cross_entropy(Z, Q)")
    assert program.tensor("Q").laws == ()


def test_hyperparameters_stay_symbolic_until_they_are_given():
    text = "P: input [N, C]; T: target [N, C]; L = cross_entropy_eps(P, T)"
    assert [(h.name, str(h.default)) for h in parse(text).hyperparameters] == [("eps", "1/10000000")]
    given = parse(text, eps=0.25)
    assert given.hyperparameters == ()
    assert str(given.equations[0].right) == "-sum[n, c](T[n, c]*log(P[n, c] + 1/4))/N"
    assert str(parse(text.replace("T)", "T, eps=1/4)")).equations[0].right) == str(given.equations[0].right)


def test_equal_hyperparameters_of_several_layers_are_one():
    text = "P: input [N, C]; T: target [N, C]; A = cross_entropy_eps(P, T); B = cross_entropy_eps(P, T, eps=2) + A"
    program = parse(text + "; C0 = cross_entropy_eps(P, T) * B")
    assert [h.name for h in program.hyperparameters] == ["eps"]


def test_a_hyperparameter_of_the_caller_can_be_passed_on():
    text = "layer f(eps = 3)\nP: input [N, C]; T: target [N, C]; L = cross_entropy_eps(P, T, eps=eps / 2)"
    assert "log(P[n, c] + eps/2)" in lines(parse(text))[0]
    assert "log(P[n, c] + 2)" in lines(parse(text, eps=4))[0]


def test_a_hyperparameter_is_replaced_everywhere():
    program = parse("layer f(k = 2)\nf2(a) = a ** k\nx: input [N]; y = k * f2(x)", k=3)
    assert program.hyperparameters == ()
    assert str(program.functions[0].body) == "a**3"
    assert lines(program) == ["y[n] = 3*f2(x[n])"]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), None, True, [1], 10**400, "N"])
def test_what_is_no_value_of_a_hyperparameter(value):
    from derive.errors import LayerTextError

    with pytest.raises(LayerTextError):
        parse("layer f(k = 2)\nx: input [N]; y = k * x", k=value)


def test_numpy_numbers_are_numbers():
    text = "layer f(k = 2)\nx: input [N]; y = k * x"
    assert parse(text, k=np.float64(0.1)) == parse(text, k=0.1)
    assert parse(text, k=np.int32(3)) == parse(text, k=3)


def test_an_unknown_hyperparameter():
    with pytest.raises(UnknownName, match="no hyperparameter 'epsilon'") as caught:
        load("cross_entropy_eps", epsilon=1)
    assert caught.value.hint == "did you mean eps?"


@pytest.fixture
def windows_in_library(monkeypatch):
    """The layers in tests/layers as layers of the library."""
    known = {file.stem: file for file in FOLDER.glob("*.layer")}
    names, syntax = shelf.names, shelf.syntax
    monkeypatch.setattr(shelf, "names", lambda: tuple(sorted({*names(), *known})))
    monkeypatch.setattr(shelf, "syntax", lambda name: read_file(known[name]) if name in known else syntax(name))


def extents(program) -> dict[str, str]:
    return {a.name: str(a.extent) for a in program.axes if a.extent is not None}


def test_axes_that_equations_make_are_made_anew_for_the_caller(windows_in_library):
    program = parse(
        "X: input [N, C, T]; K: param [O, C, R]; b: param [O]; V: param [P, O, S]; c: param [P]\n"
        "A = conv1d(X, K, b, padding=1); B = relu(A); Y = conv1d(B, V, c, stride=2)"
    )
    assert extents(program) == {
        "I": "(T + 1 - dilation*(R - 1)) // stride + 1",
        "I2": "(I + 2*padding - dilation*(S - 1) - 1) // 2 + 1",
    }
    assert str(program.equation("Y").left) == "Y[n, p, i2]"
    assert [(t.name, t.outside) for t in program.tensors if t.outside] == [("X", "zero"), ("B", "zero")]
    arrays = computed(program, sizes={"T": 7, "R": 3, "S": 2})
    assert arrays["A"].shape[2] == 7 and arrays["Y"].shape[2] == 3


def test_axes_of_the_same_form_are_one(windows_in_library):
    program = parse(
        "X: input [N, C, T]; K, V: param [O, C, R]; b: param [O]\n"
        "A = conv1d(X, K, b); B = conv1d(X, V, b); Y = A * B\n"
        "Z[n, o, i] = Y[n, o, i] + sum[c, r](X[n, c, i + r] * K[o, c, r])",
        stride=1, padding=0, dilation=1,
    )  # fmt: skip
    assert extents(program) == {"I": "T - R + 1"}


def test_known_sizes_are_worked_out(windows_in_library):
    program = parse(
        "X: input [N, 1, 28, 28]; K: param [6, 1, 5, 5]; b: param [6]\nA = conv2d(X, K, b); Y = max_pool2d(A)",
        stride=1, padding=0, dilation=1, size=2, stride_2=2,
    )  # fmt: skip
    assert [a.name for a in program.tensor("Y").axes] == ["N", "6", "12", "12"]
    assert lines(program) == [
        "A[n, o, i, j] = sum[c, r, s](X[n, c, i + r, j + s]*K[o, c, r, s]) + b[o]",
        "Y[n, c, i, j] = max[r: 2, s: 2](A[n, c, 2*i + r, 2*j + s])",
    ]


def test_two_layers_may_want_different_things_outside(windows_in_library):
    program = parse(
        "x: input [N]; k: param [R]\ny = moving_average(x); z = moving_average(y, size=1)\n"
        "w = 1 * z, zero outside; v = moving_average(w); u[i] = sum[r](w[i - r] * k[r]) + sum(v)"
    )
    outsides = {t.name: t.outside for t in program.tensors if t.outside}
    assert outsides == {"x": "clipped", "y": "clipped", "w": "zero", "x_2": "clipped"}
    assert "x_2[n] = w[n]" in lines(program)
    arrays = computed(program, sizes={"N": 5, "R": 3})
    near = [[arrays["w"][min(max(n + k, 0), 4)] for k in range(-3, 4)] for n in range(5)]
    np.testing.assert_allclose(arrays["v"], np.mean(near, axis=1))


def test_what_a_layer_called_reads_outside_the_caller_does_not(windows_in_library):
    refused(
        "x: input [N]; y = moving_average(x); z[n] = x[n] * x[¦n - 1] * y[n]",
        "this index can lie before the first entry of N",
    )


def test_a_chain_of_windows():
    conv, pool = str(path("conv2d")), str(path("max_pool2d"))
    net = chain(conv, "relu", pool, f"{conv}(padding=1)", pool)
    assert [a.name for a in net.tensor(net.outputs[0]).axes] == ["N", "O2", "I4", "J4"]
    assert extents(net)["I2"] == "(I - size) // stride_2 + 1"
    sizes = {"N": 2, "C": 2, "H": 9, "W": 8, "O1": 2, "O2": 2, "R1": 2, "R2": 2, "S1": 2, "S2": 3}
    assert computed(net, sizes=sizes)[net.outputs[0]].shape == (2, 2, 2, 1)


TEXT = "X: input [N, D]; W: param [D, H]; b: param [H]; "


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        (TEXT + "U = ¦affin(X, W, b)", "there is no function or layer affin", "did you mean affine?"),
        (TEXT + "U = ¦affine(X, W)", "affine needs b", "affine(X, W, b)"),
        (TEXT + "U = affine(X, W, b, ¦b)", "affine takes 3 tensors", ""),
        (TEXT + "U = affine(X, W, ¦W=b)", "W is given twice", ""),
        (TEXT + "U = affine(X, W, ¦c=b)", "no hyperparameter c", ""),
        (TEXT + "U = affine(X, W=W, ¦b)", "stands after one with a name", ""),
        (TEXT + "U = affine(X, ¦b, W)", r"affine expects W with the axes \[D, H\], but b has \[H\]", ""),
        (TEXT + "U = affine(X, ¦W.T, b)", r"its D is D in X, but H in W_2", ""),
        ("layer affine\n" + TEXT + "U = ¦affine(X, W, b)", "the layer affine calls itself", "another name"),
        ("x: input [N]; P = softmax(x, axis=¦M)", "there is no axis M", "N"),
        ("x: input [N]; P = softmax(x, ¦axis=2)", "there is no such axis", "count from 0 to 0, or from -1 back"),
        ("x: input [N]; P = softmax(x, ¦axes=N)", "no hyperparameter axes", "did you mean axis?"),
        ("x: input [N]; s: constant; P = cross_entropy(¦x, s)", r"cross_entropy expects P with the axes \[N, C\]", ""),
        ("P, T: input [N, C]; L = cross_entropy_eps(P, T, eps=¦P)", "a number, not a tensor", ""),
        ("P: input [N, C]; L = cross_entropy_eps(P, P, ¦0.1)", "takes 2 tensors", ""),
        ("x: input [N]; y = ¦relu(x, x)", "relu takes 1 argument, but 2", ""),
        ("x: input [N]; y = ¦maximum(x)", "maximum takes 2 arguments, but 1", ""),
        ("x: input [N]; y = relu(¦a=x)", "no argument named a", ""),
        ("x: input [N]; y = sum(x, ¦x)", "sum takes one array", "axis=C"),
        ("x: input [N]; y = max(x, ¦0)", "max takes one array", "maximum"),
        ("x: input [N]; y = sum(x, ¦keepdims=1)", "no argument named keepdims", ""),
        ("x: input [N]; y = sum(x, axis=¦1)", r"no axis of \[N\]", ""),
        ("x: input [N]; y = sum(x, axis=(N, ¦0))", "an axis is given twice", ""),
        ("S: input [N, N]; y = sum(S, axis=¦N)", "more than one axis N", "axis=-1"),
        ("A: input [N, M, K]; y = ¦transpose(A)", "in several ways", ""),
        ("A: input [N, M]; y = ¦transpose(A, N)", "every axis", ""),
        ("x: input; y = ¦where(x > 0, x)", "where takes 3 arguments, but 2", ""),
        ("x: input; y = ¦x(2)", "x is a tensor and cannot be called", "write *"),
        ("x: input [N]; f(a) = a * ¦x; y = f(x)", "x is not known inside this function", "pass it"),
        ("x: input [N]; f(a) = a / ¦N; y = f(x)", "N is not known inside this function", "pass it"),
        ("x: input [N]; y = exp(x); ¦exp(a) = a", "exp already means the scalar function", "another name"),
        ("x: input [N, C]; exp(a) = a; y = ¦softmax(exp(x))", "softmax uses the scalar function exp", "of its own"),
        ("x: input [N]; f(a) = ¦softmax(a); y = f(x)", "no function or layer softmax", ""),
        ("x: input [N]; f(a) = ¦f(a); y = f(x)", "no function or layer f", ""),
        ("x: input [N]; f(¦a, a) = a; y = f(x, x)", "an argument stands twice", ""),
        ("x: input [N]; ¦f(a) = a; y = x", "f is declared but never used", ""),
        ("x: input; y = ¦eval(x)", "no function or layer eval", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_where_it_is_written(marked, message, hint):
    assert hint in refused(marked, message).hint


def test_a_layer_that_works_entry_by_entry_can_be_called_among_indices():
    program = parse("x: input [N]; Y[i, j] = leaky_relu(x[i] - x[j], slope=1/4) + elu(x[i])")
    assert [str(e.right) for e in program.equations] == [
        "x[i] - x[j]",
        "where([U[i, j] > 0], U[i, j], U[i, j]/4) + where([x[i] > 0], x[i], alpha*(exp(x[i]) - 1))",
    ]
    assert [h.name for h in program.hyperparameters] == ["alpha"]


def test_what_one_branch_reads_gets_no_line_of_its_own():
    program = parse("x: input [N]; y[i] = where(i > 0, gelu(x[i - 1] * 2), 0)")
    assert len(program.equations) == 1


def test_an_entry_of_what_a_layer_gives():
    program = parse("S: input [N, N]; L = -mean[n](log(softmax(S)[n, n]))")
    assert str(program.equations[-1].right) == "-sum[n](log(P[n, n]))/N"


def test_a_layer_of_whole_arrays_is_not_for_entries():
    fault = refused("X: input [N, C]; Y[n, c] = X[n, c] * ¦softmax(X[n, c])", "softmax is a layer of whole arrays")
    assert "on a line before" in fault.hint
