"""Kinks: the slope declared by default or chosen by the layer, in the ledger, in the notes, in code of three styles."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

import derive
from codegen.generate import build
from codegen.gradcheck.checking import check
from codegen.gradcheck.subject import of_module
from derive.errors import LayerTextError
from derive.judging.evaluate import tabulate
from derive.judging.world import World

STYLES = ("functions", "class", "network")
HALF = Fraction(1, 2)
LEAKY = "leak(x) = where(x < -1, 3*x + 2, x)\n"
CHOICES = {  # text, point of the kink, slopes at the points a step below it, on it, above it
    "relu": ("Y = relu(X)", 0, (0, 0, 1)),
    "relu 0": ("relu'(0) = 0\nY = relu(X)", 0, (0, 0, 1)),
    "relu half": ("relu'(0) = 1/2\nY = relu(X)", 0, (0, HALF, 1)),
    "relu 1": ("Y = relu(X)\nrelu'(0) = 1", 0, (0, 1, 1)),
    "abs": ("Y = abs(X)", 0, (-1, 0, 1)),
    "abs -1": ("abs'(0) = -1\nY = abs(X)", 0, (-1, -1, 1)),
    "own": (LEAKY + "Y = leak(X)", -1, (3, 1, 1)),
    "own 2": (LEAKY + "leak'(-1) = 2\nY = leak(X)", -1, (3, 2, 1)),
    "own 3": (LEAKY + "leak'(-1) = 3\nY = leak(X)", -1, (3, 3, 1)),
    "within": ("relu'(0) = 1\nf(x) = x + 2*relu(x)\nY = f(X)", 0, (1, 3, 3)),
}


def text_of(name: str) -> str:
    return f"X: param [D]; G: input [D]\n{CHOICES[name][0]}\nL = sum(G * Y)"


@pytest.mark.parametrize("name", CHOICES)
def test_the_slope_on_the_kink_is_the_declared_one_in_the_ledger_and_in_every_style(name: str) -> None:
    _, kink, slopes = CHOICES[name]
    program = derive.parse(text_of(name))
    gradient = derive.derive(program).gradient("X")
    points = [kink - Fraction(1, 8), Fraction(kink), kink + Fraction(1, 8)]
    weights = [Fraction(3, 4), Fraction(-5, 8), Fraction(7, 2)]
    values = {
        n: {(k,): v for k, v in enumerate(table)} for n, table in (("X", points), ("G", weights), ("∂Y", weights))
    }
    found = tabulate(gradient.index, gradient.indices, World(program, {"D": 3}, values | {"∂L": {(): Fraction(1)}}))
    wanted = [w * s for w, s in zip(weights, slopes, strict=True)]
    assert list(found.values()) == wanted
    given = {"X": np.array(points, float), "G": np.array(weights, float)}
    for style in STYLES:
        _, gradients = of_module(program, build(program, style)).run(given, {}, (np.array(1.0),))
        np.testing.assert_array_equal(gradients["X"], np.array(wanted, float), err_msg=style)


@pytest.mark.parametrize("name", ["relu half", "relu 1", "own 2"])
def test_the_check_is_content_on_the_kink_and_beside_it(name: str) -> None:
    report = check(derive.parse(text_of(name)))
    assert report.ok, str(report)


def test_the_choice_is_a_named_step_and_a_sentence_in_both_languages() -> None:
    derivation = derive.derive(derive.parse(text_of("relu half")))
    assert "choose_at_kink" in [s.rule for s in derivation.gradient("X").steps]
    assert r"this layer chooses $\operatorname{ReLU}'(0)$ to be $\frac{1}{2}$" in derivation.to_markdown()
    assert r"$\operatorname{ReLU}'(0)$ を $\frac{1}{2}$ と定める" in derivation.to_markdown(language="ja")
    default = derive.derive(derive.parse(text_of("relu"))).to_markdown()
    assert r"At the kink, $\operatorname{ReLU}'(0)$ is taken to be $0$." in default


def test_the_choice_may_be_a_hyperparameter_and_reaches_the_layers_called() -> None:
    text = "layer a(tie = 1/4)\nX: input [N]; W: param [N]\nabs'(0) = tie\nL = mean_absolute_error(X, W)"
    program = derive.parse(text)
    assert [(k.function, k.slope) for k in program.kinks] == [("abs", derive.expression.Hyper("tie"))]
    assert check(program).ok
    x, w = np.array([1.0, -2.0, 3.0]), np.array([1.0, 1.0, 3.0])
    for style in STYLES:
        _, gradients = of_module(program, build(program, style)).run({"X": x, "W": w}, {"tie": 0.75}, (np.array(1.0),))
        np.testing.assert_allclose(gradients["W"], np.array([-0.75, 1.0, -0.75]) / 3, err_msg=style)


@pytest.mark.parametrize(
    ("line", "said", "caret"),
    [
        ("relu'(0) = 2", "between the slopes of both sides, 0 and 1", 12),
        ("relu'(1) = 1", "no kink here: its slope is 1", 1),
        ("exp'(0) = 1", "no kink here", 1),
        ("sign'(0) = 0", "sign jumps here", 1),
        ("sqrt'(0) = 0", "no values on both sides", 1),
        ("maximum'(0) = 0", "no function of one number", 1),
        ("rellu'(0) = 0", "no scalar function rellu", 1),
        ("abs'(0) = 1", "abs is never called", 1),
        ("relu'(0) = 1; relu'(0) = 0", "chosen twice", 15),
        ("relu'(X) = 1", "a number, not a tensor", 7),
        ("relu'(0) = 1, output", "stands alone", 1),
    ],
)
def test_a_slope_that_makes_no_sense_is_refused_with_a_caret(line: str, said: str, caret: int) -> None:
    with pytest.raises(LayerTextError) as caught:
        derive.parse(f"X: input [N]\n{line}\nY = relu(X)")
    shown = str(caught.value).split("\n")
    assert said in shown[0]
    marked = next(s for s in shown if s.rstrip().endswith("^"))
    assert marked.index("^") - marked.index("|") - 1 == caret
