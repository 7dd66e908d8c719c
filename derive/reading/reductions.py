"""Sums and their kin, over letters (``sum[d](...)``) and over axes (``sum(A, axis=D)``)."""

from __future__ import annotations

from derive.expression import Axis, Expr, Hyper, Index, Number, Reduce, Size, mul, power, total
from derive.index_names import indices_for
from derive.reading.arrays import Array, Indices, plain

REDUCTIONS = ("sum", "mean", "max", "min", "prod")


def over_letters(op: str, bound: tuple[Index, ...], body: Expr) -> Expr:
    """The reduction over bound indices; a mean is a sum divided by the sizes of its axes.

    >>> from derive.expression import Access, Axis
    >>> n = Index("n", Axis("N"))
    >>> over_letters("mean", (n,), Access("x", (n,))) == total((n,), Access("x", (n,))) / Size(Axis("N"))
    True
    """
    if not bound:
        return body
    if op == "sum":
        return total(bound, body)
    if op == "mean":
        return mul(total(bound, body), *(power(size(i.axis), -1) for i in bound))
    return Reduce(op, bound, body)


def size(axis: Axis) -> Expr:
    """How many entries the axis has: a number or hyperparameter if that says it."""
    return axis.extent if isinstance(axis.extent, (Number, Hyper)) else Size(axis)


def over_axes(op: str, array: Array, places: tuple[int, ...], letters: tuple[Index, ...] = ()) -> Array:
    """The reduction over the axes at these places of an array; ``letters`` are indices that its entries may use."""
    kept = tuple(n for n in range(len(array.axes)) if n not in places)

    def at(indices: Indices) -> Expr:
        bound = indices_for(tuple(array.axes[n] for n in places), (*plain(indices), *letters))
        where = dict(zip((*kept, *places), (*indices, *bound), strict=True))
        return over_letters(op, bound, array.at(tuple(where[n] for n in range(len(array.axes)))))

    return Array(tuple(array.axes[n] for n in kept), at)
