"""Seed 000: a regression with two hidden layers, derived by hand up to dL/dU2; here to the end.

X (50, 1), hidden layers of 2 and 3, ReLU, identity at the end, L = 1/(2n)·‖Z3 − y‖².
"""

from __future__ import annotations

from fractions import Fraction
from types import ModuleType

import numpy as np
import pytest

import codegen
import derive
from derive.judging.evaluate import tabulate
from derive.judging.judge import judge
from derive.judging.verdict import Verdict
from derive.judging.world import World
from tests.witness import Array

SIZES = {"N": 50, "D": 1, "H1": 2, "H2": 3, "O": 1}
# In the order of the notebook's headings, and on in the same order to what it leaves out ("以下略").
TWELVE = {
    "Z3": (50, 1),
    "U3": (50, 1),
    "W3": (3, 1),
    "b3": (1,),
    "Z2": (50, 3),
    "U2": (50, 3),
    "W2": (2, 3),
    "b2": (3,),
    "Z1": (50, 2),
    "U1": (50, 2),
    "W1": (1, 2),
    "b1": (2,),
}
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


def numbers() -> dict[str, Array]:
    """Random data and parameters of the notebook's shapes, exact in 30 bits so that the oracle stays exact."""
    rng = np.random.default_rng(50)
    shapes = {"X": (50, 1), "y": (50, 1), **{name: TWELVE[name] for name in PARAMETERS}}
    return {name: np.round(rng.standard_normal(shape) * 2**20) / 2**20 for name, shape in shapes.items()}


def by_hand(at: dict[str, Array]) -> dict[str, Array]:
    """The forward pass and the twelve gradients as a person writes them."""
    X, y, W1, b1, W2, b2, W3, b3 = (at[name] for name in ("X", "y", *PARAMETERS))
    U1 = X @ W1 + b1
    Z1 = np.where(U1 > 0, U1, 0)
    U2 = Z1 @ W2 + b2
    Z2 = np.where(U2 > 0, U2, 0)
    U3 = Z2 @ W3 + b3
    dZ3 = (U3 - y) / 50
    dZ2 = dZ3 @ W3.T
    dU2 = np.where(U2 > 0, dZ2, 0)
    dZ1 = dU2 @ W2.T
    dU1 = np.where(U1 > 0, dZ1, 0)
    return {
        "L": np.linalg.norm(U3 - y) ** 2 / 100,
        **{"Z3": dZ3, "U3": dZ3, "W3": Z2.T @ dZ3, "b3": dZ3.sum(axis=0)},
        **{"Z2": dZ2, "U2": dU2, "W2": Z1.T @ dU2, "b2": dU2.sum(axis=0)},
        **{"Z1": dZ1, "U1": dU1, "W1": X.T @ dU1, "b1": dU1.sum(axis=0)},
    }


def from_the_ledger(at: dict[str, Array]) -> dict[str, Array]:
    """The twelve gradients, each last line of the ledger evaluated index by index."""
    program = derive.load("three_layer_net")
    values = {name: {e: Fraction(float(array[e])) for e in np.ndindex(array.shape)} for name, array in at.items()}
    for equation in program.equations:
        values[equation.name] = tabulate(equation.right, equation.indices, World(program, SIZES, values))
    found = {}
    for gradient in derive.derive(program, wrt=PARAMETERS).all_gradients:
        table = tabulate(gradient.index, gradient.indices, World(program, SIZES, values))
        values[gradient.left.tensor] = table
        shape = tuple(SIZES[axis] for axis in gradient.shape)
        found[gradient.name] = np.array([float(table[e]) for e in np.ndindex(shape)]).reshape(shape)
    return found


def by_torch(torch: ModuleType, at: dict[str, Array]) -> dict[str, Array]:
    """The twelve gradients by autograd."""
    t = {name: torch.tensor(array, requires_grad=name in PARAMETERS) for name, array in at.items()}
    for layer, below in enumerate(("X", "Z1", "Z2"), 1):
        t[f"U{layer}"] = t[below] @ t[f"W{layer}"] + t[f"b{layer}"]
        t[f"Z{layer}"] = torch.relu(t[f"U{layer}"]) if layer < 3 else t["U3"] * 1
    for name in TWELVE:
        t[name].retain_grad()
    (((t["Z3"] - t["y"]) ** 2).sum() / (2 * 50)).backward()
    return {name: t[name].grad.numpy() for name in TWELVE}


def test_the_twelve_gradients_come_in_the_order_of_the_notebook() -> None:
    derivation = derive.derive(derive.load("three_layer_net"), wrt=PARAMETERS)
    assert list(derivation.gradients) == ["L", *TWELVE]


