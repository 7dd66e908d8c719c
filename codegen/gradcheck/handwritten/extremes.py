"""The ends of the range: a batch of one, no batch at all, and inputs so large that exponentials overflow."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping

import numpy as np

from codegen.gradcheck.handwritten.comparing import at_spot
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.layer import weighted_gradients
from codegen.gradcheck.handwritten.trial import Spot, Trial, spot
from codegen.gradcheck.report import Checked, Finding

LARGE = 1000.0  # exp overflows beyond 709


def findings(tried: Trial, seed: int) -> Iterator[Finding]:
    """What goes wrong at the ends of the range that goes right in the middle."""
    batch = _batch_axis(tried)
    sizes = tried.setting.sizes[0]
    if batch:
        yield from _batch_of_one(tried, {**sizes, batch: 1}, seed)
        yield from _empty_batch(tried, {**sizes, batch: 0}, seed)
    yield from _large(tried, sizes, seed)


def _batch_axis(tried: Trial) -> str:
    """The first axis of the first array that is passed forward, if no parameter has it."""
    forms = tried.setting.forms
    parameters = {a.name for a in tried.layer.arguments if a.to_constructor}
    first = next((f for n, f in forms.items() if n not in parameters and len(f.axes) > 1), None)
    if first is None or first.axes[0].isdigit():
        return ""
    if first.axes.count(first.axes[0]) > 1:
        return ""  # other axes are as long only because the code could not be run otherwise
    shared = [n for n, f in forms.items() if n in parameters and first.axes[0] in f.axes]
    return "" if shared or any(first.axes[0] == f.limit for f in forms.values()) else first.axes[0]


def _batch_of_one(tried: Trial, sizes: Mapping[str, int], seed: int) -> Iterator[Finding]:
    try:
        here = _quiet(tried, sizes, seed, "batch of one")
    except (Exception, SystemExit) as error:
        yield Finding("takes a batch of one", told(error), "batch of one", grave=True)
        return
    if not _finite(tried, here):
        yield Finding("takes a batch of one", "the values are not finite", here.label, grave=False)
        return
    for found in at_spot(tried, here):
        if isinstance(found, Finding):
            yield Finding("takes a batch of one", found.message, found.point)
        elif isinstance(found, Checked) and not found.ok:
            yield Finding("takes a batch of one", f"{found.title}: {found.diagnosis or 'wrong'}", found.point)


def _empty_batch(tried: Trial, sizes: Mapping[str, int], seed: int) -> Iterator[Finding]:
    try:
        here = _quiet(tried, sizes, seed, "empty batch")
        if here.upstream and all(not u.ndim for u in here.upstream):
            return  # the mean of nothing is nothing that a loss could give
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            _gradients(tried, here)
    except (Exception, SystemExit) as error:
        yield Finding("takes an empty batch", told(error), "empty batch", grave=False)


def _large(tried: Trial, sizes: Mapping[str, int], seed: int) -> Iterator[Finding]:
    rule = "stays finite for large inputs"
    label = f"inputs of about {LARGE:.0f}"
    try:
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            here = spot(tried, sizes, seed, label, LARGE)
            outputs, kept = tried.layer.forward(here.everything())
            gradients = weighted_gradients(tried.layer, kept, tuple(np.array(u) for u in here.upstream))
    except (Exception, SystemExit) as error:
        yield Finding(rule, told(error), label, grave=False)
        return
    bad = [f"d{n}" for n, g in gradients.items() if np.any(np.isnan(np.asarray(g, dtype=np.float64)))]
    endless = [f"d{n}" for n, g in gradients.items() if np.any(np.isinf(np.asarray(g, dtype=np.float64)))]
    endless += ["the output"] if any(not np.all(np.isfinite(o)) for o in outputs) else []
    reasons = sorted({str(w.message) for w in said if issubclass(w.category, RuntimeWarning)})
    why = f" ({'; '.join(reasons)})" if reasons else ""
    if bad:
        yield Finding(rule, f"{', '.join(bad)}: not a number{why}", here.label)
    elif endless:
        yield Finding(rule, f"{', '.join(endless)}: not finite{why}", here.label, grave=False)
    elif reasons:
        yield Finding(rule, f"NumPy warns: {'; '.join(reasons)}", here.label, grave=False)


def _quiet(tried: Trial, sizes: Mapping[str, int], seed: int, label: str) -> Spot:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return spot(tried, sizes, seed, label)


def _gradients(tried: Trial, here: Spot) -> dict[str, object]:
    _, kept = tried.layer.forward(here.everything())
    return dict(weighted_gradients(tried.layer, kept, tuple(np.array(u) for u in here.upstream)))


def _finite(tried: Trial, here: Spot) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        outputs, _ = tried.layer.forward(here.everything())
    return all(np.all(np.isfinite(o)) for o in outputs)
