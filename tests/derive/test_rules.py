"""The named rewrites: each does what its name says on examples, and keeps the value of any expression."""

from __future__ import annotations

import pytest
from hypothesis import given

from derive.calculus.algebra import cancel_everywhere, multiply_out_everywhere
from derive.calculus.rules import (
    collapse_everywhere,
    divide,
    factor_everywhere,
    has_delta,
    positive_first,
    pull_out_everywhere,
    reason,
    reuse_output,
    same,
    take_local_derivative,
    write_slope,
)
from derive.calculus.vjp import PIPELINE
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Partial,
    Reduce,
    Size,
    Slope,
    Where,
    total,
)
from derive.program import Equation, Function, Program
from derive.rewriting import walk
from tests.derive.random_expressions import PROGRAM, D, N, a, assert_same_value, at, b, d, d2, expressions, n, n2

x, x2, y = at("x", n), at("x", n2), at("y", d)
A, A2 = at("A", n, d), at("A", n2, d)


def equation(left: Access, right: Expr) -> Equation:
    """An equation of no layer in particular."""
    return Equation(left, right)


def tanh(expr: Expr) -> Expr:
    """A scalar function of an expression."""
    return Call("tanh", (expr,))


def exp(expr: Expr) -> Expr:
    """The exponential of an expression."""
    return Call("exp", (expr,))


@pytest.mark.parametrize("rule", PIPELINE, ids=lambda rule: rule.__name__)
def test_a_rule_has_a_sentence_as_its_reason_and_a_verb_as_its_name(rule: object) -> None:
    assert reason(rule)[0].islower()
    assert not reason(rule).endswith(".")
    assert "_" in rule.__name__  # type: ignore[attr-defined]


# Collapsing Kronecker deltas.

COLLAPSED = {
    "one index": (total((n2,), x2 * Delta(n2, n)), x),
    "from the other side": (total((n2,), x2 * Delta(n, n2)), x),
    "two indices": (total((n2, d2), at("A", n2, d2) * Delta(n2, n) * Delta(d2, d)), A),
    "one of two": (total((n2, d), at("A", n2, d) * y * Delta(n2, n)), total((d,), A * y)),
    "inside a sum inside": (total((n2,), x2 * total((d2,), at("y", d2) * Delta(n2, n) * Delta(d2, d))), x * y),
    "one term of two": (total((n2,), x2 * (Delta(n2, n) + a)), x + total((n2,), x2 * a)),
    "a factor in front": (a * total((n2,), x2 * Delta(n2, n)), a * x),
    "both ends bound": (total((n, n2), at("B", n, n2) * Delta(n, n2)), total((n2,), at("B", n2, n2))),
    "nothing bound": (a * Delta(n, n2), a * Delta(n, n2)),
}


@pytest.mark.parametrize(("before", "after"), COLLAPSED.values(), ids=COLLAPSED)
def test_a_delta_removes_the_index_that_it_fixes(before: Expr, after: Expr) -> None:
    assert same(collapse_everywhere(before), after)
    assert_same_value(before, after)


@given(expressions())
def test_collapsing_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, collapse_everywhere(expr))


def test_a_delta_between_two_axes_is_no_delta_to_collapse() -> None:
    other = Index("n'", D)
    expr = total((other,), at("y", other) * Delta(other, n))
    assert has_delta(collapse_everywhere(expr))


def test_a_delta_of_a_computed_place_is_kept() -> None:
    # A convolution's adjoint: the delta is the scatter.
    expr = total((n,), x * Delta(n + 1, n2))
    assert collapse_everywhere(expr) == expr


def test_terms_without_a_delta_are_not_multiplied_out() -> None:
    expr = total((n2,), (a + b) * (x2 + 1) * Delta(n2, n))
    assert same(collapse_everywhere(expr), (a + b) * (x + 1))


# Taking the local derivative.


