"""The part of the code IR that moves entries about: slices, reshapes, pieces put together, running sums."""

from __future__ import annotations

from dataclasses import dataclass

from codegen.kernel import Array, Axes


@dataclass(frozen=True)
class Cut:
    """A slice of one dimension; None for an end of the dimension itself."""

    start: Array | None
    stop: Array | None
    step: Array | None

    @property
    def ends(self) -> tuple[Array | None, ...]:
        """Its numbers."""
        return (self.start, self.stop, self.step)


@dataclass(frozen=True)
class Slice(Array):
    """A part of each dimension that has a cut, as a view."""

    arg: Array
    cuts: tuple[Cut | None, ...]


@dataclass(frozen=True)
class Reshape(Array):
    """The same entries in the same order under other dimensions, one for each axis."""

    arg: Array


@dataclass(frozen=True)
class Merge(Array):
    """The same entries in the same order with neighbouring dimensions as one: a dimension for each group of axes."""

    arg: Array
    groups: tuple[Axes, ...]


@dataclass(frozen=True)
class Pack(Array):
    """A copy in whose memory the ``slowest`` dimensions, by number, come before the others."""

    arg: Array
    slowest: tuple[int, ...]


@dataclass(frozen=True)
class Repeat(Array):
    """Each entry along a dimension several times in a row."""

    arg: Array
    count: Array
    place: int


@dataclass(frozen=True)
class Concatenate(Array):
    """Arrays one behind the other along a dimension."""

    args: tuple[Array, ...]
    place: int


@dataclass(frozen=True)
class Stack(Array):
    """Arrays side by side along a new dimension."""

    args: tuple[Array, ...]
    place: int


@dataclass(frozen=True)
class Pad(Array):
    """Zeros before and behind the entries of a dimension."""

    arg: Array
    place: int
    before: Array
    after: Array


@dataclass(frozen=True)
class MatrixCall(Array):
    """``inv``, ``det`` or ``log_det`` of the matrix in the last two dimensions."""

    function: str
    arg: Array


@dataclass(frozen=True)
class Cumulate(Array):
    """The sum of all entries up to each one along a dimension; ``backward``: from each one on."""

    arg: Array
    place: int
    backward: bool


@dataclass(frozen=True)
class Rest(Array):
    """For each entry the product of all others along a dimension."""

    arg: Array
    place: int
