"""Array algebra: an array is a function from indices to a scalar, its operations are NumPy's with named axes.

Nothing here knows of text: what does not fit raises `Misfit`, and the reader adds the place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations

from derive.expression import ZERO, Access, Axis, Expr, Hyper, Index, Number, mul, total
from derive.index_names import indices_for
from derive.program import Tensor
from derive.rewriting import free_indices, walk

Indices = tuple[Expr, ...]
Places = tuple[int | None, ...]  # for each axis of an operand its position in the result; None where it is stretched


class Misfit(Exception):
    """Arrays whose axes do not go together: what was given, and what to do."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.hint = message, hint


@dataclass(frozen=True)
class Array:
    """A value of array notation: its axes, and its entry at given indices."""

    axes: tuple[Axis, ...]
    at: Callable[[Indices], Expr]

    @property
    def shape(self) -> str:
        """The axes as a user writes them; a scalar has none."""
        return shape(self.axes)


def shape(axes: tuple[Axis, ...]) -> str:
    """``[N, D]``, or ``a scalar``."""
    return f"[{', '.join(a.name for a in axes)}]" if axes else "a scalar"


def scalar(expr: Expr) -> Array:
    """An array without axes."""
    return Array((), lambda _: expr)


def of_tensor(tensor: Tensor) -> Array:
    """The tensor, read entry by entry."""
    return Array(tensor.axes, lambda indices: Access(tensor.name, indices))


def is_unit(axis: Axis) -> bool:
    """Whether the axis has one entry, so that it stretches."""
    return isinstance(axis.extent, Number) and axis.extent.value == 1


def elementwise(operation: Callable[..., Expr], *operands: Array) -> Array:
    """The operation entry by entry, the operands broadcast against each other."""
    axes, places = broadcast([a.axes for a in operands])

    def at(indices: Indices) -> Expr:
        return operation(*(_entry(a, p, indices) for a, p in zip(operands, places, strict=True)))

    return Array(axes, at)


def _entry(array: Array, places: Places, indices: Indices) -> Expr:
    return array.at(tuple(ZERO if p is None else indices[p] for p in places))


def broadcast(shapes: list[tuple[Axis, ...]]) -> tuple[tuple[Axis, ...], list[Places]]:
    """The common axes of all operands, and where each operand's axes went; from left to right, two at a time."""
    axes = shapes[0]
    all_places: list[Places] = [tuple(range(len(axes)))]
    for other in shapes[1:]:
        axes, moved, placed = _align(axes, other)
        if moved != tuple(range(len(moved))):
            all_places = [tuple(None if p is None else moved[p] for p in old) for old in all_places]
        all_places.append(placed)
    return axes, all_places


def _align(left: tuple[Axis, ...], right: tuple[Axis, ...]) -> tuple[tuple[Axis, ...], Places, Places]:
    """Align two shapes: as NumPy does where every pair agrees, else by the names of the axes where that is unique."""
    if len(left) < len(right):
        axes, placed, moved = _align(right, left)
        return axes, moved, placed
    if left == right:
        same = tuple(range(len(left)))
        return left, same, same
    if len(left) == len(right) and _trailing(left, right):
        return _stretched(left, right)
    named = tuple(n for n, a in enumerate(right) if not is_unit(a))
    ways = [
        way for way in combinations(range(len(left)), len(named))
        if all(left[p] == right[n] for p, n in zip(way, named, strict=True))
    ]  # fmt: skip
    if len(ways) == 1:
        at: Places = tuple(ways[0][named.index(n)] if n in named else None for n in range(len(right)))
        return left, tuple(range(len(left))), at
    if not ways and _trailing(left, right):
        return _stretched(left, right)
    reason = "in more than one way" if ways else "by the names of their axes"
    problem = (
        f"{shape(left)} and {shape(right)} go together {reason}"
        if ways
        else (f"{shape(left)} and {shape(right)} cannot be aligned {reason}")
    )
    raise Misfit(problem, lengths(left + right) or f"say which index goes where: {_entries(left, right)}")


