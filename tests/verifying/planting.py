"""Our own notes with one mistake each: planted, weighed by a second opinion, judged by the verifier."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import numpy as np

from derive import derive, load
from derive.ledger import Derivation
from derive.notes.notation import spelling
from derive.outputs import render
from derive.verifying.claims.points import sample
from derive.verifying.documents.reading import note
from derive.verifying.elaborate.context import Context
from derive.verifying.formula import Accent, Bracketed, Derivative, Name, Node, Number, Scripted
from derive.verifying.latex.reading import read
from derive.verifying.latex.writing import latex
from derive.verifying.report import Finding
from derive.verifying.turns import Turn, turns
from tests.verifying.arithmetic import Grid, Misfit, Numbers, Undecided, same
from tests.verifying.mutants import Slip, confused, slips

LOSS = "L"
SIZES = (3, 5, 4, 2)


@dataclass(frozen=True)
class Tried:
    """A mutant: where it stands, what it is, whether its value is another one, and what the verifier said."""

    layer: str
    kind: str
    source: str
    changes: bool
    finding: Finding
    repaired: bool

    @property
    def detected(self) -> bool:
        """Whether it was called incorrect."""
        return self.finding.verdict == "incorrect"


def tried(layer: str, most: int, seed: int = 0, **options: str) -> Iterator[Tried]:
    """Mutants of the note of a layer: at most so many of each line, of as many kinds as it allows."""
    derivation = derive(load(layer))
    text = render(derivation, "markdown", **options)
    rng = Random(f"{layer} {seed} {options}")
    known = list(spelled(derivation, options.get("profile", "partial")).values())
    numbers: list[Numbers] = []
    for turn in turns(note(text, layer)):
        before = turn.instead(turn.step.formula.source) if turn.candidate is None and turn.step.right else None
        context = turn.model.context
        if [f.verdict for f in turn.findings()] != ["correct"] or before is None or restates(turn, derivation):
            continue
        if not numbers or numbers[0].context is not context:
            numbers = numbers_of(derivation, context, turn, options.get("profile", "partial"))
        yield from weighed(before, numbers, layer, known, rng, most)


def restates(turn: Turn, derivation: Derivation) -> bool:
    """Whether a line says again what the layer computes: with a slip it may be taken for another definition."""
    atom = turn.model.context.lexicon.atom(turn.step.left) if turn.step.left is not None else None
    return atom is not None and derivation.program.equation(atom.name.replace("_", "")) is not None


def weighed(
    turn: Turn, numbers: list[Numbers], layer: str, known: list[Node], rng: Random, most: int
) -> Iterator[Tried]:
    """Mutants of one line: at most so many, their values found out without the verifier."""
    left, right = turn.step.left, turn.step.right
    assert left is not None and right is not None
    try:
        truth = [n.value(left) for n in numbers]
        values = [n.value(right) for n in numbers]
    except (Undecided, Misfit):
        return
    if not all(map(same, truth, values)):
        return
    own = left if turn.step.formula.parts[turn.step.part].sides[0] is not None else None  # type: ignore[union-attr]
    planted = [(s, right, truth) for s in slips(right, known)]
    planted += [(s, own, values) for s in confused(own, known)] if isinstance(own, Derivative) else []
    for slip, old, other in chosen(planted, rng, most):
        try:
            with np.errstate(all="ignore"):
                changes = not all(either(o, n.value(slip.node)) for o, n in zip(other, numbers, strict=True))
        except Undecided:
            continue
        except Misfit:
            changes = True
        yield judged(turn, slip if old is right else Slip("label", slip.node), old, changes, layer)


def either(one: Grid, other: Grid) -> bool:
    """Whether two values are the same, whichever is the left side."""
    return same(one, other) or same(other, one)


def judged(turn: Turn, slip: Slip, old: Node, changes: bool, layer: str) -> Tried:
    """What the verifier says of a mutant, written into the line in the place of what stood there."""
    source, start = turn.step.formula.source, turn.step.formula.span.start
    shown = latex(slip.node, turn.reader.note.units[turn.step.formula.unit].text)
    mutated = source[: old.span.start - start] + str(shown) + source[old.span.end - start :]
    [told] = turn.instead(mutated).findings()
    return Tried(layer, slip.kind, mutated, changes, told, bool(told.fix) and is_right(turn, told.fix))


def is_right(turn: Turn, fix: str) -> bool:
    """Whether a repair, read as it is printed, is judged correct in the place of the line."""
    try:
        here = turn.instead(fix).findings()
    except ValueError:
        return False
    return [f.verdict for f in here] == ["correct"]


Planted = tuple[Slip, Node, list[Grid]]


def chosen(found: list[Planted], rng: Random, most: int) -> list[Planted]:
    """At most so many, the kinds in turn."""
    rng.shuffle(found)
    by_kind: dict[str, list[Planted]] = {}
    for planted in found:
        by_kind.setdefault(planted[0].kind, []).append(planted)
    kept: list[Planted] = []
    while len(kept) < most and any(by_kind.values()):
        for kind in rng.sample(sorted(by_kind), len(by_kind)):
            if by_kind[kind] and len(kept) < most:
                kept.append(by_kind[kind].pop())
    return kept


def numbers_of(derivation: Derivation, context: Context, turn: Turn, profile: str) -> list[Numbers]:
    """What the symbols stand for at two points, from the layer's own text."""
    atoms = {tensor: context.lexicon.atom(node) for tensor, node in spelled(derivation, profile).items()}
    names = {atom.name: tensor for tensor, atom in atoms.items() if atom is not None}
    sizes = {axis.name: size for axis, size in zip(derivation.program.axes, SIZES, strict=False)}
    points = sample(derivation.program, seed=7, sizes=sizes)
    return [Numbers(p, names, context, turn.model.shapes, LOSS) for p in points]


def spelled(derivation: Derivation, profile: str) -> dict[str, Node]:
    """How a note spells the tensors and hyperparameters of a program."""
    found = {}
    for name, here in spelling(derivation.program, profile).symbols.items():
        [line] = read(here.entry())
        [side] = line.parts[0].sides  # type: ignore[union-attr]
        found[name] = unplaced(side)
    return found


def unplaced(node: Node) -> Node:
    """A symbol that stands in no text."""
    match node:
        case Scripted(base, sub, sup):
            return Scripted(unplaced(base), sub and unplaced(sub), sup and unplaced(sup))
        case Accent(mark, body):
            return Accent(mark, unplaced(body))
        case Name(text, font, whole):
            return Name(text, font, whole)
        case Number(text, font):
            return Number(text, font)
        case Bracketed(left, right, body):
            return Bracketed(left, right, unplaced(body))
    raise AssertionError(f"{node} is no symbol")
