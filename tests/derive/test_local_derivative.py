"""Local derivatives against difference quotients of the expression itself, entry by entry."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import derive
from derive.calculus.local_derivative import derivative
from derive.errors import CannotJudge
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
    Reduce,
    Where,
    total,
)
from derive.judging.differences import local_derivative
from derive.judging.evaluate import evaluate, forward
from derive.judging.precision import agreement
from derive.judging.world import World
from derive.program import Equation, Program, Tensor
from derive.rewriting import free_indices
from tests.derive.random_expressions import SIZES, TENSORS, WORLD, D, N, a, at, b, d, d2, expressions, n, n2

x, y = at("x", n), at("y", d)
row, col = Index("i", N), Index("j", D)  # the entry by which one differentiates


# What stands where: a product keeps the derivative in the place of the factor, deltas are left standing.

KNOWN = [
    (x, at("x", row), "delta(n, i)"),
    (at("A", n, d), at("A", row, col), "delta(n, i)*delta(d, j)"),
    (x, at("y", col), "0"),
    (a * x * b, at("x", row), "a*delta(n, i)*b"),
    (x**2, at("x", row), "2*x[n]*delta(n, i)"),
    (x / b, at("x", row), "delta(n, i)/b"),
    (b / x, at("x", row), "-b*delta(n, i)/x[n]**2"),
    (total((n,), a * x), at("x", row), "sum[n](a*delta(n, i))"),
    (total((n,), x) * x, at("x", row), "sum[n](delta(n, i))*x[n] + sum[n](x[n])*delta(n, i)"),
    (Call("tanh", (2 * x,)), at("x", row), "2*tanh'(2*x[n])*delta(n, i)"),
    (Where(Compare(">", x, ZERO), x, a * x), at("x", row), "delta(n, i)*where([x[n] > 0], 1, a)"),
    (Compare(">", x, ZERO), at("x", row), "0"),
    (Delta(n, n2) * x, at("x", row), "delta(n, n')*delta(n, i)"),
    (x + 3, at("x", row), "delta(n, i)"),
]


@pytest.mark.parametrize(("expr", "by", "expected"), KNOWN, ids=[str(k[0]) for k in KNOWN])
def test_a_local_derivative_stands_as_it_should(expr: Expr, by: Access, expected: str) -> None:
    assert str(derivative(expr, by)) == expected


def test_the_derivative_by_itself_at_the_same_entry_is_one() -> None:
    assert derivative(x, x) == ONE


def test_a_summed_index_gives_way_to_the_entry() -> None:
    found = derivative(total((n,), x**2), at("x", n))
    assert free_indices(found) == (n,)
    assert evaluate(found, WORLD, {n: 1}) == 2 * WORLD.values["x"][(1,)]


def test_nested_sums_give_way_as_well() -> None:
    expr = total((n,), x * total((n2,), at("B", n, n2) * at("x", n2)))
    found = derivative(expr, at("x", n))
    for k in range(2):
        expected = sum(
            (WORLD.values["B"][(k, m)] + WORLD.values["B"][(m, k)]) * WORLD.values["x"][(m,)] for m in (0, 1)
        )
        assert evaluate(found, WORLD, {n: k}) == expected


@given(expressions(), st.sampled_from(["a", "x", "y", "A", "B"]))
def test_a_local_derivative_is_the_difference_quotient(expr: Expr, tensor: str) -> None:
    # The equation Y[...] = expr in a world; the oracle moves one entry at a time and looks at Y.
    left = Access("Y", free_indices(expr))
    axes = tuple(i.axis for i in free_indices(expr))
    program = Program("one", (*TENSORS, Tensor("Y", axes)), (Equation(left, expr),))
    try:
        world = forward(World(program, SIZES, WORLD.values))
        entry = WORLD.program.tensor(tensor).axes
        by = Access(tensor, tuple(Index(f"k{p}", axis) for p, axis in enumerate(entry)))
        found = derivative(expr, by)
        for at_left in world.entries(axes):
            for at_right in world.entries(entry):
                binding = dict(zip((*left.indices, *by.indices), (*at_left, *at_right), strict=True))
                expected = local_derivative(world, "Y", at_left, tensor, at_right)
                places = {i: k for i, k in binding.items() if isinstance(i, Index)}
                assert agreement(evaluate(found, world, places), expected) is not None
    except CannotJudge:  # a division by zero, or a kink
        assume(False)
        raise


# Reductions other than the sum.


def test_the_largest_entry_has_all_the_slope() -> None:
    found = derive.derive(derive.parse("X: input [N, D]\ny = max(X, axis=D)")).gradients["X"]
    world = World(
        derive.parse("X: input [N, D]\ny = max(X, axis=D)"),
        {"N": 1, "D": 3},
        {"X": {(0, 0): 2, (0, 1): 7, (0, 2): 5}, "y": {(0,): 7}, "∂y": {(0,): 11}},
    )
    place, *_ = found.indices, None
    assert [evaluate(found.index, world, dict(zip(place, (0, k), strict=True))) for k in range(3)] == [0, 11, 0]


def test_ties_share_the_slope() -> None:
    found = derivative(Reduce("max", (d,), at("A", n, d)), at("A", row, col))
    world = World(WORLD.program, {"N": 1, "D": 3}, {"A": {(0, 0): 4, (0, 1): 1, (0, 2): 4}})
    shares = [evaluate(found, world, {n: 0, row: 0, col: k}) for k in range(3)]
    assert sum(shares) == 1
    assert shares[0] == shares[2]
    assert shares[1] == 0


def test_a_product_over_an_axis_with_a_zero_has_the_slope_of_the_others() -> None:
    found = derivative(Reduce("prod", (d,), y), at("y", col))
    world = World(WORLD.program, {"N": 1, "D": 3}, {"y": {(0,): 5, (1,): 0, (2,): 7}})
    assert [evaluate(found, world, {col: k}) for k in range(3)] == [0, 35, 0]


def test_a_second_bound_index_is_not_confused_with_the_first() -> None:
    expr = total((d,), y * total((d2,), at("y", d2)))
    found = derivative(expr, at("y", d))
    total_of_y = sum(WORLD.values["y"].values())
    for k in range(3):
        assert evaluate(found, WORLD, {d: k}) == 2 * total_of_y


def test_terms_that_do_not_depend_are_dropped() -> None:
    assert derivative(Add((a, x, b)), a) == ONE
    assert derivative(total((n,), at("x", n)), a) == ZERO
