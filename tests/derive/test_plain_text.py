"""Expressions as lines of layer text: as one writes them, and the reader reads them back to the same value."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from hypothesis import assume, given

import derive
from derive.errors import ChainruleError
from derive.expression import (
    ZERO,
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    mul,
    number,
    power,
    total,
)
from derive.judging.evaluate import evaluate
from derive.judging.precision import agreement
from derive.judging.world import World
from derive.plain_text import text
from derive.rewriting import free_indices, substitute
from tests.derive.random_expressions import WORLD, D, N, a, at, b, d, expressions, n, n2, values

x, y = at("x", n), at("y", d)
HALF = number(Fraction(1, 2))

WRITTEN = [
    (a + b, "a + b"),
    (a - b, "a - b"),
    (-a - b, "-a - b"),
    (a - (b - 1), "a - (b - 1)"),
    (a - 3 * b, "a - 3*b"),
    (2 * (a + b), "2*(a + b)"),
    (-(a + b), "-(a + b)"),
    ((a + b) * (a - b), "(a + b)*(a - b)"),
    (a / b, "a/b"),
    (a / (b * x), "a/(b*x[n])"),
    (a / b / x, "a/(b*x[n])"),
    (1 / a, "1/a"),
    (1 / (a + b), "1/(a + b)"),
    (2 / a, "2/a"),
    (a / 2, "a/2"),
    (2 * a / 3, "2*a/3"),
    (-a / 3, "-a/3"),
    (HALF * (a + b), "(a + b)/2"),
    (a**2, "a**2"),
    ((a + b) ** 2, "(a + b)**2"),
    (-(a**2), "-a**2"),
    (a**-2, "1/a**2"),
    (a**HALF, "a**(1/2)"),
    (power(a, b), "a**b"),
    (power(a, -b), "a**(-b)"),
    (power(power(a, b), b), "(a**b)**b"),
    (2 * a**-1 * b**-2, "2/(a*b**2)"),
    (Call("tanh", (a + b,)), "tanh(a + b)"),
    (Call("maximum", (a, b)), "maximum(a, b)"),
    (Slope("tanh", (a,)), "tanh'(a)"),
    (Slope("maximum", (a, b), 1), "maximum'2(a, b)"),
    (total((n,), x), "sum[n](x[n])"),
    (total((n, d), x * y), "sum[n, d](x[n]*y[d])"),
    (Reduce("max", (n,), x), "max[n](x[n])"),
    (a * total((n,), x + 1) ** 2, "a*sum[n](x[n] + 1)**2"),
    (Delta(n, n2), "delta(n, n')"),
    (Compare(">", a, ZERO), "[a > 0]"),
    (Where(Compare("<=", a, b), a, b), "where([a <= b], a, b)"),
    (Size(N) * a, "N*a"),
    (Hyper("eps") + a, "eps + a"),
    (Constant("pi") * a, "pi*a"),
    (number(Fraction(-2, 3)), "-2/3"),
    (a + number(Fraction(1, 3)), "a + 1/3"),
    (Access("x", (n + 1,)), "x[n + 1]"),
    (Partial(at("Y", n), at("x", n2)), "(∂Y[n]/∂x[n'])"),
]


@pytest.mark.parametrize(("expr", "expected"), WRITTEN, ids=[expected for _, expected in WRITTEN])
def test_an_expression_is_written_as_one_writes_it(expr: Expr, expected: str) -> None:
    assert text(expr) == str(expr) == expected


def test_what_is_no_expression_is_refused() -> None:
    with pytest.raises(TypeError, match="no expression"):
        text("a + b")  # type: ignore[arg-type]


DECLARED = "a, b: input; x: input [N]; y: input [D]; A: input [N, D]; B: input [N, N]\n"
LETTERS = {"n'": "m", "d'": "e"}  # a prime is no letter of the layer language


@given(expressions())
def test_a_line_read_back_has_the_same_value(expr: Expr) -> None:
    line = re.sub(r"\b([nd])'", lambda found: LETTERS[found[0]], text(expr))
    indices = free_indices(expr)
    left = f"Q[{', '.join(LETTERS.get(i.name, i.name) for i in indices)}]" if indices else "Q"
    rest = "R = a + b + sum(x) + sum(y) + sum(A) + sum(B)"
    try:
        program = derive.parse(f"{DECLARED}{left} = {line}\n{rest}")
    except ChainruleError:  # such as a letter that stands on no tensor
        assume(False)
        raise
    equation = program.equation("Q")
    assert equation is not None
    world = World(program, WORLD.sizes, WORLD.values)
    expected = values(expr, indices)
    entries = list(WORLD.entries(i.axis for i in indices))
    for entry, value in zip(entries, expected, strict=True):
        found = evaluate(equation.right, world, dict(zip(equation.indices, entry, strict=True)))
        assert agreement(found, value) is not None, line


def test_every_gradient_of_the_library_is_printed_without_a_repr() -> None:
    for name in derive.names():
        for gradient in derive.derive(derive.load(name)).all_gradients:
            for step in gradient.steps:
                assert "Access(" not in f"{step.before}{step.after}"
                assert f"{step.before}".count("(") == f"{step.before}".count(")")


def test_nested_products_and_sums_keep_their_brackets() -> None:
    nested = mul(a, Add((b, mul(2, Add((a, b))))))
    assert text(nested) == "a*(b + 2*(a + b))"
    assert text(Pow(Pow(a, number(2)), b)) == "(a**2)**b"


def test_a_renamed_expression_is_printed_under_its_new_names() -> None:
    assert text(substitute(x * total((d,), y), {n: Index("k", N), d: Index("e", D)})) == "x[k]*sum[d](y[d])"
