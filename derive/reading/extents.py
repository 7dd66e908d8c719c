"""Sizes of axes as expressions, ``[D, 4*H]``, ``[N, T, D/H]``: whole numbers made of names, numbers and + - * / //."""

from __future__ import annotations

from collections.abc import Callable

from lark import Token

from derive.calculus.whole_numbers import floor_div as rounded_down
from derive.calculus.whole_numbers import is_whole, sign, worked_out
from derive.expression import Axis, Expr, Number, Size, add, mul, number, power
from derive.reading import guard
from derive.reading.source import Node, Source

MAX_EXTENT = 1_000_000
ValueOf = Callable[[Token], Expr]
AxisOf = Callable[[Node], Axis]


def plain_axis(source: Source, node: Node) -> Axis:
    """An axis where nothing is known yet: a name, a number, or made of names that are all axes."""
    token = node.children[0]
    if node.data == "name":
        return Axis(checked_axis(source, token))
    if node.data == "number":
        return literal_axis(source, token)
    extent = extent_of(source, node, lambda name: Size(Axis(checked_axis(source, name))))
    return Axis(str(extent), extent)


def checked_axis(source: Source, token: Token) -> str:
    """A name that can be that of an axis."""
    fault = guard.name_fault(str(token))
    if fault:
        raise source.error(f"the name of an axis: {fault}", token, "choose another name")
    return str(token)


def literal_axis(source: Source, token: Token) -> Axis:
    """An axis whose size is a number."""
    text = str(token)
    if not text.isdigit() or not 0 < int(text[:8]) <= MAX_EXTENT or len(text) > 7 or text[0] == "0":
        raise source.error(
            f"{text[:20]} is not the size of an axis", token, "a size is a whole number from 1, or a name"
        )
    return Axis(text, Number(number(int(text)).value))  # type: ignore[attr-defined]


def extent_of(source: Source, node: Node, value_of: ValueOf) -> Expr:
    """The size that an expression means, checked to be a whole number that can be above 0."""
    extent = _value(source, node, value_of)
    if not is_whole(extent):
        raise source.error("the size of an axis is a whole number", node, "as in [D, 4*H] or [N, D - 1]")
    if sign(extent) in ("zero", "negative"):
        raise source.error(f"an axis would have {extent} entries", node, "an axis has 1 entry or more")
    return worked_out(extent)


def _value(source: Source, node: Node, value_of: ValueOf) -> Expr:
    match node.data:
        case "number":
            axis = literal_axis(source, node.children[0])
            assert axis.extent is not None
            return axis.extent
        case "name":
            return value_of(node.children[0])
        case "sum":
            first, *rest = node.children
            result = _value(source, first, value_of)
            for sign_before, term in zip(rest[::2], rest[1::2], strict=True):
                value = _value(source, term, value_of)
                result = add(result, value if sign_before == "+" else mul(-1, value))
            return result
        case "product":
            first, *rest = node.children
            result = _value(source, first, value_of)
            for operator, factor in zip(rest[::2], rest[1::2], strict=True):
                result = _combined(source, operator, result, _value(source, factor, value_of))
            return result
        case "power":
            base, _, exponent = node.children
            if exponent.data == "number" and str(exponent.children[0]) in ("2", "3", "4"):
                return power(_value(source, base, value_of), int(exponent.children[0]))
    raise source.error("the size of an axis is made of names, numbers and + - * / //", node, "as in [D, 4*H]")


def _combined(source: Source, operator: Token, left: Expr, right: Expr) -> Expr:
    match str(operator):
        case "*":
            return mul(left, right)
        case "/":
            return mul(left, power(right, -1))
        case "//":
            return rounded_down(left, right)
    raise source.error(f"a size is not made with {operator}", operator, "as in [D, 4*H]")
