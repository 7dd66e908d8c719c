"""Partials of scalar nodes: SymPy is asked, and what it says has the value of a difference quotient."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from derive.calculus.partials import (
    from_sympy_scalar,
    function_slope,
    hole,
    node_partial,
    sympy_diff,
    to_sympy_scalar,
)
from derive.expression import Access, Add, Axis, Call, Constant, Expr, Index, Mul, Pow, Slope, number, power
from derive.judging.evaluate import evaluate
from derive.judging.precision import lift
from derive.judging.world import Table, World
from derive.program import Program, Tensor
from derive.rewriting import children, substitute
from derive.scalar_functions import ROWS, TABLE

u, v, w = Access("u"), Access("v"), Access("w")
PROGRAM = Program("scalars", tuple(Tensor(name, (), "input") for name in "uvw"), ())
POINT = {"u": Fraction(3, 2), "v": Fraction(2, 5), "w": Fraction(-7, 4)}


STEP = Fraction(1, 2**100)


def value(expr: Expr, moved: str = "", by: Fraction = Fraction(0)) -> Any:
    """The value at the point, or with one argument moved, to 100 digits."""
    table: dict[str, Table] = {name: {(): x + (by if name == moved else 0)} for name, x in POINT.items()}
    return lift(evaluate(expr, World(PROGRAM, {}, table)))


def quotient(expr: Expr, name: str) -> Any:
    """The central difference quotient."""
    return (value(expr, name, STEP) - value(expr, name, -STEP)) / lift(2 * STEP)


def close(found: Any, expected: Any) -> bool:
    """Equal to thirty digits."""
    return bool(abs(found - expected) <= lift(Fraction(1, 10**30)) * max(1, abs(expected)))


NODES = [
    Add((u, v, w)),
    Mul((u, v, w)),
    Mul((u, v, u)),
    Pow(u, number(3)),
    Pow(u, number(-2)),
    Pow(u, number(Fraction(1, 2))),
    Pow(u, v),
    Pow(Constant("e"), v),
]


@pytest.mark.parametrize("node", NODES, ids=str)
def test_the_partial_of_an_operator_is_its_difference_quotient(node: Expr) -> None:
    # One child moves and the others stay, also where they are the same: the second u of u*v*u is another child.
    for position, child in enumerate(children(node)):
        if isinstance(child, Access):
            moving = with_child(node, position, Access("moving"))
            assert close(value(node_partial(node, position)), quotient_of_child(moving, POINT[child.tensor]))


def with_child(node: Expr, position: int, other: Expr) -> Expr:
    """The node with one child replaced."""
    parts = tuple(other if k == position else child for k, child in enumerate(children(node)))
    return Pow(parts[0], parts[1]) if isinstance(node, Pow) else type(node)(parts)  # type: ignore[call-arg]


def quotient_of_child(expr: Expr, start: Fraction) -> Any:
    """The difference quotient by the scalar ``moving`` at the value given."""
    program = Program("moving", (*PROGRAM.tensors, Tensor("moving", (), "input")), ())

    def at(by: Fraction) -> Any:
        table: dict[str, Table] = {name: {(): x} for name, x in POINT.items()}
        table["moving"] = {(): start + by}
        return lift(evaluate(expr, World(program, {}, table)))

    return (at(STEP) - at(-STEP)) / lift(2 * STEP)


def test_the_partial_of_a_call_is_its_slope() -> None:
    assert node_partial(Call("tanh", (u,)), 0) == Slope("tanh", (u,), 0)
    assert node_partial(Call("maximum", (u, v)), 1) == Slope("maximum", (u, v), 1)


@pytest.mark.parametrize("row", [r for r in ROWS if r.value is None], ids=lambda r: r.name)
def test_the_slope_that_sympy_knows_is_the_difference_quotient(row: Any) -> None:
    arguments = (u, v)[: row.arity]
    holes: dict[Expr, Expr] = {hole(k): argument for k, argument in enumerate(arguments)}
    for position, argument in enumerate(arguments):
        found = value(substitute(function_slope(row.name, position), holes))
        assert close(found, quotient(Call(row.name, arguments), argument.tensor))


def test_the_slope_of_a_function_defined_by_others_is_not_asked_of_sympy() -> None:
    with pytest.raises(ValueError, match="sigmoid"):
        function_slope("sigmoid", 0)


ROUND_TRIPS = [
    u + v,
    u - 2 * v,
    u * v / w,
    u**3,
    power(u, number(Fraction(1, 2))),
    power(u, v),
    Call("exp", (u * v,)),
    Call("log", (u,)),
    Call("sin", (u,)) * Call("cos", (v,)),
    Call("atan", (u,)) + Call("erf", (v,)),
    number(Fraction(-2, 3)) * u,
    Constant("pi") * u,
]


@pytest.mark.parametrize("expr", ROUND_TRIPS, ids=str)
def test_an_expression_comes_back_from_sympy_with_its_value(expr: Expr) -> None:
    back = from_sympy_scalar(to_sympy_scalar(expr))
    assert close(value(back), value(expr))


def test_terms_come_back_in_the_order_of_the_names_and_not_of_sympy() -> None:
    assert str(from_sympy_scalar(sp.Symbol("b") + sp.Symbol("a") + sp.Symbol("c"))) == "a + b + c"
    assert str(from_sympy_scalar(sp.Symbol("z") * sp.Symbol("B") * sp.Symbol("a"))) == "B*a*z"


def test_a_function_of_the_table_goes_to_sympy_written_out() -> None:
    found = to_sympy_scalar(Call("sigmoid", (u,)))
    assert sp.simplify(found - 1 / (1 + sp.exp(-sp.Symbol("u", real=True)))) == 0


@pytest.mark.parametrize(
    ("expr", "expected"),
    [(u**3, "3*u**2"), (u * v, "v"), (Call("exp", (u,)), "exp(u)"), (Call("log", (u,)), "1/u"), (v, "0")],
)
def test_sympys_derivative_by_one_scalar(expr: Expr, expected: str) -> None:
    assert str(sympy_diff(expr, u)) == expected


def test_an_indexed_entry_is_no_scalar_for_sympy() -> None:
    with pytest.raises(TypeError, match="no scalar"):
        to_sympy_scalar(Access("x", (Index("n", Axis("N")),)))


def test_every_function_without_a_value_is_known_to_sympy() -> None:
    assert all(hasattr(sp, row.name) for row in TABLE.values() if row.value is None)
