"""What is computed once: subexpressions that are the same array, whatever their indices are called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from derive.expression import Access, Add, Call, Compare, Expr, Index, Mul, Number, Pow, Reduce, Where, mul
from derive.rewriting import canonical, children, free_indices, substitute, walk


def shape_key(expr: Expr) -> Expr:
    """The expression with its free indices numbered in reading order: equal for the same array under other names."""
    free = free_indices(expr)
    return canonical(substitute(expr, {i: Index(f"@{k}", i.axis) for k, i in enumerate(free)}))


def entry_order(expr: Expr) -> tuple[Index, ...]:
    """The free indices, those that entries are read at first: an array made of others keeps the order of their axes."""
    read = (i for here in walk(expr) if isinstance(here, Access) for i in free_indices(here))
    free = free_indices(expr)
    return tuple(dict.fromkeys((*(i for i in read if i in free), *free)))


def worth_keeping(expr: Expr) -> bool:
    """Whether computing it twice would be a waste: it calls a function, takes a root, reduces, or compares arrays.

    A function of numbers alone stays where it is: in a variable NumPy would make a float64 of what it goes into.
    """
    if isinstance(expr, (Call, Reduce)):
        return any(isinstance(n, Access) for n in walk(expr))
    if isinstance(expr, Pow):
        return isinstance(expr.exponent, Number) and expr.exponent.value.denominator != 1
    if isinstance(expr, Compare):
        return len(free_indices(expr)) > 1 and any(isinstance(n, Access) for n in walk(expr))
    return isinstance(expr, Add) and any(isinstance(n, Access) and n.indices for n in walk(expr))


def repeated(exprs: Iterable[Expr]) -> set[Expr]:
    """The keys of the subexpressions that occur more than once among the expressions and are worth keeping."""
    counts: Counter[Expr] = Counter()
    for expr in exprs:
        _count(expr, counts)
    return {key for key, n in counts.items() if n > 1}


def keys(exprs: Iterable[Expr]) -> set[Expr]:
    """The keys of all subexpressions that `repeated` looks at."""
    counts: Counter[Expr] = Counter()
    for expr in exprs:
        _count(expr, counts)
    return set(counts)


def _count(expr: Expr, counts: Counter[Expr]) -> None:
    """Count a repeated expression once with everything in it, so that only the largest repeats are named."""
    if isinstance(expr, Mul):
        for part in grouped(expr):
            if isinstance(part, Mul):
                _count_one(part, part.factors, counts)
            else:
                _count(part, counts)
    elif isinstance(expr, Where):  # it chooses by booleans, which are no numbers to be kept
        for part in (*children(expr.condition), expr.then, expr.otherwise):
            _count(part, counts)
    elif worth_keeping(expr):
        _count_one(expr, children(expr), counts)
    else:
        for child in children(expr):
            _count(child, counts)


def _count_one(expr: Expr, parts: Iterable[Expr], counts: Counter[Expr]) -> None:
    key = shape_key(expr)
    counts[key] += 1
    if counts[key] == 1:
        for part in parts:
            _count(part, counts)


def grouped(expr: Mul) -> tuple[Expr, ...]:
    """The factors of a product, those over the same axes multiplied into one: what is worth computing once."""
    groups: dict[frozenset[Index], list[Expr]] = {}
    for factor in expr.factors:
        groups.setdefault(frozenset(free_indices(factor)), []).append(factor)
    scalars = groups.pop(frozenset(), [])
    return (*scalars, *(mul(*factors) for factors in groups.values()))


def natural_order(expr: Expr) -> tuple[Index, ...]:
    """The free indices in the order in which the tensor that has most of them keeps its axes."""
    free = free_indices(expr)
    orders = [tuple(i for i in n.indices if i in free) for n in walk(expr) if isinstance(n, Access)]
    best = max(orders, key=len, default=())
    return tuple(dict.fromkeys(i for i in (*best, *free) if isinstance(i, Index)))
