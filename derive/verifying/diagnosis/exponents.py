"""Exponents that are whole numbers or fractions: their values, and the ones beside them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction as Ratio

from derive.verifying.formula import Addition, Fraction, Node, Number, Product


def neighbours(exponent: Node | None) -> Iterator[Node]:
    """The exponent less one and more one, but for 0 and 1: of ``-1/2`` that is ``-3/2`` and ``1/2``."""
    value = _value(exponent)
    for n in (value - 1, value + 1) if value is not None else ():
        if n not in (0, 1):
            yield _spelled(n)


def _value(node: Node | None) -> Ratio | None:
    match node:
        case Number(text) if text.isdigit():
            return Ratio(int(text))
        case Fraction(Number(top), Number(bottom)) | Product((Number(top), Number(bottom)), ("slash",)):
            return Ratio(int(top), int(bottom)) if top.isdigit() and bottom.isdigit() and int(bottom) else None
        case Addition((inner,), ("-",)):
            value = _value(inner)
            return -value if value is not None else None
    return None


def _spelled(value: Ratio) -> Node:
    top, bottom = Number(str(abs(value.numerator))), Number(str(value.denominator))
    whole = top if value.denominator == 1 else Product((top, bottom), ("slash",))
    return Addition((whole,), ("-",)) if value < 0 else whole
