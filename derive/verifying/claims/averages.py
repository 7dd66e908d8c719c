r"""Averages whose sums do not say how far they run: in ``\frac{1}{m} \sum_i x_i`` the ``m`` counts what ``i`` does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import fields, replace
from typing import Any

from derive.verifying.claims.steps import Step
from derive.verifying.formula import Big, Fraction, Juxtaposition, Name, Node, Number

COUNTS = frozenset("mnNMBTKD")


def with_ends(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the end of a sum that an average shows; what a line defines counts nothing."""
    defined = {s.left.text for s in steps if isinstance(s.left, Name) and s.right is not None}
    counts = COUNTS - defined
    return tuple(
        replace(
            s,
            left=_ended(s.left, counts) if s.left is not None else None,
            right=_ended(s.right, counts) if s.right is not None else None,
            ahead=tuple(_ended(n, counts) for n in s.ahead),
        )
        for s in steps
    )


def _ended(node: Node, counts: Collection[str]) -> Node:
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changed[f.name] = _ended(value, counts)
        elif isinstance(value, tuple) and any(isinstance(v, Node) for v in value):
            changed[f.name] = tuple(_ended(v, counts) if isinstance(v, Node) else v for v in value)
    made = replace(node, **changed) if changed else node
    match made:
        case Juxtaposition((Fraction(Number(), bottom) as share, Big("sum", _, Name(letter, _, whole), None) as total)):
            end = _counter(bottom)
            if end is not None and end.text in counts and len(letter) == 1 and not whole:
                return replace(made, factors=(share, replace(total, sup=end)))
    return made


def _counter(bottom: Node) -> Name | None:
    """The number of things below a fraction: ``m``, or ``2m``."""
    match bottom:
        case Name() as name:
            return name
        case Juxtaposition((Number(), Name() as name)):
            return name
        case _:
            return None
