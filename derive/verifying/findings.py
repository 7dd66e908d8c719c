"""What is said about one step: a definition, a verdict on a claim, the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.errors import ChainruleError
from derive.verifying.claims.choices import Failed
from derive.verifying.claims.customs import (
    averaged_later,
    by_custom,
    gradient_of,
    is_open_function,
    slope_of,
    without_average,
    written_slope,
)
from derive.verifying.claims.definitions import EQUALS, UPDATES, Definition
from derive.verifying.claims.judging import add_signal, judged, variables_of
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader, inlined
from derive.verifying.claims.restricted import conditions, judged_where
from derive.verifying.claims.sections import Section
from derive.verifying.claims.sizes import wrong, wrong_sizes
from derive.verifying.claims.steps import Step
from derive.verifying.claims.typing import line
from derive.verifying.claims.unread import links_missing, not_understood, undecided
from derive.verifying.diagnosis.diagnose import diagnosed
from derive.verifying.elaborate.context import Unclear, named_slope
from derive.verifying.formula import (
    Commas,
    Name,
    Scripted,
    within,
)
from derive.verifying.report import Finding

# repairs that bring in a symbol, whose layer would be spelled for another formula
SPELLED_ANEW = frozenset(("symbol", "gradient", "label", "missing-factor", "missing-path", "value", "shape"))


def finding(
    step: Step, candidate: Definition | None, model: Model, section: Section, reader: Reader
) -> Iterator[Finding]:
    """What is said about one step; nothing about a symbol that is only mentioned."""
    base = Finding(step.formula.place, _source(step), "cannot-judge", step.number)
    if step.unread:
        yield replace(base, message=step.unread)
        return
    if step.right is None or step.left is None:
        return
    if step.sign in UPDATES:
        yield replace(base, verdict="update-rule")
        return
    if candidate is not None:
        yield from _defined(base, candidate, model, section, reader)
        return
    if step.chain in reader.said.ranged:
        yield replace(base, verdict="definition", message="how far an index runs")
        return
    if _about_letters(step, reader):
        yield replace(base, verdict="definition", message="a condition on indices")
        return
    if step.sign not in EQUALS and isinstance(step.left, (Name, Scripted)):
        yield replace(base, verdict="definition", message="an assumption about a symbol")
        return
    if isinstance(step.right, Commas) and isinstance(step.left, (Name, Scripted)):
        yield replace(base, verdict="definition", message="a range or a list")
        return
    if step.sign not in EQUALS:
        yield replace(base, message=f"a relation with {step.sign} is not judged")
        return
    if _is_update(step, reader):
        yield replace(base, verdict="update-rule")
        return
    yield _claimed(base, step, model, reader)


def _source(step: Step) -> str:
    return step.formula.source.strip()


def _about_letters(step: Step, reader: Reader) -> bool:
    """Whether two indices are compared: ``i = j``."""
    letters = [n.text for n in (step.left, step.right) if isinstance(n, Name) and n.text in reader.words.letters]
    return len(letters) == 2 and not set(letters) & {c.name for c in reader.candidates.values()}


def _is_update(step: Step, reader: Reader) -> bool:
    """The same symbol on both sides: ``W = W - η ∂L/∂W``."""
    atom = reader.words.atom(step.left) if step.left is not None else None
    if atom is None or step.right is None:
        return False
    return any(here == step.left for here in within(step.right))


def _defined(base: Finding, d: Definition, model: Model, section: Section, reader: Reader) -> Iterator[Finding]:
    if d.kind == "gradient":
        yield from _named_gradient(base, d, model, reader)
    elif d.kind == "signal":
        yield from _signal(base, d, model, reader)
    elif d.kind in ("function", "list"):
        yield replace(base, verdict="definition")
    elif any(d is x for x in section.lines) or any(d.right == x.right for x in section.lines if x.name == d.name):
        reason = model.left_out.get(d.name, "")
        yield replace(base, verdict="cannot-judge" if reason else "definition", message=reason)
    else:
        yield _claimed(base, d.step, model, reader)


def _named_gradient(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    """A name for a derivative; where the line says more, that is judged."""
    slope = written_slope(d.right, model)
    if slope is None:
        yield replace(base, message="what this names is not understood")
        return
    if d.name.endswith("_l") and slope.by.endswith("_l"):
        reader.patterns[d.name[:-2]] = (slope.of, slope.by[:-2])
        model.context = replace(model.context, patterns=dict(reader.patterns))
        yield replace(base, verdict="definition", gradient_of=slope.by)
        return
    reader.gradients[d.name] = slope
    model.context = replace(model.context, gradients=dict(reader.gradients))
    if d.right == d.step.right:
        yield replace(base, verdict="definition", gradient_of=slope.by)
    else:
        yield _claimed(base, d.step, model, reader)


def _signal(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    custom = None if named_slope(d.name, model.context, model.shapes) else by_custom(d, model)
    if custom is not None:
        reader.gradients[d.name] = custom
        model.context = replace(model.context, gradients=dict(reader.gradients))
        found = _claimed(base, d.step, model, reader)
        reading = f"{d.name} is read as ∂{custom.of}/∂{custom.by}"
        yield replace(found, reading="; ".join(r for r in (reading, found.reading) if r))
        return
    if named_slope(d.name, model.context, model.shapes) is not None:
        yield _claimed(base, d.step, model, reader)
        return
    if d.name in model.context.gradients or d.name in model.shapes.symbols:
        yield _claimed(base, d.step, model, reader)
        return
    try:
        context = replace(model.context, open=True, ranks=lambda name: (0, 1, 2) if name == d.name else ())
        typed = next(line(d, context, model.shapes), None)
    except (Unclear, ChainruleError) as error:
        yield replace(base, message=str(error))
        return
    if typed is None:
        yield replace(base, message="the shapes on its right side do not fit together")
        return
    here, state = typed
    add_signal(d.name, here.value, here.letters, state, model)
    yield replace(base, verdict="definition")


def _claimed(base: Finding, step: Step, model: Model, reader: Reader) -> Finding:
    assert step.left is not None and step.right is not None
    left = reader.relabelled.get(step.chain, step.left)
    right = step.right
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
        return replace(base, verdict="incorrect", error_class="range", message=faults[0], gradient_of=gradient)
    wrong_shape = wrong_sizes(step, outcome, model) if outcome.holds else ""
    if wrong_shape:
        said = f"the formula is right, but its shape is {wrong_shape}"
        return replace(
            base, verdict="incorrect", error_class="annotation", message=said, fix=wrong_shape, gradient_of=gradient
        )
    if outcome.holds:
        return replace(base, verdict="correct", proved=outcome.tier, reading=reading, gradient_of=gradient)
    unread = not_understood(left, step.right, model, reader) or links_missing(outcome, model, reader)
    if unread:
        return replace(base, message=f"what defines {unread} is not understood, so this cannot be told")
    loose = undecided(slope_of(left, model), outcome, model, reader)
    if loose:
        return replace(base, message=loose)
    reader.failed.append(Failed(left, right, outcome.counterexample is None))
    if not reader.diagnosing:
        return replace(base, verdict="incorrect", gradient_of=gradient)
    sides = [s for other in reader.steps for s in (other.left, other.right) if s is not None]
    stated = [s.left for s in reader.steps if s.first and s.left is not None and s.chain != step.chain]
    text = reader.note.units[step.formula.unit].text
    found = diagnosed(left, step.right, outcome, slope_of(left, model), model, sides, text, stated)
    if found.left is not None:
        reader.relabelled[step.chain] = found.left
    return replace(
        base,
        verdict="incorrect",
        reading=reading,
        gradient_of=gradient,
        error_class=found.kind,
        message="; ".join(p for p in (found.words, wrong(outcome)) if p),
        fix="" if step.layer and found.kind in SPELLED_ANEW else found.fix,
    )
