"""Parts of arrays: ``X[:, 0:K]``, ``X[::2]``, ``X[..., -1]``, as NumPy's slices, with letters or without."""

from __future__ import annotations

from dataclasses import dataclass

from derive.calculus.bounds import bounds, quotient
from derive.calculus.whole_numbers import negated, polynomial, sign, size, worked_out, written
from derive.expression import ONE, ZERO, Axis, Expr, Number, add, mul, number
from derive.program import Tensor
from derive.reading.arrays import Array, Indices
from derive.reading.extents import MAX_EXTENT
from derive.reading.reader import Reader, entries
from derive.reading.slots import read_slot, whole_number
from derive.reading.source import Node
from derive.rewriting import free_indices


@dataclass(frozen=True)
class Slice:
    """Every ``step``-th entry from ``start`` on: the entries of a new axis."""

    axis: Axis
    start: Expr
    step: Expr

    def position(self, index: Expr) -> Expr:
        """Where the entry of that number stands on the old axis."""
        moved = mul(self.step, index)
        return add(self.start, moved) if self.step == number(-1) else add(moved, self.start)


def is_part(node: Node, rank: int) -> bool:
    """Whether the brackets hold more than one index for each axis."""
    items = node.children[1].children
    return len(items) < rank or any(item.data in ("slice", "dots") for item in items)


def part(reader: Reader, node: Node) -> Array:
    """``(A @ B)[:, 0]``: a part of an array that has no name."""
    base, items = node.children
    array = reader.read(base)
    return part_of(reader, array, Tensor("this", array.axes), items, node)


def part_of(reader: Reader, array: Array, tensor: Tensor, items: Node, at: Node) -> Array:
    """The part of an array that the items between brackets choose; ``tensor`` says what stands outside."""
    wanted = _for_each_axis(reader, tensor, list(items.children), at)
    slots: list[Expr | Slice] = []
    for item, axis in zip(wanted, array.axes, strict=True):
        if item is None:
            slots.append(Slice(axis, ZERO, ONE))
        elif item.data == "slice":
            slots.append(_slice(reader, item, axis))
        else:
            slots.append(_from_end(reader, item, axis) or read_slot(reader, item, tensor, axis))

    def entry(indices: Indices) -> Expr:
        given = iter(indices)
        return array.at(tuple(s.position(next(given)) if isinstance(s, Slice) else s for s in slots))

    return Array(tuple(s.axis for s in slots if isinstance(s, Slice)), entry)


def _for_each_axis(reader: Reader, tensor: Tensor, items: list[Node], at: Node) -> list[Node | None]:
    """An item for each axis, None where the whole axis is meant."""
    dots = [n for n, item in enumerate(items) if item.data == "dots"]
    rank, given = len(tensor.axes), len(items) - len(dots)
    if len(dots) > 1 or given > rank:
        problem = "... can stand once only" if len(dots) > 1 else f"{given} indices for the axes of {tensor.name}"
        added = any(item.data == "name" and str(item.children[0]) in ("None", "newaxis") for item in items)
        hint = "letters say which axis is which: Y[n, m] = x[n] - z[m]" if added else "an index for each axis"
        raise reader.fault(problem, items[dots[1]] if len(dots) > 1 else at, hint)
    where = dots[0] if dots else len(items)
    return [*items[:where], *[None] * (rank - given), *items[where + 1 :]]


def _from_end(reader: Reader, item: Node, axis: Axis) -> Expr | None:
    """``-1`` is the last entry where no letters are, as NumPy counts."""
    if item.data != "signed" or reader.scope.letters:
        return None
    value = entries(reader, item, reader.read(item))
    if not isinstance(value, Number) or value.value >= 0 or value.value.denominator != 1:
        return None
    return worked_out(add(size(axis), value))


def _slice(reader: Reader, item: Node, axis: Axis) -> Slice:
    parts = {part.data: part.children[0] for part in item.children}
    step = whole_number(reader, parts["step"]) if "step" in parts else ONE
    if step == number(-1) and len(parts) == 1:
        return Slice(axis, add(size(axis), -1), step)
    if sign(step) != "positive":
        raise reader.fault("a step is above 0, or turns the whole axis round", item, "as in X[::2] or X[::-1]")
    start = _end(reader, parts["begin"], axis) if "begin" in parts else ZERO
    stop = _end(reader, parts["end"], axis) if "end" in parts else size(axis)
    length = written(polynomial(add(stop, negated(start))))
    if free_indices(length):
        raise reader.fault("how long a slice is cannot depend on a letter", item, "as in X[n, i*K: i*K + K]")
    extent = worked_out(length if step == ONE else quotient(add(length, step, -1), step))
    if sign(extent) in ("zero", "negative"):
        raise reader.fault(f"this slice would have {extent} entries", item, "an axis has 1 entry or more")
    if isinstance(extent, Number) and extent.value > MAX_EXTENT:
        raise reader.fault(f"an axis has at most {MAX_EXTENT} entries", item)
    for end in (start, stop):
        if _is_outside(end, axis):
            raise reader.fault(f"this slice leaves the axis {axis.name}", item, f"it has the entries 0 to {axis.name}")
    return Slice(reader.scope.draft.axis(str(extent), extent), start, step)


def _end(reader: Reader, node: Node, axis: Axis) -> Expr:
    """One end of a slice; below 0 it is counted from the last entry."""
    value = whole_number(reader, node)
    return add(size(axis), value) if sign(value) == "negative" else value


def _is_outside(end: Expr, axis: Axis) -> bool:
    found = bounds(end)
    if found is None:
        return False
    return "negative" in (sign(found[0]), sign(add(size(axis), negated(found[1]))))
