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

from codegen.gradcheck.handwritten.alternatives import is_squared, may_replace
from codegen.gradcheck.handwritten.combining import ODD, combinations, milder, odd
from codegen.gradcheck.handwritten.forms import Form, draw, size_of
from codegen.gradcheck.handwritten.layer import Argument, Layer, weighted_gradients
from codegen.gradcheck.handwritten.leading import led
from codegen.gradcheck.handwritten.shapes import documented
from codegen.gradcheck.subject import Array

MORE = (13, 12, 15, 14, 17, 16)
SIZES = ((5, 3, 4, 7, 6, 8, 9, 2, 10, 11, *MORE), (4, 7, 3, 5, 9, 6, 8, 2, 11, 10, *MORE))  # different in each row
LONG = ((5, 3, 9, 7, 4, 2, 6, 8, 10, 11, *MORE), (4, 7, 8, 5, 3, 2, 9, 6, 11, 10, *MORE))  # small windows in long rows
IMAGES = ((2, 3, 7, 8, 4, 5, 6, 9, 10, 11, *MORE), (3, 2, 8, 7, 5, 4, 6, 10, 9, 11, *MORE))  # ... in large images
EVEN = ((2, 3, 8, 6, 4, 5, 7, 9, 10, 11, *MORE), (3, 5, 6, 4, 2, 8, 7, 10, 9, 11, *MORE))  # images cut into halves
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
    shape is wrong, only what `may_replace` says may be another one.
    """
    first: Setting | None = None
    base: Setting | None = None
    for number, setting in enumerate(_running(layer, asked, search)):
        if number > ALTERNATIVES or (first is not None and odd(setting.forms) == ODD != odd(first.forms)):
            break
        if first is not None and is_squared(first.forms, setting.forms):
            continue
        ran, fits, is_loss = _backward_fits(layer, setting)
        if ran and fits and (base is None or may_replace(base.forms, setting.forms, is_loss)):
            return _finished(layer, setting)
        first = first or setting
        if ran and base is None and setting is first:
            base = setting
    chosen = base or first
    return None if chosen is None else _finished(layer, chosen)


def _running(layer: Layer, asked: Mapping[str, Form], search: Search) -> Iterator[Setting]:
    """The settings for which the forward pass runs, the likeliest and most general first."""
    wanted = [a for a in layer.arguments if a.required or a.name in asked]
    wanted.sort(key=lambda a: a.to_constructor)
    told = {**documented(layer.documentation, [a.name for a in wanted]), **asked}
    for known in (*milder(told), *(milder(asked) if told != asked else ())):
        for forms in itertools.chain(_led(layer, wanted, known, search), combinations(wanted, known)):
            for table in _tables(forms):
                if search.over:
                    return
                search.tried += 1
                sizes = _sizes(forms, table[0])
                count = _forward_runs(layer, forms, sizes, search)
                if count:
                    yield Setting(forms, (sizes,), count)
                    break


def _led(
    layer: Layer, wanted: list[Argument], known: Mapping[str, Form], search: Search
) -> Iterator[Mapping[str, Form]]:
    """The forms that the errors of the forward pass lead to."""

    def runs(forms: Mapping[str, Form], sizes: Mapping[str, int]) -> str:
        mine = Search()
        search.tried += 1
        if search.over or _forward_runs(layer, forms, sizes, mine):
            return ""
        return str(mine.failure) or "no shape is named"

    return led(wanted, known, lambda forms: _sizes(forms, _tables(forms)[0][0]), runs)


Table = tuple[tuple[int, ...], tuple[int, ...]]


def _tables(forms: Mapping[str, Form]) -> tuple[Table, ...]:
    most = max((len(f.axes) for f in forms.values()), default=0)
    return (IMAGES, EVEN) if most > 3 else (SIZES, LONG) if most > 2 else (SIZES,)


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


def _backward_fits(layer: Layer, setting: Setting) -> tuple[bool, bool, bool]:
    """Whether backward runs, whether every gradient has the shape of its variable, whether the output is one number."""
    given = sample(setting.forms, setting.sizes[0], 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs, kept = layer.forward(given)
            upstream: tuple[Array, ...] = tuple(np.ones(o.shape) for o in outputs)
            gradients = weighted_gradients(layer, kept, upstream)
    except (Exception, SystemExit):
        return False, False, False
    shapes = [np.shape(g) == np.shape(given[n]) for n, g in gradients.items() if n in given]
    return bool(gradients), bool(shapes) and all(shapes), all(not o.ndim for o in outputs)


def _finished(layer: Layer, setting: Setting) -> Setting:
    """With limits for labels and with a second set of sizes, if it runs."""
    forms = {n: _limited(layer, setting, n) for n in setting.forms}
    second = next((_sizes(forms, t[1]) for t in _tables(forms) if _sizes(forms, t[0]) == setting.sizes[0]), {})
    runs = bool(second) and _forward_runs(layer, forms, second, Search())
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
