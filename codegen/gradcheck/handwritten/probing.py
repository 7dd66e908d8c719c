"""Which shapes a layer takes, found by trying: the most general ones that both passes run for.

Sizes of different axes are different, so that shapes that fit together by accident do not run. How a person names
an argument says what is tried first; the most axes come first, and of those shapes that run the first is taken.
"""

from __future__ import annotations

import functools
import time
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.alternatives import acquits, is_squared, may_replace
from codegen.gradcheck.handwritten.combining import combinations, milder
from codegen.gradcheck.handwritten.failures import place
from codegen.gradcheck.handwritten.forms import Form, draw, size_of
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.leading import Lead, led
from codegen.gradcheck.handwritten.oddity import ODD, odd
from codegen.gradcheck.handwritten.shapes import documented
from codegen.gradcheck.handwritten.sizing import sizes_of, tables
from codegen.gradcheck.subject import Array

TRIES, SECONDS = 20000, 20.0  # whichever comes first; seconds of the processor's time, for slow code
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
    """How the search went: why the likeliest shapes did not run.

    ``own``: sizes of arrays that the code has itself; ``most``: how much is tried.
    """

    tried: int = 0
    failure: BaseException | None = None
    own: frozenset[int] = frozenset()
    most: int = TRIES
    started: float = field(default_factory=time.process_time)

    @property
    def over(self) -> bool:
        """Whether enough was tried: counted, so that no verdict depends on what else the machine does."""
        return self.tried > self.most or time.process_time() - self.started > SECONDS * self.most / TRIES


def find(layer: Layer, asked: Mapping[str, Form], search: Search) -> tuple[Setting, Setting] | None:
    """The setting to check a layer in, and the likeliest for which forward runs; None if nothing ran.

    ``asked`` are the forms that the user gave. The setting is the first for which backward runs too and gives the
    shapes of the variables. Where backward runs but a shape is wrong, only what `may_replace` says may be another one.
    """
    first: Setting | None = None
    base: Setting | None = None
    for number, setting in enumerate(running(layer, asked, search)):
        if number > ALTERNATIVES or (first is not None and odd(setting.forms) == ODD != odd(first.forms)):
            break
        if first is not None and is_squared(first.forms, setting.forms):
            continue
        ran, fits, is_loss = backward_fits(layer, setting)
        meant = may_replace(base.forms, setting.forms, is_loss) if base else _meant(first, setting)
        if ran and fits and meant:
            return finished(layer, setting, search), first or setting
        first = first or setting
        if ran and base is None and setting is first:
            base = setting
    chosen = base or first
    return None if chosen is None or first is None else (finished(layer, chosen, search), first)


def _meant(first: Setting | None, setting: Setting) -> bool:
    """Whether a setting may be meant where backward does not run for the first one."""
    return first is None or acquits(first.forms, setting.forms, (), None, 0)


def running(layer: Layer, asked: Mapping[str, Form], search: Search) -> Iterator[Setting]:
    """The settings for which the forward pass runs, the likeliest and most general first.

    Code whose backward takes nothing from above has one number for its output: other settings come last.
    """
    wanted = [a for a in layer.arguments if a.required or a.name in asked]
    wanted.sort(key=lambda a: a.to_constructor)
    told = {**documented(layer.documentation, [a.name for a in wanted]), **asked}
    later: list[Setting] = []
    for known in (*milder(told), *(milder(asked) if told != asked else ())):
        for forms in combinations(wanted, known, lambda start, numbers: _led(layer, start, search, numbers)):
            for table in tables(forms):
                if search.over:
                    yield from later
                    return
                search.tried += 1
                sizes = sizes_of(forms, table[0], search.own)
                shapes = _forward_runs(layer, forms, sizes, search)
                if shapes:
                    setting = Setting(forms, (sizes,), len(shapes))
                    if layer.is_loss and any(shapes) and len(later) < ALTERNATIVES:
                        later.append(setting)
                    else:
                        yield setting
                    break
    yield from later


def _led(layer: Layer, start: dict[str, Form], search: Search, numbers: bool) -> Lead:
    """The forms that the errors of the forward pass lead to."""

    def runs(forms: Mapping[str, Form], sizes: Mapping[str, int]) -> str:
        mine = Search()
        search.tried += 1
        if search.over or _forward_runs(layer, forms, sizes, mine):
            return ""
        return f"{type(mine.failure).__name__}: {mine.failure}{place(mine.failure)}" if mine.failure else "not finite"

    lead = Lead()
    for table, _ in tables(start):
        lead = led(start, functools.partial(sizes_of, table=table, own=search.own), runs, numbers=numbers)
        if lead.forms is not None or lead.hopeless or numbers:
            break
    return lead


def sample(layer_forms: Mapping[str, Form], sizes: Mapping[str, int], seed: int) -> dict[str, Any]:
    """Random values for every argument."""
    rng = np.random.default_rng(seed)
    return {name: draw(form, sizes, rng) for name, form in layer_forms.items()}


def _forward_runs(
    layer: Layer, forms: Mapping[str, Form], sizes: Mapping[str, int], search: Search
) -> tuple[tuple[int, ...], ...]:
    """The shapes of what comes out, none if it does not run, or gives no finite number."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            outputs, _ = layer.forward(sample(forms, sizes, 1))
    except (Exception, SystemExit) as error:
        search.failure = search.failure or error
        return ()
    finite = all(o.dtype.kind in "iuf" and o.size and np.all(np.isfinite(o)) for o in outputs)
    return tuple(o.shape for o in outputs) if finite else ()


def backward_fits(layer: Layer, setting: Setting) -> tuple[bool, bool, bool]:
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


def finished(layer: Layer, setting: Setting, search: Search) -> Setting:
    """With limits for labels and with a second set of sizes, if it runs."""
    forms, own = {n: _limited(layer, setting, n) for n in setting.forms}, search.own
    both = ((sizes_of(forms, one, own), sizes_of(forms, two, own)) for one, two in tables(forms))
    second = next((two for one, two in both if one == setting.sizes[0]), {})
    runs = bool(second) and bool(_forward_runs(layer, forms, second, Search()))
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
