"""The three styles, for many layers that a user might write: right, of one mind, gentle with what they are given."""

from __future__ import annotations

from collections.abc import Collection
from itertools import product
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import codegen
import derive
from derive.errors import LayerTextError
from derive.program import Program
from tests.codegen.zoo import NOT_ANALYTIC, SIZES, ZOO
from tests.witness import (
    Array,
    assert_backward_is_right,
    assert_forward_is_right,
    differentiable,
    functions,
    outputs_and_saved,
    point,
    random_upstream,
)

EVERY = {**ZOO, **NOT_ANALYTIC}


def layers(leave_out: Collection[str] = ()) -> pytest.MarkDecorator:
    """The layers of the zoo."""
    rows = [pytest.param(text, id=name) for name, text in EVERY.items() if name not in leave_out]
    return pytest.mark.parametrize("text", rows)


every_layer = layers()


def run(
    program: Program, sizes: dict[str, int], dtype: type = np.float64
) -> tuple[ModuleType, dict[str, Array], tuple[Any, ...], list[Any], dict[str, Any]]:
    """One forward and backward pass of the functions: module, arguments, outputs, upstream gradients, gradients."""
    module = functions(program)
    at: dict[str, Array] = {name: array.astype(dtype) for name, array in point(program, sizes).items()}
    for array in at.values():
        if array.ndim:
            array.flags.writeable = False
    outputs, saved = outputs_and_saved(module, at)
    upstream = random_upstream(outputs)
    return module, at, outputs, upstream, module.backward(saved, *upstream)


@every_layer
def test_forward_has_the_values_of_the_equations(text: str) -> None:
    assert_forward_is_right(derive.parse(text), SIZES)


@every_layer
def test_backward_has_the_values_of_differences_of_forward(text: str) -> None:
    assert_backward_is_right(derive.parse(text), SIZES, analytic=text in ZOO.values())


@every_layer
def test_the_class_does_what_the_functions_do(text: str) -> None:
    program = derive.parse(text)
    _, at, outputs, upstream, gradients = run(program, SIZES)
    module = codegen.build(program, "class")
    (kind,) = (v for v in vars(module).values() if isinstance(v, type))
    own = {t.name for t in program.given if t.role == "param"}
    layer = kind(**{name: at[name] for name in own})
    found = layer.forward(*(array for name, array in at.items() if name not in own))
    for output, expected in zip(found if isinstance(found, tuple) else (found,), outputs, strict=True):
        assert_array_equal(output, expected)
    back = layer.backward(*upstream)
    passed = [name for name in gradients if name not in own]
    back = () if back is None else back if isinstance(back, tuple) else (back,)
    for name, gradient in zip(passed, back, strict=True):
        assert_allclose(gradient, gradients[name], rtol=1e-13, err_msg=name)
    for name in own:
        assert_allclose(getattr(layer, f"d{name}"), gradients[name], rtol=1e-13, err_msg=name)


def networks() -> list[Any]:
    """The layers of the zoo that can be trained: one scalar output, parameters, something passed at each call."""
    found = []
    for name, text in EVERY.items():
        program = derive.parse(text)
        scalar = len(program.outputs) == 1 and not program.tensor(program.outputs[0]).axes
        roles = {t.role for t in program.given}
        if scalar and "param" in roles and roles - {"param"}:
            found.append(pytest.param(text, id=name))
    return found


@pytest.mark.parametrize("text", networks())
def test_the_network_does_what_the_functions_do(text: str) -> None:
    program = derive.parse(text)
    module, at, (loss,), _, _ = run(program, SIZES)
    _, saved = module.forward(*at.values())
    gradients = module.backward(saved)
    (kind,) = (v for v in vars(codegen.build(program, "network")).values() if isinstance(v, type))
    parameters = [t for t in program.given if t.role == "param"]
    net = kind(**{a.name: SIZES[a.name] for t in parameters for a in t.axes}, rng=0)
    assert {name: np.shape(array) for name, array in net.params.items()} == {
        t.name: np.shape(at[t.name]) for t in parameters
    }
    net.params = {t.name: at[t.name] for t in parameters}
    given = [array for name, array in at.items() if name not in net.params]
    both = net.loss_and_gradient(*given)
    assert_allclose([net.loss(*given), both[0]], loss, rtol=1e-13)
    for name, gradient in both[1].items():
        assert_allclose(gradient, gradients[name], rtol=1e-12, atol=1e-14, err_msg=name)


