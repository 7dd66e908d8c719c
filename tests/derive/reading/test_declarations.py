"""Declarations: roles, axes, laws, spellings and meanings, and the names that they may use."""

from __future__ import annotations

import re

import pytest

from derive.expression import ONE, Axis, Number, number
from derive.program import Law, Tensor
from derive.reading import parse, read_tensors
from derive.reading.spelling import fault
from tests.derive.reading.errors import refused

N, C, D = Axis("N"), Axis("C"), Axis("D")
ONE_HOT = (Law("one-hot", C), Law("sum", C, ONE))


@pytest.mark.parametrize(
    ("line", "tensor"),
    [
        ("x: input", Tensor("x", (), "input")),
        ("X: input [N, D]", Tensor("X", (N, D), "input")),
        ('X: input [N, D] "one sample a row"', Tensor("X", (N, D), "input", meaning="one sample a row")),
        ("W: param [D, N]", Tensor("W", (D, N), "param")),
        ("b: param [1, D]", Tensor("b", (Axis("1", Number(number(1).value)), D), "param")),
        ("c: constant", Tensor("c", (), "constant")),
        ("t: target [N], integer", Tensor("t", (N,), "target", integer=True)),
        ("X: input [N, D...]", Tensor("X", (N, D), "input", flattened=True)),
        ("X: input [... N, D]", Tensor("X", (N, D), "input")),
        ("X: input [..., N, D]", Tensor("X", (N, D), "input")),
        ("T: target [N, C], sum over C = 1", Tensor("T", (N, C), "target", (Law("sum", C, ONE),))),
        ("X: input [N, C], zero outside", Tensor("X", (N, C), "input", outside="zero")),
        ("X: input [N, C], clipped outside", Tensor("X", (N, C), "input", outside="clipped")),
        ("T: target [N, C], one-hot", Tensor("T", (N, C), "target", ONE_HOT)),
        ("T: target [N, C], one-hot, sum over C = 1", Tensor("T", (N, C), "target", ONE_HOT)),
        ("A: param [N, N], symmetric", Tensor("A", (N, N), "param", (Law("symmetric"),))),
        (r'x: input, latex "\bm{x}_{1}" "日本語も"', Tensor("x", (), "input", latex=r"\bm{x}_{1}", meaning="日本語も")),
    ],
)  # fmt: skip
def test_a_declaration_says(line, tensor):
    assert read_tensors(line) == (tensor,)


def test_several_names_share_a_declaration():
    x, y, z = read_tensors("x, y: input [N]; z: target # a comment: [(\n")
    assert (x.name, x.axes, y.name, y.axes) == ("x", (N,), "y", (N,))
    assert z.role == "target"


def test_an_equation_may_say_what_it_defines():
    program = parse('x: input\ny = x * 2, latex "\\hat{y}"  "the double"  # twice')
    assert program.tensor("y") == Tensor("y", (), latex=r"\hat{y}", meaning="the double")
    assert program.equations[0].source == "y = x * 2"


def test_an_equation_may_say_what_stands_outside():
    program = parse("x: input [N]; y = 2 * x, zero outside; z = y")
    assert program.tensor("y") == Tensor("y", (N,), outside="zero")


def test_header_and_sentence():
    program = parse('# first\nlayer f(eps = 1e-7, k = 2)  # header\n"What it is."\nx: input; y = k * log(x + eps)')
    assert (program.name, program.summary) == ("f", "What it is.")
    assert [(h.name, str(h.default)) for h in program.hyperparameters] == [("eps", "1/10000000"), ("k", "2")]
    assert parse("x: input; y = x").name == "layer"


def test_lines_run_on_inside_brackets():
    program = parse("layer f(\n  a = 1,\n  b = 2\n)\nx: input [\nN,\nD]\ny = (x\n  + a\n) * b")
    assert program.equations[0].source == "y = (x + a ) * b"
    assert parse("x: input\r\ny = x\r\n") == parse("x: input\ny = x")


