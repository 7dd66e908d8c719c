"""The rewrites of a closed form, in the order in which they are tried; a docstring is the reason that is printed."""

from __future__ import annotations

from collections.abc import Callable

from derive.calculus.algebra import agree_in_term, cancel_everywhere, multiply_out_deltas, multiply_out_everywhere
from derive.calculus.collecting import collect_everywhere
from derive.calculus.elimination import by_functions, by_output
from derive.calculus.facts import apply_laws, work_out_sums
from derive.calculus.like_terms import merge_everywhere
from derive.calculus.reusing import reuse
from derive.calculus.rules import collapse_everywhere, has_delta
from derive.calculus.surroundings import Surroundings
from derive.expression import Expr, Mul
from derive.rewriting import bottom_up

Rewrite = Callable[[Expr, Surroundings], Expr]


def agree(expr: Expr, around: Surroundings) -> Expr:
    """where the delta is not zero both sides agree, so write either"""
    if not has_delta(expr):
        return expr
    return bottom_up(multiply_out_deltas(expr), lambda here: agree_in_term(here) if isinstance(here, Mul) else here)


def cancel(expr: Expr, around: Surroundings) -> Expr:
    """multiply through where it cancels"""
    return cancel_everywhere(expr)


def collapse(expr: Expr, around: Surroundings) -> Expr:
    """collapse the Kronecker deltas: only the term with equal indices stays"""
    return collapse_everywhere(expr)


def multiply_out(expr: Expr, around: Surroundings) -> Expr:
    """multiply out and split the sums"""
    return merge_everywhere(multiply_out_everywhere(expr))


def solve(expr: Expr, around: Surroundings) -> Expr:
    """solve the definition, put it in and cancel"""
    for equation in around.definitions:
        expr = by_output(expr, equation, around.program)
    return by_functions(expr)


def collect(expr: Expr, around: Surroundings) -> Expr:
    """factor out what all terms share"""
    return collect_everywhere(expr)


CONCLUDING: tuple[Rewrite, ...] = (collapse, apply_laws, work_out_sums, reuse, collect)
CANCELLING: tuple[Rewrite, ...] = (agree, cancel, *CONCLUDING)
MULTIPLYING_OUT: tuple[Rewrite, ...] = (agree, cancel, multiply_out, *CONCLUDING)
SOLVING: tuple[Rewrite, ...] = (solve, reuse, collect)
