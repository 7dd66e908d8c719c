r"""One sample throughout: in ``\hat y_j^k = f(\beta_j)`` the ``k`` says which sample, and nothing depends on it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from derive.verifying.claims.steps import Step, on_sides
from derive.verifying.elaborate.bounds import bound_letters
from derive.verifying.elaborate.spelled import parts, text_of
from derive.verifying.formula import Bracketed, Commas, Name, Node, Scripted, within
from derive.verifying.rebuilding import replaced


def of_one_sample(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps without a mark of the sample that stands above on a left side, but not at all on the right."""
    sides = [n for s in steps for n in (s.left, s.right, *s.ahead) if n is not None]
    bound = bound_letters(sides)
    marks = {m for s in steps for m in _marks(s)} - bound
    if not marks:
        return tuple(steps)
    return tuple(on_sides(s, partial(_without, marks=marks)) for s in steps)


def _marks(step: Step) -> Iterator[str]:
    """The letter above a symbol with an index of its own, if the formula behind it has the index and not the letter."""
    match step.left:
        case Scripted(_, Name(index), (Name() | Bracketed()) as above, 0) if step.first and step.right is not None:
            mark = text_of(above).strip("()[]")
            letters = {n.text for n in within(step.right) if isinstance(n, Name)}
            if len(mark) == 1 and mark.islower() and index in letters and mark not in letters:
                yield mark


def _without(node: Node, marks: set[str]) -> Node:
    made = node
    for here in within(node):
        if isinstance(here, Scripted):
            plain = here
            if here.sup is not None and text_of(here.sup).strip("()[]") in marks:
                plain = replace(plain, sup=None)
            below = parts(plain.sub) if plain.sub is not None else ()
            if below:
                kept = tuple(p for p in below if text_of(p) not in marks)
                if not kept:
                    plain = replace(plain, sub=None)
                elif len(kept) < len(below):
                    plain = replace(plain, sub=kept[0] if len(kept) == 1 else Commas(kept))
            if plain is not here:
                bare = plain.base if plain.sub is None and plain.sup is None and not plain.primes else plain
                made = replaced(made, here, bare)
    return made
