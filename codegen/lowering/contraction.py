"""Products and sums of arrays: which axes are contracted, batch, left or right decides the operation.

One contracted axis of two matrices is a ``@``; an axis on one factor alone is a ``sum``; factors over the
same axes multiply entry by entry; several contracted axes are a ``tensordot``; an ``einsum`` is what is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from codegen.kernel import (
    Array,
    Axes,
    Comparison,
    Einsum,
    Elementwise,
    Expand,
    Eye,
    FunctionCall,
    Literal,
    MatMul,
    Outer,
    Reduction,
    Select,
    Spread,
    Squeeze,
    TensorDot,
    Transpose,
    Var,
    dims,
)
from codegen.lowering.batching import product_for_each
from derive.expression import ONE


def align(array: Array, out: Axes) -> Array:
    """The array as it broadcasts against ``out``: its axes in that order, length-1 dimensions where one is missing."""
    order = tuple(i for i in out if i in array.axes)
    if len(order) != len(array.axes):
        raise ValueError(f"axes {[i.name for i in array.axes]} do not fit into {[i.name for i in out]}")
    have = dims(array)
    if len(have) > len(array.axes) and _same_places(array.axes, have, out[-len(have) :]):
        return array
    if isinstance(array, (Elementwise, FunctionCall)) and order and have == array.axes == order:
        return _align_inside(array, out)
    array = transpose(settle(array), order)
    if not order:
        return array
    tail = out[out.index(order[0]) :]
    if tail == order:
        return array
    if isinstance(array, Reduction) and not array.keep and _keeps(array, tail):
        return Reduction(order, array.op, array.arg, array.over, keep=True)
    return Expand(order, array, tail)


def _align_inside(array: Elementwise | FunctionCall, out: Axes) -> Array:
    """Align the operands, so that a sum inside keeps its dimensions rather than getting them back."""
    if isinstance(array, Elementwise):
        return Elementwise(array.axes, array.op, tuple(align(a, out) for a in array.args))
    return FunctionCall(array.axes, array.function, tuple(align(a, out) for a in array.args))


def _keeps(array: Reduction, tail: Axes) -> bool:
    """Whether keeping the reduced dimensions gives exactly the dimensions wanted."""
    return _same_places(array.axes, array.arg.axes, tail)


def _same_places(axes: Axes, kept: Axes, tail: Axes) -> bool:
    """Whether the axes stand at the same places in both, the other places being of length 1 in ``kept``."""
    return [i if i in axes else None for i in kept] == [i if i in axes else None for i in tail]


def transpose(array: Array, order: Axes) -> Array:
    """The array with its axes in the order given."""
    if array.axes == order:
        return array
    array = settle(array)
    if isinstance(array, Transpose):
        return transpose(array.arg, order)
    return Transpose(order, array)


def settle(array: Array) -> Array:
    """The array without dimensions of length 1 that a reduction kept."""
    return array if len(dims(array)) == len(array.axes) else Squeeze(array.axes, array)


def spread(array: Array, out: Axes) -> Array:
    """The array with every axis of ``out``, repeated where it has to be."""
    aligned = align(array, out)
    missing = [i for i in out if i not in array.axes]
    if not missing:
        return aligned
    if any(i.axis.extent != ONE for i in missing):
        return Spread(out, aligned)
    if isinstance(array, Reduction) and _keeps(array, out):
        return replace(array, keep=True)
    return aligned if len(dims(aligned)) == len(out) else Expand(array.axes, aligned, out)


def times(parts: Sequence[Array], out: Axes) -> Array:
    """The elementwise product over the axes that the parts have, in the order of ``out``."""
    axes = tuple(i for i in out if any(i in p.axes for p in parts))
    parts = sorted(_into_choices(parts, axes), key=is_boolean)  # numbers first: a number times a boolean is an integer
    if len(parts) == 1:
        return transpose(parts[0], axes)
    if len(parts) == 2 and all(len(dims(p)) == 1 for p in parts) and len(axes) == 2:
        first, second = sorted(parts, key=lambda p: axes.index(p.axes[0]))
        return Outer(axes, first, second)
    return Elementwise(axes, "*", tuple(align(p, axes) for p in parts))


def _into_choices(parts: Sequence[Array], axes: Axes) -> list[Array]:
    """A choice between two plain numbers takes a factor into its branches, whose dtype then decides."""
    rest = list(parts)
    choice = next((p for p in rest if isinstance(p, Select) and not p.then.axes and not p.otherwise.axes), None)
    partner = next(
        (p for p in rest if isinstance(p, Var) and p.axes and choice and set(p.axes) >= set(choice.axes)), None
    )
    if choice is None or partner is None:
        return rest
    branches = (_scaled(branch, partner) for branch in (choice.then, choice.otherwise))
    order = tuple(i for i in axes if i in partner.axes)
    test, then, otherwise = (align(part, order) for part in (choice.condition, *branches))
    rest[rest.index(partner)] = Select(order, test, then, otherwise)
    rest.remove(choice)
    return rest


def _scaled(number: Array, array: Array) -> Array:
    if isinstance(number, Literal) and number.value in (0, 1):
        return array if number.value == 1 else number
    return Elementwise(array.axes, "*", (number, array))


def is_boolean(array: Array) -> bool:
    """Whether NumPy would make an array of booleans: a comparison, or a product of comparisons."""
    if isinstance(array, Elementwise):
        return array.op == "*" and all(map(is_boolean, array.args))
    if isinstance(array, (Expand, Transpose)):
        return is_boolean(array.arg)
    return isinstance(array, (Comparison, Eye))


def contract(parts: Sequence[Array], bound: Axes, out: Axes) -> Array:
    """The sum over ``bound`` of the product of the parts; the axes of the result are those of ``out`` that occur."""
    rest = [settle(p) for p in parts]
    for index in bound:
        if not any(index in p.axes for p in rest):
            continue  # went together with another one
        group = [p for p in rest if index in p.axes]
        others = [p for p in rest if index not in p.axes]
        along = [i for i in bound if all((i in p.axes) == (p in group) for p in rest)]
        group = _merge(group)
        rest = [*others, _over(group, tuple(along), out)]
    return times(rest, out)


def _merge(group: list[Array]) -> list[Array]:
    """Multiply factors entry by entry where one has all the axes of the other, until two are left."""
    while len(group) > 1:
        pair = next(
            (
                (a, b)
                for x, a in enumerate(group)
                for b in group[x + 1 :]
                if set(a.axes) == set(b.axes) or (len(group) > 2 and _nested(a, b))
            ),
            None,
        )
        if pair is None:
            break
        place = group.index(pair[0])
        larger, smaller = sorted(pair, key=lambda p: -len(p.axes))
        merged = times(pair, tuple(dict.fromkeys((*larger.axes, *smaller.axes))))
        group = [g for g in group if g not in pair]
        group.insert(place, merged)
    return group


def _nested(a: Array, b: Array) -> bool:
    return set(a.axes) <= set(b.axes) or set(b.axes) <= set(a.axes)


def _over(group: list[Array], over: Axes, out: Axes) -> Array:
    if len(group) == 1:
        (only,) = group
        only = only.arg if isinstance(only, Transpose) else only
        kept = tuple(i for i in only.axes if i not in over)
        return Reduction(kept, "sum", only, tuple(i for i in only.axes if i in over))
    if len(group) == 2:
        return _pair(group[0], group[1], over, out)
    return Einsum(_left_over(group, over, out), tuple(group))


def _left_over(group: Sequence[Array], over: Axes, out: Axes) -> Axes:
    """The axes of the group that are not summed over: first those of the result in its order, then the rest."""
    names = dict.fromkeys(i for g in group for i in g.axes if i not in over)
    return (*(i for i in out if i in names), *(i for i in names if i not in out))


def _pair(left: Array, right: Array, over: Axes, out: Axes) -> Array:
    """The contraction of two arrays, turned so that the result comes out in the order wanted."""
    batch = [i for i in left.axes if i in right.axes and i not in over]
    only_left = tuple(i for i in left.axes if i not in right.axes)
    only_right = tuple(i for i in right.axes if i not in left.axes)
    if batch:
        return _batched(left, right, over, out, tuple(batch))
    if _backwards(only_left, only_right, out):
        left, right, only_left, only_right = right, left, only_right, only_left
    if not only_left and only_right and len(right.axes) == 2 and right.axes[-1] in over:
        left, right, only_left, only_right = right, left, only_right, only_left
    if len(over) == 1 and len(only_right) <= 1:
        left = transpose(left, (*only_left, *over)) if len(left.axes) <= 2 else left
        if left.axes[-1] == over[0]:
            return MatMul((*only_left, *only_right), left, transpose(right, (*over, *only_right)))
    left, right = (part.arg if isinstance(part, Transpose) else part for part in (left, right))
    for_each = product_for_each(left, right, over, out)
    if for_each is not None:
        return for_each
    only_left = tuple(i for i in left.axes if i in only_left)
    only_right = tuple(i for i in right.axes if i in only_right)
    return TensorDot((*only_left, *only_right), left, right, over)


def _backwards(only_left: Axes, only_right: Axes, out: Axes) -> bool:
    """Whether the result is wanted with the right factor's axes first."""
    places = {i: k for k, i in enumerate(out)}
    return bool(only_left and only_right) and places.get(only_left[0], 99) > places.get(only_right[0], 99)


def _batched(left: Array, right: Array, over: Axes, out: Axes, batch: Axes) -> Array:
    """Matrix products over leading batch axes, an einsum where the axes do not lie so."""
    only_left = tuple(i for i in left.axes if i not in right.axes)
    only_right = tuple(i for i in right.axes if i not in left.axes)
    if _backwards(only_left, only_right, out):
        left, right, only_left, only_right = right, left, only_right, only_left
    if len(over) == len(only_left) == len(only_right) == 1:
        first = transpose(left, (*batch, *only_left, *over))
        second = transpose(right, (*batch, *over, *only_right))
        return MatMul((*batch, *only_left, *only_right), first, second)
    bare = [part.arg if isinstance(part, Transpose) else part for part in (left, right)]
    for_each = product_for_each(bare[0], bare[1], over, out, batch)
    if for_each is not None:
        return for_each
    return Einsum(_left_over((left, right), over, out), (left, right))
