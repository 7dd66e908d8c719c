"""A world: the point at which expressions are evaluated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from math import prod
from typing import Any

from derive.effort import TooMuchWork
from derive.errors import CannotJudge
from derive.expression import Axis
from derive.judging.precision import Value
from derive.program import Program

Entry = tuple[int, ...]
Table = Mapping[Entry, Value]
MOST = 10**6  # entries of one tensor: their indices alone take 100 MB


class OutsideTensor(CannotJudge):
    """An access beyond the ends of a tensor, or of the wrong rank."""


@dataclass(frozen=True)
class Sparse(Mapping[Entry, Value]):
    """A table that is 0 but for some entries; ``shape`` says how many there are along each axis."""

    shape: tuple[int, ...]
    others: Mapping[Entry, Value]

    def __getitem__(self, at: Entry) -> Value:
        value = self.others.get(at)
        if value is not None:
            return value
        if len(at) != len(self.shape) or not all(0 <= k < n for k, n in zip(at, self.shape, strict=True)):
            raise KeyError(at)
        return 0

    def __iter__(self) -> Iterator[Entry]:
        return product(*map(range, self.shape))

    def __len__(self) -> int:
        return prod(self.shape)


class AtKink(CannotJudge):
    """A derivative asked for where the function has none."""


@dataclass(frozen=True)
class World:
    """A size for each axis name, a number for each entry of each tensor and for each hyperparameter.

    ``gaps`` collects, if it is a list, by how much each comparison was decided; ``memo`` remembers values
    of subexpressions, which is sound because a world never changes.
    """

    program: Program
    sizes: Mapping[str, int]
    values: Mapping[str, Table]
    hyper: Mapping[str, Value] = field(default_factory=dict)
    gaps: list[Value] | None = field(default=None, compare=False, repr=False)
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def size(self, axis: Axis) -> int:
        """How many entries the axis has."""
        if axis.name in self.sizes:
            return self.sizes[axis.name]
        if axis.extent is None:
            raise CannotJudge(f"no size is given for the axis {axis.name}")
        from derive.judging.evaluate import evaluate, whole  # they read worlds, on the floor above

        return whole(evaluate(axis.extent, self))

    def entries(self, axes: Iterable[Axis]) -> Iterable[Entry]:
        """All index tuples over the axes, the last index fastest. Errors: `TooMuchWork` where they are too many."""
        sizes = [self.size(a) for a in axes]
        if prod(sizes) > MOST:
            raise TooMuchWork(f"{prod(sizes)} entries are too many to look at")
        return product(*map(range, sizes))

    def entry(self, tensor: str, at: Entry) -> Value:
        """One number of a tensor. Errors: `OutsideTensor`, `CannotJudge` if the tensor has no values."""
        table = self.values.get(tensor)
        if table is None:
            raise CannotJudge(f"the tensor {tensor} has no values")
        try:
            return table[at]
        except KeyError:
            raise OutsideTensor(f"{tensor} has no entry {list(at)}") from None

    def read(self, tensor: str, at: Entry) -> Value:
        """As `entry`; beyond its ends a tensor gives 0 or its nearest entry, if it was declared so."""
        if at in self.values.get(tensor, ()):
            return self.entry(tensor, at)
        declared = self.program.tensor(tensor)
        if declared.outside and len(at) == len(declared.axes):
            nearest = tuple(min(max(k, 0), self.size(a) - 1) for k, a in zip(at, declared.axes, strict=True))
            if nearest != at and declared.outside == "zero":
                return 0
            at = nearest
        return self.entry(tensor, at)

    def moved(self, by: Mapping[str, Table]) -> World:
        """The world with some entries of some tensors moved, and no comparison made yet."""
        moved = {
            tensor: {**self.values[tensor], **{at: self.entry(tensor, at) + step for at, step in steps.items()}}
            for tensor, steps in by.items()
        }
        return replace(self, values={**self.values, **moved}, gaps=[], memo={})

    def compared(self, gap: Value) -> Value:
        """The gap, taken down: by how much a comparison was decided."""
        if self.gaps is not None:
            self.gaps.append(gap)
        return gap
