"""Layers called among indices, as in ``Y[n, d] = leaky_relu(X[n, d] - m[d])``: those that work entry by entry.

Such a layer is a scalar function of what it is given, and its equations are put in one into the other.
"""

from __future__ import annotations

from collections.abc import Mapping

from derive.expression import Access, Expr, Index, Number, Reduce, Size
from derive.program import Program
from derive.reading.arrays import Array, elementwise, scalar
from derive.reading.instantiate import Naming
from derive.reading.reader import Reader
from derive.reading.source import Node
from derive.rewriting import bottom_up, free_indices, walk

PLACES = (Reduce, Size, Index)


def is_entrywise(program: Program) -> bool:
    """Whether each entry of the output is computed from the same entries of what is given, and from nothing else.

    >>> from derive import load
    >>> is_entrywise(load("gelu")), is_entrywise(load("softmax"))
    (True, False)
    """
    for equation in program.equations:
        read = [n.indices for n in walk(equation.right) if isinstance(n, Access)]
        rest = walk(_bare(equation.right))
        if any(i not in ((), equation.indices) for i in read) or any(isinstance(n, PLACES) for n in rest):
            return False
    return len(program.outputs) == 1


def applied(
    reader: Reader, at: Node, program: Program, arguments: Mapping[str, Node], hypers: Mapping[str, Expr]
) -> Array:
    """The layer's output for scalars, or for arrays entry by entry; ``hypers`` are those given."""
    draft = reader.scope.draft
    chosen = {h.name: hypers.get(h.name) or draft.lift(h) for h in program.hyperparameters}
    naming = Naming(functions=draft.adopt(program.functions, chosen), hypers=chosen)
    draft.called_kinks += map(naming.kink, program.kinks)

    def output(*given: Expr) -> Expr:
        values = dict(zip(arguments, given, strict=True))

        def change(here: Expr) -> Expr:
            return values[here.tensor] if isinstance(here, Access) and here.tensor in values else here

        for equation in program.equations:
            values[equation.name] = bottom_up(naming.expression(_bare(equation.right), {}), change)
        return values[program.outputs[0]]

    operands = [_argument(reader, program, formal, node) for formal, node in arguments.items()]
    return reader.fitted(at, elementwise, output, *operands)


def _argument(reader: Reader, program: Program, formal: str, node: Node) -> Array:
    """What is passed; a longer expression that the layer reads more than once gets a line of its own."""
    array, draft = reader.read(node), reader.scope.draft
    reads = sum(isinstance(n, Access) and n.tensor == formal for e in program.equations for n in walk(e.right))
    if array.axes or reads < 2 or isinstance(array.at(()), (Access, Number)) or reader.scope.guarded:
        return array
    letters = free_indices(array.at(()))
    name = draft.unique(formal)
    draft.define(name, array, program.name, f"{name} = {reader.scope.source.excerpt(node, node)}", letters)
    return scalar(Access(name, letters))


def _bare(expr: Expr) -> Expr:
    """The expression with its tensors as scalars."""
    return bottom_up(expr, lambda here: Access(here.tensor) if isinstance(here, Access) else here)
