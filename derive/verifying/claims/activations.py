r"""The activation of each layer, ``g^{[l]}(Z^{[l]})`` and ``g^{[l]\prime}(Z^{[l]})``, as one function for all layers.

What is said about any function holds for each; so nothing is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.verifying.claims.steps import Step, rewritten
from derive.verifying.formula import Bracketed, Juxtaposition, Name, Node, Scripted

LETTERS = frozenset({"g", "f", "sigma", "phi", "varphi", "psi", "h"})


def one_activation(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the mark of the layer taken off functions."""
    return tuple(rewritten(s, _plain) for s in steps)


def _plain(node: Node) -> Node:
    if not isinstance(node, Juxtaposition):
        return node
    factors = list(node.factors)
    for k, head in enumerate(factors[:-1]):
        if isinstance(factors[k + 1], Bracketed):
            factors[k] = _without_layer(head)
    return node if tuple(factors) == node.factors else replace(node, factors=tuple(factors))


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
