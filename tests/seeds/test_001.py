"""Seed 001: computation graphs, layers as classes, softmax with loss, and the two-layer network, with its figures."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import codegen
import derive
from derive.expression import Access
from derive.outputs import render
from derive.rewriting import substitute
from tests.witness import Array, Complex, complex_step

x, y = Access("x"), Access("y")

APPLE = {"apple": 100, "apple_num": 2, "tax": 1.1}
APPLE_GRADIENTS = {"apple": 2.2, "apple_num": 110, "tax": 200}
FRUIT = {"apple": 100, "apple_num": 2, "orange": 150, "orange_num": 3, "tax": 1.1}
FRUIT_GRADIENTS = {"apple": 2.2, "apple_num": 110, "orange": 3.3, "orange_num": 165, "tax": 650}

SCORES = np.array([[0.3, 2.9, 4.0], [0.1, 0.2, 0.7]])
TARGETS = np.array([[0, 0, 1], [0, 1, 0]])
Y_MINUS_T = [[0.01821127, 0.24519181, -0.26340309], [0.25462853, -0.71859196, 0.46396343]]
DX = [[0.00910564, 0.12259591, -0.13170154], [0.12731426, -0.35929598, 0.23198171]]


# z = (x + y)²


def test_dz_dx_is_twice_the_sum() -> None:
    derivation = derive.derive(derive.parse("x, y: input; z = (x + y)**2"))
    assert derivation.gradients["x"].index == 2 * (x + y)
    assert derivation.gradients["y"].index == 2 * (x + y)


def test_dz_dx_in_two_steps_is_twice_the_sum_after_putting_in() -> None:
    program = derive.load("square_of_sum")
    found = derive.derive(program).gradients
    assert found["t"].index == 2 * Access("t")
    assert found["x"].index == Access("∂t")
    definition = program.equation("t")
    assert definition is not None
    put_in = substitute(substitute(found["x"].index, {Access("∂t"): found["t"].index}), {Access("t"): definition.right})
    assert put_in == 2 * (x + y)


def test_the_generated_square_of_sum_has_the_values() -> None:
    module = codegen.build(derive.load("square_of_sum"))
    z, saved = module.forward(3.0, 4.5)
    assert (z, module.backward(saved)) == (56.25, {"x": 15.0, "y": 15.0})


# Shopping


@pytest.mark.parametrize(
    ("layer", "given", "price", "gradients"),
    [("apple", APPLE, 220, APPLE_GRADIENTS), ("apples_and_oranges", FRUIT, 715, FRUIT_GRADIENTS)],
)
def test_the_functions_of_a_shopping_have_the_figures(
    layer: str, given: dict[str, float], price: float, gradients: dict[str, float]
) -> None:
    module = codegen.build(derive.load(layer))
    found, saved = module.forward(**given)
    assert found == pytest.approx(price, rel=1e-15, abs=0)
    assert module.backward(saved) == pytest.approx(gradients, rel=1e-15, abs=0)


@pytest.mark.parametrize(
    ("layer", "name", "given", "price", "gradients"),
    [
        ("apple", "Apple", APPLE, 220, APPLE_GRADIENTS),
        ("apples_and_oranges", "ApplesAndOranges", FRUIT, 715, FRUIT_GRADIENTS),
    ],
)
def test_the_class_of_a_shopping_has_the_figures(
    layer: str, name: str, given: dict[str, float], price: float, gradients: dict[str, float]
) -> None:
    shop = getattr(codegen.build(derive.load(layer), "class"), name)()
    assert shop.forward(**given) == pytest.approx(price, rel=1e-15, abs=0)
    assert shop.backward() == pytest.approx(tuple(gradients[name] for name in given), rel=1e-15, abs=0)


def test_layers_put_together_by_hand_have_the_figures() -> None:
    Mul = codegen.build(derive.load("mul"), "class").Mul
    Add = codegen.build(derive.load("add"), "class").Add
    apples, oranges, both, taxed = Mul(), Mul(), Add(), Mul()
    price = taxed.forward(both.forward(apples.forward(100, 2), oranges.forward(150, 3)), 1.1)
    d_all, d_tax = taxed.backward(1)
    d_apples, d_oranges = both.backward(d_all)
    found = (*apples.backward(d_apples), *oranges.backward(d_oranges), d_tax)
    assert price == pytest.approx(715, rel=1e-15, abs=0)
    assert found == pytest.approx((2.2, 110, 3.3, 165, 650), rel=1e-15, abs=0)


def test_what_flows_back_along_each_edge_has_the_figures() -> None:
    # In the picture: 1.1 into "sum", 1.1 into both prices.
    program = derive.load("apples_and_oranges")
    gradients = derive.derive(program).gradients
    assert str(gradients["all_price"].index) == "tax"
    assert str(gradients["apple_price"].index) == str(gradients["orange_price"].index) == "∂all_price"


IN_THE_PICTURE = {
    "apple": [("apple", "100", "2.2"), ("apple_num", "2", "110"), ("apple_price", "200", "1.1"), ("tax", "1.1", "200")],
    "apples_and_oranges": [
        *(("apple", "100", "2.2"), ("apple_num", "2", "110"), ("orange", "150", "3.3"), ("orange_num", "3", "165")),
        *(("apple_price", "200", "1.1"), ("orange_price", "450", "1.1"), ("all_price", "650", "1.1")),
        *(("tax", "1.1", "650"), ("price", "715", "1")),
    ],
}


@pytest.mark.parametrize(("layer", "given"), [("apple", APPLE), ("apples_and_oranges", FRUIT)])
@pytest.mark.parametrize("output", ["mermaid", "markdown"])
def test_a_shopping_has_its_figures_in_the_graph_and_in_the_notes(
    layer: str, given: dict[str, float], output: str
) -> None:
    shown = render(derive.derive(derive.load(layer)), output, values=given)
    for name, value, gradient in IN_THE_PICTURE[layer]:
        assert f"{name} = {value}<br/>∂price/∂{name} = {gradient}" in shown


def test_the_graph_of_the_apples_has_the_operations_of_the_picture() -> None:
    drawn = render(derive.derive(derive.load("apples_and_oranges")), "mermaid", values=FRUIT)
    assert drawn.startswith("graph LR")
    assert [drawn.count(f'(("{sign}"))') for sign in "×+"] == [3, 1]


# Activations


def test_relu_passes_the_gradient_where_its_input_was_positive() -> None:
    layer = codegen.build(derive.load("relu"), "class").Relu()
    at = np.array([[1.0, -0.5, 0.0], [-2.0, 3.0, 1e-300]])
    upstream = np.array([[7.0, 11.0, 13.0], [17.0, 19.0, 23.0]])
    np.testing.assert_array_equal(layer.forward(at), [[1.0, 0.0, 0.0], [0.0, 3.0, 1e-300]])
    np.testing.assert_array_equal(layer.backward(upstream), [[7.0, 0.0, 0.0], [0.0, 19.0, 23.0]])


def test_relu_leaves_the_upstream_gradient_alone() -> None:
    # The seed's own class writes into its argument.
    layer = codegen.build(derive.load("relu"), "class").Relu()
    upstream = np.array([[7.0, 11.0]])
    upstream.flags.writeable = False
    layer.forward(np.array([[-1.0, 1.0]]))
    np.testing.assert_array_equal(layer.backward(upstream), [[0.0, 11.0]])
    np.testing.assert_array_equal(upstream, [[7.0, 11.0]])


def test_sigmoid_passes_y_times_one_minus_y() -> None:
    layer = codegen.build(derive.load("sigmoid"), "class").Sigmoid()
    rng = np.random.default_rng(1)
    at, upstream = rng.standard_normal((2, 3)), rng.standard_normal((2, 3))
    out = 1 / (1 + np.exp(-at))
    np.testing.assert_allclose(layer.forward(at), out, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(upstream), upstream * (1.0 - out) * out, rtol=1e-13)


# Affine


def test_affine_flattens_an_input_of_three_axes_and_gives_its_gradient_the_same_shape() -> None:
    rng = np.random.default_rng(2)
    W, b, upstream = rng.standard_normal((4, 3)), rng.standard_normal(3), rng.standard_normal((2, 3))
    tensor = np.array([[[1, 2], [3, 4]], [[1, 2], [3, 4]]])
    flat = np.array([[1, 2, 3, 4], [1, 2, 3, 4]])
    layer = codegen.build(derive.load("affine"), "class").Affine(W, b)
    np.testing.assert_allclose(layer.forward(tensor), flat @ W + b, rtol=1e-14)
    dx = layer.backward(upstream)
    assert dx.shape == (2, 2, 2)
    np.testing.assert_allclose(dx, (upstream @ W.T).reshape(2, 2, 2), rtol=1e-14)
    np.testing.assert_allclose(layer.dW, flat.T @ upstream, rtol=1e-14)
    np.testing.assert_allclose(layer.db, upstream[0] + upstream[1], rtol=1e-14)


# Softmax with loss


def test_softmax_with_loss_has_the_loss_without_an_epsilon() -> None:
    layer = codegen.build(derive.load("softmax_cross_entropy"), "class").SoftmaxCrossEntropy()
    assert layer.forward(SCORES, TARGETS) == pytest.approx(0.7868320068580383, rel=1e-15, abs=0)


def test_softmax_with_loss_has_the_printed_loss_with_the_epsilon() -> None:
    layer = codegen.build(derive.load("softmax_cross_entropy_eps"), "class").SoftmaxCrossEntropyEps()
    assert layer.forward(SCORES, TARGETS) == pytest.approx(0.7868317613004097, rel=1e-15, abs=0)


def test_softmax_minus_target_is_printed() -> None:
    P, _ = codegen.build(derive.load("softmax")).forward(SCORES)
    np.testing.assert_allclose(P - TARGETS, Y_MINUS_T, rtol=0, atol=5e-9)


def test_the_gradient_of_softmax_with_loss_is_printed() -> None:
    module = codegen.build(derive.load("softmax_cross_entropy"))
    _, saved = module.forward(SCORES, TARGETS)
    np.testing.assert_allclose(module.backward(saved)["Z"], DX, rtol=0, atol=5e-9)


def test_the_gradient_of_softmax_with_loss_is_derived_as_the_difference_over_the_batch() -> None:
    gradient = derive.derive(derive.load("softmax_cross_entropy")).gradients["Z"]
    assert str(gradient.index) == "(P[n, c] - T[n, c])/N"


def loss_with_epsilon(scores: Complex) -> complex:
    """The seed's loss: its softmax, and 1e-7 inside the logarithm."""
    powers = np.exp(scores)
    p = powers / powers.sum(axis=1, keepdims=True)
    return complex(-np.sum(TARGETS * np.log(p + 1e-7)) / 2)


