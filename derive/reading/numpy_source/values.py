"""What NumPy code computes, as symbols: arrays over named axes, broadcast by position as NumPy does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from derive.errors import CannotJudge
from derive.expression import ONE, ZERO, Axis, Expr, Index, Number, Size, mul
from derive.reading.arrays import Array, Indices, is_unit, matmul, scalar
from derive.reading.reductions import over_axes, size

UNIT = Axis("1", ONE)


class Unreadable(CannotJudge):
    """Code that is not plain NumPy, or that we do not know: what, and where."""


class Same(Exception):
    """Two axes have to be the same for the code to run."""

    def __init__(self, left: Axis, right: Axis) -> None:
        super().__init__(f"{left.name} and {right.name} have to be the same size")
        self.left, self.right = left, right


class Whole(Exception):
    """An array has to hold whole numbers, since entries are looked up by it."""

    def __init__(self, tensor: str) -> None:
        super().__init__(f"{tensor} has to hold whole numbers")
        self.tensor = tensor


@dataclass(frozen=True)
class Module:
    """A module by its name: ``np``, ``math``."""

    name: str


@dataclass(frozen=True)
class Fresh:
    """An array that the constructor fills: a parameter whose values are not known."""

    axes: tuple[Axis, ...]


Value = Any  # Array, tuple, dict, list, str, bool, None, Module, Fresh, or a function of the file


def copied(value: Value) -> Value:
    """Another array with the same entries: what is written into one is not seen in the other."""
    return replace(value) if isinstance(value, Array) else value


def positional(operation: Callable[..., Expr], *arrays: Array) -> Array:
    """The operation entry by entry, axes aligned from the last one backwards.

    Errors: `Same` for two axes that differ and do not stretch.
    """
    rank = max(len(a.axes) for a in arrays)
    axes = tuple(_common([a.axes[n - rank] for a in arrays if rank - n <= len(a.axes)]) for n in range(rank))

    def at(indices: Indices) -> Expr:
        entries = []
        for array in arrays:
            lead = rank - len(array.axes)
            picked = tuple(ZERO if is_unit(a) else indices[lead + n] for n, a in enumerate(array.axes))
            entries.append(array.at(picked))
        return operation(*entries)

    return Array(axes, at)


def _common(axes: list[Axis]) -> Axis:
    wide = [a for a in axes if not is_unit(a)]
    for axis in wide[1:]:
        if axis != wide[0]:
            raise Same(wide[0], axis)
    return wide[0] if wide else UNIT


def product(left: Array, right: Array) -> Array:
    """NumPy's ``@`` and ``dot``. Errors: `Same` for inner axes that differ."""
    if not left.axes or not right.axes:
        return positional(mul, left, right)
    inner = right.axes[-2] if len(right.axes) > 1 else right.axes[-1]
    if left.axes[-1] != inner:
        raise Same(left.axes[-1], inner)
    return matmul(left, right)


def reduced(op: str, array: Array, places: tuple[int, ...], keepdims: bool = False) -> Array:
    """The reduction over axes; ``keepdims`` leaves axes of one entry in their places."""
    real = tuple(p for p in places if not is_unit(array.axes[p]))
    inner = over_axes(op, _without(array, tuple(p for p in places if p not in real)), _moved(real, places))
    if not keepdims:
        return inner
    axes = tuple(UNIT if n in places else a for n, a in enumerate(array.axes))
    return Array(axes, lambda indices: inner.at(tuple(i for n, i in enumerate(indices) if n not in places)))


def _without(array: Array, units: tuple[int, ...]) -> Array:
    """The array without some axes of one entry."""
    kept = [n for n in range(len(array.axes)) if n not in units]

    def at(indices: Indices) -> Expr:
        where = dict(zip(kept, indices, strict=True))
        return array.at(tuple(where.get(n, ZERO) for n in range(len(array.axes))))

    return Array(tuple(array.axes[n] for n in kept), at)


def _moved(real: tuple[int, ...], places: tuple[int, ...]) -> tuple[int, ...]:
    units = [p for p in places if p not in real]
    return tuple(p - sum(1 for u in units if u < p) for p in real)


def inserted(array: Array, pattern: tuple[bool, ...]) -> Array:
    """New axes of one entry where the pattern says so (True); the others are the array's own, in order."""
    if pattern.count(False) != len(array.axes):
        raise Unreadable("an array with more indices than it has axes")
    own = iter(array.axes)
    axes = tuple(UNIT if new else next(own) for new in pattern)
    return Array(axes, lambda indices: array.at(tuple(i for i, new in zip(indices, pattern, strict=True) if not new)))


def sizes(array: Array) -> tuple[Array, ...]:
    """The shape, as numbers that are known by name."""
    return tuple(scalar(ONE if is_unit(a) else size(a)) for a in array.axes)


def axis_of(value: Value) -> Axis | None:
    """The axis whose size the value is, None if it is none."""
    entry = value.at(()) if isinstance(value, Array) and not value.axes else None
    if isinstance(entry, Size):
        return entry.axis
    if entry == ONE:
        return UNIT
    return Axis(str(entry.value), entry) if isinstance(entry, Number) and entry.value > 0 else None


def whole_number(value: Value) -> int | None:
    """The value as a Python integer, None if it is none that is known."""
    entry = value.at(()) if isinstance(value, Array) and not value.axes else None
    return int(entry.value) if isinstance(entry, Number) and entry.value.denominator == 1 else None


def counting(axis: Axis) -> Array:
    """``np.arange(N)``: every index itself."""

    def at(indices: Indices) -> Expr:
        (index,) = indices
        return index

    return Array((axis,), at)


def letters(indices: Indices) -> tuple[Index, ...]:
    """Those of the indices that are letters."""
    return tuple(i for i in indices if isinstance(i, Index))
