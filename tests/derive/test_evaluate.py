"""The oracle against plain arithmetic, node by node; what it refuses; and rewriting that must keep values."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal, localcontext
from fractions import Fraction

import mpmath
import pytest
from hypothesis import given
from hypothesis import strategies as st

from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Axis,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    add,
    mul,
    number,
    power,
    total,
)
from derive.judging.degree import degree
from derive.judging.differences import function_slope, local_derivative
from derive.judging.evaluate import evaluate, forward, function_value, tabulate
from derive.judging.precision import HIGH, OutOfDomain, agreement, lift
from derive.judging.world import AtKink, OutsideTensor, Table, World
from derive.program import Program, Tensor
from derive.rewriting import canonical, free_indices, rename_bound, substitute
from tests.derive.hand_built import AFFINE, EMBEDDING, SILU, SOFTMAX, SQUARE, at, call

ROW, COL = Axis("I"), Axis("J")
i, i2, j = Index("i", ROW), Index("i2", ROW), Index("j", COL)
F = Fraction
PLAIN = Program(
    "plain",
    (Tensor("A", (ROW, COL), "input"), Tensor("u", (ROW,), "input"), Tensor("t", (ROW,), integer=True)),
    (),
)
WORLD = World(
    PLAIN,
    {"I": 2, "J": 3},
    {
        "A": {(a, b): F(3 * a + b + 1, 2) for a in range(2) for b in range(3)},
        "u": {(0,): F(-1, 3), (1,): F(5)},
        "t": {(0,): 1, (1,): 0},
        "x": {(): F(2)},
        "zero": {(): F(0)},
        "tiny": {(): F(1, 10**40)},
    },
    {"eps": F(1, 8)},
)
x, zero = at("x"), at("zero")


@pytest.mark.parametrize(
    ("expr", "value"),
    [
        (at("A", i, j), F(6, 2)),
        (at("A", i2, j - 1), F(2, 2)),
        (at("u", at("t", i)), F(-1, 3)),
        (i * 2 + j - Size(COL), F(1)),
        (1 / at("u", i), F(1, 5)),
        (at("u", i) ** -2, F(1, 25)),
        (Pow(x, Size(COL)), F(8)),
        (Pow(i2, number(-1)) * 0 + 1, F(1)),
        (total((j,), at("A", i, j)), F(15, 2)),
        (Reduce("prod", (j,), at("A", i, j)), F(15)),
        (Reduce("max", (i, j), at("A", i, j)), F(3)),
        (Reduce("min", (i, j), -at("A", i, j)), F(-3)),
        (total((i,), total((i,), at("u", i))), F(28, 3)),
        (Delta(i, at("t", i2)), 1),
        (Delta(i, i2), 0),
        (Compare("<=", at("u", i2), zero), 1),
        (Compare("!=", x, x), 0),
        (Where(Compare(">", at("u", i), zero), x, 1 / zero), F(2)),
        (mul(Compare(">=", i2, number(1)), at("u", i2 - 1)), 0),
        (Hyper("eps") + 1, F(9, 8)),
        (call("relu", at("u", i)), F(5)),
        (call("abs", at("u", i2)), F(1, 3)),
        (call("maximum", at("u", i), at("u", i2)), F(5)),
    ],
)
def test_exact_values(expr: Expr, value: Fraction) -> None:
    found = evaluate(expr, WORLD, {i: 1, i2: 0, j: 2})
    assert isinstance(found, (int, Fraction))
    assert found == value


def test_nested_sums_over_one_name_bind_the_inner_one() -> None:
    inner = Reduce("sum", (i,), at("u", i))
    assert evaluate(Reduce("sum", (i,), inner * at("u", i)), WORLD) == F(14, 3) ** 2


PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534211706798")


def decimals() -> dict[str, tuple[Expr, Decimal]]:
    """Transcendental values and slopes, with what Python's own decimals say."""
    with localcontext() as context:
        context.prec = 70
        up, down = Decimal(2).exp(), Decimal(-2).exp()
        tanh = (up - down) / (up + down)
        return {
            "exp": (call("exp", x), up),
            "log": (call("log", x), Decimal(2).ln()),
            "root": (power(x, F(1, 2)), Decimal(2).sqrt()),
            "pi": (Constant("pi") + number(0), PI),
            "e": (Constant("e") + number(0), Decimal(1).exp()),
            "sigmoid": (call("sigmoid", x), 1 / (1 + down)),
            "slope of tanh": (Slope("tanh", (x,)), 1 - tanh**2),
            "slope of erf": (Slope("erf", (zero,)), 2 / PI.sqrt()),
            "slope of log": (Slope("log", (at("tiny"),)), Decimal(10) ** 40),
        }


