"""The local derivative: one entry of an equation's right side by one entry of an operand.

An entry is touched by an access of the operand exactly when all indices agree, so that the derivative of
``T[i, j]`` by ``T[k, l]`` is a product of Kronecker deltas; a sum is differentiated term by term; the slope of
a largest entry goes to the winners, in equal shares where several tie; every scalar node asks
`derive.calculus.partials`.
"""

from __future__ import annotations

from derive.calculus.partials import node_partial
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Reduce,
    Where,
    add,
    delta,
    mul,
    power,
    total,
)
from derive.matrix_functions import matrix_entry
from derive.matrix_functions import slope as matrix_slope
from derive.rewriting import (
    all_indices,
    children,
    factors_of,
    free_indices,
    fresh,
    rename_bound,
    substitute,
    terms_of,
    walk,
)


def derivative(expr: Expr, by: Access) -> Expr:
    """The derivative of ``expr`` by the entry ``by``, Kronecker deltas left standing.

    >>> from derive.expression import Axis, Index
    >>> n, m = Index("n", Axis("N")), Index("n'", Axis("N"))
    >>> derivative(total((n,), Access("x", (n,)) ** 2), Access("x", (m,))) == total(
    ...     (n,), 2 * Access("x", (n,)) * Delta(n, m))
    True
    """
    if not any(isinstance(n, Access) and n.tensor == by.tensor for n in walk(expr)):
        return ZERO
    return _derivative(rename_bound(expr, free_indices(by)), by)


def _derivative(expr: Expr, by: Access) -> Expr:
    match expr:
        case Access(tensor, indices):
            if tensor != by.tensor:
                return ZERO
            return mul(*(delta(i, j) for i, j in zip(indices, by.indices, strict=True)))
        case _ if (entry := matrix_entry(expr)) is not None:
            return matrix_slope(expr, by) if entry.tensor == by.tensor else ZERO
        case Reduce("sum", indices, body):
            return total(indices, _derivative(body, by))
        case Reduce("prod", indices, body):
            return total(indices, mul(_others(expr), _derivative(body, by)))
        case Reduce(_, indices, body):
            wins = Compare("==", body, rename_bound(expr, indices))
            return mul(total(indices, mul(wins, _derivative(body, by))), power(total(indices, wins), -1))
        case Where(condition, then, otherwise):
            return _choose(condition, _derivative(then, by), _derivative(otherwise, by))
        case Compare() | Delta():
            return ZERO
        case _:
            return add(*(_through(expr, k, child, by) for k, child in enumerate(children(expr))))


def _choose(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    """The choice between two derivatives, their deltas in front, where they can be collapsed."""
    if then == otherwise:
        return then
    if ZERO in (then, otherwise):
        terms = terms_of(otherwise if then == ZERO else then)
        return add(*(_one_branch(condition, t, then != ZERO) for t in terms))
    (left, first), (right, second) = _deltas_apart(then), _deltas_apart(otherwise)
    if left == right:
        return mul(*left, Where(condition, first, second))
    return add(_choose(condition, then, ZERO), _choose(condition, ZERO, otherwise))


def _one_branch(condition: Expr, term: Expr, first: bool) -> Expr:
    deltas, rest = _deltas_apart(term)
    if first and rest == ONE:
        return mul(*deltas, condition)
    return mul(*deltas, Where(condition, rest, ZERO) if first else Where(condition, ZERO, rest))


def _deltas_apart(term: Expr) -> tuple[list[Expr], Expr]:
    """The factors in which a delta stands, and the product of the others."""
    deltas = [f for f in factors_of(term) if any(isinstance(n, Delta) for n in walk(f))]
    return deltas, mul(*(f for f in factors_of(term) if f not in deltas))


def _others(product: Reduce) -> Expr:
    """The product over all but the entry at its own indices, which is right where entries are zero, too."""
    twins: dict[Expr, Expr] = {}
    for index in product.indices:
        twins[index] = fresh(index, all_indices(product) | {i for i in twins.values() if isinstance(i, Index)})
    here = mul(*(Compare("==", twin, index) for index, twin in twins.items()))
    body = Where(here, ONE, substitute(product.body, twins))
    return Reduce("prod", tuple(i for i in twins.values() if isinstance(i, Index)), body)


def _through(expr: Expr, position: int, child: Expr, by: Access) -> Expr:
    """The path through one child: the node's slope there times the child's derivative, in the child's place."""
    inner = _derivative(child, by)
    if inner == ZERO:
        return ZERO
    if isinstance(expr, Add):
        return inner
    slope = node_partial(expr, position)
    if isinstance(expr, Mul):
        before = [f for f in expr.factors[:position]]
        after = [f for f in expr.factors[position + 1 :]]
        if mul(*before, *after) == slope:
            return mul(*before, inner, *after)
    return mul(slope, inner)
