r"""A matrix expression as LaTeX: products side by side, ``\odot`` and ``\oslash`` entry by entry, ``^{\mathsf T}``.

A matrix product binds tighter than ``\odot``, a number in front belongs to the whole product. A vector that
meets a matrix in a sum or beside ``\odot`` is repeated along the axis that it lacks;
`derive.notes.matrix_parts.repeated` lists these vectors, for the words beside the formula.
"""

from __future__ import annotations

from fractions import Fraction

from derive.expression import Axis, Expr, Size, coefficient, is_cotangent, mul, number, primal_name
from derive.matrix import (
    Apply,
    Bracket,
    Choice,
    Hadamard,
    Identity,
    Inverse,
    Matrix,
    Ones,
    Power,
    Product,
    ScalarPart,
    Sum,
    Whole,
)
from derive.notes.latex_index import exponent_text
from derive.notes.latex_lines import BREAK, bracket
from derive.notes.latex_pieces import (
    ATOM,
    ENTRYWISE,
    NEGATIVE,
    OPPOSITE,
    PRODUCT,
    RAISED,
    SUM,
    Piece,
    applied,
    cases,
    iverson,
    join,
    piece,
    raised,
    relation,
    within,
)
from derive.notes.matrix_parts import spread
from derive.notes.notation import Spelling


@piece.register
def _matrix(matrix: Matrix, names: Spelling) -> Piece:
    match matrix:
        case Whole(_, _, tensor, transposed):
            here = whole(tensor, names)
            return raised(here, names.notation.transpose) if transposed else here
        case Inverse(_, _, Whole(_, _, tensor, transposed)):
            here, mark = whole(tensor, names), names.notation.transpose
            return raised(here, f"^{{-{mark.removeprefix('^').strip('{}')}}}" if transposed else "^{-1}")
        case ScalarPart(_, _, expr):
            return piece(expr, names)
        case Ones(rows, cols):
            axis = rows if rows is not None else cols
            return Piece(r"\mathbf{1}" + (f"_{{{_size(axis, names)}}}" if axis else ""))
        case Identity(rows, _):
            return Piece(r"\mathbf{I}" + (f"_{{{_size(rows, names)}}}" if rows else ""))
        case Product(_, _, factors):
            return Piece(join([_factor(f, names) for f in factors]), PRODUCT)
        case Hadamard():
            return _entrywise(spread(matrix), names)
        case Sum():
            return _sum(spread(matrix), names)
        case Power(_, _, base, exponent):
            return _power(base, exponent, names)
        case Apply(_, _, function, args, position):
            return applied(function, args, position, names)
        case Bracket(_, _, op, left, right):
            return iverson(op, left, right, names)
        case Choice(_, _, condition, then, otherwise):
            return _cases(condition, then, otherwise, names)
    raise TypeError(f"no matrix expression: {matrix!r}")


def _size(axis: Axis, names: Spelling) -> str:
    return piece(Size(axis), names).text


def whole(tensor: str, names: Spelling) -> Piece:
    """A whole tensor, or the gradient by it."""
    if is_cotangent(tensor):
        return Piece(names.cotangent(primal_name(tensor)), RAISED)
    symbol = names.symbol(tensor)
    return Piece(symbol.entry(), RAISED if symbol.raised else ATOM)


def _factor(factor: Matrix, names: Spelling) -> Piece:
    """A factor of a matrix product: a row vector carries a transpose mark, as vectors are columns."""
    here = piece(factor, names)
    if here.level < PRODUCT:
        here = Piece(bracket(here.text))
    if factor.rows is None and factor.cols is not None:
        return raised(here, names.notation.transpose)
    return here


def _sum(terms: tuple[Matrix, ...], names: Spelling) -> Piece:
    text = ""
    for term in terms:
        negative, rest = _without_sign(term)
        shown = within(rest, ENTRYWISE, names)
        if text:
            text += f"{BREAK} {'-' if negative else '+'} {shown}"
        else:
            text = ("-" if negative else "") + shown
    return Piece(text, SUM)


def _without_sign(term: Matrix) -> tuple[bool, Matrix]:
    """Whether the term is subtracted, and the term to print after the sign."""
    if isinstance(term, ScalarPart) and coefficient(term.expr)[0] < 0:
        return True, ScalarPart(None, None, mul(-1, term.expr))
    if isinstance(term, Hadamard) and isinstance(term.factors[0], ScalarPart):
        scalar, rest = term.factors[0].expr, term.factors[1:]
        if coefficient(scalar)[0] < 0:
            opposite = mul(-1, scalar)
            if opposite != number(1):
                rest = (ScalarPart(None, None, opposite), *rest)
            return True, rest[0] if len(rest) == 1 else Hadamard(term.rows, term.cols, rest)
    return False, term


def _entrywise(factors: tuple[Matrix, ...], names: Spelling) -> Piece:
    """A number in front, the factors, then what they are divided by."""
    front = ""
    value = Fraction(1)
    if isinstance(factors[0], ScalarPart):
        value, rest = coefficient(factors[0].expr)
        scalar = mul(abs(value), rest)
        shown = piece(scalar, names)
        front = "" if scalar == number(1) else (shown.text if shown.level >= PRODUCT else bracket(shown.text)) + " "
        factors = factors[1:]
    under = [f for f in factors if isinstance(f, Power) and coefficient(f.exponent)[0] < 0]
    over = [f for f in factors if f not in under]
    alone = len(factors) == 1
    least = PRODUCT if alone else RAISED
    text = f" {names.notation.times} ".join(within(f, least, names) for f in over) or "1"
    for f in under:
        base, exponent = f.base, mul(-1, f.exponent)
        divisor = base if exponent == number(1) else Power(f.rows, f.cols, base, exponent)
        text += f" {names.notation.divided} {within(divisor, RAISED, names)}"
    level = NEGATIVE if value < 0 else PRODUCT if alone and not under else ENTRYWISE
    return Piece(("-" if value < 0 else "") + front + text, level)


def _power(base: Matrix, exponent: Expr, names: Spelling) -> Piece:
    if coefficient(exponent)[0] < 0:
        below = base if exponent == number(-1) else Power(base.rows, base.cols, base, mul(-1, exponent))
        return Piece(f"1 {names.notation.divided} {within(below, RAISED, names)}", ENTRYWISE)
    if exponent == number(Fraction(1, 2)):
        return Piece(rf"\sqrt{{{piece(base, names).text}}}")
    return raised(piece(base, names), rf"^{{{names.notation.times} {exponent_text(exponent, names)}}}")


def _cases(condition: Matrix, then: Matrix, otherwise: Matrix, names: Spelling) -> Piece:
    match condition:
        case Bracket(_, _, op, left, right):
            holds, fails = (relation(o, left, right, names) for o in (op, OPPOSITE[op]))
        case other:
            zero = ScalarPart(None, None, number(0))
            holds, fails = (relation(o, other, zero, names) for o in ("!=", "=="))
    return cases(then, holds, otherwise, fails, names)