def test_the_epsilon_is_in_the_derived_gradient_too() -> None:
    module = codegen.build(derive.load("softmax_cross_entropy_eps"))
    _, saved = module.forward(SCORES, TARGETS)
    found, expected = module.backward(saved)["Z"], complex_step(loss_with_epsilon, SCORES)
    np.testing.assert_allclose(found, expected, rtol=1e-14)
    assert np.abs(found - np.array(DX)).max() > 2e-8  # so the printed dx, without the epsilon, is another gradient


# TwoLayerNet 784-50-10


@pytest.fixture(scope="module")
def net() -> Any:
    """The generated network, with the seed's small first weights."""
    two_layer_net = codegen.build(derive.load("two_layer_net"), "network").TwoLayerNet(D=784, H=50, C=10, rng=3)
    rng = np.random.default_rng(4)
    two_layer_net.params = {
        "W1": 0.01 * rng.standard_normal((784, 50)),
        "b1": 0.01 * rng.standard_normal(50),
        "W2": 0.01 * rng.standard_normal((50, 10)),
        "b2": 0.01 * rng.standard_normal(10),
    }
    return two_layer_net


@pytest.fixture(scope="module")
def batch() -> tuple[Array, Array]:
    """Three pictures, as in the seed."""
    rng = np.random.default_rng(5)
    return rng.random((3, 784)), np.eye(10)[[7, 0, 3]]


