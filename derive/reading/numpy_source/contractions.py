"""Sums of products as NumPy spells them: ``einsum`` with letters, ``vecdot`` of last axes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from derive.expression import mul
from derive.reading.arrays import Array, permuted
from derive.reading.numpy_source.values import Unreadable, Value, inserted, positional, reduced


def _einsum(arguments: list[Value], _: Mapping[str, Value]) -> Array:
    """``einsum("nd,dh->nh", X, W)``: each letter an axis, the sum over those that stand before the arrow only."""
    said, *arrays = arguments
    before, arrow, out = said.replace(" ", "").partition("->") if isinstance(said, str) else ("", "", "")
    read = before.split(",")
    if not arrow or "." in said or len(read) != len(arrays) or not set(out) <= set(before):
        raise Unreadable(f"np.einsum({said!r}, ...)")
    every = out + "".join(dict.fromkeys(x for x in before if x.isalpha() and x not in out))
    for letters, array in zip(read, arrays, strict=True):
        if len(set(letters)) < len(letters) or len(letters) != len(array.axes):
            raise Unreadable(f"{letters!r} for an array of {len(array.axes)} axes")
    aligned = [_aligned(array, letters, every) for letters, array in zip(read, arrays, strict=True)]
    product = positional(lambda *entries: mul(*entries), *aligned)
    return reduced("sum", product, tuple(range(len(out), len(every))))


def _aligned(array: Array, letters: str, every: str) -> Array:
    """The array with an axis for every letter, of one entry where it has none."""
    order = tuple(letters.index(x) for x in every if x in letters)
    return inserted(permuted(array, order), tuple(x not in letters for x in every))


def _vecdot(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    if len(arguments) != 2 or words:
        raise Unreadable("np.vecdot along another axis than the last one")
    product = positional(mul, *arguments)
    return reduced("sum", product, (len(product.axes) - 1,))


CONTRACTIONS: Mapping[str, Callable[[list[Value], Mapping[str, Value]], Any]] = {
    "einsum": _einsum,
    "vecdot": _vecdot,
}