@every_layer
def test_float32_stays_float32(text: str) -> None:
    _, _, outputs, _, gradients = run(derive.parse(text), SIZES, np.float32)
    found = [np.asarray(array).dtype for array in (*outputs, *gradients.values())]
    assert found == [np.float32] * len(found)


@pytest.mark.parametrize("function", ["log", "exp", "sqrt", "tanh", "sigmoid", "erf", "abs"])
def test_a_function_of_a_hyperparameter_leaves_float32_as_it_is(function: str) -> None:
    program = derive.parse(f"layer scaled(w = 10)\nX: input [N, D]\nL = sum(X * {function}(1 + w / 3) + X**2)")
    _, _, outputs, _, gradients = run(program, SIZES, np.float32)
    assert [np.asarray(array).dtype for array in (*outputs, *gradients.values())] == [np.float32] * 2


@every_layer
def test_results_share_no_memory_with_arguments_nor_with_each_other(text: str) -> None:
    program = derive.parse(text)
    _, at, outputs, upstream, gradients = run(program, SIZES)
    results = [a for a in (*outputs, *gradients.values()) if isinstance(a, np.ndarray)]
    others = [*at.values(), *(a for a in upstream if isinstance(a, np.ndarray))]
    for place, result in enumerate(results):
        assert result.flags.writeable
        assert not any(np.shares_memory(result, other) for other in (*others, *results[place + 1 :]))


@every_layer
def test_backward_twice_gives_the_same_twice(text: str) -> None:
    module, at, outputs, upstream, gradients = run(derive.parse(text), SIZES)
    found, saved = outputs_and_saved(module, at)
    first, second = module.backward(saved, *upstream), module.backward(saved, *upstream)
    for name in gradients:
        assert_array_equal(first[name], gradients[name])
        assert_array_equal(second[name], gradients[name])
    for output, again in zip(outputs, found, strict=True):
        assert_array_equal(output, again)


@every_layer
def test_a_batch_of_one_works(text: str) -> None:
    assert_backward_is_right(derive.parse(text), {**SIZES, "N": 1}, analytic=text in ZOO.values())


# Over an empty batch a mean, a maximum or a norm is not defined.
EMPTY_IS_UNDEFINED = {
    *("huber", "pinball", "hinge", "triplet", "regularised", "kl_divergence", "weighted_classes", "contrastive"),
    *("gaussian", "logistic_regression", "binary_cross_entropy", "sizes", "mean_of_columns", "batch_norm"),
    *("centred_columns", "softmax_of_columns", "frobenius", "largest_of_differences"),
    *("quotient_below_a_masked_sum", "count_of_two_conditions"),
}


@layers(leave_out=EMPTY_IS_UNDEFINED)
def test_an_empty_batch_works(text: str) -> None:
    program = derive.parse(text)
    _, at, _, _, gradients = run(program, {**SIZES, "N": 0})
    for wanted in differentiable(program):
        assert np.shape(gradients[wanted]) == np.shape(at[wanted])
        assert np.all(np.isfinite(gradients[wanted]))


def assert_reads_well(source: str) -> None:
    """Nothing imported but NumPy, and that only if it is used; no spaces at the end of a line."""
    lines = source.splitlines()
    imports = [line for line in lines if line.startswith(("import", "from"))]
    assert imports == (["import numpy as np"] if "np." in source else [])
    assert not any(line != line.rstrip() for line in lines)


@pytest.mark.parametrize("style", ["functions", "class"])
@every_layer
def test_the_source_imports_numpy_alone_and_is_tidy(style: str, text: str) -> None:
    assert_reads_well(codegen.source(derive.parse(text), style))


@pytest.mark.parametrize("text", networks())
def test_the_source_of_a_network_imports_numpy_alone_and_is_tidy(text: str) -> None:
    assert_reads_well(codegen.source(derive.parse(text), "network"))


@pytest.mark.parametrize(("name", "style"), list(product(derive.names(), codegen.STYLES)))
def test_no_line_of_the_library_is_too_long(name: str, style: str) -> None:
    try:
        source = codegen.source(derive.load(name), style)
    except LayerTextError as error:  # no loss, or nothing to train
        assert style == "network"
        assert error.hint
        return
    assert max(map(len, source.splitlines())) <= 120


def test_a_loss_of_parameters_alone_is_refused_as_a_network_with_a_hint() -> None:
    with pytest.raises(LayerTextError):
        codegen.source(derive.parse(ZOO["only_vectors_summed"]), "network")


def test_a_style_that_does_not_exist_is_refused_with_the_names_of_those_that_do() -> None:
    with pytest.raises(derive.ChainruleError, match="no style 'classy'"):
        codegen.source(derive.load("affine"), "classy")