def loss_at(net: Any, batch: tuple[Array, Array], **moved: object) -> complex:
    """The generated loss with some parameters moved."""
    kept = net.params
    net.params = {**kept, **moved}
    try:
        return complex(net.loss(*batch))
    finally:
        net.params = kept


@pytest.mark.parametrize("name", ["b1", "W2", "b2"])
def test_every_entry_of_a_gradient_is_within_1e_9_of_the_numerical_one(
    name: str, net: Any, batch: tuple[Array, Array]
) -> None:
    found = net.gradient(*batch)[name]
    at = net.params[name]
    numerical = complex_step(lambda moved: loss_at(net, batch, **{name: moved}), at)
    np.testing.assert_allclose(found, numerical, rtol=1e-9, atol=0)


def test_the_gradient_of_the_first_weights_is_within_1e_9_of_the_numerical_one(
    net: Any, batch: tuple[Array, Array]
) -> None:
    # 39 200 entries: two in each column one by one, and all of them at once along random directions.
    found, W1 = net.gradient(*batch)["W1"], net.params["W1"]
    rng = np.random.default_rng(6)
    for d, h in zip(rng.permutation(784)[:100], [*range(50), *range(50)], strict=True):
        moved = W1.astype(complex)
        moved[d, h] += 1e-30j
        numerical = np.imag(loss_at(net, batch, W1=moved)) / 1e-30
        assert found[d, h] == pytest.approx(numerical, rel=1e-9, abs=0)
    for _ in range(20):
        direction = rng.standard_normal(W1.shape)
        numerical = np.imag(loss_at(net, batch, W1=W1 + 1e-30j * direction)) / 1e-30
        assert np.sum(found * direction) == pytest.approx(numerical, rel=1e-9)