@pytest.mark.parametrize("name", TWELVE)
def test_each_gradient_has_the_shape_of_its_variable(name: str) -> None:
    gradient = derive.derive(derive.load("three_layer_net")).gradients[name]
    assert tuple(SIZES[axis] for axis in gradient.shape) == TWELVE[name]


@pytest.fixture(scope="module")
def verdicts() -> tuple[Verdict, ...]:
    """What the judge says of every equals sign of the derivation."""
    return judge(derive.derive(derive.load("three_layer_net"), wrt=PARAMETERS))


@pytest.mark.parametrize("name", TWELVE)
def test_each_gradient_starts_from_the_chain_rule_and_every_step_of_it_holds(
    name: str, verdicts: tuple[Verdict, ...]
) -> None:
    gradient = derive.derive(derive.load("three_layer_net"), wrt=PARAMETERS).gradients[name]
    of_this = [v for v in verdicts if v.gradient == name]
    assert gradient.steps[0].rule == "chain_rule"
    assert len(of_this) > len(gradient.steps)
    assert all(v.holds for v in of_this)


@pytest.mark.parametrize("name", TWELVE)
def test_the_last_line_of_each_gradient_has_the_value_of_the_closed_formula(name: str) -> None:
    at = numbers()
    np.testing.assert_allclose(from_the_ledger(at)[name], by_hand(at)[name], rtol=1e-12, atol=1e-14)


def test_the_last_line_of_each_gradient_has_the_value_of_torch_autograd(torch: ModuleType) -> None:
    at = numbers()
    expected, found = by_torch(torch, at), from_the_ledger(at)
    for name in TWELVE:
        np.testing.assert_allclose(found[name], expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_the_generated_functions_give_loss_and_gradients() -> None:
    at = numbers()
    module = codegen.build(derive.load("three_layer_net"))
    loss, saved = module.forward(*(at[t.name] for t in derive.load("three_layer_net").given))
    gradients = module.backward(saved)
    expected = by_hand(at)
    assert loss == pytest.approx(expected["L"], rel=1e-13)
    for name in PARAMETERS:
        np.testing.assert_allclose(gradients[name], expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_the_generated_class_gives_loss_and_gradients() -> None:
    at = numbers()
    layer = codegen.build(derive.load("three_layer_net"), "class").ThreeLayerNet(*(at[n] for n in PARAMETERS))
    expected = by_hand(at)
    assert layer.forward(at["X"], at["y"]) == pytest.approx(expected["L"], rel=1e-13)
    layer.backward()
    for name in PARAMETERS:
        np.testing.assert_allclose(getattr(layer, f"d{name}"), expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_the_generated_network_gives_loss_and_gradients() -> None:
    at = numbers()
    net = codegen.build(derive.load("three_layer_net"), "network").ThreeLayerNet(D=1, H1=2, H2=3, O=1, rng=0)
    net.params.update({name: at[name] for name in PARAMETERS})
    expected = by_hand(at)
    loss, gradients = net.loss_and_gradient(at["X"], at["y"])
    assert loss == pytest.approx(expected["L"], rel=1e-13)
    assert net.loss(at["X"], at["y"]) == pytest.approx(expected["L"], rel=1e-13)
    for name in PARAMETERS:
        np.testing.assert_allclose(gradients[name], expected[name], rtol=1e-12, atol=1e-14, err_msg=name)


def test_gradient_descent_as_in_the_notebook_lowers_the_loss() -> None:
    at = numbers()
    net = codegen.build(derive.load("three_layer_net"), "network").ThreeLayerNet(D=1, H1=2, H2=3, O=1, rng=0)
    before = net.loss(at["X"], at["y"])
    for _ in range(20):
        net.update(net.gradient(at["X"], at["y"]), learning_rate=0.05)
    assert net.loss(at["X"], at["y"]) < before


def test_the_loss_of_the_first_cell_is_five() -> None:
    # y = (10, 2, 3), y_hat = (5, 4, 2), n = 3: (25 + 4 + 1)/(2·3)
    module = codegen.build(derive.load("mean_squared_error"))
    loss, saved = module.forward(np.array([[5.0], [4.0], [2.0]]), np.array([[10.0], [2.0], [3.0]]))
    assert loss == pytest.approx(5.0, rel=1e-15, abs=0)
    np.testing.assert_allclose(module.backward(saved)["Y"], [[-5 / 3], [2 / 3], [-1 / 3]], rtol=1e-15)


def test_the_notes_have_a_section_for_each_gradient_in_order() -> None:
    notes = derive.derive(derive.load("three_layer_net"), wrt=PARAMETERS).to_markdown()
    headings = [line for line in notes.splitlines() if line.startswith("### ")]
    assert len(headings) == 12
    for heading, name in zip(headings, TWELVE, strict=True):
        assert f"${name[0]}_{{{name[1]}}}$" in heading
