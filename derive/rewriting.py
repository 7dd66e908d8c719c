"""Walking and rebuilding expressions: children, substitution that never captures a bound index, renaming apart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Partial,
    Pow,
    Reduce,
    Slope,
    Where,
    add,
    delta,
    mul,
    power,
    total,
)

_CHILDREN: dict[type[Expr], Callable[[Any], tuple[Expr, ...]]] = {
    Add: lambda e: e.terms,
    Mul: lambda e: e.factors,
    Pow: lambda e: (e.base, e.exponent),
    Call: lambda e: e.args,
    Slope: lambda e: e.args,
    Access: lambda e: e.indices,
    Reduce: lambda e: (e.body,),
    Delta: lambda e: (e.left, e.right),
    Compare: lambda e: (e.left, e.right),
    Where: lambda e: (e.condition, e.then, e.otherwise),
    Partial: lambda e: (e.of, e.wrt),
}


def children(expr: Expr) -> tuple[Expr, ...]:
    """The direct subexpressions, bound indices of a reduction not counted."""
    parts = _CHILDREN.get(type(expr))
    return parts(expr) if parts else ()


def rebuild(expr: Expr, parts: tuple[Expr, ...]) -> Expr:
    """The same node over other children, through the constructors."""
    if parts == children(expr):
        return expr
    match expr:
        case Add():
            return add(*parts)
        case Mul():
            return mul(*parts)
        case Pow():
            return power(*parts)
        case Call(function, _):
            return Call(function, parts)
        case Slope(function, _, position):
            return Slope(function, parts, position)
        case Access(tensor, _):
            return Access(tensor, parts)
        case Reduce(op, indices, _):
            return total(indices, parts[0]) if op == "sum" else Reduce(op, indices, parts[0])
        case Delta():
            return delta(*parts)
        case Compare(op, _, _):
            return Compare(op, *parts)
        case Where():
            return Where(*parts)
        case Partial():
            of, wrt = parts
            assert isinstance(of, Access) and isinstance(wrt, Access)
            return Partial(of, wrt)
        case _:
            return expr


def walk(expr: Expr) -> Iterator[Expr]:
    """Every node, parents first, in reading order."""
    stack = [expr]
    while stack:
        here = stack.pop()
        yield here
        stack.extend(reversed(children(here)))


def factors_of(expr: Expr) -> tuple[Expr, ...]:
    """The factors of a product, or the expression alone."""
    return expr.factors if isinstance(expr, Mul) else (expr,)


def terms_of(expr: Expr) -> tuple[Expr, ...]:
    """The terms of a sum, or the expression alone."""
    return expr.terms if isinstance(expr, Add) else (expr,)


@lru_cache(maxsize=1 << 16)
def tensors_in(expr: Expr) -> tuple[str, ...]:
    """The tensors that an expression reads, in reading order."""
    return tuple(dict.fromkeys(n.tensor for n in walk(expr) if isinstance(n, Access)))


def bottom_up(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Apply ``change`` to every node, children first; equal nodes are changed once."""
    done: dict[Expr, Expr] = {}

    def go(here: Expr) -> Expr:
        if here not in done:
            parts = children(here)
            done[here] = change(rebuild(here, tuple(map(go, parts))) if parts else here)
        return done[here]

    return go(expr)


def everywhere(change: Callable[[Expr], Expr]) -> Callable[[Expr], Expr]:
    """The rule that makes the change at every node, children first, and remembers what came of each node."""

    @lru_cache(maxsize=1 << 16)
    def go(here: Expr) -> Expr:
        parts = children(here)
        return change(rebuild(here, tuple(map(go, parts))) if parts else here)

    return go


