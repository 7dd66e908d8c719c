"""Which arguments the code takes: float32, whole numbers, any memory layout, defaults left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from codegen.gradcheck.comparing import FLOOR, weight
from codegen.gradcheck.points import Point
from codegen.gradcheck.subject import Array, Arrays, Outputs, Subject

SINGLE = 1e-4  # of the largest entry: how far single precision may be from double on these small arrays
CANCELLED = 1e-2  # of the upstream gradient or the weighted outputs: a smaller result is what a cancellation left over
SAME = 1e-12  # for the same numbers in another order
REORDERED = 1e-9  # for sums that another memory layout takes in another order


def results(subject: Subject, outputs: Outputs, gradients: Arrays) -> dict[str, Array]:
    """Outputs and gradients by name, ``dW`` for the gradient by W."""
    named = {n: np.asarray(o) for n, o in zip(subject.outputs, outputs, strict=True)}
    return named | {f"d{n}": np.asarray(g) for n, g in gradients.items()}


def same(a: Array, b: Array, tolerance: float = SAME, floor: float = 1e-6) -> bool:
    """Whether two arrays have one shape and agree, relative to the largest entry or to the floor."""
    scale = max(float(np.max(np.abs(b), initial=0.0)), floor)
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(np.asarray(a) - b) <= tolerance * scale))


def keeps_single_precision(subject: Subject, point: Point) -> Iterator[str]:
    """float32 in gives float32 out, near the values of double precision.

    A number of Python's own takes the precision of what it meets.
    """
    given = {n: a if a.dtype.kind in "iu" else a.astype(np.float32) for n, a in point.given.items()}
    upstream = tuple(u.astype(np.float32) for u in point.upstream)
    outputs, gradients = subject.run(given, point.hyper, upstream)
    numbers: dict[str, Any] = {f"d{n}": g for n, g in gradients.items()} | dict(
        zip(subject.outputs, outputs, strict=True)
    )
    weak = {name for name, number in numbers.items() if type(number) is float}
    single = results(subject, outputs, gradients)
    double = results(subject, *subject.run(point.given, point.hyper, point.upstream))
    upstream_scale = max(float(np.max(np.abs(u), initial=0.0)) for u in point.upstream)
    floor = CANCELLED * max(upstream_scale, weight(subject, point))
    for name, array in single.items():
        if array.dtype != np.float32 and name not in weak:
            yield f"{name} is of {array.dtype} for arguments of float32"
        elif not same(array, double.get(name, array), SINGLE, floor):
            yield f"{name} in float32 is far from {name} in float64"


def takes_integers(subject: Subject, point: Point) -> Iterator[str]:
    """Arguments of whole numbers give what the same numbers give as float64."""
    whole = {n: np.rint(a).astype(np.int64) for n, a in point.given.items()}
    whole = {n: np.where(w == 0, 1, w) if np.all(point.given[n] != 0) else w for n, w in whole.items()}
    real = {n: w if point.given[n].dtype.kind in "iu" else w.astype(np.float64) for n, w in whole.items()}
    with np.errstate(all="ignore"):
        try:
            expected = results(subject, *subject.run(real, point.hyper, point.upstream))
        except np.linalg.LinAlgError:  # rounded, a matrix may have become singular
            return
        found = results(subject, *subject.run(whole, point.hyper, point.upstream))
    for name, array in found.items():
        if np.all(np.isfinite(expected[name])) and not same(array, expected[name], SINGLE):
            yield f"{name} is wrong for whole numbers: of {array.dtype}"


def has_the_declared_defaults(subject: Subject, point: Point) -> Iterator[str]:
    """A hyperparameter that is not given has the value that the layer declares."""
    explicit, _ = subject.forward(point.given, point.hyper)
    implied, _ = subject.forward(point.given, {})
    for name, first, second in zip(subject.outputs, explicit, implied, strict=True):
        if not np.array_equal(first, second):
            yield f"{name} is another one when {', '.join(point.hyper)} is left out"


def takes_one_for_a_loss(subject: Subject, point: Point) -> Iterator[str]:
    """Backward of a scalar can do without an upstream gradient, which is then 1."""
    if any(u.ndim for u in point.upstream):
        return
    _, saved = subject.forward(point.given, point.hyper)
    expected = subject.backward(saved, tuple(np.ones_like(u) for u in point.upstream))
    for name, gradient in subject.backward(saved, ()).items():
        if not same(gradient, expected[name]):
            yield f"d{name} without an upstream gradient is not that for 1"


def takes_any_memory_layout(subject: Subject, point: Point) -> Iterator[str]:
    """Fortran order and strided views give what plain arrays give."""
    expected = results(subject, *subject.run(point.given, point.hyper, point.upstream))
    floor = max(1e-6, FLOOR * weight(subject, point))
    for layout, change in (("Fortran-ordered", _fortran), ("non-contiguous", _strided)):
        given = {n: change(a) for n, a in point.given.items()}
        found = results(subject, *subject.run(given, point.hyper, tuple(change(u) for u in point.upstream)))
        for name, array in found.items():
            if not same(array, expected[name], REORDERED, floor):
                yield f"{name} is another one for {layout} arguments"


def _fortran(array: Array) -> Array:
    return np.array(array, order="F")


def _strided(array: Array) -> Array:
    """The same numbers as every second entry of a larger array, in each dimension."""
    if not array.ndim:
        return array
    larger = np.zeros(tuple(2 * n for n in array.shape), dtype=array.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view
