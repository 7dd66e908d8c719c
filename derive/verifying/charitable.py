"""What a section leaves open is chosen so that as little of it as may be is wrong."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from derive.verifying.claims.choices import MOST, alternatives
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader, claim_holds, model_of, trying
from derive.verifying.claims.sections import Section, symbols_of
from derive.verifying.elaborate.context import named_slope
from derive.verifying.findings import finding


def settled(section: Section, place: int, reader: Reader) -> Reader:
    """The state to judge the section in; ``place`` is the number of its first step."""
    trial = trying(reader, reader.choices, diagnosing=False)
    wrong, unjudged = _counted(section, place, trial)
    declared = frozenset(reader.said.shapes.symbols)
    chosen, improved = reader.choices, wrong[0] > 0
    while improved and trial.failed:
        improved = False
        spoken = {n for f in trial.failed for side in (f.left, f.right) for n in symbols_of(side, reader.words)}
        model = model_of(section, trial)
        slopes = (named_slope(n, model.context, model.shapes) for n in spoken)
        spoken |= {slope.by for slope in slopes if slope is not None}
        outside = _from_outside(section, model, trial)
        others = alternatives(chosen, trial.failed, model, declared, frozenset(spoken), outside)
        for choices in islice(others, MOST):
            other = trying(reader, choices, diagnosing=False)
            if not any(claim_holds(f, section, other) for f in trial.failed):
                continue
            now, open_now = _counted(section, place, other)
            if now < wrong and open_now <= unjudged:
                chosen, trial, wrong, unjudged, improved = choices, other, now, open_now, True
                break
    return trying(reader, chosen, diagnosing=True, tried=trial)


def _counted(section: Section, place: int, reader: Reader) -> tuple[tuple[int, int], int]:
    """How many relations are wrong, of these those whose shapes do not fit; and how many cannot be judged."""
    model = model_of(section, reader)
    counts = Counter(
        found.verdict
        for number, step in enumerate(section.steps, place)
        for found in finding(step, reader.candidates.get(number), model, section, reader)
    )
    misfits = sum(1 for f in reader.failed if f.misfit)
    return (counts["incorrect"], misfits), counts["cannot-judge"]


def _from_outside(section: Section, model: Model, reader: Reader) -> frozenset[str]:
    """What is computed on the way, and whose gradient has a name (``dc``) that the section uses but never defines."""
    claims = [(s.left, s.right) for s in section.steps if s.left is not None and s.right is not None]
    lefts = {n for left, _ in claims for n in symbols_of(left, reader.words)}
    rights = {n for _, right in claims for n in symbols_of(right, reader.words)}
    outputs = set(model.program.outputs)
    names = (named_slope(name, model.context, model.shapes) for name in rights - lefts)
    on_the_way = {slope.by for slope in names if slope is not None and slope.by not in outputs}
    return frozenset(n for n in on_the_way if model.program.equation(n) is not None)
