"""What the passes cost: operations counted off the formulas, and the numbers that forward keeps for backward.

Every addition, multiplication, division, comparison, choice and call of a function counts as one operation, and each
different subexpression is worked out once for each value of the indices that it depends on: a sum of D products for N
times H entries is 2NDH operations, a factor that depends on the row alone is worked out once a row.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction

from derive.expression import (
    Access,
    Add,
    Axis,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    add,
    is_cotangent,
    mul,
)
from derive.ledger import Derivation
from derive.rewriting import children, tensors_in

MINUS = Number(Fraction(-1))
Count = Counter[tuple[Axis, ...]]  # how often each product of sizes


def operations(formulas: Iterable[Expr]) -> Count:
    """How many operations the formulas take; what occurs twice counts once.

    >>> from derive.library import load
    >>> print(written(operations(e.right for e in load("affine").equations), load("affine").axes))
    2*N*D*H + N*H
    """
    found: Count = Counter()
    for node in dict.fromkeys(node for formula in formulas for node in _on_numbers(formula)):
        if times := _own(node):
            over = _values(node.body if isinstance(node, Reduce) else node)
            found[tuple(i.axis for i in sorted(over, key=lambda i: i.name))] += times
    return found


def _on_numbers(formula: Expr) -> Iterator[Expr]:
    """The nodes that work on numbers; what stands between the brackets of an entry only says which it is."""
    yield formula
    if not isinstance(formula, (Access, Delta)):
        for child in children(formula):
            yield from _on_numbers(child)


def _own(node: Expr) -> int:
    """The operations of a node itself, for each value of its indices."""
    match node:
        case Add(parts):
            return len(parts) - 1
        case Mul(parts):
            return len([p for p in parts if p != MINUS and not isinstance(p, Delta)]) - 1
        case Reduce() | Pow() | Call() | Slope() | Compare() | Where():
            return 1
    return 0


def _values(node: Expr) -> frozenset[Index]:
    """The indices that a node is worked out for: not those of a product that a Kronecker delta in it ties to others."""
    if isinstance(node, Index):
        return frozenset({node})
    found = frozenset(i for child in children(node) for i in _values(child))
    if isinstance(node, Reduce):
        return found - set(node.indices)
    deltas = [part for part in children(node) if isinstance(part, Delta)] if isinstance(node, Mul) else []
    return found - {side for d in deltas for side in [s for s in children(d) if isinstance(s, Index)][-1:]}


def saved(derivation: Derivation) -> tuple[str, ...]:
    """The tensors that the last lines of the gradients read, in the order of the program: what forward keeps."""
    wanted = _needed(derivation)
    read = {name for formula in wanted for name in tensors_in(formula) if not is_cotangent(name)}
    return tuple(t.name for t in derivation.program.tensors if t.name in read)


def _needed(derivation: Derivation) -> tuple[Expr, ...]:
    return tuple(g.index for g in derivation.all_gradients)


def forward_cost(derivation: Derivation) -> Count:
    """The operations of the forward equations."""
    return operations(e.right for e in derivation.program.equations)


def backward_cost(derivation: Derivation) -> Count:
    """The operations of the gradients, each by its last line."""
    return operations(_needed(derivation))


def memory(derivation: Derivation) -> Count:
    """How many numbers are kept."""
    return Counter(derivation.program.tensor(name).axes for name in saved(derivation))


def written(count: Count, order: Iterable[Axis]) -> Expr:
    """The count as a sum of products of sizes, the longest products first, the sizes in this order."""
    place = {axis: k for k, axis in enumerate(order)}
    terms: Counter[tuple[Axis, ...]] = Counter()
    for axes, times in count.items():
        terms[tuple(sorted(axes, key=lambda a: (place.get(a, len(place)), a.name)))] += times
    longest = sorted(terms, key=lambda axes: (-len(axes), [place.get(a, len(place)) for a in axes]))
    return add(*(mul(terms[axes], *map(_size, axes)) for axes in longest if terms[axes]))


def _size(axis: Axis) -> Expr:
    return axis.extent if isinstance(axis.extent, Number) else Size(axis)
