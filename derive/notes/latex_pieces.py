r"""How formulas are put together as LaTeX: a piece knows how tightly it binds, so that brackets are always right.

`piece` prints any node; the printers register themselves for theirs: `derive.notes.latex_index`,
`derive.notes.latex_product`, `derive.notes.latex_matrix`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatch
from itertools import count

from derive.notes.latex_lines import FACTOR, bracket
from derive.notes.notation import Spelling
from derive.scalar_functions import TABLE as FUNCTIONS

# How tightly a form binds. ENTRYWISE is ⊙ between matrices; RAISED is whole but may carry no exponent.
OPEN, SUM, NEGATIVE, ENTRYWISE, PRODUCT, RAISED, ATOM = range(7)
RELATIONS = {">": ">", ">=": r"\ge", "<": "<", "<=": r"\le", "==": "=", "!=": r"\ne"}
LARGEST_DENOMINATOR, SMALLEST_POWER = 100, 4  # beyond these a number is printed as a decimal, or with 10^{-k}
OPPOSITE = {">": "<=", ">=": "<", "<": ">=", "<=": ">", "==": "!=", "!=": "=="}


@dataclass(frozen=True)
class Piece:
    """Marked LaTeX, how tightly it binds, and whether it ends in a sum sign's body, so that no factor may follow."""

    text: str
    level: int = ATOM
    unclosed: bool = False


@singledispatch
def piece(formula: object, names: Spelling) -> Piece:
    """A formula, with the marks of `derive.notes.latex_lines` for its brackets and line ends."""
    raise TypeError(f"no formula: {formula!r}")


def within(formula: object, least: int, names: Spelling) -> str:
    """The formula, in brackets if it binds less tightly than that."""
    here = piece(formula, names)
    return here.text if here.level >= least else bracket(here.text)


def join(pieces: Sequence[Piece]) -> str:
    """A product of pieces side by side, with brackets where needed and a dot between words or digits."""
    text = ""
    for k, here in enumerate(pieces):
        last = k == len(pieces) - 1
        shown = here.text if here.level >= PRODUCT and (last or not here.unclosed) else bracket(here.text)
        if text:
            dotted = shown[:1].isdigit() or any(map(_is_word, (pieces[k - 1].text, shown)))
            text += (rf"{FACTOR} \cdot " if dotted else f"{FACTOR} ") + shown
        else:
            text = shown
    return text


def alone(pieces: Sequence[Piece]) -> str:
    """A product that has the place for itself, as under a fraction bar: a single factor needs no brackets there."""
    return pieces[0].text if len(pieces) == 1 else join(pieces)


def _is_word(text: str) -> bool:
    return text.startswith((r"\mathit", r"\mathrm{", r"\text"))


def raised(here: Piece, mark: str) -> Piece:
    """The piece with an exponent or a transpose mark."""
    return Piece((here.text if here.level >= ATOM else bracket(here.text)) + mark, RAISED)


def is_decimal(value: Fraction) -> bool:
    """Whether a number is printed in digits and not as a fraction: 3, 0.044715, but 1/2 and 2/3."""
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return value.denominator == 1 or (rest == 1 and value.denominator > LARGEST_DENOMINATOR)


def decimal_piece(value: Fraction) -> Piece:
    """Such a number, not negative, with a power of ten where it is tiny: ``10^{-7}``."""
    if value.denominator == 1:
        return Piece(str(value.numerator))
    tens = len(str(value.denominator)) - 1
    if value.denominator == 10**tens and tens > SMALLEST_POWER:
        front = "" if value.numerator == 1 else rf"{value.numerator} \cdot "
        return Piece(f"{front}10^{{-{tens}}}", PRODUCT if front else RAISED)
    places = next(k for k in count(1) if (value * 10**k).denominator == 1)
    shown = f"{int(value * 10**places):0{places + 1}d}"
    return Piece(f"{shown[:-places]}.{shown[-places:]}")


def applied(function: str, args: Sequence[object], position: int | None, names: Spelling) -> Piece:
    """A scalar function, or its slope by the argument at ``position``, with its arguments in brackets."""
    if function == "abs" and position is None and function not in names.functions:
        return Piece(rf"{{\left\lvert {piece(args[0], names).text} \right\rvert}}")
    name = _function(function, names)
    if position is not None:
        name = f"{name}'" if len(args) == 1 else rf"\partial_{{{position + 1}}} {name}"
    return Piece(name + bracket(", ".join(within(a, SUM, names) for a in args)))


def _function(function: str, names: Spelling) -> str:
    """The name of a scalar function: the table's, or that of the layer's own."""
    if function in FUNCTIONS and function not in names.functions:
        return FUNCTIONS[function].latex
    return rf"\operatorname{{{function.replace('_', '-')}}}"


def iverson(op: str, left: object, right: object, names: Spelling) -> Piece:
    """A comparison as 0 or 1."""
    return Piece(r"\mathbf{1}" + bracket(relation(op, left, right, names), "["))


def relation(op: str, left: object, right: object, names: Spelling) -> str:
    """A comparison as a statement."""
    return f"{within(left, SUM, names)} {RELATIONS[op]} {within(right, SUM, names)}"


def cases(then: object, holds: str, otherwise: object, fails: str, names: Spelling) -> Piece:
    """A definition by cases, the second with the opposite condition, so that it needs no words."""
    first, second = piece(then, names).text, piece(otherwise, names).text
    return Piece(rf"\begin{{cases}} {first} & ({holds}) \\ {second} & ({fails}) \end{{cases}}", OPEN)
