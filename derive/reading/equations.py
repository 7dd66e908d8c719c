"""What an equation of a layer defines: a tensor, in array or index notation, a scalar function, a layer's output."""

from __future__ import annotations

from dataclasses import dataclass, replace

from lark import Token

from derive.errors import LayerTextError
from derive.expression import Index, Number
from derive.index_names import indices_for
from derive.program import Function
from derive.reading import function_calls
from derive.reading.array_notation import MAX_BITS
from derive.reading.arrays import scalar
from derive.reading.declarations import is_output, outside_of, read_latex, read_outside
from derive.reading.draft import Draft
from derive.reading.letters import bound_letters
from derive.reading.moving_letters import indices_of
from derive.reading.reader import Reader, entries
from derive.reading.recurrences import announce, is_start
from derive.reading.scope import Scope
from derive.reading.source import Node, Place
from derive.reading.subscripts import is_part
from derive.reading.syntax import unquoted
from derive.reading.zero_starts import from_zero
from derive.rewriting import walk


def _is_stepwise(indices: tuple[Index, ...], right: Node) -> bool:
    """Whether an equation may be one of arrays, step by step: one letter on the left, and none bound on the right."""
    return len(indices) == 1 and not any(node.data == "reduction" for node in right.within())


def _reads_steps(reader: Reader, right: Node) -> bool:
    """Whether an array of one step is read, as in ``x[t] @ W``."""
    entries_read = (node for node in right.within() if reader.scope.stepwise and node.data == "entry")
    known = ((node, reader.scope.tensor(str(node.children[0]))) for node in entries_read)
    return any(tensor is not None and is_part(node, len(tensor.axes)) for node, tensor in known)


@dataclass(frozen=True)
class Equations:
    """Reads equations into the draft of a layer."""

    reader: Reader

    @property
    def scope(self) -> Scope:
        """The names of the layer."""
        return self.reader.scope

    @property
    def draft(self) -> Draft:
        """The program so far."""
        return self.scope.draft

    def fault(self, message: str, at: Place, hint: str = "") -> LayerTextError:
        """An error at a place in the text."""
        return self.reader.fault(message, at, hint)

    def read(self, statement: Node) -> None:
        """An equation, the definition of a scalar function, or what stands before the first step of a recurrence."""
        left, right, properties = statement.children[:3]
        if len(left.children) > 1:
            raise self.fault(
                "several names on the left are not supported yet", left.children[1], "write an equation for each"
            )
        target = left.children[0]
        token = target.children[0]
        if is_start(target):
            if properties.children or len(statement.children) > 3:
                raise self.fault("nothing follows what stands before the first step", statement)
            announce(self.reader, target, right)
            return
        self.scope.defining = str(token)
        source = self.scope.source.excerpt(left, right)
        if target.data == "function_target":
            self._function(target, right, source)
        elif target.data == "indexed_target":
            self._indexed(target, right, properties, source)
        elif function_calls.is_layer_call(self.reader, right):
            self.reader.layers.output(self.reader, right, str(token))
        else:
            self.draft.define(str(token), self.reader.read(right), self.scope.layer, source)
        self.scope.defined[str(token)] = token
        self._check_numbers(right)
        self._spell(str(token), properties, statement)

    def _indexed(self, target: Node, right: Node, properties: Node, source: str) -> None:
        """``Y[n, o] = ...``: each letter on the left runs over the axis of the places where it is used."""
        token, items = target.children
        indices = indices_of(self.reader, bound_letters(self.reader, items, "as in Y[n, d] or Y[n, i: 3]"), right)
        inner = self.reader.under(indices)
        zero = "zero" in map(outside_of, properties.children)
        if (self.scope.states or self.scope.from_zero or zero) and _is_stepwise(indices, right):
            inner = replace(inner, scope=replace(inner.scope, stepwise=True))
        from_zero(inner, target, right, indices, zero)
        if inner.scope.stepwise and function_calls.is_layer_call(inner, right):
            self.reader.layers.output(inner, right, str(token))
            return
        body = inner.read(right)
        rest = indices_for(body.axes, indices) if _reads_steps(inner, right) else ()
        if not rest:
            entries(inner, right, body)
        self.draft.define(str(token), scalar(body.at(rest)), self.scope.layer, source, (*indices, *rest))

    def _function(self, target: Node, right: Node, source: str) -> None:
        """``f(x) = ...``, of scalars."""
        token, items = target.children
        if str(token) in function_calls.called(self.draft.equations, self.draft.functions.values()):
            raise self.fault(f"{token} already means the scalar function above", token, "choose another name")
        parameters = tuple(str(self._parameter(item)) for item in items.children)
        if len(set(parameters)) < len(parameters):
            raise self.fault("an argument stands twice", items)
        inside = replace(self.reader, scope=replace(self.scope, parameters=parameters))
        body = entries(inside, right, inside.read(right))
        self.draft.functions[str(token)] = Function(str(token), parameters, body, source)

    def _parameter(self, item: Node) -> Token:
        token = item.children[0]
        if item.data != "name" or not isinstance(token, Token):
            raise self.fault("a function has plain names between the brackets", item, "as in f(x, y)")
        return token

    def _spell(self, name: str, properties: Node, statement: Node) -> None:
        """The spelling, what is outside and the meaning that an equation gives to what it defines."""
        for node in properties.children:
            if is_output(node):
                self.draft.shown.append(name)
            elif node.data != "latex" and not outside_of(node):
                raise self.fault(
                    "an equation can only be followed by output, latex, zero outside, clipped outside and a text", node
                )
        meaning = unquoted(statement.children[3]) if len(statement.children) > 3 else ""
        latex = read_latex(self.scope.source, properties)
        tensor = self.draft.tensors.get(name)
        outside = read_outside(self.scope.source, properties, tensor.axes if tensor else ())
        if tensor is not None and (meaning or latex or outside):
            outside = outside or tensor.outside
            self.draft.tensors[name] = replace(tensor, latex=latex, meaning=meaning, outside=outside)

    def _check_numbers(self, at: Node) -> None:
        for here in walk(self.draft.equations[-1].right) if self.draft.equations else ():
            if isinstance(here, Number):
                size = max(here.value.numerator.bit_length(), here.value.denominator.bit_length())
                if size > MAX_BITS:
                    raise self.fault("this works out to a number with too many digits", at)
