"""Second order: a derivation differentiated again, against PyTorch and the judge."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

import codegen
import derive
from derive.calculus.second_order import gradient_program, hessian_vector_product
from derive.expression import Reduce
from derive.judging.judge import judge
from derive.library import names
from derive.rewriting import walk
from tests.opponents import OPPONENTS
from tests.test_library import arrays, assert_equal, by_jax, ours, sizes
from tests.witness import differentiable, functions, outputs_and_saved, random_upstream

MLP = """
layer mlp
X: input [N, D]
y: target [N, O]
W1: param [D, H]
b1: param [H]
W2: param [H, O]
U = X @ W1 + b1
Z = tanh(U)
Y = Z @ W2
L = sum((Y - y)**2) / (2*N)
"""


def drawn(*shapes: tuple[int, ...]) -> list[np.ndarray[Any, Any]]:
    rng = np.random.default_rng(7)
    return [rng.standard_normal(shape) for shape in shapes]


def test_the_hessian_vector_product_of_a_network_is_pytorch_s(torch: ModuleType) -> None:
    n, d, h, o = 5, 3, 4, 2
    x, y, w1, b1, w2 = drawn((n, d), (n, o), (d, h), (h,), (h, o))
    vectors = drawn((d, h), (h,), (h, o))
    whole, _ = hessian_vector_product(derive.parse(MLP), ["W1", "b1", "W2"])
    module = codegen.build(whole)
    _, saved = module.forward(x, y, w1, b1, w2, *vectors)
    ours = module.backward(saved)

    leaves = [torch.tensor(a, requires_grad=True) for a in (w1, b1, w2)]
    out = torch.tanh(torch.tensor(x) @ leaves[0] + leaves[1]) @ leaves[2]
    loss = ((out - torch.tensor(y)) ** 2).sum() / (2 * n)
    first = torch.autograd.grad(loss, leaves, create_graph=True)
    inner = sum((g * torch.tensor(v)).sum() for g, v in zip(first, vectors, strict=True))
    for name, expected in zip(("W1", "b1", "W2"), torch.autograd.grad(inner, leaves), strict=True):
        np.testing.assert_allclose(ours[name], expected.numpy(), rtol=1e-11, atol=1e-13)


def test_the_hessian_of_log_sum_exp_is_diag_p_minus_p_pt() -> None:
    layer = derive.parse("layer lse\nz: input [C]\ns = log(sum(exp(z)))")
    module = codegen.build(hessian_vector_product(layer, ["z"])[0])
    (z,) = drawn((4,))
    p = np.exp(z) / np.exp(z).sum()
    for k, v in enumerate(np.eye(4)):
        product = module.backward(module.forward(z, v)[1])["z"]
        np.testing.assert_allclose(product, (np.diag(p) - np.outer(p, p))[:, k], rtol=1e-12, atol=1e-15)


def test_the_hessian_of_cross_entropy_by_the_scores_is_diag_p_minus_p_pt_over_the_batch() -> None:
    module = codegen.build(hessian_vector_product(derive.load("softmax_cross_entropy"), ["Z"])[0])
    z, v = drawn((3, 5), (3, 5))
    target = np.eye(5)[[0, 4, 2]]
    product = module.backward(module.forward(z, target, v)[1])["Z"]
    for row in range(3):
        p = np.exp(z[row]) / np.exp(z[row]).sum()
        np.testing.assert_allclose(product[row], (np.diag(p) - np.outer(p, p)) @ v[row] / 3, rtol=1e-11)


def is_small_and_smooth(name: str) -> bool:
    """Many axes take minutes; a largest entry has winners that tie with it in every world, which the judge refuses."""
    layer = derive.load(name)
    reductions = [n for e in layer.equations for n in walk(e.right) if isinstance(n, Reduce)]
    small = len(layer.equations) < 8 and len(layer.axes) < 5
    return small and not any(r.op in ("max", "min") for r in reductions)


@pytest.mark.parametrize("name", [n for n in names() if is_small_and_smooth(n)])
def test_double_backward_of_a_layer_is_proved_step_by_step(name: str) -> None:
    layer = derive.load(name)
    once = gradient_program(derive.derive(layer, upstream=layer.outputs))
    twice = derive.derive(once, upstream=once.outputs)
    verdicts = judge(twice, points=1)
    assert [v for v in verdicts if not v.holds] == []
    assert verdicts


@pytest.mark.parametrize("name", names())
def test_double_backward_of_every_layer_is_jax_s(name: str, jax: ModuleType) -> None:
    """The generated code of the gradients, and of the gradients of all of them together."""
    layer, opponent = derive.load(name), OPPONENTS[name]
    once = gradient_program(derive.derive(layer, upstream=layer.outputs))
    at = arrays(layer, opponent, sizes(layer, opponent))
    given, moving = tuple(at), differentiable(layer)
    outputs, _ = outputs_and_saved(functions(layer), at)
    upstream = [t.name for t in once.given if t.name not in given]
    at |= dict(zip(upstream, random_upstream(outputs, seed=4), strict=True))

    def gradients(j: ModuleType, *everything: Any) -> tuple[Any, ...]:
        values = dict(zip(at, everything, strict=True))

        def forward(moved: dict[str, Any]) -> tuple[Any, ...]:
            found = opponent.jax(j, *({**values, **moved}[n] for n in given))
            return found if isinstance(found, tuple) else (found,)

        (found,) = j.vjp(forward, {n: values[n] for n in moving})[1](tuple(values[n] for n in upstream))
        return tuple(found[n.removeprefix("d")] for n in once.outputs)

    assert_equal(ours(once, at), by_jax(jax, once, gradients, at))


@pytest.mark.parametrize("name", ["mlp", "two_layer_net"])
def test_the_hessian_of_a_network_is_never_formed(name: str, jax: ModuleType) -> None:
    """The product is JAX's forward over reverse, and no tensor on the way has the axes of two parameters."""
    layer, opponent = derive.load(name), OPPONENTS[name]
    parameters = [t.name for t in layer.given if t.role == "param"]
    whole, derivation = hessian_vector_product(layer, parameters)
    vectors = [t for t in whole.given if t.name not in {given.name for given in layer.given}]
    largest = max(len(t.axes) for t in layer.given)
    assert all(len(t.axes) <= largest for t in whole.tensors)
    assert all(len(g.indices) <= largest for g in derivation.all_gradients)

    at = arrays(layer, opponent, sizes(layer, opponent))
    v = dict(zip(parameters, drawn(*(at[n].shape for n in parameters)), strict=True))
    module = codegen.build(whole)
    found = module.backward(module.forward(*at.values(), *(v[t.name.removeprefix("v_")] for t in vectors))[1])

    def loss(moved: dict[str, Any]) -> Any:
        return opponent.jax(jax, *({**at, **moved}[n] for n in at))

    right = jax.jvp(jax.grad(loss), ({n: jax.numpy.asarray(at[n]) for n in v},), (v,))[1]
    for n in parameters:
        scale = np.abs(right[n]).max()
        np.testing.assert_allclose(found[n], right[n], rtol=1e-10, atol=1e-10 * scale, err_msg=n)


@pytest.mark.parametrize(
    ("name", "hessian"),
    [
        (
            "log_sum_exp",
            "delta(n, n')*(dZ[n, c]*delta(c, c') - dZ[n, c']*exp(Z[n, c] - y[n]))",
        ),
        ("softmax_cross_entropy", "P[n, c]*delta(n, n')*(delta(c, c') - P[n, c'])/N"),
    ],
)
def test_the_hessian_itself_is_written_as_diag_p_minus_p_pt(name: str, hessian: str) -> None:
    layer = derive.load(name)
    derivation = derive.derive(layer, ["Z"], upstream=[] if name != "log_sum_exp" else layer.outputs)
    found = derive.jacobian(gradient_program(derivation), "dZ", "Z")
    assert str(found.index) == hessian


def test_only_a_scalar_has_a_hessian() -> None:
    with pytest.raises(derive.ChainruleError, match="no single scalar output"):
        hessian_vector_product(derive.load("softmax"), ["Z"])
