"""Calls of layers inside a recurrence: ``h[t] = rnn_cell(x[t], h[t - 1], W, R, b)`` computes one step.

The layer is written as always, for arrays of one step; then all that it computes, and what it is given of one step,
gets the letter of the step in front.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derive.expression import Access, Expr, Index
from derive.index_names import indices_for
from derive.program import Tensor
from derive.reading.arrays import Array, scalar
from derive.reading.draft import Draft
from derive.reading.reader import Reader
from derive.reading.source import Node
from derive.rewriting import all_indices, bottom_up, free_indices, fresh, substitute


def step_of(reader: Reader) -> Index:
    """The letter of the step that is computed."""
    return next(iter(reader.scope.letters.values()))


def argument(reader: Reader, node: Node, formal: str, layer: str) -> Tensor:
    """What is passed, as the tensor of one step; one that moves has the axis of time in the program only."""
    draft, now = reader.scope.draft, step_of(reader)
    array = reader.read(node)
    rest = indices_for(array.axes, (now,))
    entry = array.at(rest)
    if isinstance(entry, Access) and entry.indices in (rest, (now, *rest)):
        return replace(draft.tensors[entry.tensor], axes=array.axes)
    name = draft.unique(formal)
    moves = now in free_indices(entry)
    source = f"{name} = {reader.scope.source.excerpt(node, node)}"
    draft.define(name, scalar(entry), layer, source, (now, *rest) if moves else rest)
    return Tensor(name, array.axes)


def lift(draft: Draft, start: int, now: Index, passed: Iterable[Tensor]) -> None:
    """Put the letter of the step in front of what the equations from ``start`` on compute, and of what moves."""
    moving = {t.name for t in passed if t.axes != draft.tensors[t.name].axes}
    names = moving | {e.name for e in draft.equations[start:]}

    def change(here: Expr) -> Expr:
        return Access(here.tensor, (now, *here.indices)) if isinstance(here, Access) and here.tensor in names else here

    for k, equation in enumerate(draft.equations[start:], start):
        taken = {*all_indices(equation.right), *equation.indices}
        clash: dict[Expr, Expr] = {i: fresh(i, {*taken, now}) for i in taken if i.name == now.name}
        left, right = substitute(equation.left, clash), substitute(equation.right, clash)
        lifted = change(left)
        assert isinstance(lifted, Access)
        draft.equations[k] = replace(equation, left=lifted, right=bottom_up(right, change))
        tensor = draft.tensors[equation.name]
        draft.tensors[equation.name] = replace(tensor, axes=(now.axis, *tensor.axes))


def one_step(tensor: Tensor, now: Index) -> Array:
    """The array of one step."""
    return Array(tensor.axes[1:], lambda indices: Access(tensor.name, (now, *indices)))
