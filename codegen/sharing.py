"""What is computed once: subexpressions that are the same array, whatever their indices are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from derive.expression import Access, Add, Call, Expr, Index, Number, Pow, Reduce
from derive.rewriting import canonical, children, free_indices, substitute, walk


def shape_key(expr: Expr) -> Expr:
    """The expression with its free indices numbered in reading order: equal for the same array under other names."""
    free = free_indices(expr)
    return canonical(substitute(expr, {i: Index(f"@{k}", i.axis) for k, i in enumerate(free)}))


def worth_keeping(expr: Expr) -> bool:
    """Whether computing it twice would be a waste: it calls a function, takes a root, or reduces."""
    if isinstance(expr, (Call, Reduce)):
        return True
    if isinstance(expr, Pow):
        return isinstance(expr.exponent, Number) and expr.exponent.value.denominator != 1
    return isinstance(expr, Add) and any(isinstance(n, Access) and n.indices for n in walk(expr))


def repeated(exprs: Iterable[Expr]) -> set[Expr]:
    """The keys of the subexpressions that occur more than once among the expressions and are worth keeping."""
    counts: Counter[Expr] = Counter()
    for expr in exprs:
        _count(expr, counts)
    return {key for key, n in counts.items() if n > 1}


def _count(expr: Expr, counts: Counter[Expr]) -> None:
    """Count a repeated expression once with everything in it, so that only the largest repeats are named."""
    if worth_keeping(expr):
        key = shape_key(expr)
        counts[key] += 1
        if counts[key] > 1:
            return
    for child in children(expr):
        _count(child, counts)
