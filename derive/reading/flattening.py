"""Arrays of more axes than a layer declares: ``[N, D...]`` takes those that follow as one, and the program says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import prod

from derive.calculus.deltas import axis_of_size
from derive.calculus.kinds import Renaming
from derive.expression import Access, Axis, Expr, Size
from derive.index_names import indices_for
from derive.program import Equation, Program, Tensor
from derive.reading.arrays import of_tensor
from derive.reading.laying_out import reshaped
from derive.rewriting import bottom_up, tensors_in


def laid_flat(program: Program, ranks: Mapping[str, int]) -> Program:
    """The program for arrays of these ranks: each axis that stands for several is made of them.

    >>> from derive.reading import parse
    >>> wide = laid_flat(parse("X: input [N, D...]; W: param [D, H]; Y = X @ W"), {"X": 3})
    >>> print(*(e.name for e in wide.equations), wide.tensor("W").axes[0].name)
    X_flat Y D1*D2
    """
    for tensor in program.given:
        if tensor.flattened and ranks.get(tensor.name, 0) > len(tensor.axes):
            program = _apart(program, tensor, ranks[tensor.name] - len(tensor.axes) + 1)
    return program


def _apart(program: Program, tensor: Tensor, count: int) -> Program:
    """The last axis of the tensor as so many; an equation reads them as one, unless all do who read the tensor."""
    *lead, last = tensor.axes
    parts = tuple(Axis(f"{last.name}{k}") for k in range(1, count + 1))
    one = axis_of_size(prod(map(Size, parts), start=Size(parts[0]) / Size(parts[0])))
    moved = Renaming(axes={last: one})
    wide = replace(tensor, axes=(*lead, *parts), flattened=False)
    flat = reshaped(of_tensor(wide), (*lead, one))
    assert flat is not None  # as many entries, by the way that the axis is made
    readers = [e for e in program.equations if tensor.name in tensors_in(e.right)]
    tensors = [replace(t, axes=tuple(map(moved.axis, t.axes))) for t in program.tensors]
    tensors[program.tensors.index(tensor)] = wide
    equations = [Equation(moved(e.left), moved(e.right)) for e in program.equations]  # type: ignore[arg-type]
    if all(isinstance(e.right, Access) for e in readers):

        def read(here: Expr) -> Expr:
            return flat.at(here.indices) if isinstance(here, Access) and here.tensor == tensor.name else here

        equations = [replace(e, right=bottom_up(e.right, read)) for e in equations]
        return replace(program, tensors=tuple(tensors), equations=tuple(equations))
    name = f"{tensor.name}_flat"
    while any(t.name == name for t in tensors):
        name += "_"
    letters = indices_for((*lead, one))
    made = Equation(Access(name, letters), flat.at(letters))
    there = Renaming(tensors={tensor.name: name})
    equations = [replace(e, right=there(e.right)) if e.name != name else e for e in equations]
    tensors.append(Tensor(name, (*lead, one)))
    return replace(program, tensors=tuple(tensors), equations=(made, *equations))
