r"""Names that mean one thing with an index and another without: ``L = \sum_t L_t``, ``u`` beside ``u_1, ..., u_K``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial

from derive.verifying.claims.definitions import EQUALS
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.bounds import letters_below
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Big, Juxtaposition, Node, Scripted, within
from derive.verifying.rebuilding import rebuilt


def twofold(found: Iterable[Step], words: Lexicon) -> Iterator[str]:
    """Names that are one thing with an index and another without: ``L = \\sum_t L_t``."""
    for step in found:
        if step.first and step.right is not None:
            yield from _beside(step.right, words)
        atom = words.atom(step.left) if step.first and step.left is not None else None
        if atom is None or atom.indices or step.right is None or step.sign not in EQUALS:
            continue
        if not any(isinstance(n, Big) for n in within(step.right)):
            continue  # a list of entries
        inner = [words.atom(n) for n in symbols_under(step.right)]
        if any(a is not None and a.name == atom.name and a.indices for a in inner):
            yield atom.name


def _beside(formula: Node, words: Lexicon) -> Iterator[str]:
    r"""The symbols of which a formula says the same once for each index, under a sum, and once without any."""
    products = [n for n in within(formula) if isinstance(n, Juxtaposition)]
    for here in within(formula):
        for letter in letters_below(here.sub) if isinstance(here, Big) and here.sub is not None else ():
            for node in within(here.body) if isinstance(here, Big) else ():
                plain = rebuilt(node, partial(_without, letter=letter))
                if isinstance(node, Juxtaposition) and plain != node and plain in products:
                    marked = (n for n in symbols_under(node) if _without(n, letter) != n)
                    yield from (a.name for n in marked if (a := words.atom(n)) is not None)


def _without(part: Node, letter: str) -> Node:
    """The symbol without the letter below it."""
    if not isinstance(part, Scripted) or part.sub is None or text_of(part.sub) != letter:
        return part
    return part.base if part.sup is None and not part.primes else replace(part, sub=None)
