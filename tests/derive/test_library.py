"""The library: every layer reads, says what it is, computes what its name promises; chains of layers; specs."""

from __future__ import annotations

import re
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from derive import library
from derive.errors import ChainruleError, LayerTextError, UnknownName
from derive.expression import Axis
from derive.library import chain, load, names, open_spec
from derive.reading import parse, read
from derive.rewriting import all_indices, free_indices
from tests.derive.reading.values import computed

FOLDER = Path(library.__file__).parent / "layers"
LOSS = ["affine", "relu", "affine", "softmax_cross_entropy"]


def softmax(z):
    powers = np.exp(z)
    return powers / powers.sum(-1, keepdims=True)


def relu(u):
    return np.maximum(u, 0)


def sigmoid(u):
    return 1 / (1 + np.exp(-u))


COMPUTES = {
    "add": ("z", lambda x, y: x + y),
    "mul": ("z", lambda x, y: x * y),
    "square_of_sum": ("z", lambda x, y: (x + y) ** 2),
    "apple": ("price", lambda apple, apple_num, tax: apple * apple_num * tax),
    "apples_and_oranges": ("price", lambda apple, apple_num, orange, orange_num, tax: (
        (apple * apple_num + orange * orange_num) * tax)),
    "affine": ("U", lambda X, W, b: X @ W + b),
    "affine_columns": ("u", lambda x, W, b: W @ x + b),
    "affine_torch": ("U", lambda X, W, b: X @ W.T + b),
    "identity": ("Z", lambda U: U),
    "relu": ("Z", relu),
    "sigmoid": ("Z", sigmoid),
    "tanh": ("Z", np.tanh),
    "softmax": ("P", softmax),
    "squared_error": ("L", lambda Y, T: ((Y - T) ** 2).sum() / 2),
    "mean_squared_error": ("L", lambda Y, T: ((Y - T) ** 2).sum() / 2 / len(Y)),
    "cross_entropy": ("L", lambda P, T: -(T * np.log(P)).sum() / len(P)),
    "cross_entropy_eps": ("L", lambda P, T: -(T * np.log(P + 1e-7)).sum() / len(P)),
    "softmax_cross_entropy": ("L", lambda Z, T: -(T * np.log(softmax(Z))).sum() / len(Z)),
    "softmax_cross_entropy_eps": ("L", lambda Z, T: -(T * np.log(softmax(Z) + 1e-7)).sum() / len(Z)),
    "two_layer_net": ("L", lambda X, T, W1, b1, W2, b2: (
        -(T * np.log(softmax(relu(X @ W1 + b1) @ W2 + b2))).sum() / len(X))),
    "three_layer_net": ("L", lambda X, y, W1, b1, W2, b2, W3, b3: (
        ((relu(relu(X @ W1 + b1) @ W2 + b2) @ W3 + b3 - y) ** 2).sum() / 2 / len(X))),
    "sigmoid_net": ("L", lambda x, y, W1, b1, W2, b2: ((W2 @ sigmoid(W1 @ x + b1) + b2 - y) ** 2).sum() / 2),
    "sigmoid_net_rows": ("L", lambda X, y, W1, b1, W2, b2: (
        ((sigmoid(X @ W1.T + b1) @ W2.T + b2 - y) ** 2).sum() / 2 / len(X))),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPUTES)
def test_a_layer_computes_what_its_name_promises(name):
    program = load(name)
    random = np.random.default_rng(3)
    given = {"U": random.normal(size=(4, 3))} if name in ("relu", "sigmoid", "tanh", "identity") else {}
    arrays = computed(program, given)
    output, formula = COMPUTES[name]
    expected = formula(*(arrays[t.name] for t in program.given))
    assert program.outputs == (output,)
    assert arrays[output].shape == np.shape(expected)
    np.testing.assert_allclose(arrays[output], expected, rtol=1e-12)


@pytest.mark.parametrize("name", names())
def test_every_layer_of_the_folder(name):
    program, text = load(name), (FOLDER / f"{name}.layer").read_text(encoding="utf-8")
    assert program.name == name
    assert program.source == text
    assert program.summary.endswith(".")
    assert program == read(FOLDER / f"{name}.layer")
    for e in program.equations:
        assert set(free_indices(e.right)) <= set(e.indices)
        bound = all_indices(e.right) - set(free_indices(e.right))
        assert not {i.name for i in bound} & {i.name for i in e.indices}, f"{e.name}: a bound index hides a free one"


