r"""An expression as LaTeX in index notation, with the brackets that its meaning needs and no others.

Conventions, the same wherever a formula is printed:

* a sum sign reaches over the product that follows it and ends at the next plus or minus; anything else that it
  is to reach over stands in brackets, and a sum sign with a factor after it is in brackets itself;
* what is raised to a negative power goes below a fraction bar: numbers and sizes in front, ``\frac{1}{N}``,
  entries together with the short factors above them; gradients stay beside the fraction, not on top of it;
* a function always has brackets round its arguments; ``f'`` is its slope, ``\partial_{2} f`` that by its
  second argument;
* ``\mathbf{1}[a > b]`` is 1 where the comparison holds, else 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from derive.expression import (
    Access,
    Add,
    Axis,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    coefficient,
    is_cotangent,
    mul,
    number,
    power,
    primal_name,
)
from derive.notes.latex_lines import BREAK
from derive.notes.latex_pieces import (
    ATOM,
    NEGATIVE,
    OPEN,
    OPPOSITE,
    PRODUCT,
    RAISED,
    SUM,
    Piece,
    applied,
    cases,
    decimal_piece,
    is_decimal,
    iverson,
    piece,
    raised,
    relation,
    within,
)
from derive.notes.notation import Spelling
from derive.notes.symbols import SPELLED, base


@piece.register
def _expression(expr: Expr, names: Spelling) -> Piece:
    match expr:
        case Number(value):
            return _rational(value)
        case Constant(name):
            return Piece(SPELLED.get(name, rf"\mathrm{{{name}}}"))
        case Index(name, _):
            return Piece(index(name))
        case Size(axis):
            return piece(axis.extent, names) if says_its_size(axis) else Piece(names.size(axis.name))
        case Hyper(name):
            return Piece(names.hyper(name).entry(), RAISED if names.hyper(name).raised else ATOM)
        case Access():
            return _access(expr, names)
        case Add(terms):
            return _sum(terms, names)
        case Pow(below, exponent):
            return _power(below, exponent, names)
        case Call("floor_div", (top, bottom)):
            quotient = rf"\frac{{{piece(top, names).text}}}{{{piece(bottom, names).text}}}"
            return Piece(rf"\left\lfloor {quotient} \right\rfloor")
        case Call("floor_mod", (top, bottom)):
            return Piece(rf"{within(top, PRODUCT, names)} \bmod {within(bottom, RAISED, names)}", SUM)
        case Call("inv", (Access() as entry,)):
            place = indices_text(entry.indices[-2:], names)
            return Piece(rf"\left({_matrix_of(entry, names)}^{{-1}}\right)_{{{place}}}", RAISED)
        case Call(function, args):
            return applied(function, args, None, names)
        case Slope(function, args, position):
            return applied(function, args, position, names)
        case Reduce("det", _, Access() as entry):
            return Piece(rf"\det {_matrix_of(entry, names)}", PRODUCT)
        case Reduce("log_det", _, Access() as entry):
            return Piece(rf"\log \left\lvert \det {_matrix_of(entry, names)} \right\rvert", PRODUCT)
        case Reduce():
            return _reduction(expr, names)
        case Delta(left, right):
            return Piece(names.kronecker(indices_text((left, right), names), relation("==", left, right, names)))
        case Compare(op, left, right):
            return iverson(op, left, right, names)
        case Where():
            return _cases(expr, names)
        case Partial(of, wrt):
            return Piece(rf"\frac{{\partial {piece(of, names).text}}}{{\partial {piece(wrt, names).text}}}", RAISED)
    raise TypeError(f"no expression: {expr!r}")


def index(name: str) -> str:
    """An index by itself: ``n'``, ``i_{1}``, ``i'_{1}``."""
    stem = name.rstrip("'")
    letters = stem.rstrip("0123456789")
    digits = stem[len(letters) :]
    return base(letters) + name[len(stem) :] + (f"_{{{digits}}}" if digits else "")


def indices_text(indices: Sequence[Expr], names: Spelling) -> str:
    """A subscript: ``n'h_{1}`` where each index is one letter, numbered or primed at most, else with commas."""
    shown = [piece(i, names).text for i in indices]
    plain = all(isinstance(i, Index) and re.fullmatch("[A-Za-z][0-9]*'*", i.name) for i in indices)
    return "".join(shown) if plain else ",".join(shown)


