"""What a note defines, section by section: a name may mean one thing under one heading and another under the next."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from derive.verifying.claims.definitions import LOSS_NAMES, Definition
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.formula import Derivative, Name, Node, Scripted, within


@dataclass(frozen=True)
class Section:
    """The steps under one heading and the definitions that hold there, in the order of the note."""

    steps: tuple[Step, ...]
    lines: tuple[Definition, ...]


def sections(steps: Sequence[Step], candidates: Mapping[int, Definition], lexicon: Lexicon) -> Iterator[Section]:
    """The sections with the definitions in force; ``candidates`` maps the place of a step to what it may define."""
    established: dict[str, Definition] = {}
    for start, end in _stretches(steps):
        here = range(start, end)
        own: dict[str, Definition] = {}
        for k in here:
            found = candidates.get(k)
            if found is not None and found.kind == "tensor":
                own.setdefault(found.name, found)
        mentioned = {n for k in here for n in _names(steps[k], lexicon)}
        established = _merged(established, own, mentioned, lexicon)
        active = dict(established)
        for name in _differentiated(steps[start:end], lexicon):
            if name not in active:
                later = (candidates[k] for k in range(end, len(steps)) if k in candidates)
                found = next((c for c in later if c.name == name and c.kind == "tensor"), None)
                if found is not None:
                    active[name] = found
        order = sorted(active.values(), key=lambda d: (d.step.formula.number, d.step.part, d.step.number))
        yield Section(tuple(steps[start:end]), tuple(order))


def _stretches(steps: Sequence[Step]) -> Iterator[tuple[int, int]]:
    start = 0
    for k in range(1, len(steps) + 1):
        if k == len(steps) or steps[k].section != steps[start].section:
            yield start, k
            start = k


def _merged(
    established: Mapping[str, Definition], own: Mapping[str, Definition], mentioned: set[str], lexicon: Lexicon
) -> dict[str, Definition]:
    """What holds in a section: its own lines, and those before that they do not contradict."""
    kept = dict(established)
    for name, line in own.items():
        old = kept.get(name)
        if old is None:
            used_before = [n for n, d in kept.items() if name in symbols_of(d.right, lexicon)]
            if used_before and not mentioned & set(used_before):
                for n in used_before:
                    _drop(kept, n, mentioned, lexicon)
            kept[name] = line
        elif old.right != line.right and _is_new(line, kept, lexicon):
            _drop(kept, name, mentioned, lexicon)
            kept[name] = line
    return kept


def _is_new(line: Definition, kept: Mapping[str, Definition], lexicon: Lexicon) -> bool:
    """Whether a second definition starts anew: a loss, or a formula of nothing but given things."""
    if line.name in LOSS_NAMES:
        return True
    return not any(n in kept and n != line.name for n in symbols_of(line.right, lexicon))


def _drop(kept: dict[str, Definition], name: str, mentioned: set[str], lexicon: Lexicon) -> None:
    """Forget a definition, and those that depend on it unless the section speaks of them."""
    kept.pop(name, None)
    for other in [n for n, d in kept.items() if name in symbols_of(d.right, lexicon)]:
        if other not in mentioned:
            _drop(kept, other, mentioned, lexicon)


def symbols_of(node: Node, lexicon: Lexicon) -> set[str]:
    """The names of all symbols in a formula."""
    found = set()
    for here in within(node):
        if isinstance(here, (Name, Scripted)):
            atom = lexicon.atom(here)
            if atom is not None:
                found.add(atom.name)
            elif isinstance(here, Name):
                found |= set(lexicon.pieces(here.text))
    return found


def _names(step: Step, lexicon: Lexicon) -> set[str]:
    return {n for side in (step.left, step.right) if side is not None for n in symbols_of(side, lexicon)}


def _differentiated(steps: Iterable[Step], lexicon: Lexicon) -> list[str]:
    """The names that stand above in derivatives."""
    found: dict[str, None] = {}
    for step in steps:
        for side in (step.left, step.right):
            for here in within(side) if side is not None else ():
                atom = lexicon.atom(here.of) if isinstance(here, Derivative) and here.of is not None else None
                if atom is not None:
                    found[atom.name] = None
    return list(found)