def test_a_network_keeps_the_names_of_its_parameters_and_sets_no_brackets_twice() -> None:
    text = (
        "layer gain\nX: input [N, D]; T: target [N, C], one-hot; W: param [D, 2*H]; V: param [2*H, C]; k: param\n"
        "Z = k * (relu(X @ W) @ V)\nL = softmax_cross_entropy(Z, T)"
    )
    code = codegen.source(derive.parse(text), "network")
    assert "k = self.params" in code and "k_2" not in code
    assert "((2*H), C)" not in code and "(2*H, C)" in code and "(2 / (2*H))" in code


def test_a_layer_without_a_loss_is_no_network() -> None:
    with pytest.raises(LayerTextError, match="no network"):
        codegen.source(derive.load("affine"), "network")


def test_the_origin_stands_at_the_head_of_the_file() -> None:
    source = codegen.source(derive.load("relu"), origin="From relu.layer.\nTo make it again: chainrule generate relu")
    assert "From relu.layer." in source.split("import numpy")[0]
    assert "To make it again: chainrule generate relu" in source.split("import numpy")[0]


def test_a_summary_of_the_user_cannot_leave_its_docstring() -> None:
    text = 'layer evil\n"ends here\\\\ and more"\nx: input\ny = 2*x'
    module = codegen.build(derive.parse(text))
    assert module.forward(3.0)[0] == 6.0
    assert "ends here" in (module.__doc__ or "")


def test_hyperparameters_can_be_chosen_at_the_call() -> None:
    program = derive.parse("layer leaky(slope = 0.1)\nX: input [N, D]\nY = where(X > 0, X, slope*X)")
    module = codegen.build(program)
    at = np.array([[2.0, -4.0]])
    for slope in (0.1, 0.25):
        given = {} if slope == 0.1 else {"slope": slope}
        out, saved = module.forward(at, **given)
        assert_allclose(out, [[2.0, -4.0 * slope]])
        assert_allclose(module.backward(saved, np.ones((1, 2)))["X"], [[1.0, slope]])


def test_hyperparameters_of_a_class_are_chosen_when_it_is_made() -> None:
    program = derive.parse("layer leaky(slope = 0.1)\nX: input [N, D]\nY = where(X > 0, X, slope*X)")
    layer = codegen.build(program, "class").Leaky(slope=0.25)
    assert_allclose(layer.forward(np.array([[2.0, -4.0]])), [[2.0, -1.0]])
    assert_allclose(layer.backward(np.ones((1, 2))), [[1.0, 0.25]])


def test_a_network_with_a_hyperparameter_trains() -> None:
    text = (
        "layer ridge(weight = 0.5)\nX: input [N, D]; W: param [D, H]; T: target [N, H]\nU = X @ W\n"
        "L = sum((U - T)**2)/(2*N) + weight*sum(W**2)/2"
    )
    net = codegen.build(derive.parse(text), "network").Ridge(D=4, H=5, rng=0)
    rng = np.random.default_rng(1)
    X, T = rng.standard_normal((3, 4)), rng.standard_normal((3, 5))
    W = net.params["W"]
    assert_allclose(net.gradient(X, T)["W"], X.T @ (X @ W - T) / 3 + 0.5 * W, rtol=1e-12)


def test_the_same_seed_draws_the_same_parameters_and_float32_is_kept() -> None:
    kind = codegen.build(derive.load("two_layer_net"), "network").TwoLayerNet
    first, second = (kind(D=4, H=5, C=2, rng=7, dtype=np.float32) for _ in range(2))
    for name, array in first.params.items():
        assert array.dtype == np.float32
        assert_array_equal(array, second.params[name])
    rng = np.random.default_rng(8)
    X, T = rng.standard_normal((3, 4)).astype(np.float32), np.eye(2, dtype=np.float32)[[0, 1, 1]]
    list(first.train(X, T, epochs=2, batch_size=2, learning_rate=0.1, rng=9))
    assert {array.dtype for array in first.params.values()} == {np.dtype(np.float32)}


def test_weights_are_drawn_with_the_variance_of_he() -> None:
    # He et al. 2015, equation 10: 2/fan-in.
    net = codegen.build(derive.load("two_layer_net"), "network").TwoLayerNet(D=400, H=500, C=10, rng=10)
    assert net.params["W1"].var() == pytest.approx(2 / 400, rel=0.02)
    assert net.params["W2"].var() == pytest.approx(2 / 500, rel=0.1)
    assert not net.params["b1"].any()
