"""The check of a layer in one setting: its gradients against differences at several points, then its habits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from codegen.gradcheck.gathering import Found, gathered
from codegen.gradcheck.handwritten import extremes, habits
from codegen.gradcheck.handwritten.comparing import at_spot, clear_spot
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.forms import Form
from codegen.gradcheck.handwritten.layer import Layer
from codegen.gradcheck.handwritten.probing import Setting, backward_fits, sample
from codegen.gradcheck.handwritten.steadiness import namespaces_of, steady
from codegen.gradcheck.handwritten.trial import Trial, trial
from codegen.gradcheck.handwritten.words import is_idle
from codegen.gradcheck.report import Checked, Finding, Note, Report
from derive.errors import CannotJudge

POINTS = 3


def examined(layer: Layer, setting: Setting, things: Sequence[Any], seed: int) -> Report:
    """The report on a layer in one setting."""
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
    yield from _in_other_words(tried, seed)
    if any(isinstance(f, Finding) for f in found):
        return  # code that does not run has no habits
    yield from habits.findings(tried, here)
    if all(f.ok for f in found if isinstance(f, Checked)):
        yield from extremes.findings(tried, seed)


def _in_other_words(tried: Trial, seed: int) -> Iterator[Found]:
    """The gradients for the other words that an argument may be: ``activation`` of ``relu`` and of ``sigmoid``."""
    forms = tried.setting.forms
    for argument in tried.layer.arguments:
        here = forms[argument.name].limit if argument.name in forms else ""
        for word in argument.words:
            if word == here or is_idle(word):
                continue
            other = replace(tried.setting, forms={**forms, argument.name: Form("word", (), word)})
            label = f"{argument.name}={word!r}"
            if not backward_fits(tried.layer, other)[0]:
                yield Note(f"with {label} it does not run, or has no gradients: not checked")
                continue
            in_words = trial(tried.layer, other)
            spot = clear_spot(in_words, other.sizes[0], seed)
            yield from at_spot(in_words, replace(spot, label=f"{label}: {spot.label}"))
