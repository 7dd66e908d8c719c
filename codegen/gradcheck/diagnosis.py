"""What a wrong gradient looks like: a sign, a factor, a transpose, a missing sum, another tensor's gradient, ..."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from codegen.gradcheck.subject import Array, Arrays

CLOSE = 1e-6
NEARLY = "nearly right: forward and backward belong to slightly different functions (an ε in only one of them?)"


@dataclass(frozen=True)
class Context:
    """What a wrong array may turn out to be.

    ``sizes`` by axis name; ``others``: the right gradients of the other tensors;
    ``unweighted``: the right gradient for an upstream gradient of ones; ``factors``: arrays of the forward pass.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    others: Arrays = field(default_factory=dict)
    unweighted: Array | None = None
    factors: Arrays = field(default_factory=dict)


def diagnose(ours: Array, truth: Array, context: Context, noun: str = "gradient") -> str:
    """One clause that says how the array differs from the right one; the most telling pattern that fits.

    >>> diagnose(np.array([2.0, 4.0]), np.array([-2.0, -4.0]), Context())
    'the sign is wrong'
    >>> diagnose(np.ones((3, 2)), np.full(2, 3.0), Context({"N": 3, "H": 2}))
    'a sum over an axis of size 3 (N) is missing'
    """
    return _pattern(ours, truth, context).replace("gradient", noun)


def _pattern(ours: Array, truth: Array, context: Context) -> str:
    if ours.shape != truth.shape:
        return _shape_mistake(ours, truth, context)
    if not np.all(np.isfinite(ours)):
        return f"{int(np.sum(~np.isfinite(ours)))} of {ours.size} entries are not finite"
    if alike(ours, truth):
        return NEARLY
    for pattern in (_ratio, _transposed, _ignored_upstream, _mixed_up, _array_factor, _nearly):
        found = pattern(ours, truth, context)
        if found:
            return found
    return _how_many(ours, truth)


def alike(a: Array, b: Array) -> bool:
    """Whether two arrays of one shape agree to six digits of the largest entry."""
    scale = float(np.max(np.abs(b), initial=0.0))
    return a.shape == b.shape and bool(np.all(np.abs(a - b) <= CLOSE * scale)) and scale > 0


def _shape_mistake(ours: Array, truth: Array, context: Context) -> str:
    for count in range(1, ours.ndim - truth.ndim + 1):
        for over in itertools.combinations(range(ours.ndim), count):
            if alike(ours.sum(axis=over), truth):
                return f"a sum over {_sizes(ours, over, context)} is missing"
    if ours.ndim == 2 and alike(ours.T, truth):
        return "it is the transpose of the right gradient"
    if ours.size == truth.size and alike(ours.reshape(truth.shape), truth):
        return f"the entries are right, the shape {ours.shape} is not that of the variable, {truth.shape}"
    return f"its shape {ours.shape} is not that of the variable, {truth.shape}"


def _sizes(ours: Array, over: tuple[int, ...], context: Context) -> str:
    found = [ours.shape[k] for k in over]
    names = [name for size in found for name, value in context.sizes.items() if value == size]
    noun = "an axis of size" if len(found) == 1 else "axes of sizes"
    return f"{noun} {', '.join(map(str, found))}" + (f" ({', '.join(names)})" if names else "")


def _ratio(ours: Array, truth: Array, context: Context) -> str:
    if not np.any(ours):
        return "it is zero everywhere: nothing flows back to here"
    scale = float(np.vdot(truth, truth))
    if scale == 0:
        return "it should be zero everywhere"
    ratio = float(np.vdot(truth, ours)) / scale
    if not alike(ours, ratio * truth) or abs(ratio - 1) <= CLOSE:
        return ""
    if math.isclose(ratio, -1, rel_tol=CLOSE):
        return "the sign is wrong"
    return f"it is {_named(ratio, context)} times the right gradient everywhere"


def _named(ratio: float, context: Context) -> str:
    """The ratio in words where it is a whole number, a size of the layer, or one over either."""
    sign = "−" if ratio < 0 else ""
    size = abs(ratio)
    known = {f"{n} (= {name} here)": float(n) for name, n in context.sizes.items() if n > 1}
    known |= {str(n): float(n) for n in range(2, 10)}
    forms = (("{}", lambda n: n), ("1/{}", lambda n: 1 / n), ("√{}", math.sqrt), ("1/√{}", lambda n: 1 / math.sqrt(n)))
    for text, form in forms:
        for label, value in known.items():
            if math.isclose(size, form(value), rel_tol=CLOSE):
                return sign + text.format(label)
    return f"{ratio:.6g}"


def _transposed(ours: Array, truth: Array, _: Context) -> str:
    square = truth.ndim == 2 and truth.shape[0] == truth.shape[1]
    return "it is the transpose of the right gradient" if square and alike(ours.T, truth) else ""


def _ignored_upstream(ours: Array, _: Array, context: Context) -> str:
    ignored = context.unweighted is not None and alike(ours, context.unweighted)
    return "the upstream gradient is ignored: it is right only where that is 1" if ignored else ""


def _mixed_up(ours: Array, _: Array, context: Context) -> str:
    names = (n for n, other in context.others.items() if alike(ours, other))
    return next((f"it is the gradient of {n}" for n in names), "")


def _array_factor(ours: Array, truth: Array, context: Context) -> str:
    for name, factor in context.factors.items():
        if factor.ndim == 0 or factor.size == 1:
            continue
        try:
            product, back = truth * factor, ours * factor
        except ValueError:
            continue
        if alike(ours, product):
            return f"a factor {name} is too much"
        if alike(back, truth):
            return f"a factor {name} is missing"
    return ""


def _nearly(ours: Array, truth: Array, _: Context) -> str:
    scale = float(np.max(np.abs(truth), initial=0.0))
    if scale and float(np.max(np.abs(ours - truth))) < 1e-3 * scale:
        return NEARLY
    return ""


def _how_many(ours: Array, truth: Array) -> str:
    scale = float(np.max(np.abs(truth), initial=0.0))
    wrong = np.argwhere(np.abs(ours - truth) > CLOSE * scale)
    if len(wrong) == truth.size:
        return "wrong in every entry, in no pattern that is known here"
    shown = ", ".join(str([int(k) for k in at]) for at in wrong[:3])
    return f"wrong in {len(wrong)} of {truth.size} entries: {shown}{', ...' if len(wrong) > 3 else ''}"
