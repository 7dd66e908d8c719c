r"""Printed formulas mean what their trees mean: they are read back by a reader of the tests' own and worked out."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import derive
from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Axis,
    Call,
    Compare,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    add,
    cotangent_name,
    mul,
    number,
    power,
    total,
)
from derive.judging.evaluate import evaluate, with_equations
from derive.judging.precision import Value
from derive.judging.sampling import worlds
from derive.judging.sizes import axes_of
from derive.judging.world import Table, World
from derive.ledger import Derivation
from derive.matrix import Whole
from derive.notes.document import Display, Document, Formula, Line, Share
from derive.notes.latex import latex, one_line
from derive.notes.latex_lines import lines
from derive.notes.latex_pieces import piece
from derive.notes.latex_width import width
from derive.notes.notation import Spelling, spelling
from derive.notes.notes import notes
from derive.program import Equation, Function, Program, Tensor
from derive.rewriting import all_indices, walk
from tests.derive.latex_meaning import read
from tests.derive.latex_values import Point, array, value

N, M = Axis("N"), Axis("M")
n, k, m = Index("n", N), Index("n'", N), Index("m", M)
x, y, a, c = Access("x"), Access("y"), Access("a", (n,)), Access("W1", (n, m))
g = Access(cotangent_name("a"), (n,))
PROGRAM = Program(
    "tricky",
    (Tensor("x"), Tensor("y"), Tensor("a", (N,)), Tensor("W1", (N, M)), Tensor("apple_price"), Tensor("mu", (N,))),
    (),
)
F = Fraction


# fmt: off
TRICKY: list[tuple[Expr, str]] = [
    (x - (y - x * 2), r"x - (y - 2 x)"),
    (mul(x, add(x, y)), r"x (x + y)"),
    (power(add(x, y), 2), r"(x + y)^{2}"),
    (Pow(Mul((x, y)), number(2)), r"(x y)^{2}"),
    (mul(x, -1, y), r"-x y"),
    (add(x, mul(-1, add(x, y))), r"x - (x + y)"),
    (x / y, r"\frac{x}{y}"),
    (1 / (x / y), r"\frac{y}{x}"),
    (x / (y + 1), r"\frac{x}{y + 1}"),
    ((x + 1) / y, r"\frac{x + 1}{y}"),
    (Pow(x / y, number(2)), r"\left(\frac{x}{y}\right)^{2}"),
    (power(x + y, F(1, 2)), r"\sqrt{x + y}"),
    (power(x + y, F(-1, 2)), r"\frac{1}{\sqrt{x + y}}"),
    (power(x, F(3, 2)), r"x^{3/2}"),
    (Pow(Pow(x, number(F(1, 3))), number(F(1, 2))), r"\sqrt{x^{1/3}}"),
    (Pow(Pow(x, y), x), r"(x^{y})^{x}"),
    (number(F(1, 2)) * x, r"\frac{1}{2} x"),
    (Pow(number(F(1, 2)), x), r"\left(\frac{1}{2}\right)^{x}"),
    (Pow(number(-2), x), r"(-2)^{x}"),
    (x * Pow(number(2), y), r"x \cdot 2^{y}"),
    (number(F(8943, 200000)) * x, r"0.044715 x"),
    (x + F(1, 10**7), r"x + 10^{-7}"),
    (total((n,), a) + x, r"\sum_{n} a_{n} + x"),
    (mul(total((n,), a), x), r"\left(\sum_{n} a_{n}\right) x"),
    (mul(x, total((n,), a)), r"x \sum_{n} a_{n}"),
    (total((n,), a + 1), r"\sum_{n} (a_{n} + 1)"),
    (total((n,), -a * a), r"-\sum_{n} a_{n}^{2}"),
    (x - total((n,), -a), r"x + \sum_{n} a_{n}"),
    (power(total((n,), a), 2), r"\left(\sum_{n} a_{n}\right)^{2}"),
    (mul(total((n,), a), total((k,), a)), r"\left(\sum_{n} a_{n}\right) \sum_{n'} a_{n}"),
    (total((n,), mul(a, total((m,), c))), r"\sum_{n} a_{n} \sum_{m} W_{1,nm}"),
    (total((n,), a) / Size(N), r"\frac{1}{N} \sum_{n} a_{n}"),
    (x / total((n,), a), r"\frac{x}{\sum_{n} a_{n}}"),
    (Reduce("max", (n,), a + 1) * x, r"\left(\max_{n} (a_{n} + 1)\right) x"),
    (Reduce("max", (n,), a) + x, r"\max_{n} a_{n} + x"),
    (Call("exp", (-x,)), r"\exp(-x)"),
    (Call("exp", (x,)) * y, r"\exp(x) y"),
    (Pow(Call("tanh", (x,)), number(2)), r"\tanh(x)^{2}"),
    (Call("exp", (x / y,)), r"\exp\left(\frac{x}{y}\right)"),
    (Call("abs", (x - y,)) * x, r"{\left\lvert x - y \right\rvert} x"),
    (Slope("relu", (x,)), r"\operatorname{ReLU}'(x)"),
    (Slope("maximum", (x, y), 1), r"\partial_{2} \max(x, y)"),
    (Compare(">=", a, x) * y, r"\mathbf{1}[a_{n} \ge x] y"),
    (Delta(n, k) * a, r"\delta_{nn'} a_{n}"),
    (Where(Compare(">", x, y), x, y) + 1, r"\left(\begin{cases} x & (x > y) \\ y & (x \le y) \end{cases}\right) + 1"),
    (g * c, r"\frac{\partial L}{\partial a_{n}} W_{1,nm}"),
    (power(g, 2), r"\left(\frac{\partial L}{\partial a_{n}}\right)^{2}"),
    (g * a / (x + y), r"\frac{\partial L}{\partial a_{n}} \frac{a_{n}}{x + y}"),
    (g / (x + y), r"\frac{1}{x + y} \frac{\partial L}{\partial a_{n}}"),
    (mul(-1, g, 1 / Size(N), 1 / (2 * x)), r"-\frac{1}{2 N x} \frac{\partial L}{\partial a_{n}}"),
    (x * Access("apple_price"), r"x \cdot \mathit{apple}_{\mathrm{price}}"),
    (Access("W1", (number(0), m)), r"(W_{1})_{0,m}"),
    (Access("a", (n + 1,)), r"a_{n + 1}"),
    (Partial(c, a), r"\frac{\partial W_{1,nm}}{\partial a_{n}}"),
    (Access("mu", (k,)), r"\mu_{n'}"),
    (Hyper("eps") + Hyper("stride"), r"\varepsilon + \mathrm{stride}"),
]
# fmt: on


@pytest.mark.parametrize(("expr", "expected"), TRICKY, ids=[text for _, text in TRICKY])
def test_brackets(expr: Expr, expected: str) -> None:
    """Where brackets must stand and where they must not, form by form."""
    assert latex(expr, PROGRAM) == expected


def test_every_formula_of_the_table_passes_katex(katex: Any) -> None:
    """Also in inline mode, as in running text."""
    formulas = [text for _, text in TRICKY]
    assert katex(formulas) == katex(formulas, display=False) == [None] * len(formulas)


# Random trees: the numbers are positive, so that roots and logarithms exist, and differences come in by minus signs.
ATOMS = st.sampled_from(
    [x, y, a, c, g, Size(N), number(2), number(F(2, 3)), number(-1), Delta(n, k), Access("a", (k,))]
)


def forms(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    """Every kind of node over smaller trees, built raw where the constructors would tidy up."""
    several = st.lists(inner, min_size=2, max_size=3)
    exponents = st.sampled_from([number(v) for v in (2, -1, -2, F(1, 2), F(-1, 2), 3)])
    return st.one_of(
        several.map(lambda p: add(*p)),
        several.map(lambda p: mul(*p)),
        st.tuples(inner, inner).map(lambda p: p[0] - p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] / p[1]),
        st.tuples(inner, exponents).map(lambda p: power(*p)),
        st.tuples(inner, exponents).map(lambda p: Pow(*p)),
        inner.map(lambda e: total((n,), e)),
        inner.map(lambda e: Reduce("sum", (m,), e)),
        inner.map(lambda e: Reduce("max", (n,), e)),
        st.tuples(st.sampled_from(["tanh", "relu", "sigmoid"]), inner).map(lambda p: Call(p[0], (p[1],))),
        st.tuples(st.sampled_from([">", "<="]), inner, inner).map(lambda p: Compare(*p)),
        st.tuples(inner, inner, inner).map(lambda p: Where(Compare(">", p[0], p[1]), p[1], p[2])),
    )


TREES = st.recursive(ATOMS, forms, max_leaves=9)
NUMBERS: dict[str, Any] = {
    "x": np.array(1.7),
    "y": np.array(0.6),
    "a": np.array([1.3, 0.4]),
    "W1": np.array([[0.9, 2.1, 0.2], [1.1, 0.3, 1.9]]),
    cotangent_name("a"): np.array([0.8, 1.6]),
}
POINT = Point(
    {"n": "N", "m": "M"},
    {"N": 2, "M": 3},
    {"x": NUMBERS["x"], "y": NUMBERS["y"], "a": NUMBERS["a"], "W_{1}": NUMBERS["W1"]},
    {"a": NUMBERS[cotangent_name("a")]},
)
WORLD = World(
    PROGRAM,
    {"N": 2, "M": 3},
    {name: {at: F(str(table[at])) for at in np.ndindex(table.shape)} for name, table in NUMBERS.items()},
)
HERE = {n: 1, k: 0, m: 2}
PRINTED = {"n": 1, "n'": 0, "m": 2}


def close(left: float, right: float) -> bool:
    """Equal but for rounding."""
    return abs(left - right) <= 1e-7 * max(1.0, abs(left), abs(right))


@settings(max_examples=400)
@given(TREES)
def test_what_is_printed_means_the_tree(expr: Expr) -> None:
    """Read back, a printed tree has the value that the oracle gives it.

    The reader counts in floating point, so that it may decide a comparison otherwise that is exactly a tie.
    """
    gaps: list[Value] = []
    try:
        expected = float(evaluate(expr, replace(WORLD, gaps=gaps, memo={}), HERE))
    except (CannotJudge, ZeroDivisionError, OverflowError, TypeError, ValueError):
        assume(False)
    assume(abs(expected) < 1e9)
    try:
        found = value(read(latex(expr, PROGRAM)), POINT, PRINTED)
    except (ZeroDivisionError, OverflowError, TypeError):
        assume(False)
    assume(close(found, expected) or all(gap != 0 for gap in gaps))
    assert close(found, expected), latex(expr, PROGRAM)


@settings(max_examples=150)
@given(TREES, st.sampled_from([4.0, 8.0, 15.0]))
def test_broken_lines_are_the_same_formula(expr: Expr, limit: float) -> None:
    """Breaking adds nothing but line ends, and no bracket is left with a partner on another line."""
    names = spelling(PROGRAM)
    broken = lines(piece(expr, names).text, limit)
    for line in broken:
        assert line.count(r"\left") == line.count(r"\right")
    assume(abs(_number(expr)) < 1e9)
    assert close(value(read(" ".join(broken)), POINT, PRINTED), _number(expr))


def _number(expr: Expr) -> float:
    try:
        return value(read(latex(expr, PROGRAM)), POINT, PRINTED)
    except (ZeroDivisionError, OverflowError, TypeError, ValueError):
        assume(False)
        raise


def test_a_long_sum_is_broken_at_its_signs() -> None:
    """Outermost signs first; a tall bracket that is broken gets a fixed size."""
    names = spelling(PROGRAM)
    long = add(*(power(Access("a", (n,)), e) for e in range(2, 9)))
    broken = lines(piece(long, names).text, 6.0)
    assert len(broken) > 2 and all(width(line) <= 6.5 for line in broken)
    assert all(line.startswith("+") for line in broken[1:])
    inside = lines(piece(mul(x, long + x / y), names).text, 8.0)
    assert r"\biggl(" in inside[0] and r"\biggr)" in inside[-1]


LIBRARY = derive.names()
ENTRIES = 6  # at least so many entries of a tensor are compared, or all


def spelled_point(world: World, names: Spelling, derivation: Derivation) -> Point:
    """The numbers of a world under the names that are printed."""
    program = derivation.program

    def dense(name: str, axes: tuple[Axis, ...]) -> Any:
        table = np.zeros([world.size(axis) for axis in axes])
        for where, entry in world.values[name].items():
            table[where] = float(entry)
        return table

    sizes = {names.size(a.name): world.size(a) for a in axes_of(program)}
    indices = {latex(i).replace("'", ""): names.size(i.axis.name) for i in _indices(derivation)}
    tensors = {names.symbol(t.name).entry(): dense(t.name, t.axes) for t in program.tensors}
    tensors |= {names.hyper(h.name).entry(): np.array(float(world.hyper[h.name])) for h in program.hyperparameters}
    marks = [t for t in program.tensors if cotangent_name(t.name) in world.values]
    gradients = {names.symbol(t.name).entry(): dense(cotangent_name(t.name), t.axes) for t in marks}
    axes = {names.symbol(t.name).entry(): tuple(names.size(a.name) for a in t.axes) for t in program.tensors}
    axes |= dict.fromkeys((names.hyper(h.name).entry() for h in program.hyperparameters), ())
    own = {f.name.replace("_", "-"): partial(_own_function, world, f) for f in program.functions}
    return Point(indices, sizes, tensors, gradients, axes, own)


def _own_function(world: World, function: Function, *args: float) -> float:
    """A layer's own function at a point."""
    tables: dict[str, Table] = {p: {(): F(a)} for p, a in zip(function.parameters, args, strict=True)}
    return float(evaluate(function.body, replace(world, values={**world.values, **tables}, memo={})))


