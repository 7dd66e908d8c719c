"""Gradients from the forward pass alone: by the complex step, and by central differences with their own noise."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from codegen.gradcheck.dual import Dual, ImaginaryPartLost
from codegen.gradcheck.subject import Array, Arrays, Hyper, Outputs, Subject

COMPLEX_STEP = 1e-100  # its square underflows: no difference is taken, so no digits are lost
STEP = 2.0**-16  # ≈ ε^⅓, where truncation and rounding balance; a power of two, so that x ± h is exact
SPECK = 2.0**-28  # its square is below the rounding error of a loss of ordinary size
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Estimate:
    """A gradient found by differences, and by how much it may be off."""

    gradient: Array
    noise: float


def complex_step(subject: Subject, given: Arrays, hyper: Hyper, upstream: Outputs, wrt: str) -> Array:
    """The gradient of the weighted outputs by one tensor, to rounding error.

    Errors: `ImaginaryPartLost` if the forward pass is not analytic in a way that `Dual` cannot follow.
    """
    plain = subject.loss(given, hyper, upstream)
    lifted = {n: _lift(a) for n, a in given.items()}
    result = np.zeros(given[wrt].shape)
    for entry in np.ndindex(result.shape):
        moved = np.array(given[wrt], dtype=np.complex128)
        moved[entry] += 1j * COMPLEX_STEP
        loss = _loss_of_duals(subject, {**lifted, wrt: moved.view(Dual)}, hyper, upstream)
        if not abs(loss.real - plain) <= 1e-9 * max(1.0, abs(plain)):
            raise ImaginaryPartLost("complex numbers take another path than real ones")
        result[entry] = loss.imag / COMPLEX_STEP
    return result


def _lift(array: Array) -> Array:
    return array if array.dtype.kind in "iub" else np.array(array, dtype=np.complex128).view(Dual)


def _loss_of_duals(subject: Subject, given: Arrays, hyper: Hyper, upstream: Outputs) -> complex:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        try:
            return complex(subject.loss(given, hyper, upstream))
        except (TypeError, ValueError, np.exceptions.ComplexWarning) as error:
            raise ImaginaryPartLost(str(error)) from error


def central(subject: Subject, given: Arrays, hyper: Hyper, upstream: Outputs, wrt: str) -> Estimate:
    """The gradient by central differences, extrapolated from two step sizes; their gap is the noise.

    The gap sees truncation and a kink between the points; rounding, which may be nil by luck at the few points
    used, is measured apart.
    """
    rounding = _rounding(subject, given, hyper, upstream)
    narrow, wide = (np.zeros(given[wrt].shape) for _ in range(2))
    for entry in np.ndindex(narrow.shape):
        near = [_moved(subject, given, hyper, upstream, wrt, entry, k * STEP) for k in (1, -1)]
        far = [_moved(subject, given, hyper, upstream, wrt, entry, k * STEP) for k in (2, -2)]
        narrow[entry] = (near[0] - near[1]) / (2 * STEP)
        wide[entry] = (far[0] - far[1]) / (4 * STEP)
    gap = float(np.max(np.abs(narrow - wide), initial=0.0))
    return Estimate((4 * narrow - wide) / 3, gap + rounding / STEP)


def _rounding(subject: Subject, given: Arrays, hyper: Hyper, upstream: Outputs) -> float:
    """Second differences of the loss at steps so small that its curvature does not show: what is left is rounding."""
    here = float(subject.loss(given, hyper, upstream))
    signs = np.random.default_rng(0)
    seen = EPSILON * abs(here)
    for _ in range(4):
        way = {n: signs.choice((-SPECK, SPECK), given[n].shape) for n in subject.wrt}
        there, back = (
            float(subject.loss({**given, **{n: given[n] + s * w for n, w in way.items()}}, hyper, upstream))
            for s in (1, -1)
        )
        seen = max(seen, abs(there - 2 * here + back))
    return seen


def one_sided(subject: Subject, given: Arrays, hyper: Hyper, upstream: Outputs, wrt: str) -> tuple[Estimate, Estimate]:
    """The slopes from below and from above, each of second order."""
    here = subject.loss(given, hyper, upstream)
    sides = {sign: np.zeros(given[wrt].shape) for sign in (-1, 1)}
    for sign, slopes in sides.items():
        for entry in np.ndindex(slopes.shape):
            one, two = (_moved(subject, given, hyper, upstream, wrt, entry, sign * k * STEP) for k in (1, 2))
            slopes[entry] = sign * (4 * one - two - 3 * here) / (2 * STEP)
    noise = 8 * _rounding(subject, given, hyper, upstream) / STEP
    return Estimate(sides[-1], noise), Estimate(sides[1], noise)


def _moved(
    subject: Subject,
    given: Mapping[str, Array],
    hyper: Hyper,
    upstream: Outputs,
    wrt: str,
    entry: tuple[int, ...],
    by: float,
) -> float:
    moved = np.array(given[wrt])
    moved[entry] += by
    return float(subject.loss({**given, wrt: moved}, hyper, upstream))
