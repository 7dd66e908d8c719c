"""Walking, substituting and renaming: no rewrite captures an index or changes a value."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from derive.errors import CannotJudge
from derive.expression import (
    ONE,
    Access,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Partial,
    Reduce,
    Slope,
    Where,
    add,
    mul,
    total,
)
from derive.judging.evaluate import evaluate
from derive.judging.precision import agreement
from derive.rewriting import (
    all_indices,
    bottom_up,
    canonical,
    children,
    free_indices,
    fresh,
    rebuild,
    rename_bound,
    substitute,
    tensors_in,
    tidy,
    walk,
)
from tests.derive.random_expressions import INDICES, WORLD, D, N, a, assert_same_value, at, b, d, expressions, n, n2

x = at("x", n)

# One node of every kind that has children.
NODES: tuple[Expr, ...] = (
    add(a, b),
    mul(a, b),
    a**3,
    Call("tanh", (a,)),
    Slope("tanh", (a,)),
    x,
    total((n,), x),
    Reduce("max", (n,), x),
    Delta(n, n2),
    Compare(">", a, b),
    Where(Compare(">", a, b), a, b),
    Partial(at("x", n), at("y", d)),
)


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_node_rebuilt_from_its_children_is_the_node(node: Expr) -> None:
    assert children(node)
    assert rebuild(node, children(node)) == node


@pytest.mark.parametrize("node", NODES, ids=lambda node: type(node).__name__)
def test_a_change_of_every_leaf_reaches_inside_every_node(node: Expr) -> None:
    changed = bottom_up(node, lambda here: Access("c", here.indices) if isinstance(here, Access) else here)
    assert {t for t in tensors_in(changed)} <= {"c"}
    assert (changed == node) == (not tensors_in(node))


def test_nodes_are_walked_parents_first_in_reading_order() -> None:
    assert [str(node) for node in walk(a * (b + x))] == ["a*(b + x[n])", "a", "b + x[n]", "b", "x[n]", "n"]


def test_tensors_are_listed_once_in_reading_order() -> None:
    assert tensors_in(b * x + a * b) == ("b", "x", "a")


def test_an_index_bound_inside_and_free_outside_is_free() -> None:
    expr = x * total((n,), x)
    assert free_indices(expr) == (n,)
    assert free_indices(total((n,), x)) == ()
    assert all_indices(expr) == {n}


def test_a_fresh_index_has_as_many_primes_as_it_takes() -> None:
    assert fresh(n, [d]) == n
    assert fresh(n, [n]) == Index("n'", N)
    assert fresh(n, [n, n2]) == Index("n''", N)
    assert fresh(n, [Index("n", D)]) == Index("n'", N)  # by name: two axes are no excuse for one letter


def test_substituting_for_a_bound_index_does_nothing() -> None:
    expr = total((n,), x)
    assert substitute(expr, {n: n2}) == expr


def test_a_bound_index_makes_way_for_a_free_one() -> None:
    # Σ_n B[n, n'] with n' := n is Σ_n' B[n', n], not the trace.
    expr = total((n,), at("B", n, n2))
    moved = substitute(expr, {n2: n})
    assert free_indices(moved) == (n,)
    for value in range(2):
        assert evaluate(moved, WORLD, {n: value}) == evaluate(expr, WORLD, {n2: value})


def test_a_bound_index_makes_way_for_the_indices_of_a_whole_expression() -> None:
    expr = total((n,), at("x", n) * a)
    moved = substitute(expr, {a: at("A", n, d)})
    assert set(free_indices(moved)) == {n, d}
    for i in range(2):
        for j in range(3):
            expected = sum(WORLD.values["x"][(k,)] for k in range(2)) * WORLD.values["A"][(i, j)]
            assert evaluate(moved, WORLD, {n: i, d: j}) == expected


@given(expressions(), st.permutations(INDICES))
def test_substituting_indices_is_evaluating_elsewhere(expr: Expr, order: list[Index]) -> None:
    # Swap indices over the same axis: the value at (i, j, ...) becomes that at the swapped place.
    swapped: dict[Expr, Expr] = {i: j for i, j in zip(INDICES, order, strict=True) if i.axis == j.axis}
    moved = substitute(expr, swapped)
    place = {i: k % WORLD.size(i.axis) for k, i in enumerate(INDICES)}
    there = {i: place[j] for i, j in ((i, swapped.get(i, i)) for i in INDICES) if isinstance(j, Index)}
    assert_value_at(moved, place, expr, there)


def binds_again(expr: Expr) -> bool:
    """Whether an index bound here is bound once more inside, as in Σ_n Σ_n a."""
    return isinstance(expr, Reduce) and any(
        isinstance(here, Reduce) and set(here.indices) & set(expr.indices) for here in walk(expr.body)
    )


def assert_value_at(left: Expr, place: dict[Index, int], right: Expr, there: dict[Index, int]) -> None:
    """The left expression at one place has the value of the right one at another."""
    try:
        expected = evaluate(right, WORLD, there)
    except CannotJudge:
        assume(False)
        raise
    assert agreement(evaluate(left, WORLD, place), expected) is not None


@given(expressions(), st.lists(st.sampled_from(INDICES)))
def test_renaming_bound_indices_keeps_the_value_and_frees_the_names(expr: Expr, taken: list[Index]) -> None:
    renamed = rename_bound(expr, taken)
    assert_same_value(expr, renamed)
    bound = {i.name for here in walk(renamed) if isinstance(here, Reduce) for i in here.indices}
    assert not bound & {i.name for i in taken}


@given(expressions())
def test_tidying_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, tidy(expr))


@given(expressions())
def test_tidying_twice_is_tidying_once(expr: Expr) -> None:
    assert tidy(tidy(expr)) == tidy(expr)


@given(expressions())
def test_the_canonical_form_keeps_the_value(expr: Expr) -> None:
    assert_same_value(expr, canonical(expr))


@given(expressions(), st.lists(st.sampled_from(INDICES)))
def test_the_canonical_form_does_not_depend_on_the_names_of_bound_indices(expr: Expr, taken: list[Index]) -> None:
    assume(not any(binds_again(here) for here in walk(expr)))
    assert canonical(expr) == canonical(rename_bound(expr, taken))


@given(expressions())
def test_a_change_that_changes_nothing_gives_the_same_expression(expr: Expr) -> None:
    assert bottom_up(expr, lambda here: here) == expr


def test_substituting_an_expression_for_a_tensor_reaches_below_the_line() -> None:
    assert substitute(1 / (a + b), {b: ONE}) == 1 / (a + 1)