def _entries(left: tuple[Axis, ...], right: tuple[Axis, ...]) -> str:
    """The two with a letter for each axis, as in ``Y[n, k] = A[n] + B[k]``."""
    both = dict.fromkeys(left + right)
    letters = {i.axis: i.name for i in indices_for(tuple(both))}
    if len(set(left)) < len(left) or len(set(right)) < len(right):
        return "Y[i, j] = A[i, j] + B[j]"
    every, a, b = (", ".join(letters[x] for x in axes) for axes in (both, left, right))
    return f"Y[{every}] = A[{a}] + B[{b}]"


def lengths(axes: tuple[Axis, ...]) -> str:
    """How long the axes are that hang on hyperparameters, and what to do where that should be another axis."""
    made = {
        a.name: a.extent for a in axes if a.extent is not None and any(isinstance(n, Hyper) for n in walk(a.extent))
    }
    hypers = dict.fromkeys(n.name for extent in made.values() for n in walk(extent) if isinstance(n, Hyper))
    named = " and ".join(f"{name} is {extent}" for name, extent in made.items())
    numbers = f"give numbers for {' and '.join(hypers)} where a layer is called"
    say = f"{named}; if another axis is meant, {numbers}, or say how far a letter runs: Y[n, i: N]"
    return say if made else ""


def _trailing(left: tuple[Axis, ...], right: tuple[Axis, ...]) -> bool:
    """Whether the axes agree from the last one backwards, an axis of size 1 with anything."""
    pairs = zip(reversed(left), reversed(right), strict=False)
    return all(a == b or is_unit(a) or is_unit(b) for a, b in pairs)


def _stretched(left: tuple[Axis, ...], right: tuple[Axis, ...]) -> tuple[tuple[Axis, ...], Places, Places]:
    """Axes aligned from the last one backwards; ``left`` is at least as long."""
    lead = len(left) - len(right)
    pairs = list(zip(left[lead:], right, strict=True))
    axes = left[:lead] + tuple(b if is_unit(a) else a for a, b in pairs)
    moved: list[int | None] = list(range(lead))
    placed: list[int | None] = []
    for n, (a, b) in enumerate(pairs, start=lead):
        moved.append(None if is_unit(a) and not is_unit(b) else n)
        placed.append(None if is_unit(b) and not is_unit(a) else n)
    return axes, tuple(moved), tuple(placed)


def matmul(left: Array, right: Array, letters: tuple[Index, ...] = ()) -> Array:
    """NumPy's ``@``: the last axis of the left with the last but one (or only one) of the right.

    ``letters`` are indices that the entries may use already, and that the contraction must not be taken for.
    """
    if not left.axes or not right.axes:
        raise Misfit("@ needs arrays, but one side is a scalar", "multiply by a scalar with *")
    inner = right.axes[-2] if len(right.axes) > 1 else right.axes[-1]
    if left.axes[-1] != inner:
        raise Misfit(
            f"@ contracts the last axis of {left.shape} with axis {inner.name} of {right.shape}, which differ",
            "transpose one side with .T, or rename an axis",
        )
    batch, (from_left, from_right) = broadcast([left.axes[:-2], right.axes[:-2]])
    rows, columns = left.axes[:-1][-1:], right.axes[-1:] if len(right.axes) > 1 else ()

    def at(indices: Indices) -> Expr:
        (k,) = indices_for((inner,), (*plain(indices), *letters))
        row = indices[len(batch) : len(batch) + len(rows)]
        column = indices[len(indices) - len(columns) :]
        a = left.at((*_pick(from_left, indices), *row, k))
        b = right.at((*_pick(from_right, indices), k, *column))
        return total((k,), mul(a, b))

    return Array(batch + rows + columns, at)


def _pick(places: Places, indices: Indices) -> Indices:
    return tuple(ZERO if p is None else indices[p] for p in places)


def plain(indices: Indices) -> tuple[Index, ...]:
    """The letters in them, which an index that is bound inside must not be taken for."""
    return tuple(dict.fromkeys(letter for i in indices for letter in free_indices(i)))


def permuted(array: Array, order: tuple[int, ...]) -> Array:
    """The axes in another order: axis number ``order[n]`` comes to place ``n``."""
    back = tuple(order.index(n) for n in range(len(order)))
    return Array(tuple(array.axes[n] for n in order), lambda indices: array.at(tuple(indices[n] for n in back)))