def top_down(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """Apply ``change`` to every node, and then to the children of what came out."""
    here = change(expr)
    parts = children(here)
    return rebuild(here, tuple(top_down(p, change) for p in parts)) if parts else here


@lru_cache(maxsize=1 << 16)
def free_indices(expr: Expr) -> tuple[Index, ...]:
    """The indices that are not bound by a reduction, in reading order.

    >>> from derive.expression import Axis
    >>> i, j = Index("i", Axis("I")), Index("j", Axis("J"))
    >>> [k.name for k in free_indices(total((j,), Access("A", (i, j))))]
    ['i']
    """
    found: dict[Index, None] = {}
    _collect_free(expr, frozenset(), found)
    return tuple(found)


def _collect_free(expr: Expr, bound: frozenset[Index], found: dict[Index, None]) -> None:
    if isinstance(expr, Index):
        if expr not in bound:
            found[expr] = None
        return
    inner = bound | set(expr.indices) if isinstance(expr, Reduce) else bound
    for child in children(expr):
        _collect_free(child, inner, found)


def all_indices(expr: Expr) -> set[Index]:
    """Every index that occurs, free or bound."""
    found: set[Index] = set()
    for here in walk(expr):
        if isinstance(here, Index):
            found.add(here)
        elif isinstance(here, Reduce):
            found.update(here.indices)
    return found


def fresh(index: Index, taken: Iterable[Index]) -> Index:
    """The index, with as many primes as it takes to differ from those taken."""
    names = {t.name for t in taken}
    name = index.name
    while name in names:
        name += "'"
    return Index(name, index.axis)


def substitute(expr: Expr, mapping: Mapping[Expr, Expr]) -> Expr:
    """Replace whole subexpressions; a bound index that would capture a free one of a replacement is renamed."""
    if not mapping:
        return expr
    if expr in mapping:
        return mapping[expr]
    if isinstance(expr, Reduce):
        return _substitute_under(expr, mapping)
    parts = children(expr)
    return rebuild(expr, tuple(substitute(p, mapping) for p in parts)) if parts else expr


def inlined(expr: Expr, definitions: Iterable[tuple[Access, Expr]]) -> Expr:
    """The right sides of definitions for their left sides, wherever entries of those tensors are read.

    >>> from derive.expression import Axis
    >>> n, m = Index("n", Axis("N")), Index("m", Axis("N"))
    >>> print(inlined(Access("y", (m,)) + 1, [(Access("y", (n,)), Access("x", (n,)) ** 2)]))
    x[m]**2 + 1
    """
    known = {left.tensor: (left.indices, right) for left, right in definitions}
    taken = all_indices(expr)

    def change(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor not in known:
            return here
        indices, right = known[here.tensor]
        return substitute(rename_bound(right, taken), dict(zip(indices, here.indices, strict=True)))

    return bottom_up(expr, change)


def _substitute_under(expr: Reduce, mapping: Mapping[Expr, Expr]) -> Expr:
    inner = {k: v for k, v in mapping.items() if k not in expr.indices}
    incoming = {i for v in inner.values() for i in free_indices(v)}
    indices, body = expr.indices, expr.body
    clash = [i for i in indices if i.name in {k.name for k in incoming}]
    if clash:
        replaced = {i for k in inner for i in all_indices(k)}
        taken = all_indices(body) | incoming | replaced | set(indices)
        renamed: dict[Expr, Expr] = {}
        for index in clash:
            renamed[index] = new = fresh(index, taken)
            taken.add(new)
        indices = tuple(_as_index(renamed.get(i, i)) for i in indices)
        body = substitute(body, renamed)
    body = substitute(body, inner)
    return total(indices, body) if expr.op == "sum" else Reduce(expr.op, indices, body)


def _as_index(expr: Expr) -> Index:
    assert isinstance(expr, Index)
    return expr


def rename_bound(expr: Expr, taken: Iterable[Index]) -> Expr:
    """Rename every bound index that shares its name with one taken, so that the expression can be moved there."""
    if not isinstance(expr, Reduce):
        parts = children(expr)
        return rebuild(expr, tuple(rename_bound(p, taken) for p in parts)) if parts else expr
    used = set(taken)
    renamed: dict[Expr, Expr] = {}
    for index in expr.indices:
        new = fresh(index, used - {index} if index not in used else used)
        if new != index:
            new = fresh(index, used | all_indices(expr.body))
            renamed[index] = new
        used.add(new)
    indices = tuple(_as_index(renamed.get(i, i)) for i in expr.indices)
    body = rename_bound(substitute(expr.body, renamed), used)
    return total(indices, body) if expr.op == "sum" else Reduce(expr.op, indices, body)


def tidy(expr: Expr) -> Expr:
    """Give every bound index as few primes as it needs to differ from the indices around it.

    >>> from derive.expression import Axis
    >>> i, twice = Index("i", Axis("I")), Index("i''", Axis("I"))
    >>> print(tidy(Access("a", (i,)) * total((twice,), Access("b", (twice,)))))
    a[i]*sum[i'](b[i'])
    """
    return _tidy(expr, frozenset(i.name for i in free_indices(expr)))


def _tidy(expr: Expr, around: frozenset[str]) -> Expr:
    if not isinstance(expr, Reduce):
        parts = children(expr)
        return rebuild(expr, tuple(_tidy(p, around) for p in parts)) if parts else expr
    names, renamed = set(around), dict[Expr, Expr]()
    for index in expr.indices:
        least = index.name.rstrip("'")
        while least in names:
            least += "'"
        names.add(least)
        if least != index.name:
            renamed[index] = Index(least, index.axis)
    indices = tuple(_as_index(renamed.get(i, i)) for i in expr.indices)
    body = _tidy(substitute(expr.body, renamed), frozenset(names))
    return total(indices, body) if expr.op == "sum" else Reduce(expr.op, indices, body)


def canonical(expr: Expr) -> Expr:
    """The expression with bound indices numbered by position: equal for expressions that differ only in their names.

    >>> from derive.expression import Axis
    >>> i, j = Index("i", Axis("I")), Index("j", Axis("I"))
    >>> canonical(total((i,), Access("a", (i,)))) == canonical(total((j,), Access("a", (j,))))
    True
    """
    return _canonical(expr, 0)


@lru_cache(maxsize=1 << 16)
def _canonical(expr: Expr, depth: int) -> Expr:
    if not isinstance(expr, Reduce):
        parts = children(expr)
        return rebuild(expr, tuple(_canonical(p, depth) for p in parts)) if parts else expr
    renamed: dict[Expr, Expr] = {i: Index(f"#{depth + n}", i.axis) for n, i in enumerate(expr.indices)}
    body = _canonical(substitute(expr.body, renamed), depth + len(expr.indices))
    return Reduce(expr.op, tuple(_as_index(renamed[i]) for i in expr.indices), body)
