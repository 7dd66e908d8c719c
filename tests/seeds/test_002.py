"""Seed 002: a network for regression, one sample at a time, weights with one output a row; all printed figures.

The document's own functions are retyped here where its procedure (order, averaging) must be followed to the letter.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import codegen
import derive
from tests.witness import Array

# The worked example: 2-2-2, one sample.
X = np.array([0.05, 0.1])
Y = np.array([0.01, 0.99])
W = (np.array([[0.15, 0.2], [0.25, 0.3]]), np.array([[0.4, 0.45], [0.5, 0.55]]))
B = (np.array([0.35, 0.35]), np.array([0.6, 0.6]))
PARAMS = {"W1": W[0], "b1": B[0], "W2": W[1], "b2": B[1]}
PREDICTION = [1.10590597, 1.2249214]
GRADIENTS: dict[str, Any] = {
    "W1": [[0.00670603, 0.01341205], [0.00748746, 0.01497492]],
    "b1": [0.13412051, 0.14974924],
    "W2": [[0.65016812, 0.65412915], [0.13937182, 0.14022092]],
    "b2": [1.09590597, 0.2349214],
}
STEPPED: dict[str, Any] = {
    "W1": [[0.1493294, 0.19865879], [0.24925125, 0.29850251]],
    "b1": [0.33658795, 0.33502508],
    "W2": [[0.33498319, 0.38458708], [0.48606282, 0.53597791]],
    "b2": [0.4904094, 0.57650786],
}
PRINTED: dict[str, Any] = {"rtol": 0, "atol": 5.1e-9}  # eight decimals


def network(params: dict[str, Array] = PARAMS) -> Any:
    """The generated network with these parameters, its own copies of them."""
    net = codegen.build(derive.load("sigmoid_net"), "network").SigmoidNet(*params["W1"].shape, len(params["b2"]), rng=0)
    net.params = {name: array.copy() for name, array in params.items()}
    return net


def test_the_forward_pass_has_the_printed_prediction() -> None:
    np.testing.assert_allclose(network().predict(X), PREDICTION, **PRINTED)


def test_the_forward_pass_has_the_printed_sums_and_outputs() -> None:
    hidden = derive.chain("affine_columns", "sigmoid")
    module = codegen.build(hidden)
    out, _ = module.forward(X, W[0], B[0])
    sums, _ = codegen.build(derive.load("affine_columns")).forward(X, W[0], B[0])
    np.testing.assert_allclose(sums, [0.3775, 0.3925], **PRINTED)
    np.testing.assert_allclose(out, [0.59326999, 0.59688438], **PRINTED)


def test_a_network_of_zeros_has_the_printed_outputs_and_gradients() -> None:
    zeros = {"W1": np.zeros((3, 2)), "b1": np.zeros(3), "W2": np.zeros((1, 3)), "b2": np.zeros(1)}
    net = network(zeros)
    np.testing.assert_array_equal(net.predict(X), [0.0])
    gradients = net.gradient(X, np.array([1.0]))
    np.testing.assert_array_equal(gradients["W2"], [[-0.5, -0.5, -0.5]])
    np.testing.assert_array_equal(gradients["b2"], [-1.0])
    np.testing.assert_array_equal(gradients["W1"], np.zeros((3, 2)))


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_functions_give_the_printed_gradients(name: str) -> None:
    module = codegen.build(derive.load("sigmoid_net"))
    _, saved = module.forward(X, Y, **PARAMS)
    np.testing.assert_allclose(module.backward(saved)[name], GRADIENTS[name], **PRINTED)


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_class_gives_the_printed_gradients(name: str) -> None:
    layer = codegen.build(derive.load("sigmoid_net"), "class").SigmoidNet(**PARAMS)
    layer.forward(X, Y)
    layer.backward()
    np.testing.assert_allclose(getattr(layer, f"d{name}"), GRADIENTS[name], **PRINTED)


@pytest.mark.parametrize("name", GRADIENTS)
def test_the_network_gives_the_printed_gradients(name: str) -> None:
    np.testing.assert_allclose(network().gradient(X, Y)[name], GRADIENTS[name], **PRINTED)


@pytest.mark.parametrize("name", STEPPED)
def test_a_step_with_0_1_gives_the_printed_weights_and_biases(name: str) -> None:
    net = network()
    net.update(net.gradient(X, Y), learning_rate=0.1)
    np.testing.assert_allclose(net.params[name], STEPPED[name], **PRINTED)


def test_a_net_of_four_layers_has_the_printed_prediction() -> None:
    program = derive.chain("affine_columns", "sigmoid", "affine_columns", "sigmoid", "affine_columns", "identity")
    predict = codegen.build(program).forward
    weights = (
        np.array([[-0.2, 0.4], [-0.4, -0.5], [-0.4, -0.5]]),
        np.array([[-0.2, 0.4, 0.9], [-0.4, -0.5, -0.2]]),
        np.array([[-0.5, 1.0]]),
    )
    biases = (np.array([0.1, -0.1, 0.1]), np.array([0.2, -0.2]), np.array([0.3]))
    given = [array for pair in zip(weights, biases, strict=True) for array in pair]
    found, _ = predict(np.array([2.3, 1.5]), *given)
    np.testing.assert_allclose(found, [0.38288404], **PRINTED)


# Training. The seed averages the gradients of a batch over its samples and over the outputs of the network.


def seed_gradients(params: dict[str, Array], x: Array, y: Array) -> dict[str, Array]:
    """``forward_prop`` and ``back_prop`` of the seed for one sample."""
    hidden = 1.0 / (1.0 + np.exp(-(np.dot(params["W1"], x) + params["b1"])))
    delta2 = np.dot(params["W2"], hidden) + params["b2"] - y
    delta1 = np.dot(delta2, params["W2"]) * (hidden * (1.0 - hidden))
    return {
        "W1": np.dot(delta1.reshape(-1, 1), x.reshape(1, -1)),
        "b1": delta1,
        "W2": np.dot(delta2.reshape(-1, 1), hidden.reshape(1, -1)),
        "b2": delta2,
    }


def seed_training(
    params: dict[str, Array], x: Array, y: Array, batch_size: int, order: list[int], rate: float
) -> tuple[dict[str, Array], float]:
    """One epoch of the seed's ``train`` and ``optimize``: new parameters, and the loss that it reports."""
    params, out_count = {k: v.copy() for k, v in params.items()}, y.shape[1]
    summed: dict[str, Array] = {}
    count, total = 0, 0.0
    for data_i in order:
        gradients = seed_gradients(params, x[data_i], y[data_i])
        hidden = 1.0 / (1.0 + np.exp(-(np.dot(params["W1"], x[data_i]) + params["b1"])))
        prediction = np.dot(params["W2"], hidden) + params["b2"]
        total += sum(0.5 * (p - t) ** 2 for p, t in zip(prediction, y[data_i], strict=True))
        summed = gradients if count == 0 else {k: summed[k] + gradients[k] for k in gradients}
        count += 1
        if count % batch_size != 0 and data_i != order[-1]:
            continue
        params = {k: v - rate * summed[k] / (count * out_count) for k, v in params.items()}
        count = 0
    return params, total / (len(x) * out_count)