def test_the_folder_holds_layers_only_and_names_lists_them():
    assert {p.suffix for p in FOLDER.iterdir()} == {".layer"}
    assert names() == tuple(sorted(p.stem for p in FOLDER.iterdir()))
    assert set(COMPUTES) <= set(names())


def test_the_three_layer_net_of_the_notebook():
    net = load("three_layer_net")
    assert [a.name for a in net.axes] == ["N", "D", "O", "H1", "H2"]
    assert [e.name for e in net.equations] == ["U1", "Z1", "U2", "Z2", "U3", "Z3", "L"]
    assert str(net.equations[-1].right) == "sum[n, o]((Z3[n, o] - y[n, o])**2)/(2*N)"


def test_a_chain_is_the_network_that_one_would_write():
    net, written = chain(*LOSS), load("two_layer_net")
    assert [(e.name, e.left, e.right) for e in net.equations] == [(e.name, e.left, e.right) for e in written.equations]
    assert {t.name: t.axes for t in net.tensors} == {t.name: t.axes for t in written.tensors}
    assert {t.name: t.role for t in net.tensors} == {t.name: t.role for t in written.tensors}
    assert net.tensor("X").flattened
    assert [law.kind for law in net.tensor("T").laws] == ["sum"]


IMAGES = {"N": 2, "C": 3, "H": 5, "W": 6, "H1": 5, "W1": 6, "H2": 4, "O": 2, "R": 2, "S": 3, "T": 6, "D": 3}


@pytest.mark.parametrize("specs", ["conv2d flatten affine", "conv2d affine", "conv1d flatten affine", "affine flatten"])
def test_an_array_of_any_number_of_axes_is_laid_flat(specs):
    net = chain(*specs.split())
    made = computed(net, sizes={a.name: IMAGES[a.name] for a in net.axes if a.name in IMAGES})
    first, last = (net.equations[k].name for k in (0, -1))
    flat = made[first].reshape(len(made[first]), -1)
    expected = flat @ made["W"] + made["b2"] if specs.endswith("affine") else flat
    np.testing.assert_allclose(made[last], expected)


def test_a_layer_called_with_more_axes_lays_them_flat():
    net = parse("X: input [N, C, H]; W: param [C*H, O]; b: param [O]; Y = affine(X, W, b); F = flatten(X)")
    made = computed(net, sizes={"N": 2, "C": 3, "H": 5, "O": 4})
    np.testing.assert_allclose(made["Y"], made["X"].reshape(2, 15) @ made["W"] + made["b"])
    np.testing.assert_allclose(made["F"], made["X"].reshape(2, 15))


@pytest.mark.parametrize(
    ("specs", "given", "made", "axes"),
    [
        ("affine softmax_cross_entropy", "X W b T", "U P L", "N D C"),
        ("affine relu", "X W b", "U Z", "N D H"),
        ("affine relu affine", "X W1 b1 W2 b2", "U1 Z1 U2", "N D H1 H2"),
        ("affine relu affine tanh affine softmax cross_entropy",
         "X W1 b1 W2 b2 W3 b3 T", "U1 Z1 U2 Z2 U3 P L", "N D H1 H2 C"),
        ("affine sigmoid affine squared_error", "X W1 b1 W2 b2 T", "U1 Z1 U2 L", "N D H1 H2"),
        ("affine mean_squared_error", "X W b T", "U L", "N D O"),
        ("relu affine", "U1 W b", "Z U2", "N D H"),
        ("relu relu", "U", "Z1 Z2", "N H"),
        ("affine_columns sigmoid affine_columns", "x W1 b1 W2 b2", "u1 Z1 u2", "D H1 H2"),
        ("add square_of_sum", "x y1 y2", "z1 t1 z2", ""),
        ("two_layer_net", "X T W1 b1 W2 b2", "U1 Z1 U2 P L", "N D C H"),
    ],
)  # fmt: skip
def test_names_in_a_chain(specs, given, made, axes):
    net = chain(*specs.split())
    assert " ".join(t.name for t in net.given) == given
    assert " ".join(e.name for e in net.equations) == made
    assert " ".join(a.name for a in net.axes) == axes


def test_a_chain_computes_layer_after_layer():
    arrays = computed(chain("affine", "tanh", "affine_torch", "softmax", "cross_entropy"))
    z = np.tanh(arrays["X"] @ arrays["W1"] + arrays["b1"]) @ arrays["W2"].T + arrays["b2"]
    np.testing.assert_allclose(arrays["L"], -(arrays["T"] * np.log(softmax(z))).sum() / len(z))


