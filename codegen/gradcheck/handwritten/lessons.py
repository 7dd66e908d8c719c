"""What a bad report can teach: the line at fault and its repair, and the gradient derived from the forward pass."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from codegen.gradcheck.diagnosis import NEARLY
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.probing import Setting, sample
from codegen.gradcheck.handwritten.rebuilding import Remake
from codegen.gradcheck.handwritten.repairs import Truths, lessons, truths_at
from codegen.gradcheck.handwritten.steadiness import namespaces_of, steady
from codegen.gradcheck.handwritten.trial import Spot, Trial, spot, trial, untried
from codegen.gradcheck.report import Lesson, Report
from derive.program import Program


def with_lessons(
    report: Report,
    layer: Layer,
    setting: Setting,
    things: Sequence[Any],
    remake: Remake | None,
    program: Program | None = None,
) -> Report:
    """The report with what it can teach. ``program``: the forward pass, else it is read from the code's text."""
    if report.ok:
        return report
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            fixed = steady(layer, sample(setting.forms, setting.sizes[0], report.seed), namespaces_of(*things))
            tried = trial(fixed, setting) if report.checked else untried(fixed, setting)
            sizes = setting.sizes
            spots = tuple(spot(tried, sizes[k % len(sizes)], report.seed + k) for k in range(2))
            truths = truths_at(tried, spots)
    except (Exception, SystemExit):  # the user's code may raise anything
        return report
    found = tuple(lessons(tried, spots, truths, *remake)) if remake is not None else ()
    wrong = [c.name for c in report.checked if not c.ok] or [x.gradient.removeprefix("d") for x in found]
    derived, notes = _derived(report, tried, things, wrong, spots[0], truths[0], program)
    return replace(report, lessons=merged(found, derived), notes=(*report.notes, *notes))


def merged(first: Iterable[Lesson], second: Iterable[Lesson]) -> tuple[Lesson, ...]:
    """One lesson for each gradient: its line from the one, its formula from the other."""
    lines = {lesson.gradient: lesson for lesson in first}
    for lesson in second:
        line = lines.get(lesson.gradient, lesson)
        lines[lesson.gradient] = replace(lesson, place=line.place, code=line.code, fix=line.fix)
    return tuple(lines.values())


def _derived(
    report: Report,
    tried: Trial,
    things: Sequence[Any],
    wrong: list[str],
    here: Spot,
    truths: Truths,
    program: Program | None,
) -> tuple[list[Lesson], list[str]]:
    alone = len(things) == 1 and not isinstance(things[0], type)
    if not wrong or (alone and program is None):
        return [], []
    from codegen.gradcheck.handwritten.explaining import explained, read, without_epsilon  # loads SymPy

    program = program or read(things[0], tried.layer, tried.setting)
    if program is None:
        return [], []
    notes: list[str] = []
    if any(NEARLY[:30] in c.diagnosis or "slightly different" in c.diagnosis for c in report.checked):
        epsilon = without_epsilon(program, *_ours(tried, here, wrong))
        notes = [f"the gradients are right for the forward pass without the {epsilon} in it"] if epsilon else []
    return list(explained(program, wrong, here, truths)), notes


def _ours(tried: Trial, here: Spot, wrong: list[str]) -> tuple[Mapping[str, Any], Spot]:
    """The gradients for an upstream gradient of ones: right also for code that ignores it."""
    ones = replace(here, upstream=tuple(np.ones(u.shape) for u in here.upstream))
    _, kept = tried.layer.forward(ones.everything())
    found = weighted_gradients(tried.layer, kept, ones.upstream)
    return {n: np.asarray(found[n]) for n in wrong if n in found}, ones