def _access(expr: Access, names: Spelling) -> Piece:
    below = indices_text(expr.indices, names)
    if is_cotangent(expr.tensor):
        return Piece(names.cotangent(primal_name(expr.tensor), below), RAISED)
    symbol = names.symbol(expr.tensor)
    return Piece(symbol.entry(below), RAISED if symbol.raised else ATOM)


def _matrix_of(entry: Access, names: Spelling) -> str:
    """The matrix in the last two axes of a tensor, one for each entry of those before."""
    before = indices_text(entry.indices[:-2], names)
    return names.symbol(entry.tensor).entry(before) if before else names.symbol(entry.tensor).entry()


def _rational(value: Fraction) -> Piece:
    if value < 0:
        return Piece("-" + _rational(-value).text, NEGATIVE)
    if is_decimal(value):
        return decimal_piece(value)
    return Piece(rf"\frac{{{value.numerator}}}{{{value.denominator}}}", RAISED)


def _sum(terms: Sequence[Expr], names: Spelling) -> Piece:
    """The terms in order; a choice of cases at the end goes without brackets, as nothing follows it."""
    text = ""
    ends_open = isinstance(terms[-1], Where)
    for k, term in enumerate(terms):
        negative, rest = without_sign(term)
        shown = within(rest, OPEN if ends_open and k == len(terms) - 1 else PRODUCT, names)
        if text:
            text += f"{BREAK} {'-' if negative else '+'} {shown}"
        else:
            text = ("-" if negative else "") + shown
    return Piece(text, OPEN if ends_open else SUM)


def without_sign(expr: Expr) -> tuple[bool, Expr]:
    """Whether a minus sign is left in front, those in front of all that is summed included, and what follows it."""
    opposite: Expr | None = None
    if isinstance(expr, Reduce) and expr.op == "sum" and coefficient(expr.body)[0] < 0:
        opposite = Reduce("sum", expr.indices, mul(-1, expr.body))
    elif coefficient(expr)[0] < 0:
        opposite = mul(-1, expr)
    if opposite is None:
        return False, expr
    negative, rest = without_sign(opposite)
    return not negative, rest


def _power(below: Expr, exponent: Expr, names: Spelling) -> Piece:
    if coefficient(exponent)[0] < 0:
        return Piece(rf"\frac{{1}}{{{piece(power(below, mul(-1, exponent)), names).text}}}", RAISED)
    if exponent == number(Fraction(1, 2)):
        return Piece(rf"\sqrt{{{piece(below, names).text}}}")
    return raised(piece(below, names), f"^{{{exponent_text(exponent, names)}}}")


def exponent_text(exponent: Expr, names: Spelling) -> str:
    """An exponent on one level: ``3/2``."""
    return str(exponent.value) if isinstance(exponent, Number) else piece(exponent, names).text


def _reduction(expr: Reduce, names: Spelling) -> Piece:
    negative, rest = without_sign(expr)
    if rest != expr:
        shown = piece(rest, names)
        return Piece("-" + shown.text, NEGATIVE, unclosed=True) if negative else shown
    below = ",".join(index(i.name) for i in expr.indices)
    least = PRODUCT if expr.op == "sum" else RAISED
    return Piece(rf"\{expr.op}_{{{below}}} {within(expr.body, least, names)}", PRODUCT, unclosed=True)


def _cases(expr: Where, names: Spelling) -> Piece:
    match expr.condition:
        case Compare(op, left, right):
            holds, fails = (relation(o, left, right, names) for o in (op, OPPOSITE[op]))
        case other:
            holds, fails = (relation(o, other, number(0), names) for o in ("!=", "=="))
    return cases(expr.then, holds, expr.otherwise, fails, names)


def says_its_size(axis: Axis) -> bool:
    """Whether an axis is named after its size: a number, or an expression such as ``4*H``."""
    return axis.extent is not None and (isinstance(axis.extent, Number) or not axis.name.isidentifier())
