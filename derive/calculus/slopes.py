"""What ``f'(x)`` is: the table's slope, SymPy's, or the derivative of a function that the layer defines itself."""

from __future__ import annotations

from derive.calculus.local_derivative import derivative
from derive.calculus.partials import function_slope, hole
from derive.expression import Access, Call, Expr
from derive.program import Program
from derive.rewriting import substitute
from derive.scalar_functions import row


def slope_formula(program: Program | None, name: str, args: tuple[Expr, ...], position: int) -> Expr:
    """The slope of a function by its argument number ``position``, written in arguments and output."""
    own = program.function(name) if program else None
    if own is not None:
        parameters = [Access(p) for p in own.parameters]
        slope = derivative(own.body, parameters[position])
        return substitute(slope, dict(zip(parameters, args, strict=True)))
    fact = row(name)
    if fact.slopes is not None:
        return fact.slopes[position](*args, Call(name, args))
    holes = [hole(k) for k in range(fact.arity)]
    return substitute(function_slope(name, position), dict(zip(holes, args, strict=True)))
