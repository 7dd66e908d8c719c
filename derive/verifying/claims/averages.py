r"""Averages whose sums do not say how far they run: in ``\frac{1}{m} \sum_i x_i`` the ``m`` counts what ``i`` does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial

from derive.verifying.claims.steps import Step, rewritten
from derive.verifying.formula import Big, Fraction, Juxtaposition, Name, Node, Number

COUNTS = frozenset("mnNMBTKD")


def with_ends(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the end of a sum that an average shows; what a line defines counts nothing."""
    defined = {s.left.text for s in steps if isinstance(s.left, Name) and s.right is not None}
    counts = COUNTS - defined
    return tuple(rewritten(s, partial(_ended, counts=counts)) for s in steps)


def _ended(node: Node, counts: Collection[str]) -> Node:
    match node:
        case Juxtaposition((Fraction(Number(), bottom) as share, Big("sum", _, Name(letter, _, whole), None) as total)):
            end = _counter(bottom)
            if end is not None and end.text in counts and len(letter) == 1 and not whole:
                return replace(node, factors=(share, replace(total, sup=end)))
    return node


def _counter(bottom: Node) -> Name | None:
    """The number of things below a fraction: ``m``, or ``2m``."""
    match bottom:
        case Name() as name:
            return name
        case Juxtaposition((Number(), Name() as name)):
            return name
        case _:
            return None
