"""What is said about one step: a definition, a verdict on a claim, the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.errors import ChainruleError
from derive.verifying.claimed import claimed
from derive.verifying.claims.customs import (
    by_custom,
    written_slope,
)
from derive.verifying.claims.definitions import EQUALS, UPDATES, Definition
from derive.verifying.claims.judging import add_signal
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader
from derive.verifying.claims.sections import Section
from derive.verifying.claims.solutions import is_set_to_zero, is_solution
from derive.verifying.claims.steps import Step
from derive.verifying.claims.twice import second
from derive.verifying.claims.typing import line
from derive.verifying.elaborate.context import Unclear, named_slope
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.formula import (
    Commas,
    Juxtaposition,
    Name,
    Node,
    Scripted,
)
from derive.verifying.report import Finding
from derive.verifying.switches import switched


def finding(
    step: Step, candidate: Definition | None, model: Model, section: Section, reader: Reader
) -> Iterator[Finding]:
    """What is said about one step; nothing about a symbol that is only mentioned."""
    base = Finding(step.formula.place, _source(step), "cannot-judge", step.number)
    if step.unread:
        yield replace(base, message=step.unread)
        return
    if step.right is None or step.left is None or step.implied:
        return
    if step.sign in UPDATES or _is_change(step.left, reader):
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
    under_condition = switched(base, step, model, reader)
    if under_condition is not None:
        yield under_condition
        return
    if step.sign not in EQUALS:
        yield replace(base, message=f"a relation with {step.sign} is not judged")
        return
    if _is_update(step, reader):
        yield replace(base, verdict="update-rule")
        return
    if is_solution(step, reader.candidates, reader.words) and model.program.equation(_name(step, reader)) is None:
        yield replace(base, verdict="definition", message="where a gradient is zero")
        return
    found = claimed(base, step, model, reader)
    if found.verdict == "incorrect" and is_set_to_zero(step, reader.steps, reader.words):
        found = replace(base, verdict="definition", message="where a gradient is zero")
    yield found


def _name(step: Step, reader: Reader) -> str:
    atom = reader.words.atom(step.left) if step.left is not None else None
    return atom.name if atom is not None else ""


def _is_change(left: Node, reader: Reader) -> bool:
    r"""Whether the left side is by how much something changes: ``\Delta w_{ij} = -\eta ...``."""
    match left:
        case Juxtaposition((Name("Delta"), Name() | Scripted())):
            return "Delta" not in {d.name for d in reader.candidates.values()}
        case _:
            return False


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
    return any(here == step.left for here in symbols_under(step.right))


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
        found = claimed(base, d.step, model, reader)
        if found.verdict == "incorrect" and reader.words.atom(d.right) is not None:
            found = replace(base, verdict="definition", message=f"another case of {d.name}")
        yield found


def _named_gradient(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    """A name for a derivative; where the line says more, that is judged."""
    slope = written_slope(d.right, model)
    if slope is None or second(d.right):
        reason = "" if second(d.right) else "what this names is not understood"
        yield replace(base, verdict="cannot-judge" if reason else "definition", message=reason)
        return
    if d.name.endswith("_l") and slope.by.endswith("_l"):
        reader.patterns[d.name[:-2]] = (slope.of, slope.by[:-2])
        model.context = replace(model.context, patterns=dict(reader.patterns))
        yield replace(base, verdict="definition", gradient_of=slope.by)
        return
    layer = str(d.step.layer)
    if d.step.layer and d.name.endswith(layer) and slope.by.endswith(layer):  # what δ is in one layer, it is in all
        reader.patterns[d.name.removesuffix(layer)] = (slope.of, slope.by.removesuffix(layer))
    if d.name.endswith(f"_{slope.by}"):  # G_X for X: so for every other symbol
        reader.patterns[d.name.removesuffix(slope.by)] = (slope.of, "")
    reader.gradients[d.name] = slope
    model.context = replace(model.context, gradients=dict(reader.gradients), patterns=dict(reader.patterns))
    if d.right == d.step.right:
        yield replace(base, verdict="definition", gradient_of=slope.by)
    else:
        yield claimed(base, d.step, model, reader)


def _signal(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    custom = None if named_slope(d.name, model.context, model.shapes) else by_custom(d, model)
    if custom is not None:
        reader.gradients[d.name] = custom
        model.context = replace(model.context, gradients=dict(reader.gradients))
        found = claimed(base, d.step, model, reader)
        reading = f"{d.name} is read as ∂{custom.of}/∂{custom.by}"
        yield replace(found, reading="; ".join(r for r in (reading, found.reading) if r))
        return
    if named_slope(d.name, model.context, model.shapes) is not None:
        yield claimed(base, d.step, model, reader)
        return
    if d.name in model.context.gradients or d.name in model.shapes.symbols:
        yield claimed(base, d.step, model, reader)
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
