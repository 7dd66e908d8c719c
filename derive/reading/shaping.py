"""Arrays put together and laid out anew: ``concat``, ``stack``, ``reshape``, ``pad``, ``cumsum``."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derive.calculus.whole_numbers import (
    is_whole,
    polynomial,
    same,
    sign,
    size,
    worked_out,
    written,
)
from derive.expression import ZERO, Axis, Compare, Delta, Expr, Where, add, mul, number, total
from derive.index_names import indices_for
from derive.reading.arguments import arguments, exactly, place, with_axis
from derive.reading.arrays import Array, Indices, broadcast, permuted, plain, shape
from derive.reading.reader import Reader, entries
from derive.reading.source import Node
from derive.rewriting import free_indices

CONCAT = "as in concat(A, B, axis=C)"
CUMSUM = "as in cumsum(A, axis=T)"


def concat(reader: Reader, node: Node) -> Array:
    """Arrays one behind the other along an axis, whose size is the sum of theirs."""
    nodes, axis = with_axis(reader, node, CONCAT)
    arrays = [reader.read(n) for n in nodes]
    rank = len(arrays[0].axes)
    for array, at in zip(arrays, nodes, strict=True):
        if len(array.axes) != rank or not rank:
            raise reader.fault(f"concat takes arrays of as many axes, but this has {array.shape}", at, CONCAT)
    where = _along(reader, node, arrays, axis)
    for array, at in zip(arrays, nodes, strict=True):
        pairs = zip(array.axes, arrays[0].axes, strict=True)
        if any(a != b for n, (a, b) in enumerate(pairs) if n != where):
            raise reader.fault(f"{array.shape} and {arrays[0].shape} differ in more than one axis", at, CONCAT)
    sizes = [size(a.axes[where]) for a in arrays]
    new = _named_axis(reader, axis, worked_out(add(*sizes)))
    return Array((*arrays[0].axes[:where], new, *arrays[0].axes[where + 1 :]), _one_after_another(arrays, sizes, where))


def _one_after_another(arrays: Sequence[Array], sizes: Sequence[Expr], where: int) -> Callable[[Indices], Expr]:
    def at(indices: Indices) -> Expr:
        def entry(array: Array, before: Expr) -> Expr:
            moved = written(polynomial(indices[where] - before)) if before != ZERO else indices[where]
            return array.at((*indices[:where], moved, *indices[where + 1 :]))

        ends = [add(*sizes[: n + 1]) for n in range(len(sizes))]
        result = entry(arrays[-1], add(*sizes[:-1]))
        for n in reversed(range(len(arrays) - 1)):
            result = Where(Compare("<", indices[where], ends[n]), entry(arrays[n], add(*sizes[:n])), result)
        return result

    return at


def _along(reader: Reader, node: Node, arrays: Sequence[Array], axis: Node | None) -> int:
    """The place of the axis that grows: the one named or counted, else the only one in which the arrays differ."""
    first = arrays[0]
    if axis is not None and (axis.data != "name" or str(axis.children[0]) in reader.scope.axes):
        for array in arrays if axis.data == "name" else ():
            if reader.scope.axis(axis.children[0]) in array.axes:
                return place(reader, array, axis)
        if axis.data != "name":
            return place(reader, first, axis)
    differ = [n for n in range(len(first.axes)) if any(a.axes[n] != first.axes[n] for a in arrays)]
    if len(differ) != 1:
        shapes = " and ".join(shape(a.axes) for a in arrays[:2])
        raise reader.fault(f"along which axis {shapes} go together is not said", node.children[0], CONCAT)
    return differ[0]


def _named_axis(reader: Reader, axis: Node | None, extent: Expr) -> Axis:
    """An axis of that many entries, with the name given to it if that is a new one."""
    if axis is not None and axis.data == "name" and str(axis.children[0]) in reader.scope.axes:
        known = reader.scope.axes[str(axis.children[0])]
        if same(size(known), extent):
            return known
    named = axis is not None and axis.data == "name" and str(axis.children[0]) not in reader.scope.axes
    name = str(axis.children[0]) if named and axis is not None else str(extent)
    new = reader.scope.draft.axis(name, extent)
    if named:
        reader.scope.axes[name] = new
    return new


def stack(reader: Reader, node: Node) -> Array:
    """Arrays of one shape side by side, along a new first axis (or the place given)."""
    nodes, axis = with_axis(reader, node, "as in stack(a, b)")
    arrays = [reader.read(n) for n in nodes]
    axes, ways = broadcast([a.axes for a in arrays])
    new = reader.scope.draft.axis(str(len(arrays)), number(len(arrays)))
    where = place(reader, Array((*axes, new), lambda _: ZERO), axis) if axis is not None else 0

    def at(indices: Indices) -> Expr:
        others = (*indices[:where], *indices[where + 1 :])
        return add(
            *(
                mul(Delta(indices[where], number(n)), a.at(tuple(ZERO if p is None else others[p] for p in way)))
                for n, (a, way) in enumerate(zip(arrays, ways, strict=True))
            )
        )

    return Array((*axes[:where], new, *axes[where:]), at)


def cumsum(reader: Reader, node: Node) -> Array:
    """At each entry the sum of all up to it, itself included."""
    nodes, axis = with_axis(reader, node, CUMSUM)
    if len(nodes) != 1:
        raise reader.fault("cumsum takes one array", nodes[1], CUMSUM)
    array = reader.read(nodes[0])
    if axis is None and len(array.axes) != 1:
        raise reader.fault(f"along which axis of {array.shape} is not said", node.children[0], CUMSUM)
    where = place(reader, array, axis) if axis is not None else 0

    def at(indices: Indices) -> Expr:
        (s,) = indices_for((array.axes[where],), (*plain(indices), *reader.letters))
        until = Compare("<=", s, indices[where])
        return total((s,), Where(until, array.at((*indices[:where], s, *indices[where + 1 :])), ZERO))

    return Array(array.axes, at)


def pad(reader: Reader, node: Node) -> Array:
    """Zeros before and behind the entries along an axis: ``pad(A, axis=T, before=2, after=1)``."""
    example = "as in pad(A, axis=T, before=2, after=1)"
    by_position, by_name = arguments(reader, node)
    for word, (token, _) in by_name.items():
        if word not in ("axis", "before", "after"):
            raise reader.fault(f"pad has no argument named {word}", token, example)
    if len(by_position) != 1 or "axis" not in by_name or len(by_name) < 2:
        raise reader.fault("pad takes an array, an axis and how much stands before or after", node.children[0], example)
    array = reader.read(by_position[0])
    where = place(reader, array, by_name["axis"][1])
    before, after = (
        _count(reader, by_name[word][1], example) if word in by_name else ZERO for word in ("before", "after")
    )
    old = size(array.axes[where])
    extent = worked_out(add(old, before, after))
    new = reader.scope.draft.axis(str(extent), extent)

    def at(indices: Indices) -> Expr:
        i = indices[where]
        moved = written(polynomial(i - before)) if before != ZERO else i
        result = array.at((*indices[:where], moved, *indices[where + 1 :]))
        if after != ZERO:
            result = Where(Compare("<", i, add(old, before)), result, ZERO)
        return Where(Compare("<", i, before), ZERO, result) if before != ZERO else result

    return Array((*array.axes[:where], new, *array.axes[where + 1 :]), at)


def _count(reader: Reader, node: Node, example: str) -> Expr:
    value = entries(reader, node, reader.read(node))
    if not is_whole(value) or free_indices(value) or sign(value) not in ("zero", "positive"):
        raise reader.fault("this is not a number of entries", node, example)
    return value


def swapped(reader: Reader, node: Node) -> Array:
    """Two axes in each other's place: ``swapaxes(A, T, H)``."""
    first, one, other = exactly(reader, node, 3)
    array = reader.read(first)
    a, b = place(reader, array, one), place(reader, array, other)
    order = list(range(len(array.axes)))
    order[a], order[b] = b, a
    return permuted(array, tuple(order))
