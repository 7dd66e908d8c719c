"""Whole numbers made of sizes and hyperparameters: one form for equal ones, their sign, and division without rest.

A size is at least 1 and a hyperparameter that stands in an index at least 0: what follows from that is known.
``D/H`` says that H divides D, so that it is a whole number itself and ``H*(D/H)`` is D; ``D // H`` rounds down.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Literal

from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Axis,
    Call,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Pow,
    Size,
    add,
    mul,
    power,
)
from derive.rewriting import bottom_up, terms_of, walk

Monomial = tuple[Expr, ...]  # its factors, sorted by their text
Polynomial = Mapping[Monomial, Fraction]
Sign = Literal["zero", "positive", "negative", "unknown"]

FLOOR_DIV, FLOOR_MOD = "floor_div", "floor_mod"
NEGATIVE = Number(Fraction(-1))
MAX_TERMS = 400  # multiplied out, no window has as many


class NotWhole(Exception):
    """An expression that is no whole number made of letters, sizes and hyperparameters."""


@lru_cache(maxsize=1 << 14)
def polynomial(expr: Expr) -> Polynomial:
    """The expression multiplied out, each term by its factors. Raises `NotWhole`.

    >>> from derive.expression import Axis
    >>> h, p = Size(Axis("H")), Hyper("p")
    >>> polynomial(2 * (h + p) - h) == polynomial(p + p + h)
    True
    """
    match expr:
        case Number(value):
            return _collected([((), value)])
        case Add(terms):
            return _collected([item for t in terms for item in polynomial(t).items()])
        case Mul(factors):
            return _product([polynomial(f) for f in factors])
        case Pow(base, Number(value)) if value.denominator == 1 and 0 < value <= 8:
            return _product([polynomial(base)] * int(value))
        case Size(axis) if (extent := size(axis)) != expr:
            return polynomial(extent)
        case Call("floor_div", (top, bottom)):
            return _quotient(top, bottom)
        case Call("floor_mod", (top, bottom)):
            return polynomial(top - bottom * Call(FLOOR_DIV, (top, bottom)))
        case Pow(Size(axis), Number(value)) if value == -1 and (extent := size(axis)) != Size(axis):
            return polynomial(power(extent, -1))
        case Pow(Size() | Hyper(), Number(value)) if value == -1:
            return {(expr,): Fraction(1)}
        case Size() | Hyper() | Index() | Access():
            return {(expr,): Fraction(1)}
    raise NotWhole


def _product(factors: list[Polynomial]) -> Polynomial:
    result: Polynomial = {(): Fraction(1)}
    for factor in factors:
        if len(result) * len(factor) > MAX_TERMS:
            raise NotWhole
        result = _collected(
            [(_cancelled((*a, *b)), left * right) for a, left in result.items() for b, right in factor.items()]
        )
    return result


def _cancelled(factors: Monomial) -> Monomial:
    """The factors sorted, one that is divided by left out together with its divisor."""
    left = list(factors)
    for divisor in [f for f in factors if isinstance(f, Pow)]:
        if divisor.base in left:
            left.remove(divisor.base)
            left.remove(divisor)
    return tuple(sorted(left, key=str))


def _collected(items: list[tuple[Monomial, Fraction]]) -> Polynomial:
    result: dict[Monomial, Fraction] = {}
    for monomial, count in items:
        result[monomial] = result.get(monomial, Fraction(0)) + count
    return {m: c for m, c in result.items() if c}


def negated(expr: Expr) -> Expr:
    """The number with the other sign, term by term."""
    return add(*(mul(-1, t) for t in terms_of(expr)))


def size(axis: Axis) -> Expr:
    """How many entries the axis has: what its extent says without a division, else the size itself."""
    divides = axis.extent is None or any(isinstance(n, Call) for n in walk(axis.extent))
    return Size(axis) if divides or axis.extent is None else axis.extent


def is_whole(expr: Expr) -> bool:
    """Whether the expression is a whole number for all whole numbers that its names stand for.

    A size may be divided: that says that it can be.
    """
    try:
        terms = polynomial(expr)
    except NotWhole:
        return False
    divided = (m for m, count in terms.items() if _divides(m, count))
    return all(any(isinstance(f, Size) for f in m) for m in divided)


def _divides(factors: Monomial, count: Fraction) -> bool:
    """Whether something stands below the line."""
    return count.denominator != 1 or any(isinstance(f, Pow) for f in factors)


def same(left: Expr, right: Expr) -> bool:
    """Whether two whole numbers are equal whatever their names stand for."""
    return polynomial(left) == polynomial(right) or polynomial(unfolded(left)) == polynomial(unfolded(right))


def unfolded(expr: Expr) -> Expr:
    """The number with every size that is made of others written by these, divisions included."""

    def change(here: Expr) -> Expr:
        made = isinstance(here, Size) and here.axis.extent is not None
        return unfolded(here.axis.extent) if made else here  # type: ignore[attr-defined]

    return bottom_up(expr, change)


@lru_cache(maxsize=1 << 14)
def sign(expr: Expr) -> Sign:
    """Which sign the number has, as far as can be known; "positive" and "negative" ones may be 0 for some sizes.

    >>> from derive.expression import Axis
    >>> h, p = Size(Axis("H")), Hyper("p")
    >>> sign(h - 1), sign(-p), sign(h - p), sign(p - 0 * h + 2)
    ('positive', 'negative', 'unknown', 'positive')
    """
    counts = _from_least(polynomial(expr))
    if any(not isinstance(f, (Size, Hyper, Mul)) for monomial in counts for f in monomial):
        return "unknown"
    signs = {count > 0 for count in counts.values()}
    return "zero" if not signs else "unknown" if len(signs) > 1 else "positive" if True in signs else "negative"


def _from_least(terms: Polynomial) -> Polynomial:
    """Each size, and each quotient that is whole, written as 1 and what it has more than 1."""
    parts = []
    for monomial, count in terms.items():
        if _divides(monomial, count):
            whole: Expr = Mul((*monomial, Number(Fraction(1, count.denominator))))
            parts += [((), Fraction(count.numerator)), ((whole,), Fraction(count.numerator))]
            continue
        factors: list[Polynomial] = [
            {(): Fraction(1), (f,): Fraction(1)} if isinstance(f, Size) else {(f,): Fraction(1)} for f in monomial
        ]
        parts += [(m, c * count) for m, c in _product(factors).items()]
    return _collected(parts)


def floor_div(top: Expr, bottom: Expr) -> Expr:
    """``top`` divided by ``bottom``, rounded down; done where nothing is left, and whole numbers are taken out.

    >>> from derive.expression import ONE, Axis
    >>> h, s = Size(Axis("H")), Hyper("s")
    >>> print(floor_div(h - s, s) + 1, floor_div(h + s, ONE), floor_div(h - 3, 2 * ONE) + 1, sep="; ")
    H // s; H + s; (H - 3) // 2 + 1
    """
    if bottom == ONE:
        return top
    whole, rest = _divided(polynomial(top), polynomial(bottom))
    if not rest:
        return written(whole)
    if set(rest) == {()} and isinstance(bottom, Number):
        return add(written(whole), rest[()] // bottom.value)
    times = written({(): whole.get((), Fraction(0))})
    remaining = top if times == ZERO else written(polynomial(add(top, mul(-1, times, bottom))))
    return add(Call(FLOOR_DIV, (remaining, bottom)), times)


def divided(top: Expr, bottom: Expr) -> tuple[Expr, Expr]:
    """The terms that the divisor divides without rest, divided by it; and the others."""
    whole, rest = _divided(polynomial(top), polynomial(bottom))
    return written(whole), written(rest)


def worked_out(expr: Expr) -> Expr:
    """The number with every bracket opened and division done that can be, after other numbers have been put in."""

    def change(here: Expr) -> Expr:
        if isinstance(here, Mul) and isinstance(here.factors[0], Number) and len(here.factors) == 2:
            return add(*(mul(here.factors[0], t) for t in terms_of(here.factors[1])))
        if isinstance(here, Size):
            return size(here.axis)
        return floor_div(*here.args) if isinstance(here, Call) and here.function == FLOOR_DIV else here

    return bottom_up(expr, change)


def _divided(top: Polynomial, bottom: Polynomial) -> tuple[dict[Monomial, Fraction], dict[Monomial, Fraction]]:
    """The terms that the divisor divides without rest, divided by it; and the others."""
    whole, rest = dict[Monomial, Fraction](), dict[Monomial, Fraction]()
    ((divisor, count), *others) = bottom.items()
    for factors, times in top.items():
        quotient = None if others else _without(factors, divisor)
        if quotient is not None and (times / count).denominator in (1, times.denominator):
            whole[quotient] = times / count
        else:
            rest[factors] = times
    return whole, rest


def _without(factors: Monomial, divisor: Monomial) -> Monomial | None:
    """The factors but for those of the divisor, None if they are not all there."""
    inverse = (factor.base if isinstance(factor, Pow) else Pow(factor, NEGATIVE) for factor in divisor)
    left = _cancelled((*factors, *inverse))
    below = [f for f in left if isinstance(f, Pow)]
    return left if all(f in factors for f in below) else None


def _quotient(top: Expr, bottom: Expr) -> Polynomial:
    """A quotient rounded down in the one form: whatever is whole taken out, the rest sorted."""
    by = polynomial(bottom)
    whole, rest = _divided(polynomial(top), by)
    if set(by) == {()} and () in rest:
        times = rest[()] // by[()]
        whole[()] = whole.get((), Fraction(0)) + times
        rest[()] -= times * by[()]
    rest = {m: rest[m] for m in sorted(rest, key=lambda m: str(mul(*m))) if rest[m]}
    call = Call(FLOOR_DIV, (written(rest), written(by)))
    return _collected([*whole.items(), *([((call,), Fraction(1))] if rest else [])])


def written(terms: Polynomial) -> Expr:
    """The polynomial as an expression."""
    return add(*(mul(count, *factors) for factors, count in terms.items()))
