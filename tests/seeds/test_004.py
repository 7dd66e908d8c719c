"""Seed 004: multiplication, addition, ReLU and sigmoid as layers, and the shopping example with its output.

The document was run by Python 2: ``print`` shows twelve digits of a number, and all of them inside a tuple.
"""

from __future__ import annotations

import numpy as np
import pytest

import codegen
import derive


def test_the_shopping_example_prints_its_line() -> None:
    # 715.0; (110.00000000000001, 2.2, 165.0, 3.3000000000000003, 650)
    Mul = codegen.build(derive.load("mul"), "class").Mul
    Add = codegen.build(derive.load("add"), "class").Add
    apples, oranges, both, taxed = Mul(), Mul(), Add(), Mul()
    apple_price = apples.forward(100, 2)
    orange_price = oranges.forward(150, 3)
    price = taxed.forward(both.forward(apple_price, orange_price), 1.1)
    d_all, d_tax = taxed.backward(1)
    d_apple_price, d_orange_price = both.backward(d_all)
    d_orange, d_orange_num = oranges.backward(d_orange_price)
    d_apple, d_apple_num = apples.backward(d_apple_price)
    assert f"{price:.12g}" == "715"
    assert (d_apple_num, d_apple, d_orange_num, d_orange, d_tax) == (
        110.00000000000001,
        2.2,
        165.0,
        3.3000000000000003,
        650,
    )


def test_the_derived_shopping_prints_the_same_line() -> None:
    module = codegen.build(derive.load("apples_and_oranges"))
    price, saved = module.forward(100, 2, 150, 3, 1.1)
    found = module.backward(saved, 1)
    assert f"{price:.12g}" == "715"
    assert found == {
        "apple_num": 110.00000000000001,
        "apple": 2.2,
        "orange_num": 165.0,
        "orange": 3.3000000000000003,
        "tax": 650,
    }


def test_multiplication_passes_the_other_factor() -> None:
    layer = codegen.build(derive.load("mul"), "class").Mul()
    assert layer.forward(3.0, 5.0) == 15.0
    assert layer.backward(7.0) == (35.0, 21.0)


def test_addition_passes_the_gradient_on() -> None:
    layer = codegen.build(derive.load("add"), "class").Add()
    assert layer.forward(3.0, 5.0) == 8.0
    assert layer.backward(7.0) == (7.0, 7.0)


def test_the_gradient_of_multiplication_is_the_other_factor_in_the_ledger() -> None:
    gradients = derive.derive(derive.load("mul")).gradients
    assert (str(gradients["x"].index), str(gradients["y"].index)) == ("y", "x")


@pytest.mark.parametrize("value", [-2.0, 0.0, 3.0])
def test_relu_has_the_cases_of_the_document(value: float) -> None:
    layer = codegen.build(derive.load("relu"), "class").Relu()
    assert layer.forward(np.array([[value]])) == max(value, 0.0)
    assert layer.backward(np.array([[5.0]])) == (5.0 if value > 0 else 0.0)


def test_the_slope_of_the_sigmoid_is_y_times_one_minus_y_in_the_ledger() -> None:
    gradient = derive.derive(derive.load("sigmoid")).gradients["U"]
    assert str(gradient.index) == "∂Z[n, h]*Z[n, h]*(1 - Z[n, h])"


def test_the_sigmoid_layer_has_the_values_of_the_document() -> None:
    layer = codegen.build(derive.load("sigmoid"), "class").Sigmoid()
    at = np.array([[-1.5, 0.25, 4.0]])
    out = 1 / (1 + np.exp(-at))
    np.testing.assert_allclose(layer.forward(at), out, rtol=1e-14)
    np.testing.assert_allclose(layer.backward(np.ones((1, 3))), (1.0 - out) * out, rtol=1e-13)
