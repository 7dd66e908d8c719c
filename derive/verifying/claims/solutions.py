"""Lines that are no part of the forward pass: where a gradient is zero, what was solved for already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from derive.verifying.claims.definitions import Definition, definition
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import Atom, symbols_under
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Derivative, Juxtaposition, Nabla, Node, Number, Product, Scripted, within

IDENTITY = {"I", "E"}  # the matrix
Entry = tuple[str, str]  # a name and its indices


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
                and _solved_for(d) & given & by
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


def without_inverses(found: Mapping[int, Definition], lexicon: Lexicon) -> dict[int, Definition]:
    """The definitions but the first of two that are solved for each other: ``s = log(v)`` before ``v = exp(s)``."""
    lines = {k: _line(d, lexicon) for k, d in found.items() if d.kind == "tensor"}
    turned = {k for k, one in lines.items() if any(k < later and _solved(one, e) for later, e in lines.items())}
    return {k: d for k, d in found.items() if k not in turned}


def _line(d: Definition, lexicon: Lexicon) -> tuple[Entry, set[Entry]]:
    """What is defined, with its indices, and what that is computed from, also in exponents."""
    return _entry(d.atom), {_entry(atom) for atom in _read(d.right, lexicon)}


def _read(node: Node, lexicon: Lexicon) -> Iterator[Atom]:
    """The symbols of a formula; what stands in a label is none: ``price`` in ``all_{price}``."""
    for here in symbols_under(node):
        atom = lexicon.atom(here)
        if atom is not None:
            yield atom
        if isinstance(here, Scripted) and here.sup is not None:
            yield from _read(here.sup, lexicon)


def _entry(atom: Atom) -> Entry:
    return atom.name + "'" * atom.primes, " ".join(map(text_of, atom.indices))


def _solved(one: tuple[Entry, set[Entry]], other: tuple[Entry, set[Entry]]) -> bool:
    return one[0] != other[0] and one[0] in other[1] and other[0] in one[1]


def left_out(step: Step, candidates: Mapping[int, Definition], lexicon: Lexicon) -> Definition | None:
    """What the line would define, if it was left out of the definitions."""
    d = definition(step, lexicon) if step.first else None
    return d if d is not None and d.kind == "tensor" and d.name not in {c.name for c in candidates.values()} else None


def _solved_for(d: Definition) -> set[str]:
    r"""The names whose best value a line may say: ``w``, and ``w`` for ``\hat w = (X^T X)^{-1} X^T y``."""
    inverse = any(isinstance(n, Scripted) and n.sup is not None and text_of(n.sup) == "-1" for n in within(d.right))
    return {d.name, d.name.removesuffix("hat")} if inverse else {d.name}


def is_solution(step: Step, candidates: Mapping[int, Definition], lexicon: Lexicon) -> bool:
    """Whether a line was left out of the definitions as one that says where a gradient is zero."""
    d = left_out(step, candidates, lexicon)
    if d is None:
        return False
    here = _line(d, lexicon)
    return not any(_solved(here, _line(c, lexicon)) for c in candidates.values())


def is_set_to_zero(step: Step, steps: Sequence[Step], lexicon: Lexicon) -> bool:
    """Whether a gradient is set to zero, or an equation of given things follows from that under the same heading."""
    if _is_zero(step):
        return True
    if step.left is None or lexicon.atom(step.left) is not None or not isinstance(step.left, (Juxtaposition, Product)):
        return False
    if any(isinstance(n, (Derivative, Nabla)) for side in (step.left, step.right) if side for n in within(side)):
        return False
    return any(_is_zero(s) for s in steps if s.section == step.section and s.place < step.place)


def _is_zero(step: Step) -> bool:
    right = step.right.base if isinstance(step.right, Scripted) else step.right
    return isinstance(step.left, (Derivative, Nabla)) and isinstance(right, Number) and right.text == "0"


def _differentiated(steps: Sequence[Step], lexicon: Lexicon) -> set[str]:
    """The symbols that stand above in a derivative somewhere."""
    sides = (side for step in steps for side in (step.left, step.right) if side is not None)
    tops = (n.of for side in sides for n in within(side) if isinstance(n, Derivative) and n.of is not None)
    return {atom.name for top in tops if (atom := lexicon.atom(top)) is not None}
