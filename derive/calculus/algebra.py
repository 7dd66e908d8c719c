"""School algebra on expressions: cancel, multiply out, split sums; used where it leads to something shorter."""

from __future__ import annotations

from collections.abc import Callable

from derive.calculus.rules import pull_out_everywhere
from derive.expression import Add, Delta, Expr, Index, Mul, Number, Reduce, add, base_and_exponent, mul, total
from derive.rewriting import bottom_up, everywhere, factors_of, substitute, terms_of

MAX_TERMS = 32  # a product that would multiply out to more terms than this is left alone


def multiply_out_everywhere(expr: Expr) -> Expr:
    """Every product of sums multiplied out, every sum over an index split into its terms.

    >>> from derive.expression import Access
    >>> x, y = Access("x"), Access("y")
    >>> print(multiply_out_everywhere(x * (y + 1 / x)))
    x*y + 1
    """
    return pull_out_everywhere(_multiply_out(expr))


def _multiply_out_here(expr: Expr) -> Expr:
    if isinstance(expr, Reduce) and expr.op == "sum":
        return add(*(total(expr.indices, t) for t in terms_of(expr.body)))
    return _distribute(expr, lambda factor: True) if isinstance(expr, Mul) else expr


_multiply_out = everywhere(_multiply_out_here)


def cancel_everywhere(expr: Expr) -> Expr:
    """Products multiplied out only over a sum in which a factor of the product stands below the line.

    >>> from derive.expression import Access
    >>> x, y = Access("x"), Access("y")
    >>> print(cancel_everywhere(x * (1 - x) * (y / x - 1 / (1 - x))))
    (1 - x)*y - x
    """
    return pull_out_everywhere(_cancel(expr))


def _cancel_here(expr: Expr) -> Expr:
    if not isinstance(expr, Mul):
        return expr
    bases = {base_and_exponent(f)[0] for f in expr.factors}
    found = _distribute(expr, lambda factor: not bases.isdisjoint(_below_the_line(factor)))
    return found if found == expr else add(*map(_cancel_here, terms_of(found)))


_cancel = everywhere(_cancel_here)


def _below_the_line(expr: Expr) -> set[Expr]:
    """The bases of negative powers among the factors of the terms."""
    pairs = (base_and_exponent(f) for t in terms_of(expr) for f in factors_of(t))
    return {base for base, exponent in pairs if isinstance(exponent, Number) and exponent.value < 0}


def _distribute(expr: Mul, chosen: Callable[[Expr], bool]) -> Expr:
    """The product multiplied out over those of its factors that are sums and chosen."""
    terms: list[Expr] = [mul()]
    for factor in sorted(expr.factors, key=lambda f: isinstance(f, Add)):
        over = isinstance(factor, Add) and chosen(factor)
        choices = terms_of(factor) if over else (factor,)
        if len(terms) * len(choices) > MAX_TERMS:
            return expr
        terms = [mul(t, c) for t in terms for c in choices]
    return add(*terms) if len(terms) > 1 else expr


def multiply_out_deltas(expr: Expr) -> Expr:
    """Products multiplied out over those of their sums in which a delta is a factor of a term."""

    def has_delta(factor: Expr) -> bool:
        return any(isinstance(f, Delta) for t in terms_of(factor) for f in factors_of(t))

    return bottom_up(expr, lambda here: _distribute(here, has_delta) if isinstance(here, Mul) else here)


def agree_in_term(term: Expr) -> Expr:
    """Write the left side of a delta for its right side, an index, in the other factors.

    >>> from derive.expression import Access, Axis, Delta, Index
    >>> i, j = Index("i", Axis("I")), Index("j", Axis("I"))
    >>> print(agree_in_term(Delta(i, j) * Access("p", (j,))))
    delta(i, j)*p[i]
    """
    deltas = [f for f in factors_of(term) if isinstance(f, Delta)]
    moved: dict[Expr, Expr] = {d.right: d.left for d in deltas if isinstance(d.right, Index)}
    return mul(*(f if f in deltas else substitute(f, moved) for f in factors_of(term))) if moved else term
