"""One claim of a note: does it hold, can it be told at all, and if it is wrong, what would be right."""

from __future__ import annotations

from dataclasses import replace

from derive.effort import TooMuchWork, at_most
from derive.errors import ChainruleError
from derive.verifying.claims.choices import Failed
from derive.verifying.claims.customs import (
    averaged_later,
    gradient_of,
    is_open_function,
    mean_of_losses,
    slope_of,
    without_average,
)
from derive.verifying.claims.differentials import changes, spelled_out, with_differentials
from derive.verifying.claims.judging import judged, variables_of
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader, inlined
from derive.verifying.claims.restricted import conditions, judged_where
from derive.verifying.claims.sizes import wrong, wrong_sizes
from derive.verifying.claims.steps import Step
from derive.verifying.claims.twice import once, second
from derive.verifying.claims.unread import links_missing, not_understood, only_given, undecided
from derive.verifying.diagnosis.diagnose import diagnosed
from derive.verifying.diagnosis.example import example
from derive.verifying.diagnosis.respelling import unplaced
from derive.verifying.elaborate.context import Unclear
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    Name,
    Node,
    Number,
    Scripted,
)
from derive.verifying.latex.writing import latex
from derive.verifying.report import Finding

STATEMENT = 150_000  # units of work to judge one relation and to find what is wrong with it
# of a formula for every layer: told for one of them, these would be spelled for that one alone
OF_ONE_LAYER = frozenset(("value", "shape"))


def claimed(base: Finding, step: Step, model: Model, reader: Reader) -> Finding:
    """The verdict on one relation, with the diagnosis where it does not hold; none if it takes too much work."""
    try:
        with at_most(STATEMENT):
            return _claimed(base, step, model, reader)
    except TooMuchWork as error:
        return replace(base, message=error.message)


def _claimed(base: Finding, step: Step, model: Model, reader: Reader) -> Finding:
    assert step.left is not None and step.right is not None
    left = reader.relabelled.get(step.chain, step.left)
    right = step.right
    try:
        left = once(left, reader.held, reader.words)
    except Unclear as error:
        return replace(base, message=error.reason)
    if reader.differential:
        left, right = spelled_out(left, reader.words), spelled_out(right, reader.words)
        plain, model = model, with_differentials(model, reader.differential)
        mentioned = changes(left, reader.words) | changes(right, reader.words)
        alone = with_differentials(plain, mentioned)
        if not _holds(left, right, model) and _holds(left, right, alone):
            model = alone  # the others are held
    variables = variables_of(left, model.context)
    if variables:
        right = inlined(right, variables, reader)
    try:
        outcome = judged_where(left, right, model, conditions(step))
    except Unclear as error:
        return replace(base, message=error.reason)
    except ChainruleError as error:
        return replace(base, message=error.message)
    gradient = gradient_of(left, model)
    times = without_average(left, outcome, model, reader)
    if not times and not outcome.holds and averaged_later(left, step, model, reader):
        outcome = judged(left, right, model)
    if times:
        said = f"stands for {times} times the gradient here: 1/{times} is left for later"
        return replace(base, verdict="correct", proved="numeric", gradient_of=gradient, reading=said)
    reading = "; ".join(outcome.reading)
    if not outcome.holds and is_open_function(left, model):
        said = "the derivative is defined here; what function it belongs to is not said"
        return replace(base, verdict="definition", message=said)
    faults = [r[1:] for r in outcome.reading if r.startswith("!")]
    if outcome.holds and faults:
        rest = "; ".join(r for r in outcome.reading if not r.startswith("!"))
        return replace(
            base, verdict="incorrect", error_class="range", message=faults[0], gradient_of=gradient, reading=rest
        )
    wrong_shape = wrong_sizes(step, outcome, model) if outcome.holds else ""
    if wrong_shape:
        said = f"the formula is right, but its shape is {wrong_shape}"
        return replace(
            base, verdict="incorrect", error_class="annotation", message=said, fix=wrong_shape, gradient_of=gradient
        )
    if outcome.holds:
        reader.held.setdefault(left, right)
        return replace(base, verdict="correct", proved=outcome.tier, reading=reading, gradient_of=gradient)
    unread = not_understood(left, step.right, model, reader) or links_missing(outcome, model, reader)
    if unread:
        return replace(base, message=f"what defines {unread} is not understood, so this cannot be told")
    if (isinstance(right, Number) or _is_identity(right)) and gradient == "" and only_given(outcome, model):
        return replace(base, verdict="definition", message="an assumption about what is given")
    loose = undecided(slope_of(left, model), outcome, model, reader)
    if loose:
        return replace(base, message=loose)
    mean = mean_of_losses(left, outcome, model)
    if mean:
        return replace(base, verdict="correct", proved="numeric", gradient_of=gradient, reading=mean)
    reader.failed.append(Failed(left, right, outcome.counterexample is None))
    if not reader.diagnosing:
        return replace(base, verdict="incorrect", gradient_of=gradient)
    sides = [
        s if other.formula.unit == step.formula.unit and not other.formula.macros else unplaced(s)
        for other in reader.steps
        for s in (other.left, other.right)
        if s is not None and (not step.layer or other.layer in (0, step.layer))
    ]
    stated = [s.left for s in reader.steps if s.first and s.left is not None and s.chain != step.chain]
    text = "" if step.formula.macros else reader.note.units[step.formula.unit].text
    found = diagnosed(
        left, right if reader.differential else step.right, outcome, slope_of(left, model), model, sides, text, stated
    )
    if found.left is not None:
        reader.relabelled[step.chain] = found.left
    return replace(
        base,
        verdict="incorrect",
        reading=reading,
        gradient_of=gradient,
        error_class=found.kind,
        message="; ".join(p for p in (found.words, wrong(outcome)) if p),
        example=example(outcome, model),
        fix="" if step.layer and found.kind in OF_ONE_LAYER else _in_place(found.fix, step.left, text),
    )


def _holds(left: Node, right: Node, model: Model) -> bool:
    try:
        return judged(left, right, model).holds
    except (Unclear, ChainruleError):
        return False


def _is_identity(node: Node) -> bool:
    return isinstance(node.base if isinstance(node, Scripted) else node, Name) and text_of(node)[:1] == "I"


def _in_place(fix: str, left: Node, text: str) -> str:
    """The fix with a second derivative on its left as the writer has it."""
    equals = " = "
    return f"{latex(left, text)}{equals}{fix.partition(equals)[2]}" if fix and second(left) else fix