def test_every_gradient_of_the_network_is_that_of_torch_autograd(
    torch: ModuleType, net: Any, batch: tuple[Array, Array]
) -> None:
    t = {k: torch.tensor(v, requires_grad=True) for k, v in net.params.items()}
    X, T = map(torch.tensor, batch)
    scores = torch.relu(X @ t["W1"] + t["b1"]) @ t["W2"] + t["b2"]
    torch.nn.functional.cross_entropy(scores, T).backward()
    found = net.gradient(*batch)
    for name, tensor in t.items():
        np.testing.assert_allclose(found[name], tensor.grad.numpy(), rtol=1e-12, atol=1e-16, err_msg=name)


def test_accuracy_counts_the_rows_whose_largest_score_is_the_right_class(net: Any, batch: tuple[Array, Array]) -> None:
    X, _ = batch
    said = net.predict(X).argmax(axis=1)
    labels = np.array([said[0], (said[1] + 1) % 10, said[2]])
    assert net.accuracy(X, labels) == pytest.approx(2 / 3)
    assert net.accuracy(X, np.eye(10)[labels]) == pytest.approx(2 / 3)


def test_training_as_in_the_seed_lowers_the_loss(batch: tuple[Array, Array]) -> None:
    two_layer_net = codegen.build(derive.load("two_layer_net"), "network").TwoLayerNet(D=784, H=50, C=10, rng=7)
    before = two_layer_net.loss(*batch)
    for _ in range(10):
        gradients = two_layer_net.gradient(*batch)
        for name in ("W1", "b1", "W2", "b2"):
            two_layer_net.params[name] -= 0.01 * gradients[name]
    assert two_layer_net.loss(*batch) < before / 2
