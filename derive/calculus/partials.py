"""The only place that differentiates: SymPy's ``diff``, on scalar symbols, one node at a time.

A node of the tree is a small scalar function of its children: ``a*b*c``, ``u**2``, ``tanh(u)``. Its partial
by a child is asked of SymPy with a symbol for each child, translated back, and remembered by the kind of the
node, so that a thousand layers ask once. Products, powers and functions thus need no rules of our own.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from derive.expression import (
    Access,
    Add,
    Call,
    Constant,
    Expr,
    Mul,
    Number,
    Pow,
    Slope,
    add,
    mul,
    number,
    power,
)
from derive.rewriting import children, substitute, walk
from derive.scalar_functions import row


def node_partial(node: Expr, position: int) -> Expr:
    """The partial of a sum, product, power or function by its child number ``position``.

    >>> u, v = Access("u"), Access("v")
    >>> node_partial(u * v, 1) == u, node_partial(u**2, 0) == 2 * u
    (True, True)
    """
    if isinstance(node, Call):
        return Slope(node.function, node.args, position)
    parts = children(node)
    holes = tuple(hole(k) for k in range(len(parts)))
    exponent = None
    if isinstance(node, Pow) and isinstance(node.exponent, Number):
        exponent = node.exponent.value
    template = _operator_partial(type(node).__name__, len(parts), position, exponent)
    return substitute(template, dict(zip(holes, parts, strict=True)))


def hole(k: int) -> Access:
    """The placeholder for child number ``k``; its name sorts by position."""
    return Access(f"#{k:03d}")


@cache
def _operator_partial(kind: str, arity: int, position: int, exponent: Fraction | None) -> Expr:
    holes = tuple(hole(k) for k in range(arity))
    if kind == "Add":
        node = add(*holes)
    elif kind == "Mul":
        node = mul(*holes)
    elif kind == "Pow":
        node = power(holes[0], holes[1] if exponent is None else number(exponent))
    else:
        raise TypeError(f"no scalar operator: {kind}")
    return sympy_diff(node, holes[position])


@cache
def function_slope(name: str, position: int) -> Expr:
    """The slope of a table function at ``#000, #001, ...``, by SymPy, from its value or SymPy's own knowledge."""
    import sympy as sp

    fact = row(name)
    holes = tuple(hole(k) for k in range(fact.arity))
    if fact.value is not None:
        raise ValueError(f"{name} is defined by others: differentiate its definition")
    symbols = [sp.Symbol(h.tensor, real=True) for h in holes]
    value = getattr(sp, name)(*symbols)
    return from_sympy_scalar(sp.diff(value, symbols[position]))


def sympy_diff(expr: Expr, by: Access) -> Expr:
    """SymPy's derivative of an expression of rank-0 accesses by one of them.

    >>> x = Access("x")
    >>> sympy_diff(power(x, 3), x) == 3 * x**2
    True
    """
    import sympy as sp

    return from_sympy_scalar(sp.diff(to_sympy_scalar(expr), sp.Symbol(by.tensor, real=True)))


def to_sympy_scalar(expr: Expr) -> Any:
    """The SymPy expression of a scalar expression over rank-0 accesses; a table function is written out."""
    import sympy as sp

    match expr:
        case Number(value):
            return sp.Rational(value.numerator, value.denominator)
        case Constant(name):
            return {"pi": sp.pi, "e": sp.E}[name]
        case Access(tensor, ()):
            return sp.Symbol(tensor, real=True)
        case Add(terms):
            return sp.Add(*map(to_sympy_scalar, terms))
        case Mul(factors):
            return sp.Mul(*map(to_sympy_scalar, factors))
        case Pow(base, exponent):
            return sp.Pow(to_sympy_scalar(base), to_sympy_scalar(exponent))
        case Call(name, args):
            formula = row(name).value
            if formula is not None:
                return to_sympy_scalar(formula(*args))
            return getattr(sp, name)(*map(to_sympy_scalar, args))
        case _:
            raise TypeError(f"no scalar expression: {type(expr).__name__}")


def from_sympy_scalar(value: Any) -> Expr:
    """The tree of a SymPy scalar; terms and factors in the order of the symbols' names, not SymPy's."""
    import sympy as sp

    if isinstance(value, sp.Rational):
        return Number(Fraction(int(value.p), int(value.q)))
    if value is sp.pi or value is sp.E:
        return Constant("pi" if value is sp.pi else "e")
    if isinstance(value, sp.Symbol):
        return Access(value.name)
    if isinstance(value, sp.Pow) and value.base is sp.E:
        return Call("exp", (from_sympy_scalar(value.exp),))
    parts = [from_sympy_scalar(a) for a in value.args]
    if isinstance(value, sp.Add):
        return add(*sorted(parts, key=_reading_key))
    if isinstance(value, sp.Mul):
        return mul(*sorted(parts, key=_reading_key))
    if isinstance(value, sp.Pow):
        return power(*parts)
    name = type(value).__name__
    return Call(name, tuple(parts))


def _reading_key(expr: Expr) -> tuple[str, ...]:
    return tuple(n.tensor for n in walk(expr) if isinstance(n, Access))
