"""A function's statements, run on symbols: every assignment of something computed becomes an equation."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field, replace
from typing import Any

from derive.errors import ChainruleError
from derive.expression import ZERO, Access, Compare, Hyper, Index, Number, Where
from derive.program import Hyperparameter, Tensor
from derive.reading.arrays import Array, Misfit, is_unit, of_tensor, scalar
from derive.reading.draft import Draft
from derive.reading.numpy_source.expressions import ARITHMETIC, Expressions
from derive.reading.numpy_source.values import UNIT, Fresh, Unreadable, Value, inserted, positional
from derive.rewriting import walk

DEPTH = 6
STEPS = 2000


@dataclass
class Run:
    """One run: the program as it grows, the functions of the file, what ``self`` holds."""

    draft: Draft
    functions: dict[str, ast.FunctionDef]
    methods: dict[str, ast.FunctionDef]
    lines: tuple[str, ...]
    whole: frozenset[str]
    attributes: dict[str, Value] = field(default_factory=dict)
    constructing: bool = False
    depth: int = 0
    steps: int = 0

    def body(self, function: ast.FunctionDef, names: dict[str, Value]) -> Value:
        """What the function returns. Errors: `Unreadable`, with the line."""
        if self.depth > DEPTH:
            raise Unreadable(f"{function.name} calls itself, or too deep")
        self.depth += 1
        local = dict(names)
        try:
            _, value = self._statements(function.body, local)
        finally:
            self.depth -= 1
        return value

    def _statements(self, statements: list[ast.stmt], local: dict[str, Value]) -> tuple[bool, Value]:
        """Whether a ``return`` was met, and what it returns."""
        for statement in statements:
            self.steps += 1
            if self.steps > STEPS:
                raise Unreadable("the code is too long")
            try:
                done, value = self._statement(statement, local)
            except Misfit as fault:
                raise self._at(statement, fault.message) from None
            except Unreadable as fault:
                raise fault if fault.line else self._at(statement, fault.message) from None
            except ChainruleError as fault:
                raise self._at(statement, fault.message) from None
            except (AttributeError, IndexError, KeyError, TypeError, ValueError, ZeroDivisionError):
                # A function was given what it does not take: values are of every kind, as Python's are.
                raise self._at(statement, "something here is of another kind than is read") from None
            if done:
                return True, value
        return False, None

    def _at(self, node: ast.stmt, message: str) -> Unreadable:
        return Unreadable(message, source="\n".join(self.lines), line=node.lineno, column=node.col_offset + 1)

    def _statement(self, node: ast.stmt, local: dict[str, Value]) -> tuple[bool, Value]:
        reader = self._reader(local)
        match node:
            case ast.Return(None):
                return True, None
            case ast.Return(value) if value is not None:
                return True, reader.value(value)
            case ast.Assign(targets, value):
                found = reader.value(value)
                for target in targets:
                    self._assign(target, found, local, node)
            case ast.AnnAssign(target, _, value) if value is not None:
                self._assign(target, reader.value(value), local, node)
            case ast.AugAssign(target, operator, value) if type(operator) in ARITHMETIC:
                old = reader.array(ast.parse(ast.unparse(target), mode="eval").body)
                self._assign(target, positional(ARITHMETIC[type(operator)], old, reader.array(value)), local, node)
            case ast.If(test, body, orelse):
                return self._statements(body if reader.decided(test) else orelse, local)
            case ast.Expr(ast.Constant()) | ast.Pass() | ast.Assert() | ast.AnnAssign():
                pass
            case ast.Expr(ast.Call(ast.Name("print"))) | ast.Expr(ast.Call(ast.Attribute(ast.Call(ast.Name("super"))))):
                pass
            case ast.Expr(ast.Call(ast.Attribute(ast.Name("self")))) if self.constructing:
                pass
            case _:
                raise Unreadable(f"{type(node).__name__.lower()} is not read here: {ast.unparse(node)[:50]}")
        return False, None

    def _reader(self, local: dict[str, Value]) -> Expressions:
        functions = {**self.functions, **self.methods}
        return Expressions(local, self.attributes, self._inline, functions, self.constructing, self.whole)

    def _inline(self, function: ast.FunctionDef, arguments: list[Value], words: dict[str, Value]) -> Value:
        """A call of another function of the file; what is passed gets a name there, so that nothing grows."""
        passed = {**dict(zip(_names(function), arguments, strict=False)), **words}
        named = {n: self.named(n, v, function) if isinstance(v, Array) else v for n, v in passed.items()}
        return self.body(function, {**defaults(function), **named})

    def _assign(self, target: ast.expr, value: Value, local: dict[str, Value], node: ast.stmt) -> None:
        match target:
            case ast.Name(name):
                local[name] = self.named(name, value, node)
            case ast.Attribute(ast.Name("self"), name):
                self.attributes[name] = self.named(name, value, node)
            case ast.Tuple(targets) | ast.List(targets) if isinstance(value, tuple) and len(value) == len(targets):
                for part, piece in zip(targets, value, strict=True):
                    self._assign(part, piece, local, node)
            case ast.Subscript(ast.Name(name), index) if isinstance(local.get(name), Array):
                old = local[name]
                new = self._masked(old, index, value, local, name, node)
                for scope in (local, self.attributes):  # whatever names that array sees the change
                    scope.update({n: new for n, v in scope.items() if v is old})
            case ast.Subscript(base, ast.Constant(key)):
                holder = self._reader(local).value(base)
                if not isinstance(holder, dict):
                    raise Unreadable("an entry is written into an array")
                holder[key] = self.named(str(key), value, node)
            case _:
                raise Unreadable(f"cannot follow what is assigned to {ast.unparse(target)[:40]}")

    def _masked(
        self, array: Array, index: ast.expr, value: Value, local: dict[str, Value], name: str, node: ast.stmt
    ) -> Value:
        """``out[mask] = 0``: another value where a comparison holds."""
        reader = self._reader(local)
        mask = reader.value(index)
        if not isinstance(mask, Array) or mask.axes != array.axes or not isinstance(value, Array) or value.axes:
            raise Unreadable("entries are written one by one")
        chosen = positional(lambda m, old, new: Where(m, new, old), mask, array, value)
        return self.named(name, chosen, node)

    def named(self, name: str, value: Value, node: ast.stmt) -> Value:
        """Something computed gets an equation under its name; names, numbers and shapes are passed on."""
        if isinstance(value, dict):
            return {k: self.named(str(k), v, node) for k, v in value.items()}
        if isinstance(value, Fresh):
            return self._parameter(name, value)
        if not isinstance(value, Array) or self.constructing:
            return value
        real = tuple(n for n, a in enumerate(value.axes) if not is_unit(a))
        probe = tuple(Index(f"i{n}", a) for n, a in enumerate(value.axes))
        entry = value.at(probe)
        if isinstance(entry, (Number, Index, Hyper, Compare)) or _is_tensor(entry) or _is_size(entry):
            return value
        unique = self.draft.unique(name)
        plain = Array(tuple(value.axes[n] for n in real), lambda indices: value.at(_filled(value, indices)))
        tensor = self.draft.define(unique, plain, "", self._source(node))
        return inserted(of_tensor(tensor), tuple(is_unit(a) for a in value.axes))

    def _parameter(self, name: str, fresh: Fresh) -> Array:
        axes = tuple(a for a in fresh.axes if a != UNIT)
        tensor = Tensor(self.draft.unique(name), axes, "param")
        self.draft.tensors[tensor.name] = tensor
        return inserted(of_tensor(tensor), tuple(a == UNIT for a in fresh.axes))

    def _source(self, node: ast.stmt) -> str:
        return self.lines[node.lineno - 1].strip() if 0 < node.lineno <= len(self.lines) else ""


def _filled(array: Array, indices: tuple[Any, ...]) -> tuple[Any, ...]:
    rest = iter(indices)
    return tuple(ZERO if is_unit(a) else next(rest) for a in array.axes)


def _is_tensor(entry: Any) -> bool:
    """Whether an entry is that of a tensor at plain indices: another name for it, or its transpose."""
    if not isinstance(entry, Access):
        return False
    plain = [i for i in entry.indices if isinstance(i, (Index, Number))]
    return len(plain) == len(entry.indices) == len(set(plain))


def _is_size(entry: Any) -> bool:
    return not any(isinstance(n, Access) for n in walk(entry))


def _names(function: ast.FunctionDef) -> list[str]:
    return [a.arg for a in function.args.args]


def defaults(function: ast.FunctionDef) -> dict[str, Value]:
    """The default values of a function's arguments, as far as they are constants."""
    values = function.args.defaults
    names = [a.arg for a in function.args.args]
    reader = Expressions({}, {}, lambda *_: None)
    found: dict[str, Value] = {}
    for name, node in zip(names[len(names) - len(values) :], values, strict=True):
        if isinstance(node, (ast.Constant, ast.UnaryOp)):
            found[name] = reader.value(node)
    return found


def hyperparameters(function: ast.FunctionDef, draft: Draft) -> dict[str, Value]:
    """The numbers among the defaults as hyperparameters of the program, the rest as they are."""
    found = defaults(function)
    for name, value in found.items():
        if isinstance(value, Array):
            draft.hypers[draft.unique(name)] = Hyperparameter(name, value.at(()))
            found[name] = scalar(Hyper(name))
    return found


def renamed(tensor: Tensor, whole: frozenset[str]) -> Tensor:
    """The tensor, of whole numbers if entries are looked up by it."""
    return replace(tensor, integer=True, role="target") if tensor.name in whole else tensor
