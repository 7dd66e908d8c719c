r"""Gradients under a condition, for any layer: ``U\ell_i > 0 \Rightarrow \frac{\partial L}{\partial Z\ell_i}``.

The gradient by what the condition is about is claimed to be the value where the condition holds.
"""

from __future__ import annotations

import re
from dataclasses import replace

from derive.errors import ChainruleError
from derive.verifying.claim import Statement
from derive.verifying.claims.judging import judged
from derive.verifying.claims.layers import LAYERS
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader
from derive.verifying.claims.steps import Step
from derive.verifying.diagnosis.respelling import Hand, respelled
from derive.verifying.elaborate.conditions import COMPARISONS
from derive.verifying.elaborate.context import Unclear
from derive.verifying.formula import (
    Case,
    Cases,
    Derivative,
    Juxtaposition,
    Name,
    Node,
    Relation,
    Relations,
    Scripted,
    Words,
    within,
)
from derive.verifying.rebuilding import replaced
from derive.verifying.report import Finding

NUMBERED = re.compile(r"([A-Za-z]+)(\d+)")


def switched(base: Finding, step: Step, model: Model, reader: Reader) -> Finding | None:
    """The verdict on a value under a condition; None if the step is none, or no layer is known that it may be about."""
    value = _value(step)
    if value is None or step.left is None or step.right is None:
        return None
    slope = next(n for n in within(value) if isinstance(n, Derivative))
    outcomes: list[bool] = []
    for layer, above, below in _layers(step.left, model):
        label = _spelled(slope.by[0], above, layer)
        meant = replaced(value, slope, replace(slope, by=(label,)))
        about = _spelled(step.left, below, layer)
        if _holds(slope, about, step, meant, model):
            outcomes.append(_holds(slope, about, step, _of_layer(value, layer), model))
            right = replaced(value, slope, replace(slope, by=(_general(slope.by[0], step.left, above),)))
    if not outcomes:
        return None
    if all(outcomes):
        return replace(base, verdict="correct", proved="numeric", reading="for every layer in which it is applied")
    text = reader.note.units[step.formula.unit].text
    condition = step.formula.source.split(r"\Rightarrow")[0].replace("&", "").replace(r"\quad", "").strip()
    fix = rf"{condition} \Rightarrow {respelled(value, right, text, Hand())}"
    said = "the value is the gradient by another layer's output: it has to be that of the same layer"
    return replace(base, verdict="incorrect", error_class="label", message=said, fix=fix)


def _value(step: Step) -> Node | None:
    """The value behind the arrow, if it speaks of a gradient."""
    if step.sign not in COMPARISONS or step.sign == "=" or step.part + 1 >= len(step.formula.parts):
        return None
    after = step.formula.parts[step.part + 1]
    if not isinstance(after, Statement) or not after.follows or len(after.sides) != 1 or after.sides[0] is None:
        return None
    slopes = [n for n in within(after.sides[0]) if isinstance(n, Derivative) and len(n.by) == 1 and n.of is not None]
    return after.sides[0] if slopes else None


def _layers(about: Node, model: Model) -> list[tuple[str, str, str]]:
    """The layers that a condition may be about: number, what is computed from it entry by entry, and itself."""
    found = []
    letter = next((n.text for n in within(about) if isinstance(n, Name)), "")
    for equation in model.program.equations:
        for name in model.shapes.symbols:
            match = NUMBERED.fullmatch(name)
            if match is not None and name.startswith(letter) and model.context.elementwise(equation.name, name):
                found.append((match[2], equation.name, name))
    return found


def _holds(slope: Derivative, about: Node, step: Step, value: Node, model: Model) -> bool:
    assert step.right is not None
    left = replace(slope, by=(about,))
    condition = Relations((about, step.right), (Relation(step.sign),))
    right = Cases((Case(value, condition), Case(left, Words("otherwise"))))
    try:
        return judged(left, right, model).holds
    except (Unclear, ChainruleError):
        return False


def _spelled(node: Node, name: str, layer: str) -> Node:
    r"""A symbol of one layer at the indices that are written: ``U\ell_i`` is ``U2_i``."""
    last = node.factors[-1] if isinstance(node, Juxtaposition) else node
    sub = last.sub if isinstance(last, Scripted) else None
    return Scripted(Name(name, whole=True), sub) if sub is not None else Name(name, whole=True)


def _of_layer(node: Node, layer: str) -> Node:
    """The formula with the number of the layer where a letter stands for it."""
    for here in within(node):
        if isinstance(here, Juxtaposition) and isinstance(here.factors[0], Name):
            last = here.factors[-1]
            base = last.base if isinstance(last, Scripted) else last
            if isinstance(base, Name) and base.text in LAYERS:
                node = replaced(node, here, _spelled(here, here.factors[0].text + layer, layer))
    return node


def _general(label: Node, about: Node, above: str) -> Node:
    """The label for any layer, in the spelling of the condition."""
    letter = Name(above.rstrip("0123456789"))
    if isinstance(about, Juxtaposition):
        return Juxtaposition((letter, *about.factors[1:]))
    return label
