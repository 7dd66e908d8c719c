"""What is known of shapes so far: which axes are the same, the shape of each symbol, what letters run over.

An axis is a number. Two axes are made one by `Shapes.same`; that fails where the writer gave them different names or
different sizes. Nothing here changes in place: a reading that leads nowhere is dropped, and the state with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from derive.expression import Expr

Layout = Literal["", "row", "column"]
Axes = tuple[int, ...]
UNIT = 0  # the axis with one entry


@dataclass(frozen=True)
class Letter:
    """An index letter: the axis it runs over, and the name of its index (bound letters have one of their own)."""

    axis: int
    name: str
    bound: bool


@dataclass(frozen=True)
class Window:
    """An index that grows with its letters: the index, by a function of a `Maker`, and the letters."""

    place: Callable[[Any], Expr]
    letters: tuple[Letter, ...]


@dataclass(frozen=True)
class Extent:
    """How a size is computed from others, by a function of a `Maker`, and the names of those."""

    size: Callable[[Any], Expr]
    parts: frozenset[str]


@dataclass(frozen=True)
class Shapes:
    """Axes, symbols and letters, as far as they are known.

    ``layout`` says whether a vector stands for a row or a column, ``batch`` whether samples are rows or columns of
    matrices; both are empty until a line shows it. ``sizes`` are numbers that were written down, ``names`` are the
    writer's names of sizes. ``windows`` are axes that an index computed from letters reads. ``made`` are expressions
    that have to be computed as tensors, to be differentiated. ``extents`` say how sizes with a name such as ``D + H``
    are computed, ``ranges`` which axis a letter runs over wherever it is bound.
    """

    parents: Mapping[int, int] = field(default_factory=dict)
    names: Mapping[int, str] = field(default_factory=dict)
    sizes: Mapping[int, int] = field(default_factory=dict)
    symbols: Mapping[str, Axes] = field(default_factory=dict)
    letters: Mapping[str, Letter] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    windows: Mapping[int, Window] = field(default_factory=dict)
    made: Mapping[str, Any] = field(default_factory=dict)
    extents: Mapping[str, Extent] = field(default_factory=dict)
    ranges: Mapping[str, int] = field(default_factory=dict)
    layout: Layout = ""
    batch: Layout = ""
    used: int = UNIT + 1

    def root(self, axis: int) -> int:
        """The axis that stands for all that are the same as this one."""
        while axis in self.parents:
            axis = self.parents[axis]
        return axis

    def fresh(self, count: int = 1) -> tuple[Axes, Shapes]:
        """So many axes of which nothing is known."""
        return tuple(range(self.used, self.used + count)), replace(self, used=self.used + count)

    def same(self, left: int, right: int) -> Shapes | None:
        """The state in which the two axes are one, None where they cannot be."""
        a, b = self.root(left), self.root(right)
        if a == b:
            return self
        if b == UNIT or (b in self.names and a not in self.names and a != UNIT):
            a, b = b, a  # the one with the name stays
        if a == UNIT and (b in self.names or self.sizes.get(b, 1) != 1):
            return None
        if a in self.names and b in self.names:
            return None
        if a in self.sizes and b in self.sizes and self.sizes[a] != self.sizes[b]:
            return None
        sizes = self.sizes if b not in self.sizes else {**self.sizes, a: self.sizes[b]}
        return replace(self, parents={**self.parents, b: a}, sizes=sizes)

    def all_same(self, left: Axes, right: Axes) -> Shapes | None:
        """The state in which two shapes agree axis by axis."""
        if len(left) != len(right):
            return None
        state: Shapes | None = self
        for a, b in zip(left, right, strict=True):
            state = state.same(a, b) if state is not None else None
        return state

    def agree(self, left: Axes, right: Axes) -> bool:
        """Whether two shapes are known to be the same."""
        return self.roots(left) == self.roots(right)

    def roots(self, axes: Axes) -> Axes:
        """The axes that stand for these."""
        return tuple(map(self.root, axes))

    def with_symbol(self, name: str, axes: Axes) -> Shapes:
        """The state in which the symbol has the shape."""
        return replace(self, symbols={**self.symbols, name: axes})

    def with_letter(self, name: str, letter: Letter) -> Shapes:
        """The state in which the letter is known."""
        return replace(self, letters={**self.letters, name: letter})

    def without_letters(self, kept: Mapping[str, Letter]) -> Shapes:
        """The state after a sum: the letters outside it have their meaning back."""
        free = {k: v for k, v in self.letters.items() if not v.bound and k not in kept}
        return replace(self, letters={**kept, **free})

    def is_part(self, one: int, other: int) -> bool:
        """Whether one of two axes is made of the other and more: ``D`` and ``D + H``, ``H`` and ``3 H``."""
        names = self.names.get(self.root(one), ""), self.names.get(self.root(other), "")
        return any(a in self.extents and b in self.extents[a].parts for a, b in (names, names[::-1]))

    def without_symbols(self, names: Iterable[str]) -> Shapes:
        """The state in which nothing is known of some symbols."""
        dropped = set(names)
        return replace(self, symbols={k: v for k, v in self.symbols.items() if k not in dropped})

    def named(self, axis: int, name: str) -> Shapes | None:
        """The state in which the axis has the name: None where it has another one."""
        root = self.root(axis)
        for other, given in self.names.items():
            if given == name:
                return self.same(other, root)
        if root in self.names or root == UNIT:
            return None
        return replace(self, names={**self.names, root: name})

    def sized(self, axis: int, size: int) -> Shapes | None:
        """The state in which the axis has that many entries as the writer says."""
        root = self.root(axis)
        if root == UNIT or root in self.sizes:
            return self if (size if root == UNIT else self.sizes[root]) == (1 if root == UNIT else size) else None
        return replace(self, sizes={**self.sizes, root: size})

    def sizes_by_name(self) -> dict[str, int]:
        """The numbers that were written down, by the names of axes."""
        found = {self.names[r]: n for a, n in self.sizes.items() if (r := self.root(a)) in self.names}
        return {**found, **{n: 1 for r, n in self.names.items() if self.root(r) == UNIT}}

    def size_name(self, symbol: str) -> str:
        """The name of the axis whose entries a symbol counts."""
        return self.names.get(self.root(self.counts[symbol]), symbol) if symbol in self.counts else symbol

    def counted(self, symbol: str, axis: int) -> Shapes | None:
        """The state in which a symbol such as ``n`` is the number of entries of the axis."""
        if symbol in self.counts:
            return self.same(self.counts[symbol], axis)
        return replace(self, counts={**self.counts, symbol: axis})

    def spoken_of(self, axis: int) -> bool:
        """Whether anything is known of the axis but that it is there."""
        root = self.root(axis)
        return root in self.names or root in self.sizes or root in self.roots(tuple(self.counts.values()))

    def known(self, axes: Iterable[int]) -> bool:
        """Whether each of the axes has a name, or is the one with one entry."""
        return all(self.root(a) == UNIT or self.root(a) in self.names for a in axes)
