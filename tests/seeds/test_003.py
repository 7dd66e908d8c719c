"""Seed 003: the X·Wᵀ layout of PyTorch, its ``linear_backward`` and ``relu_backward``, against autograd."""

from __future__ import annotations

from types import ModuleType

import numpy as np

import codegen
import derive
from tests.witness import Array

N, D, H = 5, 3, 4


def point() -> tuple[Array, Array, Array, Array]:
    """A (l−1), W, b and the upstream gradient of Z, on pairwise different sizes."""
    rng = np.random.default_rng(20)
    shapes = ((N, D), (H, D), (H,), (N, H))
    A, W, b, upstream = (rng.standard_normal(shape) for shape in shapes)
    return A, W, b, upstream


def test_linear_backward_is_that_of_autograd(torch: ModuleType) -> None:
    A, W, b, upstream = point()
    t = [torch.tensor(array, requires_grad=True) for array in (A, W, b)]
    torch.nn.functional.linear(*t).backward(torch.tensor(upstream))
    module = codegen.build(derive.load("affine_torch"))
    out, saved = module.forward(A, W, b)
    found = module.backward(saved, upstream)
    np.testing.assert_allclose(out, torch.nn.functional.linear(*t).detach().numpy(), rtol=1e-13)
    for name, tensor in zip(("X", "W", "b"), t, strict=True):
        np.testing.assert_allclose(found[name], tensor.grad.numpy(), rtol=1e-13, err_msg=name)


def test_linear_backward_has_the_formulas_of_the_document() -> None:
    # Its text has dL/dW = δᵀ A (its code forgets the transpose), dL/db = Σᵢ δᵢ, dL/dA = δ W.
    A, W, b, upstream = point()
    layer = codegen.build(derive.load("affine_torch"), "class").AffineTorch(W, b)
    layer.forward(A)
    dA = layer.backward(upstream)
    np.testing.assert_allclose(layer.dW, upstream.T @ A, rtol=1e-14)
    np.testing.assert_allclose(layer.db, upstream.sum(axis=0), rtol=1e-14)
    np.testing.assert_allclose(dA, upstream @ W, rtol=1e-14)


def test_relu_backward_is_that_of_autograd(torch: ModuleType) -> None:
    rng = np.random.default_rng(21)
    Z, upstream = rng.standard_normal((N, H)), rng.standard_normal((N, H))
    Z[0, 0] = 0.0  # the document: 1 if z > 0, 0 otherwise
    t = torch.tensor(Z, requires_grad=True)
    torch.relu(t).backward(torch.tensor(upstream))
    module = codegen.build(derive.load("relu"))
    _, saved = module.forward(Z)
    found = module.backward(saved, upstream)["U"]
    np.testing.assert_array_equal(found, t.grad.numpy())
    np.testing.assert_array_equal(found, upstream * (Z > 0))


def test_a_comparison_counts_as_zero_or_one() -> None:
    # The document's remark: a * (b > 0), with the numbers that it prints.
    a = np.array([[0.8516, -1.0509, 0.1294], [-0.1999, 1.1394, 1.4127]])
    b = np.array([[0.6630, 0.2176, -1.2203], [0.6629, -0.2176, -1.2055]])
    found, _ = codegen.build(derive.parse("a, b: input [N, C]; z = a * (b > 0)")).forward(a, b)
    np.testing.assert_array_equal(found, [[0.8516, -1.0509, 0.0], [-0.1999, 0.0, 0.0]])


def test_delta_of_a_layer_is_delta_above_times_its_weights_times_the_slope() -> None:
    # δ[l] = (δ[l+1] W[l+1]) ⊙ σ'(Z[l]), in the ledger of a chain of two layers.
    program = derive.chain("affine_torch", "relu", "affine_torch")
    gradients = derive.derive(program).gradients
    assert str(gradients["U1"].index) == "∂Z1[n, h1]*[U1[n, h1] > 0]"
    assert gradients["Z1"].shape == ("N", "H1")
    A, W1, b1, _ = point()
    rng = np.random.default_rng(22)
    W2, b2, delta2 = rng.standard_normal((2, H)), rng.standard_normal(2), rng.standard_normal((N, 2))
    module = codegen.build(program)
    _, saved = module.forward(A, W1, b1, W2, b2)
    found = module.backward(saved, delta2)
    delta1 = (delta2 @ W2) * (A @ W1.T + b1 > 0)
    np.testing.assert_allclose(found["W1"], delta1.T @ A, rtol=1e-13)
    np.testing.assert_allclose(found["b1"], delta1.sum(axis=0), rtol=1e-13)


def test_an_update_takes_the_learning_rate_times_the_gradient_off() -> None:
    rng = np.random.default_rng(23)
    net = codegen.build(derive.load("sigmoid_net_rows"), "network").SigmoidNetRows(D=D, H=H, O=2, rng=24)
    x, y = rng.standard_normal((N, D)), rng.standard_normal((N, 2))
    before = {name: array.copy() for name, array in net.params.items()}
    gradients = net.gradient(x, y)
    net.update(gradients, learning_rate=0.25)
    for name in before:
        np.testing.assert_array_equal(net.params[name], before[name] - 0.25 * gradients[name])


def test_the_notes_can_be_written_with_the_delta_of_the_document() -> None:
    derivation = derive.derive(derive.chain("affine_torch", "relu", "affine_torch"))
    assert r"\delta^{[1]}" in derivation.to_latex(profile="delta")