def derivative_of(right: Expr, by: Access, left: Access) -> Expr:
    """The local derivative of an equation's entry at primed indices."""
    of = Access(left.tensor, tuple(Index(i.name + "'", i.axis) for i in left.indices if isinstance(i, Index)))
    return take_local_derivative(Partial(of, by), equation(left, right), PROGRAM)


def test_the_derivative_of_an_entry_by_an_entry_is_a_delta() -> None:
    assert derivative_of(x, x, at("Y", n)) == Delta(n2, n)


def test_the_derivative_of_a_matrix_product_by_a_factor_keeps_the_other_factor() -> None:
    found = derivative_of(total((d,), A * y), at("y", d), at("Y", n))
    assert same(collapse_everywhere(found), at("A", n2, d))


def test_the_derivative_by_what_does_not_occur_is_zero() -> None:
    assert derivative_of(x, at("y", d), at("Y", n)) == ZERO


def test_the_derivative_of_another_equation_is_left_alone() -> None:
    partial = Partial(at("Z", n2), x)
    assert take_local_derivative(partial, equation(at("Y", n), x), PROGRAM) == partial


# Writing out slopes.


@pytest.mark.parametrize(
    ("function", "expected"),
    [("exp", "exp(x[n])"), ("log", "1/x[n]"), ("tanh", "1 - tanh(x[n])**2"), ("relu", "[x[n] > 0]")],
)
def test_a_slope_is_written_out_by_the_table(function: str, expected: str) -> None:
    found = write_slope(Slope(function, (x,)), equation(at("Y", n), Call(function, (x,))), PROGRAM)
    assert str(found) == expected


def test_the_slope_of_a_layers_own_function_is_differentiated() -> None:
    u = Access("u")
    program = Program("own", PROGRAM.tensors, (), (Function("f", ("u",), u**3 + tanh(u)),))
    found = write_slope(Slope("f", (x,)), equation(at("Y", n), Call("f", (x,))), program)
    assert str(found) == "3*x[n]**2 + 1 - tanh(x[n])**2"


def test_the_slope_of_a_function_in_a_function_is_written_out_to_the_end() -> None:
    u = Access("u")
    functions = (Function("g", ("u",), u**2), Function("f", ("u",), Call("g", (Call("g", (u,)),))))
    program = Program("own", PROGRAM.tensors, (), functions)
    found = write_slope(Slope("f", (x,)), equation(at("Y", n), Call("f", (x,))), program)
    assert not any(isinstance(node, Slope) for node in walk(found))


# Reusing the output.

SOFTMAX = equation(at("P", n, d), exp(A) / total((d2,), exp(at("A", n, d2))))

REUSED = {
    "a function": (b * tanh(x), equation(at("Y", n), tanh(x)), b * at("Y", n)),
    "a power of it": (b * tanh(x) ** 2, equation(at("Y", n), tanh(x)), b * at("Y", n) ** 2),
    "below the line": (b / tanh(x), equation(at("Y", n), tanh(x)), b / at("Y", n)),
    "at another index": (tanh(x2), equation(at("Y", n), tanh(x)), at("Y", n2)),
    "inside a sum": (1 - tanh(x), equation(at("Y", n), tanh(x)), 1 - at("Y", n)),
    "softmax": (b * exp(A) / total((d2,), exp(at("A", n, d2))), SOFTMAX, at("P", n, d) * b),
    "softmax twice": (
        exp(A) * exp(at("A", n, d2)) / total((Index("d''", D),), exp(at("A", n, Index("d''", D)))) ** 2,
        SOFTMAX,
        at("P", n, d2) * at("P", n, d),
    ),
    "a root": ((1 + x**2) ** -1, equation(at("Y", n), (1 + x**2) ** -1), at("Y", n)),
}


@pytest.mark.parametrize(("before", "of", "after"), REUSED.values(), ids=REUSED)
def test_what_the_forward_pass_computed_is_reused(before: Expr, of: Equation, after: Expr) -> None:
    assert reuse_output(before, of, PROGRAM) == after