@pytest.mark.parametrize(
    ("marked", "message", "hint"),
    [
        ("x: ¦inptu [N]; y = x", "inptu is not a role", "did you mean input?"),
        ("x: input [N]; y = x; ¦x: param", "x is a tensor already, in line 1", ""),
        ("x: input; y = x; ¦y = 2 * x", "y is a tensor already", ""),
        ("¦X: input [N, X]; y = X", "X is both an axis and a tensor", ""),
        ("x: input [N]; ¦N: input; y = x * N", "N is an axis already", ""),
        ("x: input; ¦w: param; y = x", "w is declared but never used", ""),
        ("layer f(¦eps = 1); x: input; y = x", "eps is declared but never used", ""),
        ("layer f(¦eps); x: input; y = x + eps", "eps has no default", ""),
        ("layer f(a = 1, ¦a = 2); x: input; y = x + a", "a is declared twice", ""),
        ("layer f(a = x); x: input; y = x ** ¦a", "a stands for an axis", ""),
        ("x: input; ¦lambda = x", "'lambda' is a word of Python's", "another name"),
        ("x: input [¦class]; y = x", "'class' is a word of Python's", ""),
        ("¦" + "x" * 41 + ": input; y = x", "41 characters", ""),
        ("x: input [¦0]; y = x", "0 is not the size of an axis", ""),
        ("x: input [¦2.5]; y = x", "2.5 is not the size", ""),
        ("x: input [¦99999999999]; y = x", "not the size", ""),
        ("x: input ¦[" + ", ".join("abcdefghijklm") + "]; y = x", "13 axes", ""),
        ("x: input [N, ¦...M]; y = x", "stands before the first axis", ""),
        ("x: input ¦[... N, M...]; y = x", "at one end only", ""),
        ("T: target [N, C], sum over ¦D = 1; y = T", "the tensor has no axis D", ""),
        ("T: target [N, C], sum over C = ¦2; y = T", "declared to be 1", ""),
        ("T: target [N, C], ¦sums; y = T", "'sums' is not a property", ""),
        ("T: target [N, C], ¦one-hit; y = T", "'one-hit' is not a property", "did you mean one-hot?"),
        ("T: target, ¦one-hot; y = T", "a scalar cannot be one-hot", ""),
        ("A: param [N, M], ¦symmetric; y = A", "ends in the same axis twice", ""),
        ("x: input, ¦zero outside; y = x", "a scalar has no outside", ""),
        ("x: input [N], zero outside, ¦clipped outside; y = x", "outside its range a tensor has one value", ""),
        ("x: input [N], ¦zero outsides; y = x", "'zero outsides' is not a property", "did you mean zero outside?"),
        ("¦x[n]: input; y = x", "a tensor without indices", ""),
        ('x, ¦y: input, latex "a"; z = x + y', "one spelling cannot serve several names", ""),
        ('x: input; y = x, ¦one-hot', "can only be followed by output, latex", ""),
        ("y = ¦z; z = 2", "z is used before it is defined, in line 1", "put its equation first"),
        ("x: input; y = 2 * x + ¦y", "y stands in its own definition", ""),
        ("lenght: input; y = 2 * ¦length", "length is not defined", "did you mean lenght?"),
        ("x = ¦input [N]; y = x", "input is a role", "colon"),
        ("x, z: input; x2, ¦y = f(x)", "several names on the left", ""),
        ("x: input; y = x; ¦layer g", "one text holds one layer", ""),
        ('x: input; ¦"what"; y = x', "stands at the top", ""),
        ("x: input¦", "the layer has no equation", ""),
        ("¦", "the layer has no equation", ""),
        ("# only a comment¦", "the layer has no equation", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_is_shown_where_it_is_written(marked, message, hint):
    assert hint in refused(marked, message).hint


def test_the_origin_of_a_text_is_shown(tmp_path):
    from derive.errors import LayerTextError
    from derive.reading import read

    path = tmp_path / "net.layer"
    path.write_text("x: input\ny = z\n")
    with pytest.raises(LayerTextError, match=r"net\.layer:2 \| y = z"):
        read(path)


@pytest.mark.parametrize(
    "spelling",
    [r"\bm{W}_{1}", r"\hat{y}", "x'", "x''_{n}", r"\delta^{[l]}", r"\mathbf{X}^\top", r"\tilde{\bm{x}}_{t-1}", "W_1^2"],
)  # fmt: skip
def test_spellings(spelling):
    assert fault(spelling) is None


@pytest.mark.parametrize(
    "spelling",
    ["", "x" * 81, "x_", "_x", "x_1_2", "x^2'", "x^2^3", "{x", "x}", "{}", r"\bm", r"\bm W", r"\input{/etc/passwd}",
     "$x$", r"\def\x{1}", r"\write18{ls}", "x%", "x&y", "x#1", "x~y", r"\\", "\\", "ｘ", "x\ty", r"\hat{}", r"\end{a}",
     r"\catcode`", r"\newcommand{a}", "{" * 40 + "x", r"\csname", "^", "x_}", r"\htmlClass{a}", r"\href{a}"],
)  # fmt: skip
def test_what_is_no_spelling(spelling):
    assert fault(spelling)
    if spelling.isprintable() and '"' not in spelling:
        refused(f'x: input, latex ¦"{spelling}"; y = x', re.escape(fault(spelling)))


def test_every_spelling_that_is_let_through_is_a_formula(katex):
    from derive.reading.spelling import SYMBOLS, WITH_ARGUMENT

    every = [rf"\{s}" for s in SYMBOLS.split()] + [rf"\{c}{{x}}" for c in WITH_ARGUMENT.split()]
    every += [r"\bm{W}_{1}", "x''_{n}", "x' ^", r"a\,b", r"a\|b", "(a|b)", "[a, b]", "{a b}_{c}^{d}", "a_b^c'"]
    accepted = [s for s in every if fault(s) is None]
    assert len(accepted) > 80
    faults = {s: f for s, f in zip(accepted, katex([rf"{{{s}}}_{{n}}" for s in accepted]), strict=True) if f}
    assert faults == {}
