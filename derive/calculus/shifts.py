"""Kronecker deltas of shifted indices: ``Σ_s [s > 0] δ(s-1, t) a[s]`` is ``a[t+1]``, as long as there is a next step.

What a recurrence passes back comes in this form. A delta of two letters in one slot, as of a convolution, stays: it
is the scatter that the code performs.
"""

from __future__ import annotations

from derive.calculus.affine import position
from derive.calculus.bounds import decided
from derive.calculus.whole_numbers import polynomial, written
from derive.expression import (
    ONE,
    ZERO,
    Compare,
    Delta,
    Expr,
    Index,
    Reduce,
    Size,
    Where,
    add,
    delta,
    mul,
    total,
)
from derive.program import Equation, Program
from derive.rewriting import bottom_up, factors_of, substitute, terms_of


def solve_deltas(expr: Expr, equation: Equation, program: Program) -> Expr:
    """only one step has the shifted index: put it in, where there is such a step"""
    return bottom_up(expr, _solve_here)


def _solve_here(expr: Expr) -> Expr:
    if not isinstance(expr, Reduce) or expr.op != "sum":
        return expr
    return add(*(_solve_term(expr.indices, mul(*map(_first_or_last, factors_of(t)))) for t in terms_of(expr.body)))


def _first_or_last(factor: Expr) -> Expr:
    """``where(t > 0, 0, a)`` is ``δ(t, 0) a``: what only the first step has, or only the last."""
    match factor:
        case Where(Compare(">", Index() as now, bound), then, rest) if bound == ZERO and then == ZERO:
            return mul(delta(now, ZERO), rest)
        case Where(Compare("<", Index() as now, bound), then, rest) if then == ZERO and bound == last(now):
            return mul(delta(now, bound), rest)
    return factor


def start_at_the_end(expr: Expr) -> Expr:
    """what the last step alone has is where the recurrence starts"""
    terms = terms_of(expr)
    for term in terms:
        match term:
            case Where(Compare(op, Index() as now, bound) as inside, then, otherwise) if otherwise == ZERO:
                starts = {k: rest for k, t in enumerate(terms) if (rest := _alone(t, inside)) is not None}
                if (op, bound) in ((">", ZERO), ("<", last(now))) and starts:
                    others = (t for k, t in enumerate(terms) if k not in starts and t != term)
                    return add(*others, Where(inside, then, add(*starts.values())))
    return expr


def _alone(term: Expr, inside: Compare) -> Expr | None:
    """What a term is at the one step where the condition does not hold, None unless it is 0 at all others."""
    now, step = inside.left, ZERO if inside.op == ">" else inside.right
    factors = factors_of(term)
    for k, factor in enumerate(factors):
        rest = mul(*factors[:k], *factors[k + 1 :])
        if factor in (Delta(now, step), Delta(step, now)):
            return substitute(rest, {now: step})
        if isinstance(factor, Where) and (factor.condition, factor.then) == (inside, ZERO):
            return substitute(mul(rest, factor.otherwise), {now: step})
    return None


def _always(factor: Expr) -> bool:
    """Whether a factor is a condition that holds wherever its indices stand on their axes."""
    return isinstance(factor, Compare) and bool(decided(factor))


def last(now: Index) -> Expr:
    """The last place of an axis, as a comparison says it: a number where the size is one."""
    return written(polynomial(Size(now.axis) - 1))


def _solve_term(indices: tuple[Index, ...], term: Expr) -> Expr:
    factors = factors_of(term)
    for k, factor in enumerate(factors):
        for index in indices:
            value = _solved(factor, index) if isinstance(factor, Delta) else None
            if value is None:
                continue
            rest = substitute(mul(*factors[:k], *factors[k + 1 :]), {index: value})
            rest = mul(*(ONE if _always(f) else f for f in factors_of(rest)))
            inner = _solve_term(tuple(i for i in indices if i != index), rest)
            return _guarded(value, index, inner)
    return total(indices, term)


def _solved(factor: Delta, index: Index) -> Expr | None:
    """The value of the index at which both sides agree: another index and a number, or the first or last step."""
    for here, there in ((factor.left, factor.right), (factor.right, factor.left)):
        slot, other = position(here), position(there)
        if slot is None or other is None or slot.letters != (index,) or slot.steps[0][1] != ONE:
            continue
        alike = all(letter.axis == index.axis and step == ONE for letter, step in other.steps)
        if len(other.steps) <= 1 and alike and index not in other.letters:
            return add(there, mul(-1, slot.start))
    return None


def _guarded(value: Expr, index: Index, expr: Expr) -> Expr:
    """The expression where the value lies within the axis of its index, else 0."""
    low, high = Compare(">=", value, ZERO), Compare("<=", value, last(index))
    for bound in (low, high):
        if not decided(bound):
            guard = _plain(bound)
            expr = Where(guard, mul(*(f for f in factors_of(expr) if f != guard)), ZERO)
    return expr


def _plain(bound: Compare) -> Expr:
    """``t - 1 >= 0`` as ``t > 0`` and ``t + 1 <= T - 1`` as ``t < T - 1``: the letter on the left alone."""
    found = position(bound.left)
    assert found is not None
    if not found.letters:
        return bound
    right = add(bound.right, mul(-1, found.start))
    if bound.op == ">=":
        return Compare(">", found.letters[0], written(polynomial(right - 1)))
    return Compare("<", found.letters[0], written(polynomial(right + 1)))
