"""Arrays made of pieces: concatenated, stacked, padded with zeros, summed up along an axis."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from codegen.arrangement import Concatenate, Cumulate, Cut, Pad, Rest, Slice, Stack
from codegen.kernel import Array, Axes, Expand, Literal
from codegen.lowering.contraction import spread, transpose
from codegen.lowering.seams import Running, Seam, stacked, tiles_of
from codegen.lowering.whole_numbers import whole_array
from codegen.tuning.sharing import natural_order
from derive.calculus.affine import position
from derive.calculus.bounds import inside
from derive.calculus.whole_numbers import polynomial, size, written
from derive.expression import ONE, ZERO, Add, Axis, Compare, Expr, Index, Reduce, Where
from derive.rewriting import free_indices

ArrayOf = Callable[[Expr, Axes], Array]
NONE, SINGLE_ENTRY, ALL_BUT_LAST = (Literal((), Fraction(n)) for n in (0, 1, -1))


def joined(seam: Seam, out: Axes, array: ArrayOf) -> Array:
    """What stands before a place along an axis, and then what stands behind it."""
    place = out.index(seam.letter)
    first = None if seam.first == ZERO else _along(seam.first, seam.letter, seam.before, out, array)
    second = None if seam.second == ZERO else _along(seam.second, seam.letter, seam.behind, out, array)
    if first is not None and second is not None:
        more = second.args if isinstance(second, Concatenate) and second.place == place else (second,)
        return Concatenate(out, (first, *more), place)
    if first is not None:
        return _padded(out, first, place, NONE, whole_array(size(seam.behind.axis), array))
    assert second is not None
    return _padded(out, second, place, whole_array(size(seam.before.axis), array), NONE)


def _along(expr: Expr, letter: Index, other: Index, out: Axes, array: ArrayOf) -> Array:
    """The array of an expression in full, one letter of the axes in another's place."""
    axes = tuple(other if i == letter else i for i in out)
    return spread(array(expr, axes), axes)


def _padded(out: Axes, inner: Array, place: int, before: Array, after: Array) -> Pad:
    """Zeros on one side; those on the other side may be there already."""
    if isinstance(inner, Pad) and inner.place == place and NONE in (before, inner.before):
        if before == NONE and inner.after == NONE:
            return Pad(out, inner.arg, place, inner.before, after)
        if after == NONE and inner.before == NONE:
            return Pad(out, inner.arg, place, before, inner.after)
    return Pad(out, inner, place, before, after)


def running_sum(found: Running, out: Axes, array: ArrayOf) -> Array:
    """A sum of all entries up to each one, or from each one on."""
    inner = array(found.body, natural_order(found.body))
    axes = tuple(found.at if i == found.over else i for i in inner.axes)
    place = axes.index(found.at)
    result: Array = Cumulate(axes, inner, place, found.backward)
    if found.strict:  # without the entry itself: the sum one entry before, nothing at the end
        cut = Cut(SINGLE_ENTRY, None, None) if found.backward else Cut(None, ALL_BUT_LAST, None)
        kept = Slice(axes, result, tuple(cut if k == place else None for k in range(len(axes))))
        ends = (NONE, SINGLE_ENTRY) if found.backward else (SINGLE_ENTRY, NONE)
        result = Pad(axes, kept, place, *ends)
    return transpose(result, out)


def product_of_others(expr: Reduce, out: Axes, array: ArrayOf) -> Rest | None:
    """``prod[c'](where(c' == c, 1, X[n, c']))`` for all c at once; None for any other product."""
    match expr:
        case Reduce("prod", (bound,), Where(Compare("==", Index() as left, Index() as right), then, inner)):
            letter = right if left == bound else left
            if (
                bound in (left, right)
                and then == ONE
                and letter.axis == bound.axis
                and letter not in free_indices(inner)
            ):
                return Rest(out, _along(inner, letter, bound, out, array), out.index(letter))
    return None


def padded_out(inner: Expr, place: Index, at: Expr, out: Axes, array: ArrayOf, closed: bool) -> Pad | None:
    """Entries that keep their order at the place where they came from, zeros around them.

    ``closed``: they are known to come from inside the axis.
    """
    where = position(at)
    if where is None or len(where.steps) > 1 or not (closed or inside(at, place.axis)):
        return None
    if where.steps and where.steps[0][1] != ONE:
        return None
    letter = where.letters[0] if where.steps else Index("1", Axis("1", ONE))
    if where.steps:
        values = _along(inner, place, letter, out, array)
    else:
        others = tuple(i for i in out if i != place)
        full = tuple(letter if i == place else i for i in out)
        values = Expand(others, spread(array(inner, others), others), full)
    after = written(polynomial(size(place.axis) - where.start - size(letter.axis)))
    return Pad(out, values, out.index(place), whole_array(where.start, array), whole_array(after, array))


def in_pieces(expr: Add, out: Axes, array: ArrayOf) -> Array | None:
    """A sum whose terms stand side by side, or one behind the other; None for any other sum."""
    side_by_side = stacked(expr, out)
    if side_by_side is not None:
        letter, parts = side_by_side
        others = tuple(i for i in out if i != letter)
        return Stack(out, tuple(spread(array(p, others), others) for p in parts), out.index(letter))
    for index in out:
        tiles = tiles_of(expr, index, out)
        if tiles is not None:
            pieces = tuple(_along(part, index, letter, out, array) for letter, part in tiles)
            return Concatenate(out, pieces, out.index(index))
    return None
