"""A layer in its setting as something to check: a `Subject` for the witnesses, and random points for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.classes import expected_gradients, inner_variables
from codegen.gradcheck.handwritten.forms import CONTINUOUS, VECTOR, WEIGHTS, Form
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.probing import Setting, sample
from codegen.gradcheck.subject import Arrays, Hyper, Outputs, Subject

SPREAD = 0.5


@dataclass(frozen=True)
class Spot:
    """A point to check at. ``fixed`` are the arguments that are no arrays: sizes and plain numbers."""

    label: str
    given: Arrays
    upstream: Outputs
    fixed: Mapping[str, Any] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    hyper: Hyper = field(default_factory=dict)

    def everything(self) -> dict[str, Any]:
        """All arguments, as the layer takes them."""
        return {**self.fixed, **{n: np.array(a) for n, a in self.given.items()}}


@dataclass(frozen=True)
class Trial:
    """What is checked: the layer, its setting, the variables it has gradients for, and those it made by itself."""

    layer: Layer
    setting: Setting
    wrt: tuple[str, ...]
    inner: tuple[str, ...]
    missing: tuple[str, ...]

    def subject(self, spot: Spot) -> Subject:
        """The layer with the arguments that are no arrays filled in."""
        layer, count = self.layer, len(spot.upstream)

        def forward(given: Arrays, _: Hyper) -> tuple[Outputs, Any]:
            mine = {n: np.array(a, subok=True) for n, a in given.items()}  # the code may write into what it gets
            return layer.forward({**spot.fixed, **mine})

        def backward(kept: Any, upstream: Outputs) -> Arrays:
            return weighted_gradients(layer, kept, upstream)

        names = ("out",) if count == 1 else tuple(f"out{k + 1}" for k in range(count))
        return Subject(layer.name, names, self.wrt, forward, backward)


def trial(layer: Layer, setting: Setting) -> Trial:
    """Which gradients the layer gives, found by one pass; a gradient that stays None is missing."""
    given = sample(setting.forms, setting.sizes[0], 1)
    outputs, kept = layer.forward(given)
    upstream = tuple(np.ones(o.shape) for o in outputs)
    gradients = layer.backward(kept, upstream if layer.weighted else ())
    own = {n: v for n, v in inner_variables(layer, kept).items() if n in gradients}
    smooth = [n for n, f in setting.forms.items() if f.kind in CONTINUOUS]
    wrt = tuple(n for n in (*setting.forms, *own) if n in gradients and (n in own or n in smooth))
    missing = tuple(n for n in expected_gradients(layer, kept) if n not in gradients and n in (*smooth, *own))
    return Trial(layer, setting, wrt, tuple(own), missing)


def untried(layer: Layer, setting: Setting) -> Trial:
    """The trial of a layer whose backward does not run: every argument that is a real number should have a gradient."""
    wrt = tuple(n for n, f in setting.forms.items() if f.kind in ("real", "positive", "unit"))
    return Trial(layer, setting, wrt, (), ())


def spot(tried: Trial, sizes: Mapping[str, int], seed: int, label: str = "", scale: float = 1.0) -> Spot:
    """A random point; ``scale`` multiplies the inputs that may be any real number.

    Errors: whatever the user's forward pass raises.
    """
    rng = np.random.default_rng(seed)
    values = sample(tried.setting.forms, sizes, seed)
    for name, form in tried.setting.forms.items():
        if form.kind == "real" and scale != 1.0 and not _is_parameter(tried.layer, name):
            values[name] = values[name] * scale
    fixed = {n: v for n, v in values.items() if not isinstance(v, np.ndarray) and n not in tried.wrt}
    given = {n: np.asarray(v) for n, v in values.items() if n not in fixed}
    outputs, kept = tried.layer.forward({**fixed, **{n: np.array(a) for n, a in given.items()}})
    own = inner_variables(tried.layer, kept)
    for name in tried.inner:
        start = np.asarray(own[name], dtype=np.float64)
        given[name] = np.array(start + SPREAD * rng.standard_normal(start.shape))
    upstream = tuple(rng.standard_normal(o.shape) + 0.25 for o in outputs)
    shown = ", ".join(f"{n}={s}" for n, s in sizes.items()) or "scalars"
    return Spot(f"{label}: {shown}" if label else shown, given, upstream, fixed, sizes)


def _is_parameter(layer: Layer, name: str) -> bool:
    named = WEIGHTS.fullmatch(name) or VECTOR.fullmatch(name)
    return named is not None or any(a.name == name and a.to_constructor for a in layer.arguments)


def smooth(tried: Trial, name: str) -> bool:
    """Whether an argument is a real number that can be moved a little."""
    form: Form | None = tried.setting.forms.get(name)
    return form is None or form.kind in CONTINUOUS
