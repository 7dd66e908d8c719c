"""Reductions over an index that their body lacks: the same value so many times over, counted and not added up."""

from __future__ import annotations

from derive.expression import Expr, Reduce, Size, mul, power, total
from derive.rewriting import free_indices


def counted(expr: Reduce) -> Expr:
    """The reduction over the indices that occur in its body, and what the others do to it.

    >>> from derive.expression import Access, Axis, Index
    >>> i, j = Index("i", Axis("I")), Index("j", Axis("J"))
    >>> print(counted(Reduce("sum", (i, j), Access("x", (i,)))))
    J*sum[i](x[i])
    >>> print(counted(Reduce("max", (j,), Access("x", (i,)))))
    x[i]
    """
    occurring = free_indices(expr.body)
    used = tuple(i for i in expr.indices if i in occurring)
    if used == expr.indices:
        return expr
    times = mul(*(Size(i.axis) for i in expr.indices if i not in used))
    if expr.op == "sum":
        return mul(times, total(used, expr.body))
    rest = Reduce(expr.op, used, expr.body) if used else expr.body
    return power(rest, times) if expr.op == "prod" else rest
