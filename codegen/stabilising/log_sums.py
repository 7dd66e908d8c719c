"""Exponentials of differences with the logarithm of a sum: ``exp(a - y)`` is a quotient where ``y = log Σ exp(a)``.

Of a large ``y`` the difference keeps no digit after the point, however close ``a`` is to it; the quotient keeps all.
"""

from __future__ import annotations

from derive.calculus.facts import split_exponential
from derive.expression import Access, Call, Expr, Pow
from derive.program import Program
from derive.rewriting import bottom_up, factors_of, inlined, terms_of, walk


def exp_of_log_sum(expr: Expr, program: Program) -> Expr:
    """The expression with every such exponential as a quotient."""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Call) or here.function != "exp":
            return here
        for term in terms_of(here.args[0]):
            equation = program.equation(taken.tensor) if isinstance(taken := -term, Access) else None
            if equation is not None and any(isinstance(n, Call) for n in terms_of(equation.right)):
                quotient = split_exponential(inlined(here, [(equation.left, equation.right)]))
                if any(isinstance(f, Pow) and _holds_exponentials(f.base) for f in factors_of(quotient)):
                    return quotient
        return here

    return bottom_up(expr, change)


def _holds_exponentials(expr: Expr) -> bool:
    return any(isinstance(n, Call) and n.function == "exp" for n in walk(expr))
