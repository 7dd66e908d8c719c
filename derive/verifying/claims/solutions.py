"""Lines that say where a gradient is zero, such as the normal equations: no part of the forward pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from derive.verifying.claims.definitions import Definition, definition
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.formula import Derivative, Nabla, within

IDENTITY = {"I", "E"}  # the matrix


def without_solutions(
    found: Mapping[int, Definition], steps: Sequence[Step], lexicon: Lexicon
) -> dict[int, Definition]:
    """The definitions but those of what is given and differentiated by before: ``w = ...`` where it is best.

    What is itself differentiated somewhere is computed on the way: ``w = -x`` with its ``∂w/∂x``.
    """
    above = _differentiated(steps, lexicon)
    kept: dict[int, Definition] = {}
    given: set[str] = set()
    defined: set[str] = set()
    by: set[str] = set()
    for place, step in enumerate(steps):
        if place and step.section != steps[place - 1].section:
            given, by = set(), set()  # under another heading a name may mean another thing
        d = found.get(place)
        number = d is not None and not any(symbols_under(d.right))
        if d is not None and (
            number
            or d.name in above
            or not (
                d.kind == "tensor"
                and d.name in given & by
                and symbols_of(d.right, lexicon) <= given | defined | IDENTITY
            )
        ):
            kept[place] = d
            if d.kind == "tensor":
                given |= symbols_of(d.right, lexicon)
                defined.add(d.name)
        for side in (step.left, step.right):
            for here in within(side) if side is not None else ():
                below = here.by if isinstance(here, Derivative) else (here.by,) if isinstance(here, Nabla) else ()
                by |= {a.name for n in below if n is not None and (a := lexicon.atom(n)) is not None}
    return kept


def _given(d: Definition, known: set[str], lexicon: Lexicon) -> bool:
    return symbols_of(d.right, lexicon) <= known | IDENTITY


def is_solution(step: Step, candidates: Mapping[int, Definition], lexicon: Lexicon) -> bool:
    """Whether a line was left out of the definitions as one that says where a gradient is zero."""
    d = definition(step, lexicon) if step.first else None
    return d is not None and d.kind == "tensor" and d.name not in {c.name for c in candidates.values()}


def _differentiated(steps: Sequence[Step], lexicon: Lexicon) -> set[str]:
    """The symbols that stand above in a derivative somewhere."""
    sides = (side for step in steps for side in (step.left, step.right) if side is not None)
    tops = (n.of for side in sides for n in within(side) if isinstance(n, Derivative) and n.of is not None)
    return {atom.name for top in tops if (atom := lexicon.atom(top)) is not None}