def test_the_loss_after_the_sample_run_is_printed() -> None:
    # One sample, one epoch, rate 0.02: the loss before the step, averaged over samples and the two outputs.
    net = network()
    loss, gradients = net.loss_and_gradient(X, Y)
    assert loss / len(Y) == pytest.approx(0.31404948868496607, rel=1e-15, abs=0)
    net.update(gradients, learning_rate=0.02 / len(Y))
    expected, _ = seed_training(PARAMS, X[None], Y[None], 2, [0], 0.02)
    for name in PARAMS:
        np.testing.assert_allclose(net.params[name], expected[name], rtol=1e-14, err_msg=name)


def test_the_loss_after_the_sample_run_is_what_train_reports() -> None:
    (loss,) = network().train(X[None], Y[None], epochs=1, batch_size=2, learning_rate=0.02 / len(Y))
    assert loss / len(Y) == pytest.approx(0.31404948868496607, rel=1e-15, abs=0)


SAMPLES = 7
BATCH_SIZES = {"online": 1, "mini-batch": 3, "batch": SAMPLES}  # the last mini-batch has one sample


def training_case() -> tuple[dict[str, Array], Array, Array, list[int]]:
    """2-3-4 parameters, seven samples, and the order that NumPy's generator number 8 gives them."""
    rng = np.random.default_rng(9)
    params = {
        "W1": rng.standard_normal((3, 2)),
        "b1": rng.standard_normal(3),
        "W2": rng.standard_normal((4, 3)),
        "b2": rng.standard_normal(4),
    }
    order = [int(k) for k in np.random.default_rng(8).permutation(SAMPLES)]
    return params, rng.standard_normal((SAMPLES, 2)), rng.standard_normal((SAMPLES, 4)), order


