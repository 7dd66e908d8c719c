"""Which shapes a layer takes, found by trying: the most general ones that both passes run for.

Sizes of different axes are different, so that shapes that fit together by accident do not run. How a person names
an argument says what is tried first; the most axes come first, and of those shapes that run the first is taken.
"""

from __future__ import annotations

import itertools
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.combining import ODD, combinations, milder, odd
from codegen.gradcheck.handwritten.forms import VECTOR, Form, draw, size_of
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.shapes import documented
from codegen.gradcheck.subject import Array

SIZES = ((5, 3, 4, 7, 6, 8, 9, 2, 10, 11), (4, 7, 3, 5, 9, 6, 8, 2, 11, 10))  # pairwise different in each row
IMAGES = ((2, 3, 7, 8, 4, 5, 6, 9, 10, 11), (3, 2, 8, 7, 5, 4, 6, 10, 9, 11))  # small windows in large images
SECONDS = 8.0
ALTERNATIVES = 150


@dataclass(frozen=True)
class Setting:
    """A form for every argument, and two sets of sizes for the axes; ``outputs`` is how many arrays come out."""

    forms: Mapping[str, Form]
    sizes: tuple[Mapping[str, int], ...]
    outputs: int = 1

    def __str__(self) -> str:
        return ", ".join(f"{n} {f}" for n, f in self.forms.items())


