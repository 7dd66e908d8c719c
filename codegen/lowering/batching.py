"""Contractions of arrays of many axes as products of matrices, whose rows and columns are several axes as one.

A `numpy.tensordot` moves the entries of both arrays about, so that what is summed over lies last in one and first in
the other, and leaves the result in the order that this makes. Where the first axes of an array stand apart from the
rest, as samples do, one product for each of them moves less, and the result lies as it is wanted.
"""

from __future__ import annotations

from codegen.arrangement import Merge, Reshape
from codegen.kernel import Array, Axes, MatMul, Reduction, Transpose
from derive.expression import Axis, Index


def product_for_each(left: Array, right: Array, over: Axes, out: Axes, batch: Axes = ()) -> Array | None:
    """The contraction as a product for each entry along leading axes; None where one product for all is as good.

    ``batch``: the axes that both arrays have and that are not summed over, as the groups of a convolution.
    """
    for large, small in ((left, right), (right, left)):
        found = _between(large, small, over, out, batch) or _summed(large, small, over, batch)
        if found is not None:
            return found
    return None


def _between(large: Array, small: Array, over: Axes, out: Axes, batch: Axes) -> Array | None:
    """What is summed over stands, or what takes its place is wanted, between other axes of the larger array."""
    own, new = (tuple(i for i in a.axes if i not in over) for a in (large, small))
    new = tuple(i for i in new if i not in batch)
    wanted = tuple(i for i in out if i in own or i in new)
    start = next((k for k, i in enumerate(wanted) if i in new), 0)
    lead, tail = own[:start], own[start:]
    if wanted != (*lead, *new, *tail):
        first = min(large.axes.index(i) for i in over)
        lead, tail = large.axes[:first], large.axes[first + len(over) :]
        if (*lead, *over, *tail) != large.axes:
            return None
    if not (lead and tail and new) or len(own) == len(new) == 1 or lead[len(lead) - len(batch) :] != batch:
        return None
    order = tuple(i for i in large.axes if i in over)
    rows = merged(small, *singly(batch), new, order)
    columns = merged(large, *singly(lead), order, tail)
    return unmerged(MatMul((*lead, rows.axes[-2], columns.axes[-1]), rows, columns), (*lead, *new, *tail))


def _summed(left: Array, right: Array, over: Axes, batch: Axes) -> Array | None:
    """What is summed over stands in two places, first of all in front."""
    each, rest = left.axes[:1], tuple(i for i in left.axes[1:] if i in over)
    rows, columns = (tuple(i for i in a.axes if i not in over and i not in batch) for a in (left, right))
    if not (each[0] in over and rest and rows and columns) or left.axes[1] in over or right.axes[0] != each[0]:
        return None
    first, second = (merged(a, each, *singly(batch), kept, rest) for a, kept in ((left, rows), (right, columns)))
    turned = Transpose((*second.axes[:-2], second.axes[-1], second.axes[-2]), second)
    products = MatMul((*first.axes[:-1], second.axes[-2]), first, turned)
    return unmerged(Reduction(products.axes[1:], "sum", products, each), (*batch, *rows, *columns))


def singly(axes: Axes) -> tuple[Axes, ...]:
    """Each axis as a group of its own."""
    return tuple((i,) for i in axes)


def merged(array: Array, *groups: Axes) -> Array:
    """The array with each group of axes as one."""
    order = tuple(i for group in groups for i in group)
    turned = array if array.axes == order else Transpose(order, array)
    if all(len(group) == 1 for group in groups):
        return turned
    whole = turned.arg if isinstance(turned, Reshape) else turned  # laid out anew once is enough
    return Merge(tuple(map(_as_one, groups)), whole, groups)


def _as_one(group: Axes) -> Index:
    name = "·".join(i.name for i in group)
    return group[0] if len(group) == 1 else Index(name, Axis(name))


def unmerged(array: Array, axes: Axes) -> Array:
    """The array with its axes one by one again."""
    return Reshape(axes, array) if len(array.axes) < len(axes) else array
