"""A gradient that is another one times a row or a column: sums of it are sums that are there, times that factor.

Where ``dXhat = dY * gamma``, the sum of ``Xhat * dXhat`` over the samples is ``gamma`` times that of ``Xhat * dY``, and
this is the gradient by ``gamma``. So the factor goes out of the sums, and then out of the whole formula.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import permutations

from codegen.tuning.sharing import shape_key
from derive.calculus.rules import factor_everywhere, pull_out_everywhere
from derive.expression import Access, Expr, Reduce, cotangent_name, mul
from derive.ledger import Derivation
from derive.rewriting import (
    bottom_up,
    factors_of,
    free_indices,
    inlined,
    tensors_in,
    walk,
)


def by_known_sums(derivation: Derivation, formulas: Mapping[str, Expr]) -> dict[str, Expr]:
    """The formulas in their order, without gradients that nobody asks for or reads any more."""
    lefts = {cotangent_name(g.name): g.left for g in derivation.all_gradients}
    found: dict[str, Expr] = {}
    known: set[Expr] = set()
    for name, formula in formulas.items():
        for tensor in tensors_in(formula):
            if tensor in lefts and _has_smaller_factor(found.get(tensor)):
                formula = _shorter(formula, lefts[tensor], found[tensor], known)
        found[name] = _in_known_order(formula, known)
        known |= _sums(found[name])
    dropped = {t for t in found if t not in map(cotangent_name, derivation.wrt) and t in lefts}
    dropped -= {t for formula in found.values() for t in tensors_in(formula)}
    return {name: formula for name, formula in found.items() if name not in dropped}


def _has_smaller_factor(formula: Expr | None) -> bool:
    """Whether it is a product of which one factor has all axes, and others have fewer."""
    if formula is None:
        return False
    whole, factors = set(free_indices(formula)), factors_of(formula)
    large = [f for f in factors if set(free_indices(f)) == whole]
    return len(large) == 1 < len(factors) and isinstance(large[0], Access)


def _shorter(formula: Expr, left: Access, right: Expr, known: Collection[Expr]) -> Expr:
    """The formula with a gradient's own put in, where that leaves fewer sums to compute."""
    whole = factor_everywhere(pull_out_everywhere(inlined(formula, [(left, right)])))
    whole = _in_known_order(whole, known)
    return whole if len(_sums(whole) - set(known)) < len(_sums(formula) - set(known)) else formula


def _in_known_order(expr: Expr, known: Collection[Expr]) -> Expr:
    """The expression with its sums as they are known."""
    return bottom_up(expr, lambda here: _as_known(here, known))


def _as_known(expr: Expr, known: Collection[Expr]) -> Expr:
    """A sum of a product with its factors in the order of one that is known."""
    if not isinstance(expr, Reduce) or len(factors := factors_of(expr.body)) > 4:
        return expr
    turned = (Reduce(expr.op, expr.indices, mul(*order)) for order in permutations(factors))
    return next((t for t in turned if shape_key(t) in known), expr)


def _sums(expr: Expr) -> set[Expr]:
    return {shape_key(n) for n in walk(expr) if isinstance(n, Reduce)}
