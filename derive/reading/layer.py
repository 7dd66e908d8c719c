"""From a layer's statements to its program: declarations, functions and equations, in the order written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from lark import Token

from derive.errors import UnknownName
from derive.expression import Axis, Expr, Hyper, Number
from derive.program import Function, Hyperparameter, Program, Tensor
from derive.reading import function_calls, shelf
from derive.reading.array_notation import MAX_BITS
from derive.reading.calls import HyperValues, Layers, Ranks
from derive.reading.declarations import (
    Declaration,
    checked_name,
    outside_of,
    read_declaration,
    read_latex,
    read_outside,
)
from derive.reading.draft import Draft
from derive.reading.expressions import reader_in
from derive.reading.header import literal
from derive.reading.letters import bound_letters
from derive.reading.moving_letters import indices_of
from derive.reading.reader import Reader, entries
from derive.reading.recurrences import announce, check_axes, check_loops, from_zero, is_start
from derive.reading.scope import HyperValue, Scope
from derive.reading.source import Node, did_you_mean
from derive.reading.syntax import Syntax, unquoted
from derive.rewriting import walk


@lru_cache(maxsize=1024)
def library_program(name: str, hypers: HyperValues, ranks: Ranks, callers: tuple[str, ...]) -> Program:
    """The program of a library layer for inputs of these ranks; the same question is answered once."""
    return read_program(shelf.syntax(name), dict(hypers), dict(ranks), (*callers, name))


def read_program(
    syntax: Syntax,
    hypers: Mapping[str, HyperValue],
    ranks: Mapping[str, int] | None = None,
    callers: tuple[str, ...] = (),
) -> Program:
    """The program that a layer's text means, its hyperparameters replaced by the values given."""
    layer = _Layer(syntax, hypers, ranks or {}, callers or (syntax.name,))
    for statement in syntax.statements:
        if statement.data == "declaration":
            layer.declare(statement)
        else:
            layer.equation(statement)
    layer.check_all_used()
    layer.check_all_hypers_known(hypers)
    program = layer.draft.program(syntax.name, syntax.summary, syntax.source.text)
    check_loops(layer.reader, program)
    return program


