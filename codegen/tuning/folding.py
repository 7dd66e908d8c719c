"""Numbers go into a sum that has numbers already: one pass over the array less, ``c*(a + b*X) = c*a + (c*b)*X``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derive.expression import ONE, Access, Add, Constant, Expr, Mul, Number, Pow, add, mul, power
from derive.rewriting import factors_of, free_indices, terms_of, walk


def folded(expr: Mul, shared: Callable[[Expr], bool]) -> Expr:
    """The product with its numbers inside a sum; a sum that is ``shared`` is computed once, as it is.

    >>> import derive
    >>> right = derive.parse("X: input [N, D]; Y = 3 * (X + X**3 / 2)").equations[0].right
    >>> print(folded(right, lambda part: False))
    X[n, d]*(3 + 3*X[n, d]**2/2)
    """
    numbers = [f for f in expr.factors if _is_number(f)]
    for factor in expr.factors if numbers else ():
        if not isinstance(factor, Add) or len(free_indices(factor)) < 2 or shared(factor):
            continue
        outside, inside = _taken_out(factor)
        if all(map(_has_number, inside)):
            rest = [f for f in expr.factors if f != factor and f not in numbers]
            return mul(*rest, outside, add(*(mul(*numbers, term) for term in inside)))
    return expr


def _taken_out(expr: Add) -> tuple[Expr, list[Expr]]:
    """An entry that all terms have, taken out of a polynomial of it; else the number 1 and the terms as they are."""
    entries = {n for n in walk(expr) if isinstance(n, Access)}
    if len(entries) != 1:
        return ONE, list(expr.terms)
    (entry,) = entries
    inside = [mul(term, power(entry, -1)) for term in terms_of(expr)]
    whole = not any(isinstance(n, Pow) and n.exponent == Number(Fraction(-1)) for term in inside for n in walk(term))
    return (entry, inside) if whole else (ONE, list(expr.terms))


def _has_number(term: Expr) -> bool:
    """Whether it is a number, or multiplied by one already."""
    return _is_number(term) or any(_is_number(f) and f not in (ONE, Number(Fraction(-1))) for f in factors_of(term))


def _is_number(expr: Expr) -> bool:
    """Whether it is made of numbers and named constants alone."""
    return all(isinstance(n, (Number, Constant, Pow, Mul, Add)) for n in walk(expr))
