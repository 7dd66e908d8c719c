"""The sizes of axes: different ones, so that shapes that fit together by accident do not run."""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from codegen.gradcheck.handwritten.forms import Form

MORE = (13, 12, 15, 14, 17, 16)
SIZES = ((5, 3, 4, 7, 6, 8, 9, 2, 10, 11, *MORE), (4, 7, 3, 5, 9, 6, 8, 2, 11, 10, *MORE))  # different in each row
LONG = ((5, 3, 9, 7, 4, 2, 6, 8, 10, 11, *MORE), (4, 7, 8, 5, 3, 2, 9, 6, 11, 10, *MORE))  # small windows in long rows
IMAGES = ((2, 3, 8, 9, 4, 5, 6, 7, 10, 11, *MORE), (3, 2, 9, 8, 5, 4, 6, 7, 10, 11, *MORE))  # ... in large images
EVEN = ((2, 3, 8, 6, 4, 5, 7, 9, 10, 11, *MORE), (3, 5, 6, 4, 2, 8, 7, 10, 9, 11, *MORE))  # images cut into halves
HEADS = ((5, 3, 8, 4, 12, 6, 16, 10, 14, 2, *MORE), (4, 7, 12, 6, 8, 10, 14, 16, 2, 18, *MORE))  # cut into heads
Table = tuple[tuple[int, ...], tuple[int, ...]]


def tables(forms: Mapping[str, Form]) -> tuple[Table, ...]:
    """The sizes to try, each with others to check at: for images and sequences such that windows and heads fit."""
    most = max((len(f.axes) for f in forms.values()), default=0)
    return (IMAGES, EVEN) if most > 3 else (SIZES, LONG, HEADS) if most > 2 else (SIZES,)


def sizes_of(forms: Mapping[str, Form], table: tuple[int, ...], own: frozenset[int] = frozenset()) -> dict[str, int]:
    """A size for every axis, none of them one that the code has of its own."""
    axes = [a.lstrip("0123456789") for f in forms.values() for a in (*f.axes, f.limit)]
    free = [size for size in table if size not in own] or table
    return dict(zip(dict.fromkeys(a for a in axes if a.isidentifier()), itertools.cycle(free), strict=False))
