r"""What a gradient is called, written the other way round: ``\frac{\partial L}{\partial y_i} = \delta_i`` names it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.verifying.claims.definitions import EQUALS
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.elaborate.spelled import is_transpose, written
from derive.verifying.formula import Derivative, Nabla, Name, Node, Scripted, within


def turned(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, those with the name of a gradient on the right turned round.

    A symbol is such a name if it stands on no other left side, is nowhere differentiated or differentiated by, and
    otherwise occurs only in what gradients are said to be.
    """
    named = {base for s in steps if _names(s) and (base := _base(s.right))}
    counts = {base: 0 for base in named}
    for step in steps:
        spoken = {b for side in (step.left, step.right, *step.ahead) for b in _bases(side)} & named
        for base in spoken:
            counts[base] += 1
        inside = {b for side in (step.left, step.right) for n in _derivatives(side) for b in _bases(n)}
        named -= inside if step.left is not None else set()
        if not isinstance(step.left, (Derivative, Nabla)):
            named -= spoken
    return tuple(
        replace(s, left=s.right, right=s.left) if _names(s) and _base(s.right) in named and counts[_base(s.right)] > 1
        else s
        for s in steps
    )  # fmt: skip


def _names(step: Step) -> bool:
    """Whether a line may name the gradient on its left."""
    found = written(step.right) if isinstance(step.right, (Name, Scripted)) and not step.ahead else None
    plain = found is not None and found.whole and not any(map(is_transpose, found.sups))
    return plain and step.first and step.sign in EQUALS and isinstance(step.left, (Derivative, Nabla))


def _base(node: Node | None) -> str:
    found = written(node) if node is not None else None
    return "" if found is None else found.base + "'" * found.primes


def _bases(node: Node | None) -> set[str]:
    return {_base(n) for n in symbols_under(node)} if node is not None else set()


def _derivatives(node: Node | None) -> Iterator[Node]:
    for here in within(node) if node is not None else ():
        if isinstance(here, Derivative):
            yield from here.by
            if here.of is not None:
                yield here.of
        elif isinstance(here, Nabla) and here.by is not None:
            yield here.by
