"""The degree of an expression as a polynomial of some tensors: it says where a difference quotient is exact.

The central difference of a polynomial of degree at most two *is* its derivative, whatever the step; so is
that of a piecewise one as long as both points lie in the same piece.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from functools import cache

from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    Where,
)
from derive.program import Equation, Program
from derive.recurrence import Block, blocks
from derive.rewriting import children, walk
from derive.scalar_functions import TABLE, definition

EXACT_UP_TO = 2


def function_body(program: Program, name: str) -> tuple[tuple[str, ...], Expr] | None:
    """Parameters and body of a scalar function, the layer's own or of the table; None for a primitive."""
    own = program.function(name)
    if own is not None:
        return own.parameters, own.body
    return _table_body(name) if name in TABLE else None


@cache
def _table_body(name: str) -> tuple[tuple[str, ...], Expr] | None:
    parameters = tuple(f"#{k}" for k in range(TABLE[name].arity))
    body = definition(name, *map(Access, parameters))
    return None if body is None else (parameters, body)


def degree(expr: Expr, degrees: Mapping[str, float], program: Program) -> float:
    """The degree in the tensors named in ``degrees``, of the degree given there; ``inf`` if none.

    >>> x, p = Access("x"), Program("p", (), ())
    >>> degree(3 * x**2 + x, {"x": 1}, p), degree(1 / x, {"x": 1}, p), degree(1 / x, {}, p)
    (2, inf, 0)
    """
    match expr:
        case Number() | Constant() | Index() | Size() | Hyper() | Delta() | Compare():
            return 0
        case Access(tensor, ()):
            return degrees.get(tensor, 0)
        case Access(tensor, _):
            return degrees.get(tensor, 0) if _degrees_below(expr, degrees, program) == 0 else math.inf
        case Add():
            return max(degree(t, degrees, program) for t in expr.terms)
        case Mul():
            return sum(degree(f, degrees, program) for f in expr.factors)
        case Where(_, then, otherwise):
            return max(degree(then, degrees, program), degree(otherwise, degrees, program))
        case Reduce("sum" | "max" | "min", _, body):
            return degree(body, degrees, program)
        case Pow(base, Number(value)) if value.denominator == 1 and value > 0:
            return degree(base, degrees, program) * value.numerator
        case Call(name, args):
            return _degree_of_call(name, args, degrees, program)
        case _:
            return math.inf if _degrees_below(expr, degrees, program) else 0


def _degrees_below(expr: Expr, degrees: Mapping[str, float], program: Program) -> float:
    return max((degree(c, degrees, program) for c in children(expr)), default=0)


def _degree_of_call(name: str, args: tuple[Expr, ...], degrees: Mapping[str, float], program: Program) -> float:
    inner = [degree(a, degrees, program) for a in args]
    found = function_body(program, name)
    if found is None:
        return math.inf if any(inner) else 0
    parameters, body = found
    return degree(body, dict(zip(parameters, inner, strict=True)), program)


def downstream(program: Program, tensors: Iterable[str]) -> tuple[tuple[Equation, ...], dict[str, float]]:
    """The equations that depend on the tensors, in order, and the degree in them of all that they define."""
    degrees: dict[str, float] = dict.fromkeys(tensors, 1)
    equations: list[Equation] = []
    for block in blocks(program):
        if block.time is not None:
            equations += _in_loop(block, degrees)
            continue
        (equation,) = block.equations
        if _reads(equation.right, degrees):
            own = degrees.get(equation.name, 0)
            degrees[equation.name] = max(own, degree(equation.right, degrees, program))
            equations.append(equation)
    return tuple(equations), degrees


def _in_loop(block: Block, degrees: dict[str, float]) -> list[Equation]:
    """The equations of a loop that depend on what is in ``degrees``; they may do so in any power."""
    found: list[Equation] = []
    for _ in block.equations:  # once around the loop may add an equation further up
        found = [e for e in block.equations if _reads(e.right, degrees)]
        degrees |= {e.name: math.inf for e in found}
    return found


def _reads(expr: Expr, names: Mapping[str, float]) -> bool:
    return any(isinstance(n, Access) and n.tensor in names for n in walk(expr))
