"""How an expression is read: each kind of node has one function that says what it means; this is what they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from lark import Token

from derive.errors import LayerTextError
from derive.expression import Expr, Index
from derive.reading.arrays import Array, Misfit, elementwise
from derive.reading.scope import Scope
from derive.reading.source import Node, Place


class Layers(Protocol):
    """The other layers that a layer may call."""

    def names(self) -> tuple[str, ...]:
        """Their names."""
        ...

    def output(self, reader: Reader, call: Node, target: str | None = None) -> Array:
        """The output of the layer called; ``target`` is the name it shall have, None for a name of its own."""
        ...


@dataclass(frozen=True)
class Reader:
    """Reads expressions in a scope. ``meanings`` has a function for each kind of node of the grammar."""

    scope: Scope
    layers: Layers
    meanings: Mapping[str, Callable[[Reader, Node], Array]]

    def read(self, node: Node) -> Array:
        """What the node means."""
        return self.meanings[node.data](self, node)

    def fault(self, message: str, at: Place, hint: str = "") -> LayerTextError:
        """An error at a place in the text."""
        return self.scope.source.error(message, at, hint)

    def fitted(self, at: Place, operation: Callable[..., Array], *operands: object) -> Array:
        """An operation on arrays; what does not fit is reported where it is written."""
        try:
            return operation(*operands)
        except Misfit as misfit:
            raise self.fault(misfit.message, at, misfit.hint) from None

    def chain(self, operands: list[Array], operators: list[Token], operation: Callable[..., Expr]) -> Array:
        """One operation on many operands; the caret of an error is under the first operator that does not fit."""
        try:
            return elementwise(operation, *operands)
        except Misfit as misfit:
            fault, at = misfit, operators[-1]
        for n, operator in enumerate(operators, start=2):
            try:
                elementwise(operation, *operands[:n])
            except Misfit as misfit:
                fault, at = misfit, operator
                break
        raise self.fault(fault.message, at, fault.hint)

    @property
    def letters(self) -> tuple[Index, ...]:
        """The indices that the text has named, which no index that we name may be taken for."""
        return tuple(self.scope.letters.values())

    def letter(self, node: Node) -> Index | None:
        """The index that a node names, None if it is anything but a letter alone."""
        return self.scope.letters.get(str(node.children[0])) if node.data == "name" else None

    def guarded_by(self, condition: Node) -> Reader:
        """The reader for what is read only where a condition holds, which may keep its letters inside an axis."""
        named = {str(n.children[0]) for n in condition.within() if n.data == "name"}
        guarded = self.scope.guarded | (named & set(self.scope.letters))
        return replace(self, scope=replace(self.scope, guarded=guarded))

    def under(self, letters: tuple[Index, ...]) -> Reader:
        """The reader for the inside of a reduction over these letters."""
        known = {**self.scope.letters, **{i.name: i for i in letters}}
        return replace(self, scope=replace(self.scope, letters=known))


def entries(reader: Reader, node: Node, array: Array) -> Expr:
    """The one entry of a value that must be a scalar, because letters stand for its axes."""
    if array.axes:
        raise reader.fault(
            f"a scalar is expected among indices, but this has the axes {array.shape}",
            _whole_array(reader, node) or node,
            f"give it indices, as in A[{', '.join(a.name.lower() for a in array.axes)}]",
        )
    return array.at(())


def _whole_array(reader: Reader, node: Node) -> Node | None:
    """The first tensor that stands there without its indices."""
    if node.data == "name":
        tensor = reader.scope.draft.tensors.get(str(node.children[0]))
        return node if tensor is not None and tensor.axes else None
    if node.data in ("call", "reduction", "entry"):
        return None
    parts = (_whole_array(reader, c) for c in node.children if isinstance(c, Node))
    return next((p for p in parts if p is not None), None)
