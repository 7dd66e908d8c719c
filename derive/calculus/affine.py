"""Affine positions: an index slot such as ``i*stride + r - padding`` as steps and a start."""

from __future__ import annotations

from dataclasses import dataclass

from derive.expression import ZERO, Expr, Index, Mul, add, mul
from derive.rewriting import factors_of, free_indices, terms_of


@dataclass(frozen=True)
class Position:
    """``start + sum of letter * step``; steps and start are free of letters."""

    steps: tuple[tuple[Index, Expr], ...]
    start: Expr

    @property
    def letters(self) -> tuple[Index, ...]:
        """The letters that move the position."""
        return tuple(letter for letter, _ in self.steps)


def position(slot: Expr) -> Position | None:
    """The slot as an affine position, None where it is none (a gather, a product of letters).

    >>> from derive.expression import Axis, Hyper
    >>> i, r = Index("i", Axis("I")), Index("r", Axis("R"))
    >>> found = position(i * Hyper("stride") + r - Hyper("padding"))
    >>> [(l.name, str(s)) for l, s in found.steps], str(found.start)
    ([('i', 'stride'), ('r', '1')], '-padding')
    """
    steps: dict[Index, Expr] = {}
    start: Expr = ZERO
    for term in terms_of(slot):
        letters = [f for f in factors_of(term) if isinstance(f, Index)]
        rest = mul(*(f for f in factors_of(term) if not isinstance(f, Index)))
        if len(letters) > 1 or free_indices(rest) or (isinstance(term, Mul) and len(letters) != len(set(letters))):
            return None
        if letters:
            steps[letters[0]] = add(steps.get(letters[0], ZERO), rest)
        else:
            start = add(start, term)
    return Position(tuple(steps.items()), start)
