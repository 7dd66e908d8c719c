r"""Claims that hold for some indices only: ``\quad (i \ne j)`` beside one, "if i = j" in the prose before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from derive.expression import ZERO, Compare, Expr, Index, mul
from derive.verifying.claim import Statement
from derive.verifying.claims.evaluation import decided
from derive.verifying.claims.judging import judged, readings
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.conditions import COMPARISONS, compared
from derive.verifying.elaborate.context import Unclear
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Bracketed, Name, Node, Relation, Relations
from derive.verifying.latex.reading import read


def judged_where(left: Node, right: Node, model: Model, conditions: Sequence[Relations]) -> Outcome:
    """The outcome for one relation, where need be only for the indices that obey the conditions written beside it.

    Raises `Unclear` or `CannotJudge` where there is no answer.
    """
    outcome = judged(left, right, model)
    if outcome.holds or not conditions:
        return outcome
    sides, _ = readings(left, right, model, model.context)
    for side in sides:
        letters = {i.name: i for i in side.indices}
        tests = [t for c in conditions if (t := _test(c, letters) or _compared(c, model)) is not None]
        if tests:
            where = mul(*tests)
            if not letters and decided(replace(side, left=where, right=ZERO), model).holds:
                raise Unclear(f"it is claimed where {_all_shown(conditions)}, and no point tried is there")
            here = replace(side, left=mul(where, side.left), right=mul(where, side.right))
            found = decided(here, model)
            if found.holds:
                said = f"where {_all_shown(conditions)}"
                return replace(found, reading=(*side.reading, said), sides=side)
    return outcome


def _test(condition: Relations, letters: Mapping[str, Index]) -> Expr | None:
    """1 where two indices compare as written; None for a condition on anything else."""
    names = [letters.get(text_of(s)) for s in condition.sides]
    if len(names) != 2 or names[0] is None or names[1] is None or condition.relations[0].sign not in COMPARISONS:
        return None
    return Compare(COMPARISONS[condition.relations[0].sign], names[0], names[1])


def _compared(condition: Relations, model: Model) -> Expr | None:
    """1 where a number compares as written: ``L > 0``. That one number is another is no more than a definition."""
    if condition.relations[0].sign not in BOUNDS:
        return None
    try:
        read_as = compared(condition, model.context, model.shapes)
        found = ((v, s) for v, s in read_as if not v.axes and all(x.bound for x in s.letters.values()))
        return next((value.at((), model.maker(shapes)) for value, shapes in found), None)
    except Unclear:
        return None


def _all_shown(conditions: Sequence[Relations]) -> str:
    return " and ".join(map(shown_condition, conditions))


def shown_condition(condition: Relations) -> str:
    """A condition in words."""
    return f" {condition.relations[0].sign} ".join(map(text_of, condition.sides))


PROSE_CONDITION = re.compile(r"(?<![\w\\])([a-z])\s*(\\neq?\b|≠|!=|=)\s*([a-z])(?![\w(])\$?\W{0,2}\w{0,5}\W*$")


INSIDE = re.compile(r"\$([^$\n]{1,80}(?:[<>≤≥]|\\[lg]eq?\b)[^$\n]{1,40})\$")


def _inequalities(text: str) -> Iterator[Relations]:
    """What is assumed in prose: ``If the loss is active ($L > 0$)``."""
    for line in read(text):
        for part in line.parts:
            sides = tuple(s for s in part.sides if s is not None) if isinstance(part, Statement) else ()
            if isinstance(part, Statement) and len(sides) == 2 and part.relations[0].sign in BOUNDS:
                yield Relations(sides, part.relations)


BOUNDS = frozenset("<>≤≥")


def conditions(step: Step) -> tuple[Relations, ...]:
    r"""For which indices a step is claimed: ``(i \ne j)`` beside it, "if $i = j$" in the line of prose before it."""
    beside = [c.of for c in step.conditions]
    inner = (n.body if isinstance(n, Bracketed) else n for n in beside)
    found = tuple(n for n in inner if isinstance(n, Relations))
    if found:
        return found
    before = step.formula.context.before
    said = PROSE_CONDITION.findall(before)
    inside = INSIDE.findall(before) if step.formula.display is not None else ()
    assumed = tuple(n for text in inside for n in _inequalities(text))
    return assumed[-1:] + tuple(
        Relations((Name(a), Name(b)), (Relation("=" if sign == "=" else "≠"),)) for a, sign, b in said[-1:]
    )