def test_hyperparameters_of_a_chain():
    symbolic = chain("affine", "softmax", "cross_entropy_eps")
    assert [h.name for h in symbolic.hyperparameters] == ["eps"]
    given = open_spec(["affine", "softmax", "cross_entropy_eps(eps = 1/8)"])
    assert given.hyperparameters == ()
    assert "log(P[n, c] + 1/8)" in str(given.equations[-1].right)
    assert open_spec(["cross_entropy_eps(eps=0.125)"]) == load("cross_entropy_eps", eps=0.125)
    assert open_spec(["softmax(axis=N)"]) == load("softmax", axis="N")


def test_a_path_is_a_spec(tmp_path):
    path = tmp_path / "scale.layer"
    path.write_text("layer scale(k = 2)\nX: input [N, D]; a: param [D]\nY = k * a * X\n")
    assert open_spec([str(path)]) == read(path)
    assert open_spec([f"{path}(k=3)"]) == read(path, k=3)
    net = chain("affine", f"{path}(k=3)", str(path))
    assert [t.name for t in net.given] == ["X", "W", "b", "a1", "a2"]
    assert [h.name for h in net.hyperparameters] == ["k"]


@pytest.mark.parametrize(
    ("specs", "error", "message"),
    [
        ([], LayerTextError, "nothing to chain"),
        (["afine"], UnknownName, "no layer 'afine'"),
        (["affine", "soft max"], ChainruleError, "unexpected 'max'"),
        (["../layers/affine"], ChainruleError, "unexpected"),
        (["nowhere/affine.layer"], UnknownName, "cannot read"),
        (["affine(k=1)"], UnknownName, "no hyperparameter 'k'"),
        (["cross_entropy_eps(eps)"], ChainruleError, "eps has no value"),
        (["cross_entropy_eps(eps=1, eps=2)"], ChainruleError, "eps is given twice"),
        (["cross_entropy_eps(eps=N)"], ChainruleError, "eps is a number, but N is given"),
        (["affine", "affine_columns"], LayerTextError, r"affine_columns expects x .* but affine gives"),
        (["softmax_cross_entropy", "affine"], LayerTextError, "affine expects X .* gives L with a scalar"),
        (["__import__('os')"], ChainruleError, "unexpected '_'"),
        (["affine\0.layer"], ChainruleError, ""),
    ],
)  # fmt: skip
def test_specs_that_cannot_be_used(specs, error, message):
    with pytest.raises(error, match=message or None):
        open_spec(specs)


def test_the_caret_of_a_chain_stands_under_the_layer_that_does_not_fit():
    with pytest.raises(LayerTextError) as caught:
        chain("affine", "relu", "affine_columns", "relu")
    assert caught.value.column == len("affine relu ") + 1


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UnknownName, match="cannot read"):
        read(tmp_path / "none.layer")
    (tmp_path / "latin.layer").write_bytes(b"x: input\ny = x # \xe9")
    with pytest.raises(LayerTextError, match="not UTF-8 text: line 2"):
        read(tmp_path / "latin.layer")
    (tmp_path / "long.layer").write_bytes(b"x" * 10_000_000)
    with pytest.raises(LayerTextError, match="at most 200000"):
        read(tmp_path / "long.layer")
    with pytest.raises(UnknownName, match="cannot read"):
        read(tmp_path)


def test_a_thousand_layers_take_a_second_and_linear_time():
    chain(*LOSS)  # reads the files

    def seconds(depth: int) -> float:
        specs = ["affine", "relu"] * depth + ["affine", "softmax_cross_entropy"]
        times = []
        for _ in range(3):
            start = time.perf_counter()
            net = chain(*specs)
            times.append(time.perf_counter() - start)
        assert len(net.equations) == 2 * depth + 3
        return min(times) / depth

    per_layer = [seconds(depth) for depth in (50, 200, 500)]
    assert per_layer[-1] * 500 < 1
    assert all(after < 2 * before for before, after in pairwise(per_layer)), per_layer


def test_a_deep_chain_numbers_its_names_in_order():
    net = chain(*(["affine", "relu"] * 30))
    assert [t.name for t in net.tensors if t.name.startswith("W")] == [f"W{k}" for k in range(1, 31)]
    assert [a.name for a in net.axes] == ["N", "D", *(f"H{k}" for k in range(1, 31))]
    assert net.tensor("W30").axes == (Axis("H29"), Axis("H30"))
    assert re.fullmatch(r"\w+", net.name) and len(net.name) <= 60
