"""Layers of windows and gathers, as text: convolution, pooling, embedding, against PyTorch, the check and the judge."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import codegen
import derive
from derive.expression import Reduce
from derive.judging.judge import judge
from derive.program import Program
from derive.rewriting import walk
from tests.layers import path

Arrays = list[Any]
NAMES = ("pick", "moving_average")


def layer(name: str) -> Program:
    return derive.read(path(name))


def drawn(*shapes: tuple[int, ...]) -> Arrays:
    rng = np.random.default_rng(11)
    return [rng.standard_normal(shape) for shape in shapes]


def assert_equal_to_torch(
    torch: ModuleType, program: Program, given: Arrays, hypers: dict[str, int], forward: Callable[..., Any]
) -> None:
    """Output and every gradient, with a random upstream gradient."""
    module = codegen.build(program)
    out, saved = module.forward(*given, **hypers)
    leaves = [torch.tensor(a, requires_grad=a.dtype.kind == "f") for a in given]
    expected = forward(torch.nn.functional, *leaves)
    assert_allclose(out, expected.detach().numpy(), rtol=1e-12, atol=1e-13)
    upstream = np.random.default_rng(12).standard_normal(np.shape(out))
    expected.backward(torch.tensor(upstream))
    gradients = module.backward(saved, upstream)
    for tensor, leaf in zip(program.given, leaves, strict=True):
        if leaf.requires_grad:
            assert_allclose(gradients[tensor.name], leaf.grad.numpy(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("stride", "padding", "dilation"), [(1, 0, 1), (2, 1, 1), (3, 2, 1), (1, 2, 2), (2, 3, 3)])
def test_convolution_is_pytorch_s(torch: ModuleType, stride: int, padding: int, dilation: int) -> None:
    hypers = {"stride": stride, "padding": padding, "dilation": dilation}
    image, kernel, signal, line, bias = drawn((2, 3, 8, 9), (4, 3, 3, 2), (2, 3, 11), (4, 3, 5), (4,))
    assert_equal_to_torch(
        torch, layer("conv2d"), [image, kernel, bias], hypers, lambda f, x, k, b: f.conv2d(x, k, b, **hypers)
    )
    if 11 + 2 * padding > 4 * dilation:
        assert_equal_to_torch(
            torch, layer("conv1d"), [signal, line, bias], hypers, lambda f, x, k, b: f.conv1d(x, k, b, **hypers)
        )


@pytest.mark.parametrize(
    ("groups", "stride", "padding", "dilation"), [(1, 1, 0, 1), (2, 2, 1, 1), (3, 1, 2, 2), (6, 2, 3, 1)]
)
def test_grouped_convolution_is_pytorch_s(
    torch: ModuleType, groups: int, stride: int, padding: int, dilation: int
) -> None:
    """As many groups as channels, the last case, is depthwise, with two kernels for each channel."""
    hypers = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    image, kernel, signal, line, bias = drawn(
        (2, 6, 8, 9), (12, 6 // groups, 3, 2), (2, 6, 11), (12, 6 // groups, 5), (12,)
    )
    assert_equal_to_torch(
        torch, layer("grouped_conv2d"), [image, kernel, bias], hypers, lambda f, x, k, b: f.conv2d(x, k, b, **hypers)
    )
    assert_equal_to_torch(
        torch, layer("grouped_conv1d"), [signal, line, bias], hypers, lambda f, x, k, b: f.conv1d(x, k, b, **hypers)
    )


def test_grouped_convolution_is_a_product_of_matrices() -> None:
    for name in ("grouped_conv1d", "grouped_conv2d"):
        assert "einsum" not in codegen.source(layer(name)), name


def test_a_letter_made_for_a_digit_is_none_of_the_layer_s_own() -> None:
    """The gradient by the image sums over the kernels of a group, beside i and j, the places of the output."""
    derivation = derive.derive(layer("grouped_conv2d"), wrt=["X"])
    for step in derivation.gradients["X"].steps:
        for here in walk(step.after):
            if isinstance(here, Reduce):
                assert len({i.name for i in here.indices}) == len(here.indices), str(step.after)


@pytest.mark.parametrize(("size", "stride"), [(2, 2), (3, 2), (2, 1), (3, 3)])
def test_pooling_is_pytorch_s(torch: ModuleType, size: int, stride: int) -> None:
    hypers, image = {"size": size, "stride": stride}, drawn((2, 3, 8, 7))
    assert_equal_to_torch(torch, layer("max_pool2d"), image, hypers, lambda f, x: f.max_pool2d(x, size, stride))
    assert_equal_to_torch(torch, layer("avg_pool2d"), image, hypers, lambda f, x: f.avg_pool2d(x, size, stride))


def test_an_embedding_is_pytorch_s_and_repeated_tokens_add_up(torch: ModuleType) -> None:
    token, (table,) = np.array([3, 0, 3, 3, 5]), drawn((6, 4))
    assert_equal_to_torch(torch, layer("embedding"), [token, table], {}, lambda f, t, e: f.embedding(t, e))


def test_the_right_class_is_picked_as_in_pytorch(torch: ModuleType) -> None:
    p = np.abs(drawn((4, 3))[0]) + 0.1
    labels = np.array([2, 0, 0, 1])
    assert_equal_to_torch(torch, layer("pick"), [p, labels], {}, lambda f, x, t: f.nll_loss(x.log(), t))


@pytest.mark.parametrize("name", NAMES)
def test_the_check_passes(name: str) -> None:
    report = codegen.check(layer(name))
    assert report.ok, str(report)


@pytest.mark.parametrize("name", NAMES)
def test_every_step_is_proved(name: str) -> None:
    program = layer(name)
    verdicts = judge(derive.derive(program, upstream=program.outputs), points=1)
    assert verdicts
    assert [v for v in verdicts if not v.holds] == []


def test_softmax_cross_entropy_with_labels_comes_out_as_p_minus_one_hot() -> None:
    program = derive.parse(
        "Z: input [N, C]; t: target [N], integer\nP[n, c] = exp(Z[n, c])/sum[k](exp(Z[n, k]))\n"
        "L = -sum[n](log(P[n, t[n]]))/N"
    )
    assert str(derive.derive(program).gradients["Z"].index) == "(P[n, c] - delta(t[n], c))/N"
