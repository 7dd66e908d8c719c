"""How the code behaves beyond its values: what it writes into, what it returns, which inputs it can take.

Each law is a function that yields what breaks it; its name is the rule's name in the report, its docstring what
is demanded. Adding a law is adding a function to `LAWS`.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from codegen.gradcheck.points import Point
from codegen.gradcheck.report import Finding
from codegen.gradcheck.subject import Array, Arrays, Outputs, Subject

SINGLE = 1e-4  # of the largest entry: how far single precision may be from double on these small arrays
SAME = 1e-12  # for the same numbers in another order


def writes_into_nothing(subject: Subject, point: Point) -> Iterator[str]:
    """Inputs and upstream gradients are the same after both passes, and may be read-only."""
    given, upstream = _writeable(point.given), tuple(np.array(u) for u in point.upstream)
    subject.run(given, point.hyper, upstream)
    for name, array in given.items():
        if not np.array_equal(array, point.given[name]):
            yield f"{name} is changed"
    for name, array, before in zip(subject.outputs, upstream, point.upstream, strict=True):
        if not np.array_equal(array, before):
            yield f"the upstream gradient of {name} is changed"
    try:
        subject.run(point.given, point.hyper, point.upstream)
    except ValueError as error:
        yield f"read-only arrays are refused ({error})"


def shares_no_memory(subject: Subject, point: Point) -> Iterator[str]:
    """A gradient, or an output, can be written into without changing an argument or another gradient.

    Arrays without axes stand for numbers, which nobody writes into.
    """
    given, upstream = _writeable(point.given), tuple(np.array(u) for u in point.upstream)
    outputs, gradients = subject.run(given, point.hyper, upstream)
    arguments = {
        **given,
        **{f"the upstream gradient of {n}": u for n, u in zip(subject.outputs, upstream, strict=True)},
    }
    results = {f"d{n}": np.asarray(g) for n, g in gradients.items()}
    for (name, result), (other, argument) in itertools.product(results.items(), arguments.items()):
        if _harms(result, argument):
            yield f"{name} shares its memory with {other}"
    for (name, result), (other, second) in itertools.combinations(results.items(), 2):
        if _harms(result, second):
            yield f"{name} shares its memory with {other}"
    for (name, out), (other, argument) in itertools.product(
        zip(subject.outputs, map(np.asarray, outputs), strict=True), given.items()
    ):
        if _harms(out, argument):
            yield f"{name} shares its memory with {other}"


def remembers_nothing(subject: Subject, point: Point) -> Iterator[str]:
    """Backward gives the same twice, and the same after another forward pass."""
    _, saved = subject.forward(point.given, point.hyper)
    first = {n: np.array(g) for n, g in subject.backward(saved, point.upstream).items()}
    second = {n: np.array(g) for n, g in subject.backward(saved, point.upstream).items()}
    subject.forward({n: _halved(a) for n, a in point.given.items()}, point.hyper)
    third = subject.backward(saved, point.upstream)
    for name, gradient in first.items():
        if not _same(second[name], gradient):
            yield f"d{name} is another one when backward is called twice"
        elif not _same(third[name], gradient):
            yield f"d{name} depends on a forward pass of other inputs in between"


def is_linear_in_the_upstream(subject: Subject, point: Point) -> Iterator[str]:
    """Twice the upstream gradient gives twice the gradients, none gives none."""
    _, saved = subject.forward(point.given, point.hyper)
    once = {n: np.array(g) for n, g in subject.backward(saved, point.upstream).items()}
    twice = subject.backward(saved, tuple(2 * u for u in point.upstream))
    for name, gradient in once.items():
        if not _same(2 * gradient, twice[name]):
            yield f"d{name} is not proportional to the upstream gradient"


def returns_every_gradient(subject: Subject, point: Point) -> Iterator[str]:
    """Each tensor has its gradient, of its own shape and of its precision."""
    _, gradients = subject.run(point.given, point.hyper, point.upstream)
    if tuple(gradients) != subject.wrt:
        yield f"the gradients are {_names(gradients)}, expected {', '.join(subject.wrt) or 'none'}"
    for name in subject.wrt:
        if name in gradients:
            gradient = np.asarray(gradients[name])
            if gradient.shape != point.given[name].shape:
                yield f"d{name} has the shape {gradient.shape}, its variable {point.given[name].shape}"
            if gradient.dtype != np.float64:
                yield f"d{name} is of {gradient.dtype}, its variable of float64"


def keeps_single_precision(subject: Subject, point: Point) -> Iterator[str]:
    """float32 in gives float32 out, near the values of double precision."""
    given = {n: a if a.dtype.kind in "iu" else a.astype(np.float32) for n, a in point.given.items()}
    upstream = tuple(u.astype(np.float32) for u in point.upstream)
    single = _results(subject, *subject.run(given, point.hyper, upstream))
    double = _results(subject, *subject.run(point.given, point.hyper, point.upstream))
    for name, array in single.items():
        if array.dtype != np.float32:
            yield f"{name} is of {array.dtype} for arguments of float32"
        elif not _same(array, double.get(name, array), SINGLE):
            yield f"{name} in float32 is far from {name} in float64"


def takes_integers(subject: Subject, point: Point) -> Iterator[str]:
    """Arguments of whole numbers give what the same numbers give as float64."""
    whole = {n: np.rint(a).astype(np.int64) for n, a in point.given.items()}
    whole = {n: np.where(w == 0, 1, w) if np.all(point.given[n] != 0) else w for n, w in whole.items()}
    real = {n: w if point.given[n].dtype.kind in "iu" else w.astype(np.float64) for n, w in whole.items()}
    with np.errstate(all="ignore"):
        expected = _results(subject, *subject.run(real, point.hyper, point.upstream))
        found = _results(subject, *subject.run(whole, point.hyper, point.upstream))
    for name, array in found.items():
        if np.all(np.isfinite(expected[name])) and not _same(array, expected[name], SINGLE):
            yield f"{name} is wrong for whole numbers: of {array.dtype}"


def takes_one_for_a_loss(subject: Subject, point: Point) -> Iterator[str]:
    """Backward of a scalar can do without an upstream gradient, which is then 1."""
    if any(u.ndim for u in point.upstream):
        return
    _, saved = subject.forward(point.given, point.hyper)
    expected = subject.backward(saved, tuple(np.ones_like(u) for u in point.upstream))
    for name, gradient in subject.backward(saved, ()).items():
        if not _same(gradient, expected[name]):
            yield f"d{name} without an upstream gradient is not that for 1"


def takes_any_memory_layout(subject: Subject, point: Point) -> Iterator[str]:
    """Fortran order and strided views give what plain arrays give."""
    expected = _results(subject, *subject.run(point.given, point.hyper, point.upstream))
    for layout, change in (("Fortran-ordered", _fortran), ("non-contiguous", _strided)):
        given = {n: change(a) for n, a in point.given.items()}
        found = _results(subject, *subject.run(given, point.hyper, tuple(change(u) for u in point.upstream)))
        for name, array in found.items():
            if not _same(array, expected[name], 1e-9):
                yield f"{name} is another one for {layout} arguments"


Law = Callable[[Subject, Point], Iterator[str]]
LAWS: tuple[Law, ...] = (
    writes_into_nothing,
    shares_no_memory,
    remembers_nothing,
    is_linear_in_the_upstream,
    returns_every_gradient,
    keeps_single_precision,
    takes_integers,
    takes_one_for_a_loss,
    takes_any_memory_layout,
)


def findings(subject: Subject, point: Point) -> tuple[Finding, ...]:
    """What breaks a law at the point; code that raises breaks the law that was being tried."""
    return tuple(
        Finding(law.__name__.replace("_", " "), message, point.label)
        for law in LAWS
        for message in _tried(law, subject, point)
    )


def _tried(law: Law, subject: Subject, point: Point) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            yield from law(subject, point)
    except Exception as error:  # the code under test may raise anything
        yield f"{type(error).__name__}: {error}"


def _writeable(arrays: Arrays) -> dict[str, Array]:
    return {n: np.array(a) for n, a in arrays.items()}


def _halved(array: Array) -> Array:
    return array if array.dtype.kind in "iu" else array / 2


def _results(subject: Subject, outputs: Outputs, gradients: Arrays) -> dict[str, Array]:
    named = {n: np.asarray(o) for n, o in zip(subject.outputs, outputs, strict=True)}
    return named | {f"d{n}": np.asarray(g) for n, g in gradients.items()}


def _same(a: Array, b: Array, tolerance: float = SAME) -> bool:
    scale = float(np.max(np.abs(b), initial=0.0))
    return np.shape(a) == np.shape(b) and bool(np.all(np.abs(np.asarray(a) - b) <= tolerance * max(scale, 1e-6)))


def _fortran(array: Array) -> Array:
    return np.array(array, order="F")


def _harms(written: Array, other: Array) -> bool:
    return bool(written.ndim and written.flags.writeable and np.shares_memory(written, other))


def _strided(array: Array) -> Array:
    """The same numbers as every second entry of a larger array, in each dimension."""
    if not array.ndim:
        return array
    larger = np.zeros(tuple(2 * n for n in array.shape), dtype=array.dtype)
    view = larger[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def _names(gradients: Mapping[str, Array]) -> str:
    return ", ".join(map(str, gradients)) or "none"
