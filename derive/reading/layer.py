"""From a layer's statements to its program: declarations, functions and equations, in the order written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from lark import Token

from derive.errors import UnknownName
from derive.expression import Axis, Expr, Hyper, Number
from derive.program import Hyperparameter, Program, Tensor
from derive.reading import shelf
from derive.reading.calls import HyperValues, Ranks
from derive.reading.chain_calls import LayersAndChains, counted
from derive.reading.declarations import Declaration, checked_name, read_declaration
from derive.reading.draft import Draft
from derive.reading.equations import Equations
from derive.reading.expressions import reader_in
from derive.reading.extents import checked_axis, extent_of, literal_axis
from derive.reading.flattening import laid_flat
from derive.reading.header import literal
from derive.reading.kinks import choose, is_slope, settle
from derive.reading.recurrences import check_loops, is_start
from derive.reading.reductions import size
from derive.reading.scope import HyperValue, Scope
from derive.reading.source import Node, did_you_mean
from derive.reading.syntax import Syntax


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
    equations = Equations(layer.reader)
    for statement in syntax.statements:
        if statement.data == "declaration":
            layer.declare(statement)
        elif is_slope(statement):
            choose(layer.reader, statement)
        else:
            layer.new_name(statement.children[0].children[0].children[0])
            equations.read(statement)
    layer.check_all_used()
    settle(layer.reader, syntax)
    layer.check_all_hypers_known(hypers)
    program = layer.draft.program(syntax.name, syntax.summary, syntax.source.text)
    check_loops(layer.reader, program)
    return laid_flat(program, layer.ranks)


class _Layer:
    """One layer while it is read."""

    def __init__(
        self, syntax: Syntax, hypers: Mapping[str, HyperValue], ranks: Mapping[str, int], callers: tuple[str, ...]
    ) -> None:
        self.syntax, self.source, self.ranks = syntax, syntax.source, ranks
        numbers = {h: v for h, v in hypers.items() if isinstance(v, Expr)}
        self.draft = Draft(given=numbers)
        self.scope = Scope(self.source, self.draft, layer=syntax.name)
        self.reader = reader_in(self.scope, LayersAndChains(library_program, callers))
        self.declared = self.scope.defined
        self.counting = counted(syntax.equations)
        self._reserve_names()
        for node in syntax.hypers:
            self._hyper(node, hypers)

    def _reserve_names(self) -> None:
        """The names that the text uses are the text's: a called layer's intermediates give way to them."""
        for statement in self.syntax.statements:
            for target in statement.children[0].children:
                name = target.children[0]
                if is_slope(statement):
                    continue
                self.draft.reserved.add(str(name))
                if statement.data == "equation" and not is_start(target):
                    self.scope.later.setdefault(str(name), name.line or 0)
            for axes in statement.children[2:3] if statement.data == "declaration" else ():
                if isinstance(axes, Node) and axes.data == "axes":
                    names = (n for n in axes.within() if n.data == "name")
                    self.draft.reserved.update(str(n.children[0]) for n in names)

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
        if name in self.counting:
            value = given.get(name, default)
        elif name not in given and isinstance(default, Expr):
            self.draft.hypers[name] = Hyperparameter(name, default)
            value = Hyper(name)
        self.scope.hypers[name] = value

    def declare(self, statement: Node) -> None:
        """A declaration: its tensors and the axes that they name."""
        for declaration in read_declaration(self.source, statement, self._axis):
            self.new_name(declaration.token)
            tensor = self._of_rank(declaration)
            self.draft.tensors[tensor.name] = tensor
            self.declared[tensor.name] = declaration.token
            for axis in tensor.axes:
                self._new_axis(axis, declaration.token)

    def _axis(self, node: Node) -> Axis:
        """The axis that a declaration means: a name, a number, or a size made of names and hyperparameters."""
        token = node.children[0]
        if node.data == "number":
            return literal_axis(self.source, token)
        if node.data == "name" and str(token) not in self.scope.hypers:
            return Axis(checked_axis(self.source, token))
        extent = extent_of(self.source, node, self._size)
        return self.draft.axis(str(extent), extent)

    def _size(self, token: Token) -> Expr:
        """What a name means in the size of an axis: a hyperparameter, else an axis of that many entries."""
        name = checked_axis(self.source, token)
        self.scope.used.add(name)
        value = self.scope.hypers.get(name, name)
        if isinstance(value, Expr):
            return value
        axis = Axis(value)
        if value not in self.scope.axes:
            self._new_axis(axis, token)
        return size(self.scope.axes[value])

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
        counted = isinstance(axis.extent, Hyper) and axis.extent.name == axis.name
        if axis.name in self.draft.tensors or (axis.name in self.scope.hypers and not counted):
            raise self.source.error(f"{axis.name} is both an axis and a tensor or hyperparameter", token, "rename one")
        self.scope.axes[axis.name] = axis

    def new_name(self, token: Token) -> None:
        """Check that a name is one, and means nothing yet."""
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


def _shown(value: HyperValue) -> str:
    return value if isinstance(value, str) else str(value.value) if isinstance(value, Number) else "an expression"
