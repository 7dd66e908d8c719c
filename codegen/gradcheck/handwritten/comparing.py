"""Gradients of hand-written code against the complex step and central differences, within their measured noise."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace

import numpy as np

from codegen.gradcheck.arguments import same
from codegen.gradcheck.comparing import by_differences, compare, unweighted, weight
from codegen.gradcheck.diagnosis import Context, alike, diagnose
from codegen.gradcheck.differences import SPECK, central
from codegen.gradcheck.gathering import Found
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.trial import Spot, Trial, spot
from codegen.gradcheck.report import Checked, Comparison, Finding, Witness
from codegen.gradcheck.subject import Array, Arrays, Subject

IGNORED = "the upstream gradient is ignored"
FLOOR = 1e-4  # of the weighted outputs
HARD = 1e-5  # central differences with more noise than this, of the largest entry, met a kink: another point is drawn
REDRAWS = 6
DIFFERENCES: tuple[Witness, ...] = ("complex step", "central differences")
Truth = Mapping[Witness, tuple[Array, float]]


def at_spot(tried: Trial, here: Spot) -> Iterator[Found]:
    """Every gradient at one point; code that raises is a finding."""
    subject = tried.subject(here)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _, gradients = subject.run(_fresh(here), here.hyper, _upstream(here))
            wobbles = wobble(subject, here, gradients)
    except (Exception, SystemExit) as error:  # the user's code may raise anything
        yield Finding("runs", told(error), here.label)
        return
    truths: dict[str, dict[Witness, tuple[Array, float]]] = {n: {} for n in tried.wrt}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in tried.wrt:
            yield from by_differences(subject, here, name, DIFFERENCES, truths[name])
        floor = FLOOR * weight(subject, here)
        for name in tried.wrt:
            if name in gradients:
                yield judged(subject, here, name, gradients, truths, floor, wobbles.get(name, 0.0))


def judged(
    subject: Subject,
    here: Spot,
    name: str,
    gradients: Arrays,
    truths: Mapping[str, Truth],
    floor: float,
    slack: float,
) -> Checked:
    """One gradient: its worst entry against each witness, and what the mistake looks like."""
    ours, shape = np.asarray(gradients[name], dtype=np.float64), here.given[name].shape
    found: tuple[Comparison, ...] = ()
    if ours.shape == shape:
        found = tuple(compare(w, ours, t, noise + slack, floor) for w, (t, noise) in truths[name].items())
    wrong = not found or not all(c.ok for c in found)
    said = _diagnosis(subject, here, name, ours, truths) if wrong else ""
    return Checked("gradient", name, shape, here.label, found, said)


def _diagnosis(subject: Subject, here: Spot, name: str, ours: Array, truths: Mapping[str, Truth]) -> str:
    truth = _best(truths[name])
    plain = unweighted(subject, here, name)
    context = Context(
        sizes=here.sizes,
        others={n: _best(t) for n, t in truths.items() if n != name and t},
        unweighted=plain,
        factors={
            **{n: a for n, a in here.given.items() if a.dtype.kind == "f"},
            **{f"d{n}": u for n, u in zip(subject.outputs, here.upstream, strict=True)},
        },
    )
    if not alike(ours, truth) and _ignores_upstream(subject, here, name, ours):
        if alike(ours, plain) and _nearly(ours, plain):
            return f"{IGNORED}: it is right only where that is 1"
        return f"{IGNORED}; and even where that is 1, {diagnose(ours, plain, replace(context, unweighted=None))}"
    return diagnose(ours, truth, context)


def _ignores_upstream(subject: Subject, here: Spot, name: str, ours: Array) -> bool:
    """Whether twice the upstream gradient gives the same."""
    _, gradients = subject.run(_fresh(here), here.hyper, tuple(2 * u for u in here.upstream))
    return name in gradients and bool(np.any(ours)) and same(np.asarray(gradients[name]), ours)


def _nearly(ours: Array, truth: Array) -> bool:
    """Whether the arrays agree to what differences can tell."""
    scale = float(np.max(np.abs(truth), initial=0.0))
    return bool(np.all(np.abs(ours - truth) <= 1e-8 * scale))


def _best(truths: Truth) -> Array:
    return next(iter(truths.values()))[0]


def wobble(subject: Subject, here: Spot, gradients: Arrays) -> dict[str, float]:
    """By how much the gradients' own rounding makes them jump: their second differences at a speck of a step."""
    signs = np.random.default_rng(1)
    seen = {n: 0.0 for n in gradients}
    for _ in range(2):
        way = {n: signs.choice((-SPECK, SPECK), here.given[n].shape) for n in subject.wrt}
        sides = []
        for sign in (1, -1):
            moved = {n: np.array(a + sign * way[n] if n in way else a) for n, a in here.given.items()}
            sides.append(subject.run(moved, here.hyper, _upstream(here))[1])
        for name, gradient in gradients.items():
            pieces = [np.asarray(s[name], dtype=np.float64) for s in sides if name in s]
            ours = np.asarray(gradient, dtype=np.float64)
            if len(pieces) == 2 and pieces[0].shape == pieces[1].shape == ours.shape:
                jump = np.abs(pieces[0] - 2 * ours + pieces[1])
                seen[name] = max(seen[name], float(np.max(jump, initial=0.0)))
    return {n: 4 * s for n, s in seen.items() if np.isfinite(s)}


def clear_spot(tried: Trial, sizes: Mapping[str, int], seed: int) -> Spot:
    """A point that no difference quotient crosses a kink at: where one does, another is drawn."""
    here = spot(tried, sizes, seed)
    for attempt in range(1, REDRAWS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            subject = tried.subject(here)
            estimates = [central(subject, here.given, here.hyper, here.upstream, n) for n in tried.wrt]
        if all(e.noise <= HARD * max(1.0, float(np.max(np.abs(e.gradient), initial=0.0))) for e in estimates):
            return here
        here = spot(tried, sizes, seed + 104729 * attempt)
    return here


def _fresh(here: Spot) -> Arrays:
    return {n: np.array(a) for n, a in here.given.items()}


def _upstream(here: Spot) -> tuple[Array, ...]:
    return tuple(np.array(u) for u in here.upstream)
