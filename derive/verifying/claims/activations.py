r"""The activation of each layer, ``g^{[l]}(Z^{[l]})`` and ``g^{[l]\prime}(Z^{[l]})``, as one function for all layers.

What is said about any function holds for each; so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from derive.verifying.claims.steps import Step
from derive.verifying.formula import Bracketed, Juxtaposition, Name, Node, Scripted

LETTERS = frozenset({"g", "f", "sigma", "phi", "varphi", "psi", "h"})


def one_activation(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the mark of the layer taken off functions."""
    return tuple(
        replace(
            s,
            left=_plain(s.left) if s.left is not None else None,
            right=_plain(s.right) if s.right is not None else None,
            ahead=tuple(map(_plain, s.ahead)),
        )
        for s in steps
    )


def _plain(node: Node) -> Node:
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changed[f.name] = _plain(value)
        elif isinstance(value, tuple) and any(isinstance(v, Node) for v in value):
            changed[f.name] = tuple(_plain(v) if isinstance(v, Node) else v for v in value)
    made = replace(node, **changed) if any(v != getattr(node, n) for n, v in changed.items()) else node
    if not isinstance(made, Juxtaposition):
        return made
    factors = list(made.factors)
    for k, head in enumerate(factors[:-1]):
        if isinstance(factors[k + 1], Bracketed):
            factors[k] = _without_layer(head)
    return made if tuple(factors) == made.factors else replace(made, factors=tuple(factors))


def _without_layer(head: Node) -> Node:
    match head:
        case Scripted(Name(text) as base, None, Scripted(Bracketed("[" | "("), None, None, above), primes):
            primes += above
        case Scripted(Name(text) as base, None, Bracketed("[" | "("), primes):
            pass
        case _:
            return head
    if text not in LETTERS:
        return head
    return Scripted(base, primes=primes, span=head.span) if primes else base