@pytest.mark.parametrize("name", decimals())
def test_fifty_digits_where_it_is_not_rational(name: str) -> None:
    expr, expected = decimals()[name]
    before = mpmath.mp.prec
    found = evaluate(expr, WORLD)
    assert abs(found / HIGH.mpf(str(expected)) - 1) < HIGH.mpf(10) ** -60
    assert mpmath.mp.prec == before


@pytest.mark.parametrize(
    ("expr", "error"),
    [
        (at("u", i), CannotJudge),  # i is bound by nothing
        (at("nowhere"), CannotJudge),
        (at("u", number(2)), OutsideTensor),
        (at("u", number(-1)), OutsideTensor),
        (at("u", number(0), number(0)), OutsideTensor),
        (at("u", number(F(1, 2))), CannotJudge),
        (1 / zero, OutOfDomain),
        (call("log", zero), OutOfDomain),
        (power(-x, F(1, 2)), OutOfDomain),
        (call("exp", Pow(number(9), Pow(number(9), number(99)))), OutOfDomain),
        (Pow(number(9), Pow(number(9), Pow(number(9), number(9)))), OutOfDomain),
        (Slope("relu", (zero,)), AtKink),
        (Slope("abs", (zero,)), AtKink),
        (Slope("maximum", (x, x), 1), AtKink),
    ],
)
def test_what_has_no_value_is_refused(expr: Expr, error: type[CannotJudge]) -> None:
    with pytest.raises(error):
        evaluate(expr, WORLD)


def test_smooth_touch_is_no_kink() -> None:
    """``max(x², 0)`` compares equal at 0 and is smooth there all the same."""
    assert evaluate(Slope("squareplus", (zero,)), World(_with_function(), {}, {"zero": {(): F(0)}})) == 0


def _with_function() -> Program:
    from derive.program import Function

    body = call("maximum", at("v") ** 2, number(0))
    return Program("p", (), (), functions=(Function("squareplus", ("v",), body),))


def test_layers_own_functions_see_arguments_and_hyperparameters() -> None:
    world = World(SILU, {}, {"x": {(): F(100)}}, {"beta": F(2)})
    expected = lift(3) / (1 + HIGH.exp(-6))
    assert agreement(function_value(world, "silu", (F(3),)), expected) == "numeric"
    sigma = 1 / (1 + HIGH.exp(-6))
    slope = sigma + 3 * 2 * sigma * (1 - sigma)
    assert agreement(function_slope(world, "silu", (F(3),), 0), slope) == "numeric"
    assert function_slope(world, "leaky", (F(-3),), 0) == F(1, 2)


def test_partials_of_polynomials_are_exact() -> None:
    sizes = {"N": 2, "D": 3, "H": 2}
    values: dict[str, Table] = {
        "X": {(a, b): F(a - b, 3) for a in range(2) for b in range(3)},
        "W": {(a, b): F(2 * a + b + 1, 5) for a in range(3) for b in range(2)},
        "b": {(a,): F(a) for a in range(2)},
    }
    world = forward(World(AFFINE, sizes, values))
    assert local_derivative(world, "Y", (1, 0), "W", (2, 0)) == F(-1, 3)
    assert local_derivative(world, "Y", (1, 0), "W", (2, 1)) == 0
    assert local_derivative(world, "Y", (1, 0), "b", (0,)) == 1
    line = Partial(at("z"), at("x"))
    scalars = World(SQUARE, {}, {"x": {(): F(1, 2)}, "y": {(): F(1)}})
    assert evaluate(line, scalars) == F(3)


def test_partials_of_softmax_are_the_textbooks() -> None:
    values: dict[str, Table] = {"X": {(0, a): F(a * a, 4) for a in range(4)}}
    world = forward(World(SOFTMAX, {"N": 1, "C": 4}, values))
    p = world.values["Y"]
    for a in range(4):
        for b in range(4):
            expected = p[0, a] * ((a == b) - p[0, b])
            assert agreement(local_derivative(world, "Y", (0, a), "X", (0, b)), expected) == "numeric"


def test_forward_gathers() -> None:
    values: dict[str, Table] = {
        "E": {(a, b): F(10 * a + b) for a in range(3) for b in range(2)},
        "token": {(0,): 2, (1,): 0},
    }
    world = forward(World(EMBEDDING, {"N": 2, "V": 3, "D": 2}, values))
    assert world.values["Y"] == {(0, 0): 20, (0, 1): 21, (1, 0): 0, (1, 1): 1}


