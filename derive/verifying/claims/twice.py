r"""Second derivatives, ``\nabla^2 E``: the derivative of the gradient that the note states, where that is right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from derive.verifying.claims.definitions import has_gradients
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.context import Unclear
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.spelled import written
from derive.verifying.formula import Derivative, Nabla, Node, Number


def hessians(steps: Sequence[Step]) -> tuple[Step, ...]:
    r"""The steps, what stands behind ``H = \nabla^2 E`` in its chain a claim about the second derivative itself."""
    named = {
        s.chain: s.right
        for s in steps
        if s.first and s.right is not None and second(s.right) and s.left is not None and written(s.left) is not None
    }
    return tuple(s if s.first or s.chain not in named else replace(s, left=named[s.chain]) for s in steps)


def second(node: Node) -> tuple[Node, Node, Node] | None:
    """What is differentiated twice, and by what; None for anything else."""
    match node:
        case Nabla(Node() as by, Node() as of, Number("2")):
            return of, by, by
        case Nabla(Node() as by, Nabla(Node() as first, Node() as of, None), None):
            return of, first, by
        case Derivative(Node() as of, (first, by), _, _, Number("2")):
            return of, first, by
    return None


def once(left: Node, stated: Mapping[Node, Node], words: Lexicon) -> Node:
    """The left side, a second derivative as that of the first one that is stated. Raises `Unclear` if none is."""
    found = second(left)
    if found is None:
        return left
    of, first, by = found
    for one, other in ((first, by), (by, first)):
        for gradient in (Nabla(one, of), Derivative(of, (one,)), Derivative(of, (one,), "d")):
            formula = stated.get(gradient)
            if formula is not None and not has_gradients(formula, words):
                return Derivative(formula, (other,))
    raise Unclear("a second derivative is judged where the note states the first, and that is right")
