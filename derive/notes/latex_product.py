"""A product as LaTeX: a sign, numbers and sizes as one fraction in front, the rest as a second one."""

from __future__ import annotations

from fractions import Fraction
from math import prod

from derive.expression import (
    Access,
    Expr,
    Index,
    Mul,
    Number,
    Partial,
    Reduce,
    base_and_exponent,
    coefficient,
    mul,
    power,
)
from derive.notes.latex_lines import TALL
from derive.notes.latex_pieces import NEGATIVE, PRODUCT, RAISED, Piece, alone, decimal_piece, is_decimal, join, piece
from derive.notes.notation import Spelling
from derive.rewriting import walk


@piece.register
def _product(expr: Mul, names: Spelling) -> Piece:
    """Sign, then numbers and sizes as one fraction, then the rest, with what is divided by below a second one."""
    value = prod((f.value for f in expr.factors if isinstance(f, Number)), start=Fraction(1))
    factors = [f for f in expr.factors if not isinstance(f, Number)]
    below = [(f, power(b, mul(-1, e))) for f, (b, e) in ((f, base_and_exponent(f)) for f in factors) if _is_negative(e)]
    divisors = {f: d for f, d in below}
    top = [f for f in factors if _is_scalar(f) and f not in divisors]
    bottom = [divisors[f] for f in factors if _is_scalar(f) and f in divisors]
    rest = [f for f in factors if not _is_scalar(f) and f not in divisors]
    under = [divisors[f] for f in factors if not _is_scalar(f) and f in divisors]
    over = [f for f in rest if _is_short(f, names)] if under else []
    if not over:
        bottom, under = bottom + under, []
    shown: list[Piece] = []
    for f in rest:
        if f not in over:
            shown.append(piece(f, names))
        elif f == over[0]:
            shown.append(_fraction(over, under, names))
    front = _front(abs(value), top, bottom, names)
    shown = ([front] if front else []) + shown
    text = ("-" if value < 0 else "") + join(shown)
    return Piece(text, NEGATIVE if value < 0 else _level(shown), shown[-1].unclosed)


def _level(pieces: list[Piece]) -> int:
    return pieces[0].level if len(pieces) == 1 else PRODUCT


def _is_negative(exponent: Expr) -> bool:
    return coefficient(exponent)[0] < 0


def _is_scalar(expr: Expr) -> bool:
    """Whether it is made of numbers, sizes and hyperparameters alone."""
    return not any(isinstance(n, (Access, Index, Partial, Reduce)) for n in walk(expr))


def _is_short(expr: Expr, names: Spelling) -> bool:
    """Whether it may stand above a fraction bar: no gradient, no sum sign, no fraction of its own."""
    text = piece(expr, names).text
    return not any(command in text for command in TALL if command != r"\sqrt")


def _fraction(over: list[Expr], under: list[Expr], names: Spelling) -> Piece:
    above, below = (alone([piece(f, names) for f in part]) for part in (over, under))
    return Piece(rf"\frac{{{above}}}{{{below}}}", RAISED)


def _front(value: Fraction, top: list[Expr], bottom: list[Expr], names: Spelling) -> Piece | None:
    """The number and the sizes of a product as one fraction, None where that is 1."""
    above = [decimal_piece(value)] if is_decimal(value) else [decimal_piece(Fraction(value.numerator))]
    below = [] if is_decimal(value) else [decimal_piece(Fraction(value.denominator))]
    above = [p for p in above if p.text != "1"]
    above += [piece(f, names) for f in top]
    below += [piece(f, names) for f in bottom]
    if below:
        return Piece(rf"\frac{{{alone(above) if above else 1}}}{{{alone(below)}}}", RAISED)
    if not above:
        return None
    return above[0] if len(above) == 1 else Piece(join(above), PRODUCT)