@dataclass
class Search:
    """How the search went: why the likeliest shapes did not run."""

    tried: int = 0
    failure: BaseException | None = None
    deadline: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def over(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline


def find(layer: Layer, asked: Mapping[str, Form], search: Search) -> Setting | None:
    """The setting to check a layer in, None if nothing ran. ``asked`` are the forms that the user gave.

    It is the first for which backward runs too and gives the shapes of the variables. Where backward runs but a
    shape is wrong, only what `_turned` says may be another one.
    """
    first: Setting | None = None
    base: Setting | None = None
    for number, setting in enumerate(_running(layer, asked, search)):
        if number > ALTERNATIVES or (first is not None and odd(setting.forms) == ODD != odd(first.forms)):
            break
        if first is not None and _is_squared(first, setting):
            continue
        ran, fits = _backward_fits(layer, setting)
        if ran and fits and (base is None or _turned(base, setting)):
            return _finished(layer, setting)
        first = first or setting
        if ran and base is None and setting is first:
            base = setting
    chosen = base or first
    return None if chosen is None else _finished(layer, chosen)


def _is_squared(first: Setting, other: Setting) -> bool:
    """Whether a setting only makes axes the same that need not be: what is wrong shows better where they differ."""
    alike = all(len(f.axes) == len(other.forms[n].axes) for n, f in first.forms.items())
    return alike and odd(other.forms) > odd(first.forms)


def _turned(base: Setting, other: Setting) -> bool:
    """Whether settings differ only in whether a bias is a vector, a row or a column, or in an output axis less.

    The first array stays as it is: with its batch axis a sum would go that is missing.
    """
    changed = [n for n in base.forms if base.forms[n] != other.forms[n]]
    first = next(iter(base.forms), "")
    return first not in changed and (
        all(_is_bias_turned(n, base.forms[n], other.forms[n]) for n in changed) or _is_axis_less(base, other, changed)
    )


def _is_axis_less(base: Setting, other: Setting, changed: list[str]) -> bool:
    """Whether one axis, the last of all arrays that have it, is gone everywhere."""
    gone = {a for f in base.forms.values() for a in f.axes} - {a for f in other.forms.values() for a in f.axes}
    lasts = all(base.forms[n].axes[-1:] == (*gone,) and other.forms[n].axes == base.forms[n].axes[:-1] for n in changed)
    return len(gone) == 1 and lasts


def _is_bias_turned(name: str, one: Form, two: Form) -> bool:
    plain = all(f.kind == "real" and len([a for a in f.axes if a != "1"]) == 1 for f in (one, two))
    return plain and VECTOR.fullmatch(name) is not None


def _running(layer: Layer, asked: Mapping[str, Form], search: Search) -> Iterator[Setting]:
    """The settings for which the forward pass runs, the likeliest and most general first."""
    wanted = [a for a in layer.arguments if a.required or a.name in asked]
    wanted.sort(key=lambda a: a.to_constructor)
    told = {**documented(layer.documentation, [a.name for a in wanted]), **asked}
    for known in (*milder(told), *(milder(asked) if told != asked else ())):
        for forms in combinations(wanted, known):
            for sizes in _tables(forms):
                if search.over:
                    return
                search.tried += 1
                count = _forward_runs(layer, forms, sizes, search)
                if count:
                    yield Setting(forms, (sizes,), count)
                    break


def _tables(forms: Mapping[str, Form]) -> list[dict[str, int]]:
    tables = IMAGES if any(len(f.axes) > 3 for f in forms.values()) else SIZES
    return [_sizes(forms, tables[0])]


def _sizes(forms: Mapping[str, Form], table: tuple[int, ...]) -> dict[str, int]:
    axes = [a.lstrip("0123456789") for f in forms.values() for a in (*f.axes, f.limit)]
    return dict(zip(dict.fromkeys(a for a in axes if a.isidentifier()), itertools.cycle(table), strict=False))


def sample(layer_forms: Mapping[str, Form], sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Random values for every argument."""
    rng = np.random.default_rng(seed)
    return {name: draw(form, sizes, rng) for name, form in layer_forms.items()}


def _forward_runs(layer: Layer, forms: Mapping[str, Form], sizes: Mapping[str, int], search: Search) -> int:
    """How many arrays come out, 0 if it does not run, or gives no finite number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            outputs, _ = layer.forward(sample(forms, sizes, 1))
    except (Exception, SystemExit) as error:
        search.failure = search.failure or error
        return 0
    finite = all(o.dtype.kind in "iuf" and o.size and np.all(np.isfinite(o)) for o in outputs)
    return len(outputs) if finite else 0


def _backward_fits(layer: Layer, setting: Setting) -> tuple[bool, bool]:
    """Whether backward runs, and whether every gradient has the shape of its variable."""
    given = sample(setting.forms, setting.sizes[0], 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs, kept = layer.forward(given)
            upstream: tuple[Array, ...] = tuple(np.ones(o.shape) for o in outputs)
            gradients = weighted_gradients(layer, kept, upstream)
    except (Exception, SystemExit):
        return False, False
    shapes = [np.shape(g) == np.shape(given[n]) for n, g in gradients.items() if n in given]
    return bool(gradients), bool(shapes) and all(shapes)


def _finished(layer: Layer, setting: Setting) -> Setting:
    """With limits for labels and with a second set of sizes, if it runs."""
    forms = {n: _limited(layer, setting, n) for n in setting.forms}
    images = any(len(f.axes) > 3 for f in forms.values())
    second = _sizes(forms, (IMAGES if images else SIZES)[1])
    runs = _forward_runs(layer, forms, second, Search())
    sizes = (*setting.sizes, second) if runs and second != setting.sizes[0] else setting.sizes
    return Setting(forms, sizes, setting.outputs)


def _limited(layer: Layer, setting: Setting, name: str) -> Form:
    """Labels below the size of the largest axis that they may count along."""
    form, sizes = setting.forms[name], setting.sizes[0]
    if form.kind != "labels" or form.limit:
        return form
    axes = {a for f in setting.forms.values() for a in f.axes if a not in form.axes and a != "1"}
    best = form
    for axis in sorted(axes, key=lambda a: size_of(a, sizes)):
        candidate = replace(form, limit=axis)
        given = sample({**setting.forms, name: candidate}, sizes, 1)
        given[name] = np.full_like(given[name], size_of(axis, sizes) - 1)
        try:
            layer.forward(given)
        except Exception:
            break
        best = candidate
    return best