def test_a_plain_sum_or_a_plain_name_is_not_reused() -> None:
    assert reuse_output(a + b, equation(at("Y"), a + b), PROGRAM) == a + b
    assert reuse_output(x, equation(at("Y", n), x), PROGRAM) == x


def test_a_look_alike_is_not_reused() -> None:
    expr = exp(A) / total((d2,), exp(at("A", n2, d2)))  # the sum of another row
    assert reuse_output(expr, SOFTMAX, PROGRAM) == expr


@pytest.mark.parametrize(
    ("expr", "divisor", "rest", "times"),
    [
        (x**2 * b**3, x * b, b, 2),
        (x / b, b, x, -1),
        (x**-2 * a, x, a, -2),
        (x * a, b, x * a, 0),
        (x**2 / b, x * b, x**2 / b, 0),
    ],
)
def test_a_product_is_divided_as_often_as_all_factors_allow(expr: Expr, divisor: Expr, rest: Expr, times: int) -> None:
    assert divide(expr, divisor) == (rest, times)


# Pulling out of sums.

PULLED = {
    "a scalar": (total((n,), a * x), a * total((n,), x)),
    "another index": (total((n,), y * x), y * total((n,), x)),
    "one of two indices": (total((n, d), x * y), None),
    "nothing left": (total((n,), a), a * Size(N)),
    "all of several": (total((n, d), a * b), a * b * Size(N) * Size(D)),
    "a power of a size": (total((n, n2), a), a * Size(N) ** 2),
}


@pytest.mark.parametrize(("before", "after"), PULLED.values(), ids=PULLED)
def test_what_does_not_depend_on_the_index_leaves_the_sum(before: Expr, after: Expr | None) -> None:
    found = pull_out_everywhere(before)
    assert_same_value(before, found)
    if after is not None:
        assert found == after


@given(expressions())
def test_pulling_out_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, pull_out_everywhere(expr))


def test_a_maximum_is_no_sum_to_pull_out_of() -> None:
    expr = Reduce("max", (n,), a * x)
    assert pull_out_everywhere(expr) == expr


# Factoring out.

FACTORED = {
    "a factor": (a * x + a * b, a * (x + b)),
    "a factor of sums": (a * (x + 1) + b * (x + 1), (x + 1) * (a + b)),
    "the lower power": (a**3 * x + a**2 * b, a**2 * (a * x + b)),
    "a power below the line": (x / a + b / a, (x + b) / a),
    "a number": (2 * x + 2 * b, 2 * (x + b)),
    "a sign": (-x - b, -(x + b)),
    "the positive first": (-x + b, b - x),
    "nothing shared": (a * x + b, a * x + b),
    "not a difference of powers": (a + 1 / a, a + 1 / a),
}


@pytest.mark.parametrize(("before", "after"), FACTORED.values(), ids=FACTORED)
def test_what_all_terms_share_is_factored_out(before: Expr, after: Expr) -> None:
    assert str(factor_everywhere(before)) == str(after)
    assert_same_value(before, after)


@given(expressions())
def test_factoring_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, factor_everywhere(expr))


def test_the_positive_term_comes_first() -> None:
    assert positive_first(Add((-x, b))) == Add((b, -x))
    assert positive_first(Add((-x, -b))) == Add((-x, -b))


# School algebra, where it leads to something shorter.


@given(expressions())
def test_multiplying_out_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, multiply_out_everywhere(expr))


@given(expressions())
def test_cancelling_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, cancel_everywhere(expr))


def test_a_product_that_would_explode_is_left_alone() -> None:
    factor = Add((a, b, ONE))
    big = Mul(tuple(factor + k for k in range(5)))
    assert multiply_out_everywhere(big) == big


def test_a_choice_is_left_where_it_stands() -> None:
    choice = Where(Compare(">", a, b), a, b)
    assert multiply_out_everywhere(choice * (a + 1)) == choice * a + choice
