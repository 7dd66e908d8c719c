"""Code against each witness at one point: the worst entry of every output and of every gradient."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from codegen.gradcheck import oracle
from codegen.gradcheck.diagnosis import Context, diagnose
from codegen.gradcheck.differences import central, complex_step
from codegen.gradcheck.dual import ImaginaryPartLost
from codegen.gradcheck.points import Point
from codegen.gradcheck.report import WITNESSES, Checked, Comparison, Note, Witness
from codegen.gradcheck.subject import Array, Arrays, Outputs, Sample, Subject
from derive.ledger import Derivation

EXACT = 1e-9  # of the largest entry: for witnesses that are right to rounding error
FLOOR = 1e-4  # of the weighted outputs: a gradient that should be zero may be off by EXACT of this
DOUBTFUL = 1e-6  # a complex step this far from central differences, beyond their noise, was led astray

Truths = Mapping[Witness, tuple[Array, float]]  # what a witness says, and by how much it may be off itself


def compare_values(point: Point, outputs: Outputs) -> Iterator[Checked]:
    """The outputs against the forward equations."""
    for (name, right), ours in zip(oracle.values(point).items(), map(np.asarray, outputs), strict=True):
        truth = right.reshape(ours.shape) if right.size == ours.size else right
        context = Context(sizes=point.world.sizes, factors=point.given)
        if ours.shape != truth.shape:
            yield Checked("value", name, truth.shape, point.label, (), diagnose(ours, truth, context, "value"))
            continue
        found = compare("derivation", ours, truth, 0.0, point.floor)
        diagnosis = "" if found.ok else diagnose(ours, truth, context, "value")
        yield Checked("value", name, truth.shape, point.label, (found,), diagnosis)


def compare_gradients(
    subject: Subject,
    derivation: Derivation,
    point: Point,
    gradients: Arrays,
    witnesses: tuple[Witness, ...] = WITNESSES,
) -> Iterator[Checked | Note]:
    """The gradients against the witnesses; the notes say which could not be heard."""
    derived = oracle.gradients(derivation, point)
    floor = max(point.floor, FLOOR * weight(subject, point))
    for name in subject.wrt:
        if name not in gradients:
            continue
        truths: dict[Witness, tuple[Array, float]] = {}
        yield from by_differences(subject, point, name, witnesses, truths)
        if name in derived:
            truths["derivation"] = (derived[name].reshape(point.given[name].shape), 0.0)
        ours = np.asarray(gradients[name], dtype=np.float64)
        found: tuple[Comparison, ...] = ()
        if ours.shape == point.given[name].shape:
            found = tuple(compare(w, ours, t, slack, floor) for w, (t, slack) in truths.items())
        wrong = not found or not all(c.ok for c in found)
        diagnosis = _diagnosis(subject, point, name, ours, found, truths, derived) if wrong else ""
        yield Checked("gradient", name, point.given[name].shape, point.label, found, diagnosis)


def by_differences(
    subject: Subject,
    point: Sample,
    name: str,
    witnesses: tuple[Witness, ...],
    truths: dict[Witness, tuple[Array, float]],
) -> Iterator[Note]:
    """Add what the complex step and central differences say; a complex step that was led astray is left out."""
    where = (point.given, point.hyper, point.upstream)
    if "complex step" in witnesses:
        try:
            truths["complex step"] = (complex_step(subject, *where, name), 0.0)
        except ImaginaryPartLost as error:
            yield Note(f"complex step not used for d{name}, central differences instead: {error}")
    if "central differences" in witnesses:
        estimate = central(subject, *where, name)
        truths["central differences"] = (estimate.gradient, 4 * estimate.noise)
        if "complex step" in truths and _astray(truths["complex step"][0], estimate.gradient, estimate.noise):
            del truths["complex step"]
            yield Note(f"complex step not used for d{name}: the imaginary part is lost on the way")


def _astray(stepped: Array, differences: Array, noise: float) -> bool:
    scale = float(np.max(np.abs(differences), initial=0.0))
    return bool(np.any(np.abs(stepped - differences) > DOUBTFUL * scale + 8 * noise))


def weight(subject: Subject, point: Sample) -> float:
    """The outputs weighted by the upstream gradient, in absolute values: the scale of a gradient that is zero."""
    outputs, _ = subject.forward(point.given, point.hyper)
    pairs = zip(point.upstream, outputs, strict=True)
    return sum(float(np.sum(np.abs(u * np.asarray(o)))) for u, o in pairs)


def compare(witness: Witness, ours: Array, theirs: Array, slack: float, floor: float) -> Comparison:
    """The worst entry, relative to the largest; ``slack`` is what the witness itself may be off."""
    scale = max(float(np.max(np.abs(theirs), initial=0.0)), floor, float(np.finfo(np.float64).tiny))
    if not ours.size:
        return Comparison(witness, (), 0.0, 0.0, 0.0, EXACT)
    error = np.abs(ours - theirs) / scale
    error = np.where(np.isnan(error), np.inf, error)
    index = tuple(int(k) for k in np.unravel_index(int(np.argmax(error)), error.shape))
    return Comparison(
        witness, index, float(ours[index]), float(theirs[index]), float(error[index]), EXACT + slack / scale
    )


def _diagnosis(
    subject: Subject,
    point: Point,
    name: str,
    ours: Array,
    found: tuple[Comparison, ...],
    truths: Truths,
    derived: Arrays,
) -> str:
    """What the mistake looks like; if only the derivation disagrees, it or both passes of the code are wrong."""
    failed = [c.witness for c in found if not c.ok]
    truth = truths[failed[0]][0] if failed else next(iter(truths.values()))[0]
    context = Context(
        sizes=point.world.sizes,
        others={n: derived[n].reshape(point.given[n].shape) for n in subject.wrt if n in derived and n != name},
        unweighted=unweighted(subject, point, name),
        factors={**point.given, **dict(zip(subject.outputs, point.upstream, strict=True))},
    )
    said = diagnose(ours, truth, context)
    if failed == ["derivation"] and len(found) > 1:
        return f"code and differences agree with each other, but not with the derivation ({said})"
    return said


def unweighted(subject: Subject, point: Sample, name: str) -> Array:
    """The gradient for an upstream gradient of ones: what code that ignores it may give."""
    ones = tuple(np.ones_like(u) for u in point.upstream)
    return central(subject, point.given, point.hyper, ones, name).gradient
