"""Names: the layer's own stay, whatever they clash with; what is made up says what it holds."""

from __future__ import annotations

import keyword
import re
from itertools import product
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

import codegen
import derive
from codegen.naming import LONGEST, RESERVED, Names, class_name, describe
from derive.errors import LayerTextError
from derive.expression import Access, Call

X, W, T = (np.random.default_rng(k).standard_normal(shape) for k, shape in enumerate(((3, 4), (4, 5), (3, 5))))
DX = (X @ W - T) @ W.T / 3
DW = X.T @ (X @ W - T) / 3 + 0.5 * W
PLACES = ("input", "param", "target", "between", "axis", "hyper")


def ridge(place: str, name: str) -> str:
    """A ridge regression in which one thing has the name given."""
    names = dict(zip(PLACES, ("X", "W", "T", "U", "D", "h"), strict=True)) | {place: name}
    return (
        "layer ridge({hyper} = 0.5)\n{input}: input [N, {axis}]; {param}: param [{axis}, H]; "
        "{target}: target [N, H]\n{between} = {input} @ {param}\n"
        "L = sum(({between} - {target})**2)/(2*N) + {hyper}*sum({param}**2)/2"
    ).format(**names)


def without_hyperparameter(text: str) -> str:
    """The same layer with the number in its place."""
    return re.sub(r"\(\w+ = 0.5\)", "", text).replace("+ h*sum", "+ 0.5*sum")


# What generated code uses itself: NumPy, its arguments and locals, builtins, methods, names made up.
OF_FUNCTIONS = (
    *("np", "self", "saved", "forward", "backward", "rng", "params", "len", "sum"),
    *("dW", "dX", "dL", "W_2", "X_shape", "U_minus_T", "exp_U", "shape", "_"),
)
OF_NETWORKS = (
    *("dtype", "range", "print", "type", "match", "float", "loss", "gradient", "predict", "update", "train"),
    *("accuracy", "gradients", "learning_rate", "epochs", "batch_size", "losses", "order", "rows", "start"),
    *("name", "total", "k", "value"),
)


def readable(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """Each name in each place, if the layer language accepts it there; it refuses the others with a caret."""
    found = []
    for place, name in product(PLACES, names):
        try:
            derive.parse(ridge(place, name))
        except LayerTextError:
            continue
        found.append((place, name))
    return found


def names_in_places(names: tuple[str, ...]) -> pytest.MarkDecorator:
    """Every name in every place."""
    return pytest.mark.parametrize(("place", "name"), readable(names))


def test_most_names_are_the_users_to_choose() -> None:
    names = OF_FUNCTIONS + OF_NETWORKS
    assert len(readable(names)) > 0.8 * len(PLACES) * len(names)


@names_in_places(OF_FUNCTIONS)
def test_functions_are_right_under_any_name(place: str, name: str) -> None:
    module = codegen.build(derive.parse(ridge(place, name)))
    _, saved = module.forward(X, W, T)
    dX, dW = module.backward(saved).values()
    assert_allclose(dX, DX, rtol=1e-12)
    assert_allclose(dW, DW, rtol=1e-12)


@names_in_places(OF_FUNCTIONS)
def test_gradients_are_returned_under_the_names_of_the_layer(place: str, name: str) -> None:
    program = derive.parse(ridge(place, name))
    module = codegen.build(program)
    _, saved = module.forward(X, W, T)
    assert list(module.backward(saved)) == [t.name for t in program.given if t.role != "target"]


@names_in_places(OF_FUNCTIONS)
def test_a_class_is_right_under_any_name(place: str, name: str) -> None:
    layer = only_class(codegen.build(derive.parse(ridge(place, name)), "class"))(W)
    layer.forward(X, T)
    assert_allclose(layer.backward(), DX, rtol=1e-12)
    held = [a for a in vars(layer).values() if np.shape(a) == DW.shape and not np.array_equal(a, W)]
    assert_allclose(held, [DW], rtol=1e-12)


@names_in_places(OF_FUNCTIONS + OF_NETWORKS)
def test_a_network_is_right_under_any_name(place: str, name: str) -> None:
    text = ridge(place, name)
    program = derive.parse(text if place == "hyper" else without_hyperparameter(text))
    net = only_class(codegen.build(program, "network"))(4, 5, rng=0)
    (param,) = net.params
    net.params[param] = W.copy()
    assert_allclose(net.gradient(X, T)[param], DW, rtol=1e-12)
    net.update(net.gradient(X, T), learning_rate=0.25)
    assert_allclose(net.params[param], W - 0.25 * DW, rtol=1e-12)
    assert len(list(net.train(X, T, epochs=2, batch_size=2, learning_rate=0.1, rng=0))) == 2


def only_class(module: Any) -> Any:
    """The class of a generated module."""
    (kind,) = (v for v in vars(module).values() if isinstance(v, type))
    return kind


def test_the_same_thing_always_gets_the_same_name() -> None:
    names = Names()
    assert [names.of("W"), names.of("∂W"), names.of("W")] == ["W", "dW", "W"]


def test_two_things_never_get_one_name() -> None:
    names = Names()
    found = [names.of("dW"), names.of("W"), names.of("∂W"), names.size("W"), names.new("W"), names.of("∂dW")]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("wish", [*sorted(RESERVED), *keyword.kwlist])
def test_a_reserved_word_is_never_handed_out(wish: str) -> None:
    found = Names().new(wish)
    assert found != wish
    assert found.isidentifier()
    assert not keyword.iskeyword(found)


@pytest.mark.parametrize("wish", ["", "1x", "a b", "x-y", "import os", "λ;"])
def test_what_is_no_identifier_is_refused(wish: str) -> None:
    with pytest.raises(LayerTextError, match="cannot be a name"):
        Names().new(wish)


def test_an_alias_goes_by_the_name_of_the_other() -> None:
    names = Names()
    names.alias("Z", "U")
    assert names.of("Z") == names.of("U") == "U"


@pytest.mark.parametrize(
    ("layer", "expected"), [("two_layer_net", "TwoLayerNet"), ("relu", "Relu"), ("a", "A"), ("conv2d", "Conv2d")]
)
def test_a_class_is_named_after_its_layer(layer: str, expected: str) -> None:
    assert class_name(layer) == expected


@pytest.mark.parametrize(
    ("right", "expected"),
    [
        ("exp(X)", "exp_X"),
        ("sum(exp(X), axis=D)", "sum_exp_X"),
        ("max(X, axis=D)", "max_X"),
        ("X - Z", "X_minus_Z"),
        ("X + Z", "X_plus_Z"),
        ("X * Z", "X_Z"),
        ("sqrt(X)", "root_X"),
        ("1 - X", "one_minus_X"),
    ],
)
def test_a_made_up_name_says_what_it_holds(right: str, expected: str) -> None:
    declared = "X, Z: input [N, D]" if "Z" in right else "X: input [N, D]"
    assert describe(derive.parse(f"{declared}\nY = {right}").equations[0].right) == expected


def test_a_made_up_name_ends_after_a_whole_word_before_it_gets_too_long() -> None:
    words = Access("alpha")
    for _ in range(12):
        words = Call("tanh", (words,)) + Access("beta")
    name = describe(words)
    assert name.startswith("tanh_tanh_") and len(name) <= LONGEST
    assert set(name.split("_")) <= {"tanh", "alpha", "plus", "beta"}
