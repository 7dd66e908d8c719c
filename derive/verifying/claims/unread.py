"""What a claim needs and the note defines in a line that is not understood: then the claim cannot be judged."""

from __future__ import annotations

from derive.rewriting import tensors_in
from derive.verifying.claims.definitions import EQUALS, is_list
from derive.verifying.claims.evaluation import slopes_in
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome
from derive.verifying.claims.reader import Reader
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.solutions import left_out
from derive.verifying.claims.steps import Step
from derive.verifying.claims.truth import is_open, reaches
from derive.verifying.elaborate.context import Slope, named_slope
from derive.verifying.formula import Node, within


def not_understood(left: Node, right: Node, model: Model, reader: Reader) -> str:
    """The names that the claim needs and whose definition is not understood; empty if there are none."""
    atom = reader.words.atom(left)
    if atom is not None and named_slope(atom.name, model.context, model.shapes) is None:
        known = model.program.equation(atom.name) is not None or atom.name in model.signals
        if not known and atom.name in model.shapes.symbols:
            return atom.name
    if not model.left_out:
        return ""
    spoken = symbols_of(left, reader.words) | symbols_of(right, reader.words)
    touched = {n for n in model.left_out if n in spoken}
    for d in reader.candidates.values():  # a path that is not understood may begin at what the claim speaks of
        if d.name in model.left_out and symbols_of(d.right, reader.words) & (spoken - {model.loss}):
            touched.add(d.name)
    return ", ".join(sorted(touched))


def links_missing(outcome: Outcome, model: Model, reader: Reader) -> str:
    """What the claim differentiates and the note defines, but in a line that is not understood."""
    if outcome.sides is None:
        return ""
    read = (*tensors_in(outcome.sides.left), *tensors_in(outcome.sides.right))
    named = {name for of, by, _ in slopes_in(read) for name in (of, by)}
    lefts = (
        (atom, s.right)
        for s in reader.steps
        if s.first and s.left is not None and s.sign in EQUALS and not _again(s)
        if left_out(s, reader.candidates, reader.words) is None
        if (atom := reader.words.atom(s.left)) is not None
    )
    stated = {a.name + "'" * a.primes for a, right in lefts if right is None or not is_list(right, a, reader.words)}
    stated -= set(model.signals)
    return ", ".join(sorted(n for n in named & stated if model.program.equation(n) is None and n != model.loss))


def only_given(outcome: Outcome, model: Model) -> bool:
    """Whether a claim speaks of nothing that is computed or differentiated."""
    if outcome.sides is None:
        return False
    given = {t.name for t in model.program.given}
    return set((*tensors_in(outcome.sides.left), *tensors_in(outcome.sides.right))) <= given


def undecided(slope: Slope | None, outcome: Outcome, model: Model, reader: Reader) -> str:
    """Why a claim has no truth value: nothing says how the loss depends on what stands in it; empty if it has one."""
    read = (*tensors_in(outcome.sides.left), *tensors_in(outcome.sides.right)) if outcome.sides is not None else ()
    named = {(of, by) for of, by, _ in slopes_in(read)}
    if slope is not None:
        named.add((slope.of, slope.by))
    outputs = set(model.program.outputs)
    if slope is not None and len(outputs) > 1 and slope.by in outputs and is_open(model.program, slope.of, slope.by):
        reader.undecided.add(slope.by)
    loose = sorted(by for of, by in named if is_open(model.program, of, by) and _loose(by, outputs, model, reader))
    return f"nothing says how {model.loss} depends on {loose[0]}" if loose else ""


def _loose(by: str, outputs: set[str], model: Model, reader: Reader) -> bool:
    """Whether a gradient by a tensor may be anything, or would be 0 only because no line leads on from it."""
    return by in reader.undecided or not any(by == out or reaches(model.program, out, by) for out in outputs)


def _again(step: Step) -> bool:
    """Whether the left side stands on the right as well, as in an update."""
    return step.right is not None and any(n == step.left for n in within(step.right))
