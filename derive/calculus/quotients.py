"""Formulas as quotients of polynomials in what is not arithmetic, and a definition divided out of them.

The parts that are not arithmetic (entries, functions, roots, sums) become the variables; all powers ``exp(q*w)`` count
as powers of one ``exp(w)``. SymPy, which knows greatest common divisors, cancels what numerator and denominator share.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import gcd
from typing import Any

from derive.calculus.collecting import collect_everywhere, cost, turned
from derive.calculus.exponentials import joined, written_out
from derive.calculus.partials import from_sympy_scalar, hole, to_sympy_scalar
from derive.calculus.rules import positive_first
from derive.expression import Access, Add, Call, Expr, Mul, Number, Pow, coefficient, mul, power
from derive.rewriting import bottom_up, canonical, children, rebuild, substitute, walk

TERMS = 8  # of a numerator that is factored


def atoms_of(expr: Expr) -> tuple[Expr, ...]:
    """What is not arithmetic, in reading order."""
    found: dict[Expr, None] = {}
    stack = [expr]
    while stack:
        here = stack.pop()
        if isinstance(here, (Add, Mul)):
            stack.extend(reversed(children(here)))
        elif isinstance(here, Pow) and _is_whole(here.exponent):
            stack.append(here.base)
        elif not isinstance(here, Number):
            found[here] = None
    return tuple(found)


def _is_whole(exponent: Expr) -> bool:
    return isinstance(exponent, Number) and exponent.value.denominator == 1


def eliminated(expr: Expr, left: Expr, right: Expr) -> list[Expr]:
    """The formula with a part of ``right`` divided out by ``left = right``, in one or two spellings; none if it stays.

    >>> y, z = Access("y"), Access("z")
    >>> e = Call("exp", (-z,))
    >>> print(eliminated(y**2 * e, y, 1 / (1 + e))[-1])
    y*(1 - y)
    """
    names: dict[Expr, tuple[Access, Expr]] = {}
    roots = _roots((expr, right, left))
    flat = [_named(e, roots, names) for e in (expr, left, right)]
    found = _divided_out(*flat)
    back: dict[Expr, Expr] = dict(names.values())
    spelled = [joined(substitute(_in_order(f), back)) for f in found]
    return [collect_everywhere(f) for f in spelled if cost(f) <= 2 * cost(expr)]


def _roots(exprs: tuple[Expr, ...]) -> dict[Expr, Fraction]:
    """For each ``w`` of exponentials ``exp(q*w)`` the largest number that divides every ``q``."""
    found: dict[Expr, Fraction] = {}
    for expr in exprs:
        for here in walk(written_out(expr)):
            if isinstance(here, Call) and here.function == "exp":
                number, rest = coefficient(here.args[0])
                old = found.get(rest, Fraction(0))
                whole = old.denominator * number.denominator
                found[rest] = Fraction(gcd(int(old * whole), int(number * whole)), whole)
    return found


def _named(expr: Expr, roots: dict[Expr, Fraction], names: dict[Expr, tuple[Access, Expr]]) -> Expr:
    """The formula over placeholders, which ``names`` collects; an exponential is a power of its root."""

    def name(atom: Expr) -> Expr:
        return names.setdefault(canonical(atom), (hole(len(names)), atom))[0]

    def convert(here: Expr) -> Expr:
        if isinstance(here, Number):
            return here
        if isinstance(here, (Add, Mul)):
            return rebuild(here, tuple(map(convert, children(here))))
        if isinstance(here, Pow) and isinstance(here.exponent, Number):
            top, bottom = here.exponent.value.as_integer_ratio()
            root = convert(here.base) if bottom == 1 else name(power(here.base, Number(Fraction(1, bottom))))
            return power(root, top)
        if isinstance(here, Call) and here.function == "exp":
            number, rest = coefficient(here.args[0])
            if rest in roots:
                return power(name(Call("exp", (mul(roots[rest], rest),))), Number(number / roots[rest]))
        return name(here)

    return convert(expr)


@lru_cache(maxsize=1 << 12)
def _divided_out(expr: Expr, left: Expr, right: Expr) -> tuple[Expr, ...]:
    import sympy as sp

    formula, above, below = (to_sympy_scalar(e) for e in (expr, left, right))
    relation = sp.numer(sp.together(above - below))
    top, bottom = sp.fraction(sp.together(formula))
    found: list[Any] = []
    for symbol in sorted(formula.free_symbols & (below - above).free_symbols, key=lambda s: str(s.name)):
        divisor = sp.Poly(relation, symbol)
        if divisor.degree() < 1:
            continue
        value = sp.cancel(_remainder(top, divisor, symbol) / _remainder(bottom, divisor, symbol))
        if not value.has(symbol, sp.zoo, sp.nan):
            top_left, bottom_left = sp.fraction(value)
            terms = sp.Add.make_args(sp.expand(top_left))
            found += [
                sp.factor(value) if len(terms) <= TERMS else value,
                value,
                sp.Add(*(sp.cancel(t / bottom_left) for t in terms)),
            ]
    return tuple(dict.fromkeys(map(from_sympy_scalar, found)))


def _remainder(value: Any, divisor: Any, symbol: Any) -> Any:
    """What is left of a polynomial where the divisor is zero."""
    import sympy as sp

    dividend = sp.Poly(value, symbol)
    times = max(0, dividend.degree() - divisor.degree() + 1)
    return sp.prem(dividend, divisor).as_expr() / divisor.LC() ** times


def _in_order(expr: Expr) -> Expr:
    """Sums after the other factors, a positive term first."""

    def change(here: Expr) -> Expr:
        if isinstance(here, Mul):
            here = turned(here)
        if isinstance(here, Mul):
            return Mul(tuple(sorted(here.factors, key=lambda f: (not isinstance(f, Number), isinstance(f, Add)))))
        return positive_first(here)

    return bottom_up(expr, change)
