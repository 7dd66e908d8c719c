"""Which shapes and kinds are meant: code that is wrong for the likeliest may be right for others as natural."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np

from codegen.gradcheck.differences import STEP
from codegen.gradcheck.handwritten.alternatives import Shape, acquits, asked_for, may_replace
from codegen.gradcheck.handwritten.forms import FORWARD_ROWS, Form, Kind
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.probing import (
    ALTERNATIVES,
    Search,
    Setting,
    backward_fits,
    finished,
    running,
    sample,
)
from codegen.gradcheck.handwritten.single import examined
from codegen.gradcheck.handwritten.trial import Spot, spot, trial
from codegen.gradcheck.report import Report
from codegen.gradcheck.subject import Arrays, Subject
from derive.errors import CannotJudge

SHARP = 1e-4  # a witness that is less sure speaks for nobody
TARGETS: tuple[Kind, ...] = ("one-hot", "probability", "unit", "binary", "signs", "real")
OTHERS = 3000  # settings that are tried in defence
NEAR, STEPS = 1e-5, 2  # what lets a setting be looked at closely, after so many steps
Read = tuple[Report, Setting]


@dataclass(frozen=True)
class Case:
    """The layer, the functions or classes it is made of, the shapes that the user gave, and what it has of its own."""

    layer: Layer
    things: Sequence[Any]
    asked: Mapping[str, Form]
    seed: int
    own: frozenset[int]

    def report(self, setting: Setting) -> Report:
        """The report in a setting."""
        return examined(self.layer, setting, self.things, self.seed)


def weighed(case: Case, setting: Setting, likeliest: Setting) -> Read:
    """The report for what is meant: right if the code is so for some natural shapes and kinds, with those it is not.

    ``setting``: where both passes run; ``likeliest``: where forward does.
    """
    report = case.report(setting)
    if report.ok and setting.forms == likeliest.forms:
        return report, setting
    if not report.ok and _agrees(report):
        return report, setting  # its values are right, only its habits are bad
    if report.ok:
        accused = finished(case.layer, likeliest, Search(own=case.own))
        return _defended(case, accused, _report(case, accused), report, setting)
    fitting: list[Setting] = []
    for other, note in chain(_other_kinds(case, setting), _other_shapes(case, setting, report, fitting)):
        found = _report(case, other)
        if found is not None and _agrees(found):
            return replace(found, notes=(*found.notes, note)), other
    closer = _report(case, fitting[0]) if fitting else None
    return (closer, fitting[0]) if closer is not None and _wrong(closer) < _wrong(report) else (report, setting)


def _wrong(report: Report) -> tuple[bool, int]:
    """How wrong it is: backward does not run, or so many gradients."""
    return not report.checked, sum(not c.ok for c in report.checked)


def _report(case: Case, setting: Setting) -> Report | None:
    """The report, None if there is nothing to compare there."""
    try:
        return case.report(setting)
    except CannotJudge:
        return None


def _defended(case: Case, accused: Setting, accusation: Report | None, report: Report, setting: Setting) -> Read:
    """The report that counts, where code is right in a setting that is not the likeliest."""
    if accusation is None:
        return report, setting
    if accusation.ok:
        return accusation, accused
    is_loss = backward_fits(case.layer, setting)[2]
    if not may_replace(accused.forms, setting.forms, is_loss) and not _excuse(case, accused, accusation)(setting.forms):
        return accusation, accused
    return replace(report, notes=(*report.notes, _note(setting, accused))), setting


def _other_kinds(case: Case, setting: Setting) -> Iterator[tuple[Setting, str]]:
    """The setting with other kinds of target for which the code is right: a loss may be so for one-hot rows only."""
    for name, form in setting.forms.items():
        free = name not in case.asked and re.fullmatch(FORWARD_ROWS[0][0] + "|y", name, re.IGNORECASE)
        if not free or form.kind not in TARGETS or len(form.axes) == 0:
            continue
        for kind in TARGETS:
            other = replace(setting, forms={**setting.forms, name: replace(form, kind=kind)})
            if kind != form.kind and _right_there(case, other):
                yield other, f"right if {name} is {kind}, not for any numbers"


def _other_shapes(
    case: Case, accused: Setting, accusation: Report, fitting: list[Setting]
) -> Iterator[tuple[Setting, str]]:
    """The settings that may be meant as well and for which the code is right; ``fitting`` gets those of fit shapes."""
    excused = _excuse(case, accused, accusation)
    search = Search(own=case.own, most=OTHERS)
    for number, other in enumerate(running(case.layer, case.asked, search)):
        if number > ALTERNATIVES:
            return
        if other.forms == accused.forms or not excused(other.forms):
            continue
        ran, fits, _ = backward_fits(case.layer, other)
        if ran and fits:
            whole = finished(case.layer, other, search)
            fitting += [whole] if not fitting else []
            if _right_there(case, whole):
                yield whole, _note(whole, accused)


def _excuse(case: Case, accused: Setting, accusation: Report) -> Callable[[Mapping[str, Form]], bool]:
    """Whether forms for which the code is right excuse that it is wrong in a setting."""
    checked, faulty = [c.name for c in accusation.checked], _faulty(case.layer, accused, accusation)
    batch = _batch(accused)
    return lambda other: acquits(accused.forms, other, checked, faulty, batch)


def _note(meant: Setting, accused: Setting) -> str:
    """Which shapes were taken for meant, and how to ask for the others."""
    names = [n for n, f in accused.forms.items() if meant.forms[n].axes != f.axes or meant.forms[n].kind != f.kind]
    taken = ", ".join(f"{n} {meant.forms[n]}" for n in names)
    others = ", ".join(f"{n} {accused.forms[n]}" for n in names)
    return f"right for {taken}, not for {others}: if those are meant, ask for them by {asked_for(accused.forms, names)}"


def _faulty(layer: Layer, setting: Setting, report: Report) -> dict[str, tuple[Shape, Shape]] | None:
    """The shapes of the gradients that are wrong, and of their variables; None if backward does not run."""
    wrong = {c.name: c.shape for c in report.checked if not c.ok}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            given = sample(setting.forms, setting.sizes[0], 1)
            outputs, kept = layer.forward(given)
            found = weighted_gradients(layer, kept, tuple(np.ones(o.shape) for o in outputs))
    except (Exception, SystemExit):
        return None
    return {n: (np.shape(found[n]), np.shape(given.get(n, shape))) for n, shape in wrong.items() if n in found}


def _batch(setting: Setting) -> int:
    """How long the first axis of the first array is, 0 if there is none."""
    values = sample(setting.forms, setting.sizes[0], 1).values()
    return next((len(v) for v in values if isinstance(v, np.ndarray) and v.ndim), 0)


def _agrees(report: Report) -> bool:
    sure = all(c.tolerance <= SHARP for r in report.checked for c in r.comparisons)
    return sure and bool(report.checked) and all(c.ok for c in report.checked)


def _right_there(case: Case, setting: Setting) -> bool:
    """Whether the gradients at one point say how much a few small steps change the weighted outputs."""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            tried = trial(case.layer, setting)
            here = spot(tried, setting.sizes[0], case.seed)
            subject = tried.subject(here)
            _, gradients = subject.run(here.given, here.hyper, here.upstream)
            steps = [_step(subject, here, gradients, case.seed + k) for k in range(STEPS)]
    except (Exception, SystemExit):
        return False
    return bool(tried.wrt) and all(abs(said - seen) <= NEAR * (1 + abs(seen)) for said, seen in steps)


def _step(subject: Subject, here: Spot, gradients: Arrays, seed: int) -> tuple[float, float]:
    """What the gradients say of a step in a random direction, and what it does."""
    rng = np.random.default_rng(seed)
    way = {n: rng.standard_normal(here.given[n].shape) for n in subject.wrt}
    sides = [{**here.given, **{n: here.given[n] + k * STEP * w for n, w in way.items()}} for k in (1, -1)]
    up, down = (float(subject.loss(side, here.hyper, here.upstream)) for side in sides)
    told = {n: np.asarray(gradients[n]) for n in subject.wrt}
    if any(told[n].shape != w.shape for n, w in way.items()):
        return float("nan"), float("nan")
    return sum(float(np.sum(told[n] * w)) for n, w in way.items()), (up - down) / (2 * STEP)
