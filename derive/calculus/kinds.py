"""Kinds of equations: the same equation under other names is derived once and renamed.

An equation's kind is the equation with its tensors, axes and indices numbered in reading order. A network of
a thousand affine layers has one kind of affine equation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from derive.expression import (
    Access,
    Axis,
    Delta,
    Expr,
    Index,
    Mul,
    Number,
    Reduce,
    Size,
    cotangent_name,
    is_cotangent,
    primal_name,
)
from derive.index_names import unused_letter
from derive.rewriting import all_indices, children, rebuild, walk


@dataclass
class Renaming:
    """Other names for tensors, axes and the stems of indices; primes stay, what is not listed keeps its name."""

    tensors: dict[str, str] = field(default_factory=dict)
    axes: dict[Axis, Axis] = field(default_factory=dict)
    stems: dict[str, str] = field(default_factory=dict)
    _done: dict[Expr, Expr] = field(default_factory=dict, repr=False)

    def inverse(self, made: Iterable[Index] = ()) -> Renaming:
        """The way back; ``made`` are indices that rules have made since, which get letters not used before."""
        back = Renaming(
            {new: old for old, new in self.tensors.items()},
            {new: old for old, new in self.axes.items()},
            {new: old for old, new in self.stems.items()},
        )
        for index in made:
            if index.name not in back.stems:
                back.stems[index.name] = unused_letter(back.axis(index.axis), back.stems.values())
        return back

    def tensor(self, name: str) -> str:
        """The new name of a tensor; a cotangent follows its primal."""
        if is_cotangent(name):
            return cotangent_name(self.tensor(primal_name(name)))
        return self.tensors.get(name, name)

    def index(self, index: Index) -> Index:
        """The index under its new name, over its axis's new name."""
        stem = index.name.rstrip("'")
        primes = index.name[len(stem) :]
        return Index(self.stems.get(stem, stem) + primes, self.axis(index.axis))

    def axis(self, axis: Axis) -> Axis:
        """The axis under its new name; one that a rule has made of others is made of these under theirs."""
        if axis in self.axes or axis.extent is None or isinstance(axis.extent, Number):
            return self.axes.get(axis, axis)
        extent = self(axis.extent)
        return axis if extent == axis.extent else Axis(str(extent), extent)

    def __call__(self, expr: Expr) -> Expr:
        """The expression under the new names; equal parts are renamed once."""
        if expr not in self._done:
            self._done[expr] = self._rename(expr)
        return self._done[expr]

    def _rename(self, expr: Expr) -> Expr:
        match expr:
            case Index():
                return self.index(expr)
            case Size(axis):
                return Size(self.axis(axis))
            case Access(tensor, indices):
                return Access(self.tensor(tensor), tuple(map(self, indices)))
            case Reduce(op, indices, body):
                return Reduce(op, tuple(map(self.index, indices)), self(body))
            case Mul(factors):
                return Mul(tuple(map(self, factors)))
            case Delta(left, right):
                return Delta(self(left), self(right))
            case _:
                return rebuild(expr, tuple(map(self, children(expr))))


def numbering(exprs: Iterable[Expr], axes: Iterable[Axis] = ()) -> Renaming:
    """The renaming that turns expressions, such as both sides of an equation, into their kind."""
    found = Renaming()
    for whole in exprs:
        for here in walk(whole):
            if isinstance(here, Access):
                found.tensors.setdefault(primal_name(here.tensor), f"#T{len(found.tensors)}")
            indices = here.indices if isinstance(here, Reduce) else (here,) if isinstance(here, Index) else ()
            for index in indices:
                stem = index.name.rstrip("'")
                found.stems.setdefault(stem, f"#i{len(found.stems)}")
                _number_axis(index.axis, found)
            if isinstance(here, Size):
                _number_axis(here.axis, found)
    for axis in axes:
        _number_axis(axis, found)
    return found


def new_indices(exprs: Iterable[Expr]) -> tuple[Index, ...]:
    """The indices in expressions about a kind that are not of the kind itself, without their primes, in order."""
    stems = (Index(i.name.rstrip("'"), i.axis) for e in exprs for i in all_indices(e) if not i.name.startswith("#"))
    return tuple(sorted(set(stems), key=lambda i: (i.name, i.axis.name)))


def _number_axis(axis: Axis, found: Renaming) -> None:
    """Number the axis after those that its extent is made of."""
    if axis in found.axes:
        return
    extent = axis.extent
    if extent is not None:
        for here in walk(extent):
            if isinstance(here, Size):
                _number_axis(here.axis, found)
        extent = found(extent)
    found.axes[axis] = Axis(f"#A{len(found.axes)}", extent)