class _Layer:
    """One layer while it is read."""

    def __init__(
        self, syntax: Syntax, hypers: Mapping[str, HyperValue], ranks: Mapping[str, int], callers: tuple[str, ...]
    ) -> None:
        self.syntax, self.source, self.ranks = syntax, syntax.source, ranks
        numbers = {h: v for h, v in hypers.items() if isinstance(v, Expr)}
        self.draft = Draft(given=numbers)
        self.scope = Scope(self.source, self.draft, layer=syntax.name)
        self.reader = reader_in(self.scope, Layers(library_program, callers))
        self.declared = self.scope.defined
        self._reserve_names()
        for node in syntax.hypers:
            self._hyper(node, hypers)

    def _reserve_names(self) -> None:
        """The names that the text uses are the text's: a called layer's intermediates give way to them."""
        for statement in self.syntax.statements:
            for target in statement.children[0].children:
                name = target.children[0]
                self.draft.reserved.add(str(name))
                if statement.data == "equation" and not is_start(target):
                    self.scope.later.setdefault(str(name), name.line or 0)
            for axes in statement.children[2:3] if statement.data == "declaration" else ():
                if isinstance(axes, Node) and axes.data == "axes":
                    self.draft.reserved.update(str(token) for axis in axes.children for token in axis.children)

    def _hyper(self, node: Node, given: Mapping[str, HyperValue]) -> None:
        token = node.children[0]
        name = checked_name(self.source, token, "the name of a hyperparameter")
        if name in self.scope.hypers:
            raise self.source.error(f"{name} is declared twice", token)
        if len(node.children) < 2:
            raise self.source.error(f"{name} has no default", token, f"write {name} = 1")
        default = literal(self.source, node.children[1])
        value = given.get(name, default)
        if isinstance(value, str) != isinstance(default, str):
            expected = "the name of an axis" if isinstance(default, str) else "a number"
            raise self.source.error(f"{name} is {expected}, but {_shown(value)} is given", token)
        self.declared[name] = token
        self.draft.reserved.add(name)
        if name not in given and isinstance(default, Expr):
            self.draft.hypers[name] = Hyperparameter(name, default)
            value = Hyper(name)
        self.scope.hypers[name] = value

    def declare(self, statement: Node) -> None:
        """A declaration: its tensors and the axes that they name."""
        for declaration in read_declaration(self.source, statement):
            self._new_name(declaration.token)
            tensor = self._of_rank(declaration)
            self.draft.tensors[tensor.name] = tensor
            self.declared[tensor.name] = declaration.token
            for axis in tensor.axes:
                self._new_axis(axis, declaration.token)

    def _of_rank(self, declaration: Declaration) -> Tensor:
        """The tensor for the rank that the caller's array has, where ``...`` allows any."""
        tensor = declaration.tensor
        rank = self.ranks.get(tensor.name, len(tensor.axes))
        if not declaration.any_rank or rank == len(tensor.axes):
            return tensor
        extra = rank - len(tensor.axes)
        leading = tuple(Axis(f"*{n}") for n in range(extra, 0, -1))
        return replace(tensor, axes=(leading + tensor.axes)[-rank:] if rank else ())

    def _new_axis(self, axis: Axis, token: Token) -> None:
        if axis.name in self.draft.tensors or axis.name in self.scope.hypers:
            raise self.source.error(f"{axis.name} is both an axis and a tensor or hyperparameter", token, "rename one")
        self.scope.axes[axis.name] = axis

    def _new_name(self, token: Token) -> None:
        name = checked_name(self.source, token, "the name of a tensor")
        kinds: dict[str, Mapping[str, object]] = {
            "a tensor": self.draft.tensors,
            "an axis": self.scope.axes,
            "a hyperparameter": self.scope.hypers,
            "a function": self.draft.functions,
        }
        for kind, known in kinds.items():
            if name in known:
                where = f", in line {self.declared[name].line}" if name in self.declared else ""
                raise self.source.error(f"{name} is {kind} already{where}", token, "each name has one meaning")

    def equation(self, statement: Node) -> None:
        """An equation, or the definition of a scalar function."""
        left, right, properties = statement.children[:3]
        if len(left.children) > 1:
            raise self.source.error(
                "several names on the left are not supported yet", left.children[1], "write an equation for each"
            )
        target = left.children[0]
        token = target.children[0]
        self._new_name(token)
        if is_start(target):
            self._start(target, right)
            return
        self.scope.defining = str(token)
        source = self.source.excerpt(left, right)
        if target.data == "function_target":
            self._function(target, right, source)
        elif target.data == "indexed_target":
            self._indexed(target, right, properties, source)
        elif function_calls.is_layer_call(self.reader, right):
            self.reader.layers.output(self.reader, right, str(token))
        else:
            self.draft.define(str(token), self.reader.read(right), self.syntax.name, source)
        self.declared[str(token)] = token
        self._check_numbers(right)
        self._spell(str(token), properties, statement)

    def _start(self, target: Node, right: Node) -> None:
        """``h[-1] = h0``: what a recurrence reads before its first step."""
        name = str(target.children[0])
        if name in self.scope.states:
            raise self.source.error(f"what stands before the first step of {name} is said twice", target)
        self.scope.states[name] = announce(self.reader, target, right)

    def _indexed(self, target: Node, right: Node, properties: Node, source: str) -> None:
        """``Y[n, o] = ...``: each letter on the left runs over the axis of the places where it is used."""
        token, items = target.children
        indices = indices_of(self.reader, bound_letters(self.reader, items, "as in Y[n, d] or Y[n, i: 3]"), right)
        state = self.scope.states.get(str(token))
        if state is None and "zero" in map(outside_of, properties.children):
            state = from_zero(self.reader, target, right, indices)
        if state is not None:
            self.scope.states[state.name] = state
        inner = self.reader.under(indices)
        body = inner.read(right)
        entries(inner, right, body)
        tensor = self.draft.define(str(token), body, self.syntax.name, source, indices)
        if state is not None:
            check_axes(self.reader, state, tensor)

    def _function(self, target: Node, right: Node, source: str) -> None:
        """``f(x) = ...``, of scalars."""
        token, items = target.children
        if str(token) in function_calls.called(self.draft.equations, self.draft.functions.values()):
            raise self.source.error(f"{token} already means the scalar function above", token, "choose another name")
        parameters = tuple(str(_letter(self.reader, item)) for item in items.children)
        if len(set(parameters)) < len(parameters):
            raise self.source.error("an argument stands twice", items)
        inside = replace(self.reader, scope=replace(self.scope, parameters=parameters))
        body = entries(inside, right, inside.read(right))
        self.draft.functions[str(token)] = Function(str(token), parameters, body, source)

    def _spell(self, name: str, properties: Node, statement: Node) -> None:
        """The spelling and the meaning that an equation gives to what it defines."""
        for node in properties.children:
            if node.data != "latex" and not outside_of(node):
                raise self.source.error(
                    "an equation can only be followed by latex, zero outside, clipped outside and a text", node
                )
        meaning = unquoted(statement.children[3]) if len(statement.children) > 3 else ""
        latex = read_latex(self.source, properties)
        tensor = self.draft.tensors.get(name)
        outside = read_outside(self.source, properties, tensor.axes if tensor else ())
        if tensor is not None and (meaning or latex or outside):
            self.draft.tensors[name] = replace(tensor, latex=latex, meaning=meaning, outside=outside)

    def _check_numbers(self, at: Node) -> None:
        for here in walk(self.draft.equations[-1].right) if self.draft.equations else ():
            if isinstance(here, Number):
                size = max(here.value.numerator.bit_length(), here.value.denominator.bit_length())
                if size > MAX_BITS:
                    raise self.source.error("this works out to a number with too many digits", at)

    def check_all_used(self) -> None:
        """Whatever is declared is used: a forgotten bias is an error, not a gradient of zero."""
        for name, token in self.declared.items():
            is_output = name in self.scope.later and name not in self.draft.functions
            if name not in self.scope.used and not is_output:
                raise self.source.error(f"{name} is declared but never used", token, "use it or remove it")

    def check_all_hypers_known(self, given: Mapping[str, HyperValue]) -> None:
        """Every hyperparameter given exists, in this layer or in one that it calls."""
        known = [*self.scope.hypers, *self.draft.lifted_names]
        for name in given:
            if name not in known:
                hint = did_you_mean(name, known, otherwise="it has") or "it has none"
                raise UnknownName(f"{self.syntax.name} has no hyperparameter {name!r}", hint=hint)


def _letter(reader: Reader, item: Node) -> Token:
    token = item.children[0]
    if item.data != "name" or not isinstance(token, Token):
        raise reader.fault("a function has plain names between the brackets", item, "as in f(x, y)")
    return token


def _shown(value: HyperValue) -> str:
    return value if isinstance(value, str) else str(value.value) if isinstance(value, Number) else "an expression"
