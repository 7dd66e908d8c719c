"""Like terms: equal products of sums, whatever the order of the factors, the nesting of the sums and their letters."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from hashlib import sha1

from derive.expression import Add, Expr, Index, Number, Reduce, add, coefficient, mul
from derive.plain_text import text
from derive.rewriting import canonical, everywhere, factors_of, free_indices, rename_bound, substitute

ROUNDS = 2  # of telling bound indices apart by the factors in which they stand


def merge_everywhere(expr: Expr) -> Expr:
    """Every sum with its like terms added up, each in the spelling of the first.

    >>> from derive.expression import Access, Axis, total
    >>> i, j = Index("i", Axis("I")), Index("j", Axis("I"))
    >>> a, b = total((i,), Access("a", (i,))), total((j,), Access("a", (j,)))
    >>> print(merge_everywhere(Add((a, b))))
    2*sum[i](a[i])
    """
    return _merge(expr)


def _merge_here(expr: Expr) -> Expr:
    if not isinstance(expr, Add):
        return expr
    first: dict[object, Expr] = {}
    terms: list[Expr] = []
    for term in expr.terms:
        number, rest = coefficient(term)
        terms.append(mul(Number(number), first.setdefault(key(rest), rest)))
    return add(*terms)


_merge = everywhere(_merge_here)


@lru_cache(maxsize=1 << 14)
def key(term: Expr) -> object:
    """The same for like terms: the product's factors with the bound indices named by their parts in it."""
    if not any(isinstance(f, Reduce) for f in factors_of(term)):
        return term
    bound, factors = _flat(term)
    colours = {i: i.axis.name for i in bound}
    for _ in range(ROUNDS):
        colours = {i: _colour(i, factors, colours) for i in bound}
    names: dict[Expr, Expr] = {i: Index(f"#{n}", i.axis) for n, i in enumerate(sorted(bound, key=lambda i: colours[i]))}
    return frozenset(Counter(canonical(substitute(f, names)) for f in factors).items())


def _colour(index: Index, factors: list[Expr], colours: dict[Index, str]) -> str:
    """What is around the index, its neighbours by their colours."""
    names: dict[Expr, Expr] = {i: Index("#" if i == index else f"#{c}", i.axis) for i, c in colours.items()}
    images = sorted(text(canonical(substitute(f, names))) for f in factors if index in free_indices(f))
    return sha1(";".join((colours[index], *images)).encode()).hexdigest()


def _flat(term: Expr) -> tuple[list[Index], list[Expr]]:
    """The product with the factors of its sums, and the indices that these are over, renamed apart."""
    bound: list[Index] = []
    factors: list[Expr] = []
    waiting = list(factors_of(term))
    outside = free_indices(term)
    while waiting:
        factor = waiting.pop(0)
        if isinstance(factor, Reduce) and factor.op == "sum":
            inner = rename_bound(factor, (*bound, *outside))
            assert isinstance(inner, Reduce)
            bound += inner.indices
            waiting += factors_of(inner.body)
        else:
            factors.append(factor)
    return bound, factors
