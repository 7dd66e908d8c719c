"""A program of numbers taken apart: one equation for each elementary operation, as a computation graph draws them.

The results of operations inside an equation get names that start with ``·``, which no layer text can write.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derive.expression import (
    Access,
    Add,
    Call,
    Expr,
    Mul,
    Number,
    Pow,
    add,
    base_and_exponent,
    coefficient,
    mul,
    number,
    power,
)
from derive.plain_text import text
from derive.program import Equation, Program, Tensor
from derive.rewriting import children, rebuild, walk

NAMELESS = "·"
FUNCTION_LABELS = {"relu": "ReLU"}


def is_scalar(program: Program) -> bool:
    """Whether every tensor is a single number."""
    return not any(t.axes for t in program.tensors)


def is_nameless(tensor: str) -> bool:
    """Whether it is the result of an operation inside an equation."""
    return tensor.startswith(NAMELESS)


def elementary(program: Program) -> Program:
    """The program with one operation an equation.

    >>> from derive.program import Tensor
    >>> x, y, z = Access("x"), Access("y"), Access("z")
    >>> square = Program("square", (Tensor("x"), Tensor("y"), Tensor("z")), (Equation(z, (x + y) ** 2),))
    >>> [text(e.right) for e in elementary(square).equations]
    ['x + y', '·1**2']
    """
    equations: list[Equation] = []
    found: dict[Expr, Access] = {}

    def named(expr: Expr) -> Expr:
        """The expression as a tensor, by a new equation if it is an operation."""
        if not any(isinstance(n, Access) for n in walk(expr)) or isinstance(expr, Access):
            return expr
        taken = _take_apart(expr, named)
        if taken not in found:
            found[taken] = Access(f"{NAMELESS}{len(found) + 1}")
            equations.append(Equation(found[taken], taken))
        return found[taken]

    for equation in program.equations:
        right = equation.right
        equations.append(replace(equation, right=_take_apart(right, named)))
    tensors = (*program.tensors, *(Tensor(a.tensor) for a in found.values()))
    return replace(program, tensors=tensors, equations=tuple(equations))


def _take_apart(expr: Expr, named: Callable[[Expr], Expr]) -> Expr:
    """The expression over names: sums of terms, products, one quotient, one power or one function of names."""
    match expr:
        case Add(terms):
            signs = [coefficient(t)[0] for t in terms]
            parts = [named(mul(-1, t)) if s < 0 else named(t) for s, t in zip(signs, terms, strict=True)]
            return add(*(mul(-1, p) if s < 0 else p for s, p in zip(signs, parts, strict=True)))
        case Mul(factors):
            below = [power(b, mul(-1, e)) for b, e in map(base_and_exponent, factors) if coefficient(e)[0] < 0]
            above = [f for f in factors if coefficient(base_and_exponent(f)[1])[0] > 0]
            if below:
                return mul(named(mul(*above)), power(named(mul(*below)), -1))
            return mul(*map(named, above))
        case Pow(base, exponent):
            return power(named(base), named(exponent))
        case _ if children(expr):
            return rebuild(expr, tuple(map(named, children(expr))))
        case _:
            return expr


def operation(equation: Equation) -> str:
    """What an elementary equation does, as the label of its node: ``+``, ``×``, ``**2``, ``exp``."""
    match equation.right:
        case Add(terms):
            return _sum_label(terms)
        case Mul(factors):
            return _product_label(factors)
        case Pow(_, exponent):
            named = {number(Fraction(1, 2)): "√", number(-1): "1 ÷"}
            return named.get(exponent, f"**{text(exponent)}" if isinstance(exponent, Number) else "**")
        case Call(function, _):
            return FUNCTION_LABELS.get(function, function)
        case Access():
            return "="
        case other:
            return text(other)


def _sum_label(terms: tuple[Expr, ...]) -> str:
    names, rest = _split(terms)
    if len(names) == 1 and len(rest) == 1:
        sign = -1 if coefficient(rest[0])[0] < 0 else 1
        if coefficient(names[0])[0] < 0:
            return f"{text(rest[0])} −"
        return f"{'+' if sign > 0 else '−'} {text(mul(sign, rest[0]))}"
    return "−" if len(terms) == 2 and coefficient(terms[1])[0] < 0 else "+"


def _product_label(factors: tuple[Expr, ...]) -> str:
    if any(coefficient(base_and_exponent(f)[1])[0] < 0 for f in factors):
        return "÷"
    names, rest = _split(factors)
    return f"× {text(mul(*rest))}" if len(names) == 1 and rest else "×"


def _split(parts: tuple[Expr, ...]) -> tuple[list[Expr], list[Expr]]:
    """The parts with a tensor in them, and those without."""
    has = [any(isinstance(n, Access) for n in walk(p)) for p in parts]
    return [p for p, h in zip(parts, has, strict=True) if h], [p for p, h in zip(parts, has, strict=True) if not h]