@pytest.mark.parametrize("kind", BATCH_SIZES)
def test_training_sample_by_sample_is_that_of_the_seed(kind: str) -> None:
    params, x, y, order = training_case()
    expected, loss = seed_training(params, x, y, BATCH_SIZES[kind], order, 0.3)
    net = network(params)
    (found,) = net.train(x, y, epochs=1, batch_size=BATCH_SIZES[kind], learning_rate=0.3 / 4, rng=8)
    assert found / 4 == pytest.approx(loss, rel=1e-13)
    for name in params:
        np.testing.assert_allclose(net.params[name], expected[name], rtol=1e-12, err_msg=name)


@pytest.mark.parametrize("kind", BATCH_SIZES)
def test_training_with_whole_batches_takes_the_steps_of_the_seed(kind: str) -> None:
    params, x, y, order = training_case()
    expected, _ = seed_training(params, x, y, BATCH_SIZES[kind], order, 0.3)
    net = codegen.build(derive.load("sigmoid_net_rows"), "network").SigmoidNetRows(D=2, H=3, O=4, rng=0)
    net.params = {name: array.copy() for name, array in params.items()}
    list(net.train(x, y, epochs=1, batch_size=BATCH_SIZES[kind], learning_rate=0.3 / 4, rng=8))
    for name in params:
        np.testing.assert_allclose(net.params[name], expected[name], rtol=1e-12, err_msg=name)


def test_training_learns_a_plane() -> None:
    # The seed's demonstration, with its 2-3-1 net and a plane instead of the data set that it loads.
    rng = np.random.default_rng(10)
    x = rng.uniform(-1, 1, (120, 2))
    y = x.mean(axis=1, keepdims=True)
    net = codegen.build(derive.load("sigmoid_net_rows"), "network").SigmoidNetRows(D=2, H=3, O=1, rng=11)
    losses = list(net.train(x, y, epochs=100, batch_size=4, learning_rate=0.1, rng=12))
    assert losses[-1] < losses[0] / 20


# The document states for each function its derivative: the notes must say the same.


def test_the_weighted_sum_has_the_stated_derivatives() -> None:
    # du/dW is x, du/db is 1, du/dx is W: each gradient is the upstream one times that.
    gradients = derive.derive(derive.load("affine_columns")).gradients
    rng = np.random.default_rng(13)
    x, weights, upstream = rng.standard_normal(2), rng.standard_normal((3, 2)), rng.standard_normal(3)
    module = codegen.build(derive.load("affine_columns"))
    _, saved = module.forward(x, weights, rng.standard_normal(3))
    found = module.backward(saved, upstream)
    np.testing.assert_allclose(found["W"], upstream.reshape(3, 1) @ x.reshape(1, 2), rtol=1e-15)
    np.testing.assert_allclose(found["b"], upstream * np.ones(3), rtol=1e-15)
    np.testing.assert_allclose(found["x"], upstream @ weights, rtol=1e-14)
    assert {name: gradients[name].shape for name in ("W", "b", "x")} == {"W": ("H", "D"), "b": ("H",), "x": ("D",)}
