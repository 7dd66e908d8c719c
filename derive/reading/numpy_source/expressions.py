"""Python's expressions over arrays as symbols; what is not plain NumPy is refused with its line."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction

from derive.expression import ONE, Compare, Constant, Expr, add, mul, number, power
from derive.reading.arrays import Array, permuted, scalar
from derive.reading.numpy_source import functions
from derive.reading.numpy_source.parts import fresh, gathered, is_type
from derive.reading.numpy_source.values import (
    Fresh,
    Module,
    Unreadable,
    Value,
    copied,
    inserted,
    positional,
    product,
    sizes,
    whole_number,
)

ARITHMETIC: dict[type[ast.operator], Callable[..., Expr]] = {
    ast.Add: add,
    ast.Sub: lambda a, b: add(a, mul(-1, b)),
    ast.Mult: mul,
    ast.Div: lambda a, b: mul(a, power(b, -1)),
    ast.Pow: power,
}
COMPARISONS: dict[type[ast.cmpop], str] = {
    ast.Gt: ">", ast.GtE: ">=", ast.Lt: "<", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
MODULES = {"np", "numpy", "math", "jnp"}
RANDOM = {"randn", "rand", "normal", "uniform", "random", "standard_normal", "zeros", "ones"}


@dataclass
class Expressions:
    """The names in scope; ``inline`` runs a function of the same file, ``attributes`` are those of ``self``."""

    names: dict[str, Value]
    attributes: dict[str, Value]
    inline: Callable[[ast.FunctionDef, list[Value], dict[str, Value]], Value]
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    constructing: bool = False
    whole: frozenset[str] = frozenset()

    def value(self, node: ast.expr) -> Value:
        """What the expression is. Errors: `Unreadable`, with its line."""
        match node:
            case ast.Constant(value):
                return self._constant(value)
            case ast.Name(name):
                return self._name(name)
            case ast.Attribute(base, word):
                return self._attribute(self.value(base), word)
            case ast.Tuple(items) | ast.List(items):
                return tuple(self.value(i) for i in items)
            case ast.Dict(keys, values):
                return {
                    k.value: self.value(v) for k, v in zip(keys, values, strict=True) if isinstance(k, ast.Constant)
                }
            case ast.UnaryOp(ast.USub(), operand):
                return positional(lambda x: mul(-1, x), self.array(operand))
            case ast.UnaryOp(ast.UAdd(), operand):
                return self.array(operand)
            case ast.UnaryOp(ast.Invert() | ast.Not(), operand):
                value = self.value(operand)
                return not value if isinstance(value, bool) else positional(lambda x: add(1, mul(-1, x)), value)
            case ast.BinOp(left, ast.MatMult(), right):
                return product(self.array(left), self.array(right))
            case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC:
                return self._arithmetic(type(operator), self.value(left), self.value(right))
            case ast.Compare(left, [operator], [right]):
                return self._comparison(operator, self.value(left), self.value(right))
            case ast.Subscript(base, index):
                return self._subscript(self.value(base), index)
            case ast.IfExp(test, then, otherwise):
                return self.value(then if self.decided(test) else otherwise)
            case ast.Call():
                return self._call(node)
            case _:
                raise Unreadable(f"{ast.unparse(node)[:60]} is not read here")

    def array(self, node: ast.expr) -> Array:
        """The expression as an array."""
        value = self.value(node)
        if not isinstance(value, Array):
            raise Unreadable(f"{ast.unparse(node)[:60]} is no array that is known")
        return value

    def decided(self, test: ast.expr) -> bool:
        """A condition that shapes and defaults decide."""
        value = self.value(test)
        if value is None or isinstance(value, (bool, str, tuple, dict)):
            return bool(value)
        entry = value.at(()) if isinstance(value, Array) and not value.axes else None
        if isinstance(entry, Compare) and entry.op in ("==", "!="):
            return (entry.left == entry.right) == (entry.op == "==")
        if entry in (ONE, number(0)):
            return entry == ONE
        raise Unreadable(f"the condition {ast.unparse(test)[:60]} depends on numbers")

    def _constant(self, value: object) -> Value:
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return value
        if isinstance(value, (int, float)) and abs(value) < 1e300:
            return scalar(number(Fraction(repr(value))))
        raise Unreadable(f"{value!r} is not read here")

    def _name(self, name: str) -> Value:
        if name in self.names:
            return self.names[name]
        if name in MODULES:
            return Module(name)
        if name in self.functions:
            return self.functions[name]
        raise Unreadable(f"the name {name} is not known")

    def _attribute(self, base: Value, word: str) -> Value:
        if base == "self":
            if word in self.attributes:
                return self.attributes[word]
            raise Unreadable(f"self.{word} is not known")
        if isinstance(base, Module):
            known = {"pi": scalar(Constant("pi")), "e": scalar(Constant("e")), "newaxis": None}
            return known.get(word, Module(f"{base.name}.{word}"))
        if isinstance(base, Array):
            if word == "T":
                return permuted(base, tuple(reversed(range(len(base.axes)))))
            if word in ("shape", "size", "ndim"):
                return functions.OTHERS[word]([base], {})
        raise Unreadable(f"the attribute .{word} is not read here")

    def _arithmetic(self, operator: type[ast.operator], left: Value, right: Value) -> Value:
        if isinstance(left, Fresh) or isinstance(right, Fresh):
            return left if isinstance(left, Fresh) else right
        if isinstance(left, Array) and isinstance(right, Array):
            return positional(ARITHMETIC[operator], left, right)
        raise Unreadable("arithmetic of something that is no array")

    def _comparison(self, operator: ast.cmpop, left: Value, right: Value) -> Value:
        if isinstance(operator, (ast.Is, ast.IsNot)):
            return (left is right) == isinstance(operator, ast.Is)
        if isinstance(left, Array) and isinstance(right, Array) and type(operator) in COMPARISONS:
            return positional(lambda a, b: Compare(COMPARISONS[type(operator)], a, b), left, right)
        if isinstance(operator, (ast.Eq, ast.NotEq)) and not isinstance(left, Array):
            return (left == right) == isinstance(operator, ast.Eq)
        raise Unreadable("a comparison that is not read here")

    def _subscript(self, base: Value, index: ast.expr) -> Value:
        if isinstance(base, dict):
            key = self.value(index)
            if key in base:
                return base[key]
            raise Unreadable(f"the key {key!r} is not known")
        if isinstance(base, tuple):
            if isinstance(index, ast.Slice):
                return base[slice(*(self._bound(b) for b in (index.lower, index.upper)))]
            place = whole_number(self.value(index))
            if place is None or not -len(base) <= place < len(base):
                raise Unreadable("a place in a tuple that is not known")
            return base[place]
        if not isinstance(base, Array):
            raise Unreadable("a part of something that is no array")
        return self._part(base, index.elts if isinstance(index, ast.Tuple) else [index])

    def _bound(self, node: ast.expr | None) -> int | None:
        return None if node is None else whole_number(self.value(node))

    def _part(self, base: Array, parts: list[ast.expr]) -> Array:
        """New axes and whole axes, or entries looked up by arrays of whole numbers."""
        whole = [isinstance(p, ast.Slice) and p.lower is None and p.upper is None and p.step is None for p in parts]
        values = [None if w else self.value(p) for p, w in zip(parts, whole, strict=True)]
        new = [not w and v is None for w, v in zip(whole, values, strict=True)]
        if all(w or n for w, n in zip(whole, new, strict=True)):
            pattern = (*new, *[False] * (len(base.axes) - whole.count(True)))
            return inserted(base, tuple(pattern))
        if all(isinstance(v, Array) for v in values) and len(values) <= len(base.axes):
            return gathered(base, [v for v in values if isinstance(v, Array)], self.whole)
        raise Unreadable("a slice that is not read here")

    def _call(self, node: ast.Call) -> Value:
        words = {k.arg: self.value(k.value) for k in node.keywords if k.arg and k.arg not in ("dtype", "out")}
        called = node.func
        arguments = [v for a in node.args if not is_type(a) for v in self._passed(a)]
        if isinstance(called, ast.Name):
            if called.id in self.functions and called.id not in self.names:
                return self.inline(self.functions[called.id], arguments, words)
            if called.id == "len" and isinstance(arguments[0], Array) and arguments[0].axes:
                return sizes(arguments[0])[0]
            if called.id in ("float", "int") and isinstance(arguments[0], Array):
                return arguments[0]
            if called.id in ("abs", "sum", "max", "min") and len(arguments) == 1:
                return functions.call(called.id, arguments, words)
            raise Unreadable(f"the function {called.id} is not read here")
        if isinstance(called, ast.Attribute):
            base = self.value(called.value)
            if isinstance(base, Module):
                if self.constructing and called.attr in RANDOM:
                    return fresh(arguments, words)
                return functions.call(called.attr, arguments, words)
            if base == "self" and called.attr in self.functions:
                return self.inline(self.functions[called.attr], ["self", *arguments], words)
            if isinstance(base, Array):
                if called.attr in functions.SAME_METHODS:
                    return copied(base)
                return functions.call(called.attr, [base, *arguments], words)
        raise Unreadable(f"the call {ast.unparse(node)[:60]} is not read here")

    def _passed(self, node: ast.expr) -> tuple[Value, ...]:
        """What an argument stands for: several values behind a star."""
        found = self.value(node.value) if isinstance(node, ast.Starred) else (self.value(node),)
        if not isinstance(found, tuple):
            raise Unreadable(f"{ast.unparse(node)[:60]} is no tuple that is known")
        return found