def _indices(derivation: Derivation) -> list[Index]:
    """Those of the gradients, such as the digits of a joined axis, then those of the program."""
    groups = [all_indices(g.index) for g in derivation.all_gradients]
    groups += [all_indices(e.right) | set(e.indices) for e in derivation.program.equations]
    return [i for group in groups for i in sorted(group, key=lambda i: i.name)]


def underflows(world: World) -> bool:
    """Whether a number is too small for the floats that the printed lines are worked out in."""
    return any(v != 0 and abs(v) < 1e-300 for table in world.values.values() for v in table.values())


@pytest.mark.parametrize("layer", LIBRARY)
def test_every_line_of_the_notes_is_true_as_printed(layer: str) -> None:
    """Both sides of each displayed line of each layer, read back from LaTeX, have the same value.

    Local derivatives, shares and definitions have no number of their own: they are the judge's matter.
    """
    program = derive.load(layer)
    program = replace(program, tensors=tuple(replace(t, latex=None) for t in program.tensors))
    derivation = derive.derive(program)
    program = derivation.program  # an output that is read on has a name of its own there
    names = notes(derivation).names
    world = next(w for w in worlds(program, 7, 20, seeds=derivation.seeds) if not underflows(w))
    lines = tuple(Equation(g.left, g.index) for g in derivation.all_gradients)
    at = spelled_point(with_equations(world, lines), names, derivation)
    equalities: dict[tuple[Formula | None, Formula], None] = {}
    for detail, notation in product(("steps", "full"), ("matrix", "both")):
        left: Formula | None = None
        for line in displayed(notes(derivation, detail=detail, notation=notation)):  # type: ignore[arg-type]
            left = line.left if line.left is not None else left
            if not isinstance(left, (Partial, Share, Call)) and not any(
                isinstance(p, Partial) for p in nodes(line.right)
            ):
                equalities[left, line.right] = None
    assert len(equalities) >= 3
    for left, right in equalities:
        compare(left, right, names, at)


def displayed(document: Document) -> list[Line]:
    """Every displayed line."""
    return [line for block in document.blocks if isinstance(block, Display) for line in block.lines]


def nodes(formula: Formula) -> list[Expr]:
    """The nodes of an expression; none for a matrix."""
    return list(walk(formula)) if isinstance(formula, Expr) else []


def compare(left: Formula | None, right: Formula, names: Spelling, at: Point) -> None:
    """Both sides are equal as printed, at entries spread over all values of the left side's indices."""
    assert left is not None
    sides = [one_line(left, names), one_line(right, names)]
    trees = [read(side) for side in sides]
    if isinstance(left, Whole):
        both = [array(tree, at) for tree in trees]
        assert np.allclose(both[0].numbers, both[1].numbers, rtol=1e-7), " = ".join(sides)
        return
    assert isinstance(left, Access)
    free = [i for i in left.indices if isinstance(i, Index)]
    entries = list(product(*(range(at.sizes[names.size(i.axis.name)]) for i in free)))
    for where in entries[:: max(1, len(entries) // ENTRIES)]:
        bound = dict(zip((latex(i) for i in free), where, strict=True))
        assert close(*(value(tree, at, bound) for tree in trees)), " = ".join(sides)
