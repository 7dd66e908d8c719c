"""How hand-written code behaves beyond its values: what it writes into, remembers, shares, and takes.

Each law yields what breaks it, with whether that is grave; its name is the rule's name in the report. What is not
grave is advice: the gradients are right, but not for every use. Adding a law is adding a function to `LAWS`.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from codegen.gradcheck.arguments import same
from codegen.gradcheck.handwritten.failures import told
from codegen.gradcheck.handwritten.layer import weighted_gradients
from codegen.gradcheck.handwritten.parameters import box
from codegen.gradcheck.handwritten.trial import Spot, Trial
from codegen.gradcheck.report import Finding
from codegen.gradcheck.subject import Array, Outputs

Said = tuple[bool, str]  # whether it is grave, and the message
SHARED = "adding to one in place changes the other"
RESETS = ("zero_grad", "zero_grads", "zero_gradients", "reset_grad", "reset_grads", "clear_grads", "cleargrads")


def uses_the_upstream_gradient(tried: Trial, here: Spot) -> Iterator[Said]:
    """Twice the upstream gradient gives twice the gradients."""
    if not tried.layer.weighted:
        return
    once = _gradients(tried, here, here.upstream)
    twice = _gradients(tried, here, tuple(2 * u for u in here.upstream))
    for name in once:
        if np.any(once[name]) and same(twice[name], once[name]):
            yield True, f"d{name} is the same for twice the upstream gradient: that is ignored"
        elif not same(twice[name], 2 * once[name], 1e-6):
            yield True, f"d{name} is not proportional to the upstream gradient"


def writes_into_nothing(tried: Trial, here: Spot) -> Iterator[Said]:
    """Inputs and upstream gradients are the same after both passes."""
    given, upstream = here.everything(), tuple(np.array(u) for u in here.upstream)
    _, kept = tried.layer.forward(given)
    gradients = _copied(weighted_gradients(tried.layer, kept, upstream))
    for name, array in here.given.items():
        if not np.array_equal(given[name], array, equal_nan=True):
            rate = _step(given[name] - array, gradients.get(name))
            step = f"backward takes a step as well: it adds {rate:.3g} times its gradient to {name}"
            yield not rate, step if rate else f"{name} is written into"
    for now, before in zip(upstream, here.upstream, strict=True):
        if not np.array_equal(now, before):
            yield True, "the upstream gradient is written into" + _residual(tried, here, gradients, now, before)


def _step(change: Array, gradient: Array | None) -> float:
    """By how many times the gradient a variable was changed; 0 if it is no multiple."""
    if gradient is None or gradient.shape != change.shape or not np.any(gradient):
        return 0.0
    rate = float(np.sum(change * gradient) / np.sum(gradient * gradient))
    return rate if np.allclose(change, rate * gradient, rtol=1e-6, atol=1e-12) else 0.0


def _residual(tried: Trial, here: Spot, gradients: dict[str, Array], now: Array, before: Array) -> str:
    """What that breaks: where the same upstream gradient is also passed on beside the layer."""
    first = next((n for n in gradients if n in here.given and here.given[n].shape == before.shape), None)
    if first is None:
        return ""
    off = float(np.max(np.abs(now - before)))
    return f": in {tried.layer.name}({first}) + {first} the gradient by {first} is then wrong by up to {off:.3g}"


def shares_no_memory(tried: Trial, here: Spot) -> Iterator[Said]:
    """A gradient can be added to without changing the upstream gradient or another one."""
    upstream = _fresh(here.upstream)
    _, kept = tried.layer.forward(here.everything())
    if not tried.layer.weighted:
        return
    found = {n: g for n, g in tried.layer.backward(kept, upstream).items() if isinstance(g, np.ndarray) and g.ndim}
    for name, gradient in found.items():
        if any(np.shares_memory(gradient, u) for u in upstream):
            yield False, f"d{name} shares its memory with the upstream gradient: {SHARED}"
    for name, other in combinations(found, 2):
        if np.shares_memory(found[name], found[other]):
            yield False, f"d{name} and d{other} share their memory: {SHARED}"


def remembers_nothing(tried: Trial, here: Spot) -> Iterator[Said]:
    """Backward gives the same twice, after other passes of the same object, and after passes of another object."""
    layer = tried.layer
    if any("takes a step" in words for _, words in writes_into_nothing(tried, here)):
        return  # the next pass has other parameters
    _, kept = layer.forward(here.everything())
    first = _copied(weighted_gradients(layer, kept, _fresh(here.upstream)))
    second = _copied(weighted_gradients(layer, kept, _fresh(here.upstream)))
    resets = any(callable(getattr(getattr(kept, "made", None), r, None)) for r in RESETS)
    boxed = {n for n, h in getattr(kept, "held", {}).items() if box(h.places[0].holder)}  # reset by whoever has them
    for name, gradient in first.items():
        if not same(second[name], gradient):
            added = same(second[name], 2 * gradient)
            words = "is added to that of the call before" if added else "is another one when backward is called twice"
            yield not (added and (resets or name in boxed)), f"d{name} {words}"
    if any(not same(second[n], g) for n, g in first.items()):
        return
    _, used = layer.forward(_other(tried, here))
    weighted_gradients(layer, used, _fresh(here.upstream))
    if not tried.inner and not any(a.to_constructor for a in layer.arguments):
        _, used = layer.again(used, here.everything())
        third = weighted_gradients(layer, used, _fresh(here.upstream))
        for name, gradient in first.items():
            if not same(np.asarray(third[name]), gradient):
                yield True, f"d{name} depends on an earlier pass of the same object"
    _, mine = layer.forward(here.everything())
    layer.forward(_other(tried, here))
    fourth = weighted_gradients(layer, mine, _fresh(here.upstream))
    for name, gradient in first.items():
        if not same(np.asarray(fourth[name]), gradient):
            yield True, f"d{name} depends on a forward pass of another object, or of other inputs, in between"


def gives_the_same_again(tried: Trial, here: Spot) -> Iterator[Said]:
    """The forward pass gives the same for the same arguments, whatever was computed before."""
    first, kept = tried.layer.forward(here.everything())
    before = tuple(np.array(o) for o in first)
    weighted_gradients(tried.layer, kept, _fresh(here.upstream))
    tried.layer.forward(_other(tried, here))
    after, _ = tried.layer.forward(here.everything())
    if not all(same(a, b) for a, b in zip(after, before, strict=True)):
        yield True, "the output depends on what was computed before"


def keeps_single_precision(tried: Trial, here: Spot) -> Iterator[Said]:
    """float32 in gives float32 out."""
    given = {n: v.astype(np.float32) if _is_real(v) else v for n, v in here.everything().items()}
    outputs, kept = tried.layer.forward(given)
    gradients = weighted_gradients(tried.layer, kept, tuple(u.astype(np.float32) for u in here.upstream))
    named = {"out": outputs[0], **{f"d{n}": np.asarray(g) for n, g in gradients.items()}}
    wide = [n for n, a in named.items() if a.dtype == np.float64 and a.ndim]
    if wide:
        yield False, f"{', '.join(wide)} {'are' if len(wide) > 1 else 'is'} of float64 for arguments of float32"


def takes_whole_numbers(tried: Trial, here: Spot) -> Iterator[Said]:
    """Arguments of whole numbers give what the same numbers give as float64."""
    whole = {n: np.rint(3 * v).astype(np.int64) if _is_real(v) else v for n, v in here.everything().items()}
    real = {n: v.astype(np.float64) if isinstance(v, np.ndarray) and _is_real(here.given[n]) else v
            for n, v in whole.items()}  # fmt: skip
    try:
        expected = _copied(_run(tried, {n: _copy(v) for n, v in real.items()}, here.upstream))
        found = _run(tried, whole, here.upstream)
    except Exception:
        return  # refused aloud is not wrong
    for name, gradient in found.items():
        if np.all(np.isfinite(expected[name])) and not same(np.asarray(gradient), expected[name], 1e-6):
            yield False, f"d{name} is wrong for arguments of whole numbers: it is cut to {np.asarray(gradient).dtype}"


def takes_any_memory_layout(tried: Trial, here: Spot) -> Iterator[Said]:
    """Fortran order gives what C order gives."""
    expected = _run(tried, here.everything(), here.upstream)
    given = {n: np.array(v, order="F") if isinstance(v, np.ndarray) else v for n, v in here.everything().items()}
    found = _run(tried, given, tuple(np.array(u, order="F") for u in here.upstream))
    for name, gradient in found.items():
        if not same(np.asarray(gradient), np.asarray(expected[name]), 1e-9):
            yield True, f"d{name} is another one for Fortran-ordered arguments"


Law = Callable[[Trial, Spot], Iterator[Said]]
LAWS: tuple[Law, ...] = (
    uses_the_upstream_gradient,
    writes_into_nothing,
    shares_no_memory,
    remembers_nothing,
    gives_the_same_again,
    keeps_single_precision,
    takes_whole_numbers,
    takes_any_memory_layout,
)


def findings(tried: Trial, here: Spot) -> Iterator[Finding]:
    """What breaks a law at the point; code that raises where it ran before breaks the law that was being tried."""
    for law in LAWS:
        rule = law.__name__.replace("_", " ")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for grave, message in law(tried, here):
                    yield Finding(rule, message, here.label, grave)
        except (Exception, SystemExit) as error:
            yield Finding(rule, told(error), here.label, law not in (keeps_single_precision,))


def _run(tried: Trial, given: dict[str, Array], upstream: Outputs) -> dict[str, Array]:
    _, kept = tried.layer.forward(given)
    return weighted_gradients(tried.layer, kept, _fresh(upstream))


def _gradients(tried: Trial, here: Spot, upstream: Outputs) -> dict[str, Array]:
    return _copied(_run(tried, here.everything(), upstream))


def _other(tried: Trial, here: Spot) -> dict[str, Array]:
    return {n: v * 0.5 if _is_real(v) and n in here.given else v for n, v in here.everything().items()}


def _is_real(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f"


def _copy(value: Array) -> Array:
    return np.array(value) if isinstance(value, np.ndarray) else value


def _fresh(upstream: Outputs) -> Outputs:
    return tuple(np.array(u) for u in upstream)


def _copied(gradients: dict[str, Array]) -> dict[str, Array]:
    return {n: np.array(g) for n, g in gradients.items()}