@given(st.integers(0, 6), st.integers(0, 4), st.fractions(-3, 3, max_denominator=8))
def test_degree_tells_where_the_quotient_is_exact(n: int, m: int, point: Fraction) -> None:
    """Degree of ``(x + 1)ⁿ + xᵐ``; up to two, the difference quotient is the slope to the last digit."""
    from derive.program import Function

    body = add(power(at("v") + 1, n), power(at("v"), m))
    program = Program("p", (), (), functions=(Function("f", ("v",), body),))
    world = World(program, {}, {})
    assert degree(body, {"v": 1}, program) == max(n, m)
    slope = n * (point + 1) ** max(n - 1, 0) + m * point ** max(m - 1, 0)
    expected = "exact" if max(n, m) <= 2 else "numeric"
    assert agreement(function_slope(world, "f", (point,), 0), slope) == expected


def expressions() -> st.SearchStrategy[Expr]:
    """Random expressions over A[I, J], u[I] and x that have a value everywhere."""
    rows = st.sampled_from([i, i2])
    leaves = st.one_of(
        st.builds(lambda a: at("A", a, j), rows),
        st.builds(lambda a: at("u", a), rows),
        st.just(x),
        st.builds(number, st.fractions(-2, 2, max_denominator=4)),
        st.builds(Delta, rows, rows),
        st.just(Size(COL)),
    )
    indices = st.sampled_from([(i,), (j,), (i2,), (i, j), (i2, i)])

    def deeper(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        return st.one_of(
            st.lists(inner, min_size=2, max_size=3).map(lambda t: add(*t)),
            st.lists(inner, min_size=2, max_size=3).map(lambda t: mul(*t)),
            st.builds(lambda b, n: power(b, n), inner, st.integers(0, 3)),
            st.builds(total, indices, inner),
            st.builds(lambda o, b, e: Reduce(o, b, e), st.sampled_from(["max", "min", "prod"]), indices, inner),
            st.builds(lambda a: call("relu", a), inner),
            st.builds(lambda a, b, c: Where(Compare(">", a, b), b, c), inner, inner, inner),
        )

    return st.recursive(leaves, deeper, max_leaves=8)


BINDING = {i: 1, i2: 0, j: 2}


@given(expressions())
def test_renaming_keeps_the_value(expr: Expr) -> None:
    value = evaluate(expr, WORLD, BINDING)
    assert evaluate(canonical(expr), WORLD, BINDING) == value
    assert evaluate(rename_bound(expr, (i, j)), WORLD, BINDING) == value


@given(expressions(), st.sampled_from([i, i2]))
def test_substitution_captures_nothing(expr: Expr, by: Index) -> None:
    """Putting one index for another gives the value at that index, whatever the bound ones are called."""
    moved = substitute(expr, {i: by})
    assert evaluate(moved, WORLD, BINDING) == evaluate(expr, WORLD, {**BINDING, i: BINDING[by]})
    assert set(free_indices(moved)) <= (set(free_indices(expr)) - {i}) | {by}


@given(expressions())
def test_tables_hold_every_entry(expr: Expr) -> None:
    table = tabulate(expr, (i, i2, j), WORLD)
    assert table[1, 0, 2] == evaluate(expr, WORLD, BINDING)
    assert len(table) == 12


def test_memory_never_mixes_bindings() -> None:
    """The same subexpression under another binding is another value."""
    world = World(PLAIN, WORLD.sizes, WORLD.values)
    row = total((j,), at("A", i, j))
    assert [evaluate(row, world, {i: a}) for a in (0, 1, 0)] == [F(3), F(15, 2), F(3)]


def test_the_judge_needs_no_numpy() -> None:
    code = (
        "import sys; sys.modules['numpy'] = None\n"
        "import derive.judging.judge, derive.judging.sampling, derive.judging.evaluate_matrix\n"
        "from tests.derive.hand_built import NORM\n"
        "print(len(list(derive.judging.sampling.worlds(NORM, 0, 2))))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("2\n", "")


def test_numbers_agree_only_by_their_kind() -> None:
    tiny = HIGH.mpf(10) ** -40
    assert agreement(F(1, 3), F(1, 3) + F(1, 10**60)) is None  # fractions have no tolerance
    assert agreement(lift(1), 1 + tiny) == "numeric"
    assert agreement(lift(1), lift(1) + HIGH.mpf(10) ** -20) is None
    assert agreement(lift(10) ** 30, lift(10) ** 30 + 1) == "numeric"
    assert agreement(lift(0), tiny) == "numeric"
    assert agreement(lift(10) ** -12, -(lift(10) ** -12)) is None


def test_products_are_taken_apart_from_their_brackets_first() -> None:
    guarded = Mul((at("u", i - 1), Compare(">=", i, number(1))))
    assert tabulate(guarded, (i,), WORLD) == {(0,): 0, (1,): F(-1, 3)}
    assert evaluate(Access("x"), WORLD) == 2
    assert evaluate(Number(F(7)), WORLD) == 7
