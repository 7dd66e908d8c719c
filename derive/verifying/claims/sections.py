"""What a note defines, section by section: a name may mean one thing under one heading and another under the next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.steps import Step
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.formula import Derivative, Name, Node, within


@dataclass(frozen=True)
class Section:
    """The steps under one heading and the definitions that hold there, in the order of the note."""

    steps: tuple[Step, ...]
    lines: tuple[Definition, ...]


Agrees = Callable[[Definition, Sequence[Definition]], bool]


def sections(
    steps: Sequence[Step], candidates: Mapping[int, Definition], lexicon: Lexicon, agrees: Agrees
) -> Iterator[Section]:
    """The sections with the definitions in force; ``candidates`` maps the place of a step to what it may define.

    ``agrees`` tells whether a line holds where others define what it speaks of: then it is no second definition.
    """
    established: dict[str, Definition] = {}
    for start, end in _stretches(steps, candidates, lexicon):
        here = range(start, end)
        found_here = [c for k in here if (c := candidates.get(k)) is not None and c.kind == "tensor"]
        established = _merged(established, _own(found_here, lexicon), lexicon, agrees)
        active = dict(established)
        for name in _differentiated(steps[start:end], lexicon):
            if name not in active:
                later = (candidates[k] for k in range(end, len(steps)) if k in candidates)
                found = next((c for c in later if c.name == name and c.kind == "tensor"), None)
                if found is not None:
                    active[name] = found
        yield Section(tuple(steps[start:end]), order_of(active))


def order_of(lines: Mapping[str, Definition]) -> tuple[Definition, ...]:
    """The lines in the order of the note."""
    return tuple(sorted(lines.values(), key=lambda d: (d.step.formula.number, d.step.part, d.step.number)))


def _stretches(
    steps: Sequence[Step], candidates: Mapping[int, Definition], lexicon: Lexicon
) -> Iterator[tuple[int, int]]:
    """From where to where one meaning holds: to the next heading, or to a line of given things that starts anew."""
    names = {d.name for d in candidates.values() if d.kind == "tensor"}
    start = 0
    here: dict[str, Definition] = {}
    for k in range(1, len(steps) + 1):
        if k - 1 in candidates:
            here.setdefault(candidates[k - 1].name, candidates[k - 1])
        if (
            k == len(steps)
            or steps[k].section != steps[start].section
            or _anew(candidates.get(k), here, names, lexicon)
        ):
            yield start, k
            start, here = k, {}


def _anew(line: Definition | None, here: Mapping[str, Definition], names: set[str], lexicon: Lexicon) -> bool:
    old = here.get(line.name) if line is not None else None
    if line is None or old is None or old.right == line.right or line.kind != "tensor":
        return False
    apart = old.step.formula.display is None or old.step.formula.display != line.step.formula.display
    return apart and not symbols_of(line.right, lexicon) & (names - {line.name})


def _own(lines: Sequence[Definition], lexicon: Lexicon) -> dict[str, Definition]:
    """One line for each name: the one that is made of most of the others, on whatever way, and of these the first."""
    spoken: dict[str, set[str]] = {d.name: set() for d in lines}
    for d in lines:
        spoken[d.name] |= symbols_of(d.right, lexicon) & spoken.keys()
    own: dict[str, Definition] = {}
    most: dict[str, int] = {}
    for d in lines:
        count = len(_reached(symbols_of(d.right, lexicon) & spoken.keys(), spoken))
        if count > most.get(d.name, -1):
            own[d.name], most[d.name] = d, count
    return own


def _reached(start: set[str], spoken: Mapping[str, set[str]]) -> set[str]:
    """All names that some are made of, by way of each other."""
    found, new = set(start), set(start)
    while new:
        new = {n for name in new for n in spoken[name]} - found
        found |= new
    return found


def _merged(
    established: Mapping[str, Definition], own: Mapping[str, Definition], lexicon: Lexicon, agrees: Agrees
) -> dict[str, Definition]:
    """What holds in a section: its own lines, and those before that they do not contradict."""
    kept = dict(established)
    for name, line in own.items():
        old = kept.get(name)
        if old is None or (
            old.right != line.right and _is_new(line, kept, lexicon) and not agrees(line, order_of(kept))
        ):
            kept[name] = line
    return kept


def _is_new(line: Definition, kept: Mapping[str, Definition], lexicon: Lexicon) -> bool:
    """Whether a second definition starts anew: a loss, or a formula of nothing but given things."""
    if line.name in LOSS_NAMES:
        return True
    return not any(n in kept and n != line.name for n in symbols_of(line.right, lexicon))


def symbols_of(node: Node, lexicon: Lexicon) -> set[str]:
    """The names of all symbols in a formula."""
    found = set()
    for here in symbols_under(node):
        atom = lexicon.atom(here)
        if atom is not None:
            found.add(atom.name)
        elif isinstance(here, Name):
            found |= set(lexicon.pieces(here.text))
    return found


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
