"""Exponentials: spread into products, joined again, and the table's functions that are quotients in them."""

from __future__ import annotations

from fractions import Fraction

from derive.expression import Access, Call, Expr, Mul, Number, Pow, add, base_and_exponent, coefficient, mul, power
from derive.program import Program
from derive.rewriting import bottom_up, factors_of, substitute, terms_of, walk
from derive.scalar_functions import TABLE


def spread(expr: Expr, program: Program) -> Expr:
    """The formula with the layer's own functions written out, and ``exp(a - b + log(c)) = exp(a)*c/exp(b)``."""

    def change(here: Expr) -> Expr:
        own = program.function(here.function) if isinstance(here, Call) else None
        if isinstance(here, Call) and own is not None:
            return substitute(own.body, dict(zip(map(Access, own.parameters), here.args, strict=True)))
        if not isinstance(here, Call) or here.function != "exp":
            return here
        return mul(*(_exponential(*coefficient(t)) for t in terms_of(here.args[0])))

    return bottom_up(expr, change)


def _exponential(number: Fraction, rest: Expr) -> Expr:
    if isinstance(rest, Call) and rest.function == "log":
        return power(rest.args[0], Number(number))
    return Call("exp", (mul(Number(number), rest),))


def joined(expr: Expr) -> Expr:
    """``exp(a)/exp(b) = exp(a - b)``, everywhere."""

    def change(here: Expr) -> Expr:
        pairs = [base_and_exponent(f) for f in (factors_of(here) if isinstance(here, (Mul, Pow)) else ())]
        exponents = [mul(b.args[0], e) for b, e in pairs if isinstance(b, Call) and b.function == "exp"]
        others = [power(b, e) for b, e in pairs if not (isinstance(b, Call) and b.function == "exp")]
        return mul(*others, Call("exp", (add(*exponents),))) if exponents else here

    return bottom_up(expr, change)


def value_of(name: str, argument: Expr) -> Expr:
    """A table function written out at an argument."""
    formula = TABLE[name].value
    assert formula is not None
    found: Expr = formula(argument)
    return found


def _is_quotient(name: str) -> bool:
    row = TABLE[name]
    if row.value is None or row.arity != 1:
        return False
    kinds = {n.function if isinstance(n, Call) else type(n).__name__ for n in walk(row.value(Access("x")))}
    return "exp" in kinds and kinds <= {"exp", "Add", "Mul", "Pow", "Number", "Access"}


QUOTIENTS = tuple(name for name in TABLE if _is_quotient(name))


def written_out(expr: Expr) -> Expr:
    """The table's quotients in exponentials written out."""

    def change(here: Expr) -> Expr:
        return value_of(here.function, *here.args) if isinstance(here, Call) and here.function in QUOTIENTS else here

    return bottom_up(expr, change)
