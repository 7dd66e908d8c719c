"""Reusing what the forward pass computed, also where a part of it stands before a sum and the rest in it."""

from __future__ import annotations

from derive.calculus.collecting import cost
from derive.calculus.rules import pull_out_everywhere, written_by_output
from derive.calculus.surroundings import Surroundings
from derive.expression import Expr, Mul, Reduce, mul, total
from derive.program import Equation
from derive.rewriting import bottom_up, free_indices, rename_bound, tensors_in


def reuse(expr: Expr, around: Surroundings) -> Expr:
    """reuse what the forward pass computed"""
    for equation in around.definitions:
        if not set(tensors_in(equation.right)) <= set(tensors_in(expr)):
            continue
        expr = written_by_output(expr, equation)
        expr = bottom_up(expr, lambda here, equation=equation: _reuse_within(here, equation))  # type: ignore[misc]
    return expr


def _reuse_within(expr: Expr, equation: Equation) -> Expr:
    """As `reuse`, where a part of what the forward pass computed stands before a sum and the rest in it."""
    if not isinstance(expr, Mul):
        return expr
    for factor in expr.factors:
        if isinstance(factor, Reduce) and factor.op == "sum":
            others = mul(*(f for f in expr.factors if f is not factor))
            inner = rename_bound(factor, free_indices(others))
            assert isinstance(inner, Reduce)
            moved = pull_out_everywhere(total(inner.indices, written_by_output(mul(others, inner.body), equation)))
            if cost(moved) < cost(expr):
                return moved
    return expr
