"""What a note leaves open is read so that most of it is right: which function ``f`` is, whether ``b`` is a number,
whether ``x`` is one sample or a batch.

A choice is only tried where a claim does not hold, and only kept where fewer claims are wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from derive.verifying.claims.model import Model
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Node, Scripted, within

FUNCTIONS = ("sigmoid", "tanh", "relu")
MOST = 12


@dataclass(frozen=True)
class Choices:
    """Functions of the table by the letters that stand for them, and numbers of axes by symbol.

    ``entered``: tensors with a gradient from outside as well, as a cell state has from the next step in time; their
    names such as ``dc`` mean that part alone.
    """

    functions: Mapping[str, str] = field(default_factory=dict)
    ranks: Mapping[str, int] = field(default_factory=dict)
    entered: frozenset[str] = frozenset()

    def said(self, name: str) -> str:
        """The choice in words, for the claim that it makes right."""
        return f"{name} is read as the {self.functions[name]} function" if name in self.functions else ""


@dataclass(frozen=True)
class Failed:
    """A claim that does not hold: its sides, and whether no reading of them has one shape."""

    left: Node
    right: Node
    misfit: bool


def alternatives(
    chosen: Choices,
    failed: list[Failed],
    model: Model,
    declared: frozenset[str],
    spoken: frozenset[str],
    from_outside: frozenset[str],
) -> Iterator[Choices]:
    """Other choices for what the note does not say; ``spoken`` are the symbols of the failed claims.

    ``from_outside`` are the tensors whose gradients have names that only stand on right sides.
    """
    for name in sorted(model.context.generic & set(model.context.functions)):
        if all(_has_slope(f.right, name) for f in failed):
            continue  # what is said with f' has to hold for every f
        for function in FUNCTIONS:
            yield replace(chosen, functions={**chosen.functions, name: function})
    for name in sorted(from_outside - chosen.entered):
        yield replace(chosen, entered=chosen.entered | {name})
    if not any(f.misfit for f in failed):
        return
    computed = {e.name for e in model.program.equations}
    for name, axes in model.shapes.symbols.items():
        if len(axes) < 2 and name in spoken and name not in declared | computed | set(chosen.ranks):
            yield replace(chosen, ranks={**chosen.ranks, name: 1 - len(axes)})
    vectors = {n: 2 for n, axes in model.shapes.symbols.items() if len(axes) == 1 and n not in declared | computed}
    batched = {n: rank for n, rank in vectors.items() if n[:1] in "xhsazuv" and n not in chosen.ranks}
    if batched:
        yield replace(chosen, ranks={**chosen.ranks, **batched})


def _has_slope(side: Node, name: str) -> bool:
    return any(isinstance(n, Scripted) and n.primes and text_of(n.base) == name for n in within(side))
