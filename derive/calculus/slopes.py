"""What ``f'(x)`` is: the table's slope, SymPy's, or the derivative of a function that the layer defines itself.

Where the layer chooses the slope at a kink, it is that one there.
"""

from __future__ import annotations

from derive.calculus.local_derivative import derivative
from derive.calculus.partials import function_slope, hole
from derive.expression import ONE, ZERO, Access, Call, Compare, Expr, Where
from derive.program import Kink, Program
from derive.rewriting import substitute
from derive.scalar_functions import row

MOVED = {">": ">=", ">=": ">", "<": "<=", "<=": "<"}  # the same but on the edge


def slope_formula(program: Program | None, name: str, args: tuple[Expr, ...], position: int) -> Expr:
    """The slope of a function by its argument number ``position``, written in arguments and output."""
    slope = _by_policy(program, name, args, position)
    for kink in program.kinks if program else ():
        if kink.function == name:
            slope = _chosen(slope, args[0], kink)
    return slope


def _chosen(slope: Expr, x: Expr, kink: Kink) -> Expr:
    """The slope with the value chosen at the kink: the edge goes to the branch that has it, else to one of its own."""
    match slope:
        case Compare():
            condition, then, otherwise = slope, ONE, ZERO
        case Where(Compare() as condition, then, otherwise):
            pass
        case _:
            return Where(Compare("==", x, kink.at), kink.slope, slope)
    if (condition.left, condition.right) == (x, kink.at) and condition.op in MOVED and kink.slope in (then, otherwise):
        holds = condition.op.endswith("=")
        edge = condition if holds == (kink.slope == then) else Compare(MOVED[condition.op], x, kink.at)
        return edge if isinstance(slope, Compare) else Where(edge, then, otherwise)
    return Where(Compare("==", x, kink.at), kink.slope, slope)


def _by_policy(program: Program | None, name: str, args: tuple[Expr, ...], position: int) -> Expr:
    """The slope, at a kink by the policy of `derive.scalar_functions`."""
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
