"""Layers chained inside a layer's text: names, sharing, repetition, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

from derive.errors import LayerTextError
from derive.library import chain, load
from derive.reading import parse
from tests.derive.reading.errors import refused
from tests.derive.reading.values import computed

HEAD = "X: input [N, D]; "


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_a_perceptron_of_any_depth_is_the_chain_of_its_layers(depth):
    net, written = load("mlp", depth=depth), chain(*["affine", "relu"] * (depth - 1), "affine", "softmax_cross_entropy")
    assert [(e.left, e.right) for e in net.equations] == [(e.left, e.right) for e in written.equations]
    assert {t.name: t.axes for t in net.tensors} == {t.name: t.axes for t in written.tensors}
    assert "depth" not in [h.name for h in net.hyperparameters]


def test_what_is_passed_by_name_goes_to_every_layer_that_has_it():
    program = parse(
        HEAD
        + "M: constant [D]; k: constant\nscaled = k * X\nY = chain(scaled, repeat(dropout, times=2), M=X, rate=0.25)\n"
        "Z = Y + M"
    )
    assert [t.name for t in program.given] == ["X", "M", "k"]
    a = computed(program)
    np.testing.assert_allclose(a["Y"], a["k"] * a["X"] ** 3 / 0.75**2)


def test_what_the_layers_need_besides_becomes_the_layer_s_own_under_free_names():
    program = parse(HEAD + "W: param [D, H]\nU = X @ W\nY = chain(U, affine, tanh, affine)\nL = sum(Y)")
    assert [t.name for t in program.given] == ["X", "W", "W1", "b1", "W2", "b2"]
    assert [a.name for a in program.tensor("Y").axes] == ["N", "H2"]
    a = computed(program)
    np.testing.assert_allclose(a["Y"], np.tanh(a["U"] @ a["W1"] + a["b1"]) @ a["W2"] + a["b2"])


def test_no_repetition_leaves_the_array_as_it_is():
    a = computed(HEAD + "Y = 2 * chain(X, repeat(tanh, times=0))")
    np.testing.assert_allclose(a["Y"], 2 * a["X"])


def test_a_number_of_times_may_also_be_used_as_a_number():
    a = computed("layer f(n = 3)\nx: input [N]\ny = n * chain(x, repeat(tanh, times=n))")
    np.testing.assert_allclose(a["y"], 3 * np.tanh(np.tanh(np.tanh(a["x"]))))


def test_gpt2_has_as_many_blocks_as_one_wants_with_one_mask_and_one_epsilon():
    for blocks in (1, 3):
        program = load("gpt2", blocks=blocks)
        assert sum(t.name.startswith("W_q") for t in program.given) == blocks
        assert [t.name for t in program.given if t.role == "constant"] == ["M"]
        assert [h.name for h in program.hyperparameters] == ["eps"]


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        ("Y = ¦chain(X)", "chain takes an array and the layers", "chain(X, affine, relu)"),
        ("Y = chain(X, ¦afine)", "there is no layer afine", "did you mean affine?"),
        ("Y = chain(X, affine(¦X))", "affine is fed by the layer before", "hyperparameters only"),
        ("Y = chain(X, relu, ¦rate=2)", "none of the layers has a tensor or hyperparameter rate", "U"),
        ("Y = chain(X, ¦repeat(relu))", "repeat takes layers and how many times", "times=3"),
        ("Y = chain(X, repeat(relu, times=¦1/2))", "a whole number from 0", ""),
        ("Y = chain(X, repeat(relu, times=¦X))", "a number, not a tensor", ""),
        ("Y = chain(X, repeat(relu, times=¦1001))", "a whole number from 0 to 1000", ""),
        ("Y = chain(X, repeat(relu, times=1000), ¦repeat(relu, tanh, times=2))", "a chain has at most 1000", ""),
        ("Y = chain(X, repeat(relu, ¦often=3))", "no argument named often", "times=3"),
        ("Y = ¦chain(X, affine, squared_error, affine)", "the layers do not fit", "between"),
        ("layer tanh\n" + HEAD + "Y = chain(X, ¦tanh)", "the layer tanh calls itself", "another name"),
    ],
)
def test_refused(marked, message, hint):
    text = marked if marked.startswith("layer") else HEAD + marked
    assert hint in refused(text, message).hint


def test_a_shared_tensor_must_have_the_same_axes_everywhere():
    with pytest.raises(LayerTextError, match="affine expects W with the axes"):
        parse(HEAD + "W: param [D, H]\nY = chain(X, affine, affine, W=W)")
