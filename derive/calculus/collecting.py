"""Collecting: factoring out what all terms of a sum share, or some of them, as long as the line gets shorter."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from derive.calculus.like_terms import merge_everywhere
from derive.calculus.rules import factor_everywhere
from derive.expression import (
    Access,
    Add,
    Call,
    Expr,
    Index,
    Mul,
    Number,
    Reduce,
    Size,
    add,
    base_and_exponent,
    coefficient,
    is_cotangent,
    mul,
)
from derive.rewriting import children, everywhere, factors_of, rebuild, tensors_in

WEIGHTS: dict[type[Expr], int] = {Access: 2, Call: 3, Reduce: 4, Index: 0}
KEPT = 3  # the cost of keeping a tensor
MOST = 12  # terms of a sum that is looked at


@lru_cache(maxsize=1 << 16)
def cost(expr: Expr) -> int:
    """How much there is to read (and to compute) in an expression."""
    return WEIGHTS.get(type(expr), 1) + sum(map(cost, children(expr)))


def upkeep(*exprs: Expr) -> int:
    """The cost of lines, with that of keeping the tensors that they read for the backward pass."""
    kept = {name for expr in exprs for name in tensors_in(expr) if not is_cotangent(name)}
    return sum(map(cost, exprs)) + KEPT * len(kept)


def collect_everywhere(expr: Expr) -> Expr:
    """Every sum with common factors in front, first those of all terms, then those of some.

    >>> a, x, y, z = (Access(name) for name in "axyz")
    >>> print(collect_everywhere(x + a * y - a * z))
    x + a*(y - z)
    """
    found = _collect(factor_everywhere(merge_everywhere(expr)))
    return turned(found) if isinstance(found, Mul) else found


def _collect_here(expr: Expr) -> Expr:
    if isinstance(expr, Reduce) and isinstance(expr.body, Mul):
        return rebuild(expr, (turned(expr.body),))
    if not isinstance(expr, Add) or not 2 < len(expr.terms) <= MOST:
        return expr
    best: Expr = expr
    for base in _shared(expr.terms):
        chosen = [t for t in expr.terms if base in map(_base, factors_of(coefficient(t)[1]))]
        place = expr.terms.index(chosen[0])
        inner = factor_everywhere(add(*chosen))
        if isinstance(inner, Add):
            continue
        before = [t for t in expr.terms[:place] if t not in chosen]
        after = [t for t in expr.terms[place:] if t not in chosen]
        best = min(best, add(*before, inner, *after), key=cost)
    return _collect_here(best) if best != expr else expr


_collect = everywhere(_collect_here)


def _base(factor: Expr) -> Expr:
    return base_and_exponent(factor)[0]


def _shared(terms: Sequence[Expr]) -> list[Expr]:
    """The bases that are factors of several terms, but not of all; a mean keeps its own size below the line."""
    counts: dict[Expr, int] = {}
    for term in terms:
        for base in dict.fromkeys(map(_base, factors_of(coefficient(term)[1]))):
            counts[base] = counts.get(base, 0) + 1
    return [base for base, count in counts.items() if 1 < count < len(terms) and not isinstance(base, (Number, Size))]


def turned(expr: Expr) -> Expr:
    """``-(a - b)`` is ``b - a``."""
    number, rest = coefficient(expr)
    factors = factors_of(rest)
    place = next((k for k, f in enumerate(factors) if isinstance(f, Add)), None)
    if number >= 0 or place is None:
        return expr
    turned = sorted((mul(-1, t) for t in factors[place].parts()[0]), key=lambda t: coefficient(t)[0] < 0)
    if coefficient(turned[0])[0] < 0:
        return expr
    return mul(-number, *factors[:place], Add(tuple(turned)), *factors[place + 1 :])
