r"""Indices that stand in round brackets, ``\pi(a)`` and ``w(i, j)``, put where others write them: ``\pi_{a}``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.verifying.claims.steps import Step, rewritten
from derive.verifying.elaborate.application import arguments
from derive.verifying.elaborate.bounds import bound_letters
from derive.verifying.elaborate.functions import ARRAYS, GENERIC, function_of
from derive.verifying.elaborate.spelled import parts, text_of, written
from derive.verifying.formula import Big, Bracketed, Commas, Juxtaposition, Name, Node, Scripted, children, within


def with_indices_below(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with the letters in brackets made indices where they are nothing but indices in the whole note."""
    related = [step for step in steps if step.right is not None]
    sides = [s for step in related for s in (step.left, step.right, *step.ahead) if s is not None]
    uses = [use for side in sides for use in _uses(side)]
    letters = bound_letters(sides) | {text_of(p) for side in sides for p in _below(side)}
    letters -= {t for side in sides for t in _alone(side)}
    heads = {_plain(head) for head, _ in uses} - {""}
    heads -= {_plain(head) for head, inside in uses if not all(text_of(a) in letters for a in arguments(inside))}
    if not heads:
        return tuple(steps)
    return tuple(rewritten(s, lambda node: _indexed(node, heads)) for s in steps)


def _uses(side: Node) -> Iterator[tuple[Node, Bracketed]]:
    for here in within(side):
        for head, inside in pairwise(here.factors) if isinstance(here, Juxtaposition) else ():
            if isinstance(inside, Bracketed) and inside.left == "(" and written(head) is not None:
                yield head, inside


def _below(side: Node) -> Iterator[Node]:
    for here in within(side):
        if isinstance(here, Scripted) and here.sub is not None:
            yield from parts(here.sub)


def _alone(side: Node) -> Iterator[str]:
    """The symbols that stand anywhere but below others, under a sum, or alone in brackets behind one."""
    stack = [side]
    while stack:
        here = stack.pop()
        found = written(here)
        if found is not None:
            yield found.base if found.sups or found.subs else text_of(here)
        elif isinstance(here, Juxtaposition):
            behind = [bracket for _, bracket in _uses(here)]
            stack += [f for f in here.factors if f not in behind]
            stack += [a for bracket in behind for a in arguments(bracket) if not isinstance(a, Name)]
        else:
            below = here.sub if isinstance(here, (Big, Scripted)) else None
            stack += [n for n in children(here) if n is not below]


def _plain(head: Node) -> str:
    """The symbol as text, if it has no scripts and is no function; else nothing."""
    found = written(head)
    if found is None or found.subs or found.sups or found.primes or found.base in GENERIC:
        return ""
    return "" if function_of(found.base) is not None or found.base.lower() in ARRAYS else found.base


def _indexed(node: Node, heads: set[str]) -> Node:
    if not isinstance(node, Juxtaposition):
        return node
    kept: list[Node] = []
    for factor in node.factors:
        before = kept[-1] if kept else None
        if isinstance(factor, Bracketed) and before is not None and _plain(before) in heads:
            sub = factor.body if isinstance(factor.body, (Name, Commas)) else Commas(arguments(factor))
            kept[-1] = Scripted(before, sub=sub, span=before.span._replace(end=factor.span.end))
        else:
            kept.append(factor)
    if len(kept) == len(node.factors):
        return node
    return kept[0] if len(kept) == 1 else replace(node, factors=tuple(kept))
