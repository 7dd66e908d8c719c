"""The judge's numbers: exact fractions until something irrational enters, then 100 digits.

A value is an ``int``, a ``Fraction`` or an ``mpf`` of the context `HIGH`, which is our own: mpmath's global
precision is neither read nor changed. Values of all kinds mix under ``+`` and ``*``; for the rest there are
`minus`, `over` and `raised`, since Python's fractions do not know mpmath. Order is the sign of a difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import lcm
from typing import Any, Literal

import mpmath

from derive.errors import CannotJudge

Value = Any  # int | Fraction | mpf; mpmath ships no types
Agreement = Literal["exact", "numeric"]

HIGH = mpmath.mp.__class__()
HIGH.dps = 100
STEP = Fraction(1, 2**110)  # of difference quotients: relative error h² ≈ 6e-67, noise 1e-100 / h ≈ 1e-67
RELATIVE = HIGH.mpf(10) ** -25
NOISE = HIGH.mpf(10) ** -35  # a true zero comes out of a difference quotient as some 1e-60

NOTHING = HIGH.mpf(10) ** -60  # what is closer to zero may be the rounding of a zero
MASKED = HIGH.mpf(10) ** -1000  # what is closer to zero is what a mask has left of an exponential
_MOST_BITS = 1 << 20  # of an exact power
_LARGEST_ARGUMENT = 10**9


class OutOfDomain(CannotJudge):
    """A function has no real value at this argument."""


def is_exact(value: Value) -> bool:
    """Whether the value is a whole number or a fraction."""
    return isinstance(value, (int, Fraction))


def is_whole(value: Value) -> bool:
    """Whether the value is exact and a whole number."""
    return isinstance(value, int) or (isinstance(value, Fraction) and value.denominator == 1)


def lift(value: Value) -> Value:
    """The value in high precision."""
    return HIGH.convert(value)


def minus(left: Value, right: Value) -> Value:
    """The difference."""
    return left + -right


def over(left: Value, right: Value) -> Value:
    """The quotient, exact if both are."""
    return left * raised(right, -1)


def total(values: Iterable[Value]) -> Value:
    """The sum. Fractions are brought to one denominator first, and reduced once.

    >>> total([1, Fraction(1, 2), Fraction(1, 4)]), total([Fraction(1, 2), Fraction(1, 2)])
    (Fraction(7, 4), 1)
    """
    top, bottom, inexact = 0, 1, None
    for value in values:
        if type(value) is int:
            top += value * bottom
        elif type(value) is Fraction:
            below = value.denominator
            if bottom % below:
                widened = lcm(bottom, below)
                top, bottom = top * (widened // bottom), widened
            top += value.numerator * (bottom // below)
        else:
            inexact = value if inexact is None else inexact + value
    exact = _fraction(top, bottom)
    return exact if inexact is None else inexact + exact if exact else inexact


def multiplied(values: Iterable[Value]) -> Value:
    """The product, of fractions reduced once.

    >>> multiplied([2, Fraction(3, 4), Fraction(1, 3)])
    Fraction(1, 2)
    """
    top, bottom, inexact = 1, 1, None
    for value in values:
        if type(value) is int:
            top *= value
        elif type(value) is Fraction:
            top *= value.numerator
            bottom *= value.denominator
        else:
            inexact = value if inexact is None else inexact * value
    exact = _fraction(top, bottom)
    return exact if inexact is None else inexact * exact if exact != 1 else inexact


def _fraction(top: int, bottom: int) -> Value:
    if bottom == 1:
        return top
    made = Fraction(top, bottom)
    return made.numerator if made.denominator == 1 else made


def constant(name: str) -> Value:
    """``pi`` or ``e``; or ``inf``, which no layer's text can name, but code may."""
    return +{"pi": HIGH.pi, "e": HIGH.e, "inf": HIGH.inf}[name]


def raised(base: Value, exponent: Value) -> Value:
    """The power; exact for an exact base and a whole exponent.

    >>> raised(Fraction(2, 3), -2)
    Fraction(9, 4)
    """
    if base == 0 and exponent < 0:
        raise OutOfDomain("division by zero")
    whole = is_whole(exponent)
    if whole and is_exact(base) and _bits(Fraction(base)) * abs(exponent) <= _MOST_BITS:
        return Fraction(base) ** int(exponent)
    if base < 0 and not whole:
        raise OutOfDomain("a fractional power of a negative number")
    if base == 0:
        return Fraction(0) if exponent else Fraction(1)
    _refuse_huge(exponent)
    return lift(base) ** (int(exponent) if whole else lift(exponent))


def primitive(name: str, args: tuple[Value, ...]) -> Value:
    """A function that mpmath knows by name, such as ``exp``, at high precision."""
    if name == "log" and args[0] <= 0:
        raise OutOfDomain("the logarithm of a number that is not positive")
    if name != "exp" or args[0] > 0:  # what a mask takes off a score leaves a small number, however much it is
        _refuse_huge(*args)
    return getattr(HIGH, name)(*map(lift, args))


def _bits(value: Fraction) -> int:
    return max(value.numerator.bit_length(), value.denominator.bit_length())


def _refuse_huge(*args: Value) -> None:
    if any(abs(a) > _LARGEST_ARGUMENT and (is_exact(a) or abs(a) < HIGH.inf) for a in args):
        raise OutOfDomain("an exponent or argument too large to evaluate")


def shown(value: Value) -> str:
    """The value for people: a fraction as it is, any other to 12 digits."""
    return str(value) if is_exact(value) else str(HIGH.nstr(value, 12))


def agreement(left: Value, right: Value) -> Agreement | None:
    """How two values agree: "exact" as fractions, "numeric" to 25 digits, None if they differ.

    >>> agreement(Fraction(1, 2), Fraction(2, 4)), agreement(lift(2) ** 0.5, Fraction(1))
    ('exact', None)
    """
    difference = minus(left, right)
    if is_exact(difference):
        return "exact" if difference == 0 else None
    scale = max(abs(lift(left)), abs(lift(right)))
    return "numeric" if abs(difference) <= RELATIVE * scale + NOISE else None
