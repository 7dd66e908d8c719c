"""The check of a hand-written layer: find its shapes, compare its gradients with differences, watch its habits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from codegen.gradcheck.gathering import Found, gathered
from codegen.gradcheck.handwritten import extremes, habits
from codegen.gradcheck.handwritten.comparing import at_spot, clear_spot
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.forms import FORWARD_ROWS, Form, Kind
from codegen.gradcheck.handwritten.layer import Layer
from codegen.gradcheck.handwritten.lessons import with_lessons
from codegen.gradcheck.handwritten.probing import Search, Setting, find, sample
from codegen.gradcheck.handwritten.rebuilding import Remake, remake_of
from codegen.gradcheck.handwritten.shapes import EXAMPLE
from codegen.gradcheck.handwritten.steadiness import namespaces_of, steady
from codegen.gradcheck.handwritten.trial import Trial, trial
from codegen.gradcheck.report import Checked, Finding, Report
from derive.errors import CannotJudge
from derive.program import Program

POINTS = 3
TARGETS: tuple[Kind, ...] = ("one-hot", "probability", "unit", "binary", "signs", "real")


def examine(
    candidates: Sequence[Layer],
    things: Sequence[Any],
    asked: Mapping[str, Form] | None = None,
    seed: int = 0,
    remake: Remake | None = None,
    program: Program | None = None,
) -> Report:
    """The report on the first of the candidates that is right, else on the first that runs.

    ``candidates`` are the ways in which the code may be meant; ``things`` the functions or classes it is made of,
    to find their random numbers; ``asked`` the shapes that the user gave; ``remake`` how to make the layer with
    another backward, to find the line at fault; ``program`` what its forward pass is, if that is known.

    Errors: `CannotJudge`, with the option to give, if no shapes are found for which it runs.
    """
    asked = asked or {}
    tried: list[Report] = []
    search = Search()
    for way, layer in enumerate(candidates):
        setting = find(layer, asked, search)
        if setting is not None:
            report, read = _best_reading(layer, setting, things, asked, seed)
            if report.ok:
                return report
            tried.append(with_lessons(report, layer, read, things, remake or remake_of(things, way), program))
    if tried:
        return max(tried, key=lambda r: len(r.checked))
    raise _no_shapes(candidates, asked, search)


def _no_shapes(candidates: Sequence[Layer], asked: Mapping[str, Form], search: Search) -> CannotJudge:
    layer = candidates[0]
    if isinstance(search.failure, (NameError, ImportError)) and not isinstance(search.failure, UnboundLocalError):
        return CannotJudge(
            f"{layer.name} does not run: {told(search.failure)}", hint="define or import beside it what it needs"
        )
    names = [a.name for a in layer.arguments if a.required or a.name in asked]
    why = f": {told(search.failure)}" if search.failure is not None else ""
    axes = iter("NDHCKMPQRS" * 3)
    example = ",".join(f"{n}={next(axes)}x{next(axes)}" for n in names) or EXAMPLE
    return CannotJudge(
        f"no shapes were found for which {layer.name} runs forward and backward"
        f" ({search.tried} tried for {', '.join(names) or 'no arguments'}){why}",
        hint=f"give the shapes: --shapes '{example}' (as in {EXAMPLE}), or check a function that takes arrays alone",
    )


def _best_reading(
    layer: Layer, setting: Setting, things: Sequence[Any], asked: Mapping[str, Form], seed: int
) -> tuple[Report, Setting]:
    """The report; if it is bad, that for other kinds of target: a loss may be right for one-hot rows only."""
    first = _examined(layer, setting, things, seed)
    if first.ok:
        return first, setting
    for name, form in setting.forms.items():
        free = name not in asked and re.fullmatch(FORWARD_ROWS[0][0] + "|y", name, re.IGNORECASE)
        if not free or form.kind not in TARGETS or len(form.axes) == 0:
            continue
        for kind in TARGETS:
            other = replace(setting, forms={**setting.forms, name: replace(form, kind=kind)})
            if kind != form.kind and _right_there(layer, other, seed):
                report = _examined(layer, other, things, seed)
                if _agrees(report):
                    note = f"right if {name} is {kind}, not for any numbers"
                    return replace(report, notes=(*report.notes, note)), other
    return first, setting


def _agrees(report: Report) -> bool:
    return bool(report.checked) and all(c.ok for c in report.checked)


def _right_there(layer: Layer, setting: Setting, seed: int) -> bool:
    try:
        tried = trial(layer, setting)
        found = list(at_spot(tried, clear_spot(tried, setting.sizes[0], seed)))
    except (Exception, SystemExit):
        return False
    return all(f.ok for f in found if isinstance(f, Checked)) and not any(isinstance(f, Finding) for f in found)


def _examined(layer: Layer, setting: Setting, things: Sequence[Any], seed: int) -> Report:
    fixed = steady(layer, sample(setting.forms, setting.sizes[0], seed), namespaces_of(*things))
    try:
        tried = trial(fixed, setting)
    except (Exception, SystemExit) as error:
        return Report(layer.name, seed, 1, (), (Finding("runs", told(error), str(setting)),), ())
    if not tried.wrt:
        raise CannotJudge(
            f"{layer.name} gives no gradient that has a name known here",
            hint="let backward return them in the order of the inputs, or keep them as dW, grad_W or grads['W']",
        )
    found = list(_everything(tried, seed))
    report = gathered(layer.name, seed, found, POINTS)
    return replace(report, notes=(f"checked for {setting}", *fixed.notes, *_unweighted(tried), *report.notes))


def _unweighted(tried: Trial) -> tuple[str, ...]:
    return () if tried.layer.weighted else ("backward takes no upstream gradient: it was taken to be 1",)


def _everything(tried: Trial, seed: int) -> Iterator[Found]:
    for name in tried.missing:
        yield Finding("gives every gradient", f"the gradient by {name} stays None", "")
    sets = tried.setting.sizes
    here = clear_spot(tried, sets[0], seed)
    found = list(at_spot(tried, here))
    yield from found
    for k in range(1, POINTS):
        yield from at_spot(tried, clear_spot(tried, sets[k % len(sets)], seed + 7919 * k))
    if any(isinstance(f, Finding) for f in found):
        return  # code that does not run has no habits
    yield from habits.findings(tried, here)
    if all(f.ok for f in found if isinstance(f, Checked)):
        yield from extremes.findings(tried, seed)
