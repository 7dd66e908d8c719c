"""Arrays laid out anew: ``reshape`` keeps the entries and their order, read by quotients and remainders."""

from __future__ import annotations

from collections.abc import Sequence

from derive.calculus.bounds import quotient, remainder
from derive.calculus.whole_numbers import NotWhole, divided, is_whole, polynomial, same, sign, size, worked_out, written
from derive.expression import ONE, ZERO, Axis, Expr, add, mul, number
from derive.reading.arguments import arguments, listed
from derive.reading.arrays import Array, Indices, shape
from derive.reading.reader import Reader, entries
from derive.reading.source import Node
from derive.rewriting import free_indices

RESHAPE = "as in reshape(A, N, H*K), an axis for each place"


def reshape(reader: Reader, node: Node) -> Array:
    """The same entries in the same order under other axes."""
    by_position, by_name = arguments(reader, node)
    if by_name or len(by_position) < 2:
        raise reader.fault("reshape takes an array and its new axes", node.children[0], RESHAPE)
    array = reader.read(by_position[0])
    wanted = [n for a in by_position[1:] for n in listed(a)]
    extents = _filled(reader, array, wanted, node)
    axes = tuple(reader.scope.draft.axis(str(e), e) for e in extents)
    return reshaped(array, axes) or _refused(reader, array, axes, node)


def _refused(reader: Reader, array: Array, axes: tuple[Axis, ...], node: Node) -> Array:
    raise reader.fault(
        f"{array.shape} cannot be laid out as {shape(axes)}: both must have as many entries for all sizes",
        node.children[0],
        "declare the sizes so that this can be seen, as in X: input [N, H*K]",
    )


def _filled(reader: Reader, array: Array, wanted: list[Node], node: Node) -> list[Expr]:
    """The sizes wanted; -1 stands once for what is left."""
    sizes = [entries(reader, n, reader.read(n)) for n in wanted]
    for value, at in zip(sizes, wanted, strict=True):
        if value != number(-1) and (not is_whole(value) or free_indices(value) or sign(value) != "positive"):
            raise reader.fault("this is not the size of an axis", at, RESHAPE)
    if sizes.count(number(-1)) > 1:
        raise reader.fault("-1 can stand for one axis only", wanted[0], RESHAPE)
    whole = mul(*(size(a) for a in array.axes))
    rest, left = divided(whole, mul(*(s for s in sizes if s != number(-1))))
    if number(-1) in sizes and left != ZERO:
        raise reader.fault(f"what is left of {array.shape} cannot be known", node.children[0], RESHAPE)
    in_order = mul(*(size(a) for a in array.axes if size(a) not in sizes))
    rest = in_order if same(in_order, rest) else rest
    return [worked_out(rest if s == number(-1) else s) for s in sizes]


def reshaped(array: Array, axes: tuple[Axis, ...]) -> Array | None:
    """The array laid out anew, None if it cannot be known that both have as many entries."""
    groups = _groups(array.axes, axes)
    if groups is None:
        return None

    def at(indices: Indices) -> Expr:
        slots: list[Expr] = []
        for old, new in groups:
            given = [indices[n] for n in new]
            if len(old) == len(new) == 1:
                slots += given
                continue
            place_in_group: Expr = ZERO
            for index, n in zip(given, new, strict=True):
                place_in_group = add(mul(place_in_group, size(axes[n])), index)
            place_in_group = _flat(place_in_group)
            slots += _digits(place_in_group, [size(array.axes[n]) for n in old])
        return array.at(tuple(slots))

    return Array(axes, at)


def _flat(expr: Expr) -> Expr:
    try:
        return written(polynomial(expr))
    except NotWhole:
        return expr


def _digits(position: Expr, sizes: list[Expr]) -> list[Expr]:
    """The indices at which an entry of that number stands."""
    slots: list[Expr] = []
    for n, length in enumerate(sizes):
        digit = quotient(position, written(polynomial(mul(*sizes[n + 1 :])))) if sizes[n + 1 :] else position
        slots.append(ZERO if length == ONE else remainder(digit, length) if n else digit)
    return slots


def _groups(old: Sequence[Axis], new: Sequence[Axis]) -> list[tuple[list[int], list[int]]] | None:
    """The axes in groups from the left, each with as many entries as its counterpart."""
    groups: list[tuple[list[int], list[int]]] = []
    left, right = list(range(len(old))), list(range(len(new)))
    while left or right:
        best = None
        for total_length in range(1, len(left) + len(right) + 1):
            for a in range(0, total_length + 1):
                b = total_length - a
                if a > len(left) or b > len(right) or best is not None:
                    continue
                if same(mul(*(size(old[n]) for n in left[:a])), mul(*(size(new[n]) for n in right[:b]))):
                    best = a, b
        if best is None:
            return None
        groups.append((left[: best[0]], right[: best[1]]))
        left, right = left[best[0] :], right[best[1] :]
    return groups
