"""How the code behaves beyond its values: what it writes into, what it remembers, what it returns, what it takes.

Each law is a function that yields what breaks it; its name is the rule's name in the report, its docstring what
is demanded. Adding a law is adding a function to `LAWS`.
"""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from codegen.gradcheck.arguments import (
    has_the_declared_defaults,
    keeps_single_precision,
    same,
    takes_any_memory_layout,
    takes_integers,
    takes_one_for_a_loss,
)
from codegen.gradcheck.points import Point
from codegen.gradcheck.report import Finding
from codegen.gradcheck.subject import Array, Arrays, Subject


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
        if not same(second[name], gradient):
            yield f"d{name} is another one when backward is called twice"
        elif not same(third[name], gradient):
            yield f"d{name} depends on a forward pass of other inputs in between"


def is_linear_in_the_upstream(subject: Subject, point: Point) -> Iterator[str]:
    """Twice the upstream gradient gives twice the gradients, none gives none."""
    _, saved = subject.forward(point.given, point.hyper)
    once = {n: np.array(g) for n, g in subject.backward(saved, point.upstream).items()}
    twice = subject.backward(saved, tuple(2 * u for u in point.upstream))
    for name, gradient in once.items():
        if not same(2 * gradient, twice[name]):
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


Law = Callable[[Subject, Point], Iterator[str]]
LAWS: tuple[Law, ...] = (
    writes_into_nothing,
    shares_no_memory,
    remembers_nothing,
    is_linear_in_the_upstream,
    returns_every_gradient,
    keeps_single_precision,
    takes_integers,
    has_the_declared_defaults,
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


def _harms(written: Array, other: Array) -> bool:
    return bool(written.ndim and written.flags.writeable and np.shares_memory(written, other))


def _names(gradients: Mapping[str, Array]) -> str:
    return ", ".join(map(str, gradients)) or "none"
