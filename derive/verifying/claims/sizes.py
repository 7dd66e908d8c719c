"""Shapes written beside a claim, apart from its value; and how the shapes of two sides differ, in words."""

from __future__ import annotations

from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.spelled import text_of


def wrong(outcome: Outcome) -> str:
    """Why a claim does not hold, before any diagnosis."""
    if outcome.counterexample is not None:
        return "the two sides differ"
    if outcome.misfits:
        m = outcome.misfits[0]
        if m.free:
            return f"the index {', '.join(m.free)} stands on the right side only"
        return f"the left side has the shape ({', '.join(m.left)}), the right side ({', '.join(m.right)})"
    return "the shapes on the right side do not fit together"


def wrong_sizes(step: Step, outcome: Outcome, model: Model) -> str:
    """The shape that a claim has, where another one is written beside it; empty if that is right or not known."""
    if outcome.sides is None or not step.shapes or outcome.sides.letters:
        return ""
    sizes = model.shapes.sizes_by_name()
    axes = [i.axis.name for i in outcome.sides.indices]
    long = [a for a in axes if sizes.get(a) != 1]
    for shape in step.shapes:
        written_sizes = [t for s in shape.sizes if (t := text_of(s)) != "1"]
        if len(written_sizes) != len(long) or not all(map(_may_be, written_sizes, long, [sizes.get(a) for a in long])):
            known = [str(sizes.get(a, a)) for a in axes]
            known = [*(["1"] * (len(shape.sizes) - len(known))), *known]
            return f"({', '.join(known)})"
    return ""


def _may_be(text: str, axis: str, size: int | None) -> bool:
    if text.isdigit():
        return size is None or int(text) == size
    plain = axis.translate(MARKS)  # a product of sizes is named as it is written
    return text in (axis, plain) or not text.isidentifier() or size is not None


MARKS = str.maketrans("", "", "_{} ")
