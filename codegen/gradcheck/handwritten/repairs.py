"""The line at fault: the one small edit of backward that makes a wrong gradient right and leaves the others right."""

from __future__ import annotations

import ast
import inspect
import textwrap
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from codegen.gradcheck.comparing import by_differences
from codegen.gradcheck.handwritten.layer import Layer, weighted_gradients
from codegen.gradcheck.handwritten.loading import define
from codegen.gradcheck.handwritten.trial import Spot, Trial
from codegen.gradcheck.report import Lesson, Witness
from codegen.gradcheck.subject import Array
from derive.reading.numpy_source.changes import KEPT_ATTRIBUTES, upstreams
from derive.reading.numpy_source.edits import Edit, copied, edits
from derive.reading.numpy_source.gradient_names import UPSTREAM

SECONDS = 10.0  # of the processor's time: the machine's load decides nothing
CLOSE = 1e-6
Build = Callable[[Callable[..., Any]], Layer]
Truths = Mapping[str, Array]


@dataclass(frozen=True)
class Backward:
    """A backward function as text: its tree with the line numbers of its file, and the names that it sees."""

    tree: ast.FunctionDef
    file: str
    lines: tuple[str, ...]
    first: int
    namespace: dict[str, Any]
    name: str

    def line(self, number: int) -> str:
        """A line of the file, without its indentation."""
        place = number - self.first
        return self.lines[place].strip() if 0 <= place < len(self.lines) else ""

    @property
    def upstream(self) -> str:
        """The argument that is the upstream gradient, by its name."""
        return next((a.arg for a in self.tree.args.args if UPSTREAM.match(a.arg)), "")


def backward_of(function: Any) -> Backward | None:
    """The text of a function, None if there is none (made elsewhere, or by a decorator)."""
    try:
        lines, first = inspect.getsourcelines(function)
        tree = ast.parse(textwrap.dedent("".join(lines))).body[0]
    except (OSError, TypeError, SyntaxError, IndexError):
        return None
    if not isinstance(tree, ast.FunctionDef):
        return None
    ast.increment_lineno(tree, first - 1)
    tree.decorator_list = []
    file = inspect.getsourcefile(function) or ""
    return Backward(tree, file, tuple(lines), first, function.__globals__, function.__name__)


def truths_at(tried: Trial, spots: tuple[Spot, ...]) -> tuple[Truths, ...]:
    """The right gradients at some points, by differences."""
    found = []
    for here in spots:
        subject = tried.subject(here)
        table: dict[str, Array] = {}
        for name in tried.wrt:
            heard: dict[Witness, tuple[Array, float]] = {}
            list(by_differences(subject, here, name, ("complex step", "central differences"), heard))
            table[name] = next(iter(heard.values()))[0]
        found.append(table)
    return tuple(found)


def lessons(
    tried: Trial, spots: tuple[Spot, ...], truths: tuple[Truths, ...], function: Any, build: Build
) -> Iterator[Lesson]:
    """For each wrong gradient the line to change, and how; nothing for one that no single edit repairs."""
    text = backward_of(function)
    if text is None:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        setattr(text.tree, KEPT_ATTRIBUTES, _kept(tried.layer, spots[0]))
        before = _right(tried.layer, spots, truths)
        waiting = [n for n in tried.wrt if n not in before]
        best = _search(text, build, spots, truths, before, waiting) if waiting else {}
        written = _copied(tried, text, build, spots) if not waiting else None
    for name in waiting:
        if name in best:
            edit = best[name]
            place = f"{Path(text.file).name}:{edit.line}"
            yield Lesson(f"d{name}", place, text.line(edit.line), edit.text)
    if written is not None:
        place = f"{Path(text.file).name}:{written.line}"
        yield Lesson("the upstream gradient", place, text.line(written.line), written.text)


def _kept(layer: Layer, here: Spot) -> tuple[str, ...]:
    """The attributes with arrays that an object has after its forward pass."""
    _, kept = layer.forward(here.everything())
    made = getattr(kept, "made", None)
    return tuple(n for n, v in vars(made).items() if isinstance(v, np.ndarray)) if hasattr(made, "__dict__") else ()


def _search(
    text: Backward,
    build: Build,
    spots: tuple[Spot, ...],
    truths: tuple[Truths, ...],
    before: frozenset[str],
    waiting: list[str],
) -> dict[str, Edit]:
    """The first edit that repairs most, then the first for each gradient that is left."""
    deadline = time.process_time() + SECONDS
    best: dict[str, Edit] = {}
    for edit in _one_or_two(text, waiting):
        if time.process_time() > deadline:
            break
        right = _right_after(edit, text, build, spots, truths)
        if before <= right and all(n in right for n in waiting):
            return dict.fromkeys(waiting, edit)
        if before <= right:
            for name in waiting:
                if name in right:
                    best.setdefault(name, edit)
    return best


def _one_or_two(text: Backward, wrong: list[str]) -> Iterator[Edit]:
    """Every single edit; then every one after the upstream gradient, which was ignored, has been multiplied in."""
    yield from edits(text.tree, text.upstream, wrong)
    if text.upstream and not _uses(text.tree, text.upstream):
        for first in edits(text.tree, text.upstream, wrong, (upstreams,)):
            yield from edits(first.tree, text.upstream, wrong)


def _uses(tree: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(n, ast.Name) and n.id == name for n in ast.walk(tree))


def _copied(tried: Trial, text: Backward, build: Build, spots: tuple[Spot, ...]) -> Edit | None:
    """The upstream gradient copied at the top, if that is what keeps it from being written into."""
    if not text.upstream or not _is_written(tried.layer, spots[0]):
        return None
    edit = copied(text.tree, text.upstream)
    function = define(edit.tree, text.file, text.namespace)[text.name]
    return None if _is_written(build(function), spots[0]) else edit


def _is_written(layer: Layer, here: Spot) -> bool:
    _, kept = layer.forward(here.everything())
    upstream = tuple(np.array(u) for u in here.upstream)
    weighted_gradients(layer, kept, upstream)
    return not all(np.array_equal(a, b) for a, b in zip(upstream, here.upstream, strict=True))


def _right_after(
    edit: Edit, text: Backward, build: Build, spots: tuple[Spot, ...], truths: tuple[Truths, ...]
) -> frozenset[str]:
    try:
        function = define(edit.tree, text.file, text.namespace)[text.name]
        return _right(build(function), spots, truths)
    except (Exception, SystemExit):
        return frozenset()


def _right(layer: Layer, spots: tuple[Spot, ...], truths: tuple[Truths, ...]) -> frozenset[str]:
    """The gradients that are right at all the points; the first point decides for most edits."""
    right = frozenset(truths[0])
    for here, truth in zip(spots, truths, strict=True):
        if not right:
            return right
        try:
            _, kept = layer.forward(here.everything())
            found = weighted_gradients(layer, kept, tuple(np.array(u) for u in here.upstream))
        except (Exception, SystemExit):
            return frozenset()
        right = frozenset(n for n in right if n in found and _same(found[n], truth[n]))
    return right


def _same(ours: Any, truth: Array) -> bool:
    array = np.asarray(ours)
    if array.shape != truth.shape or array.dtype.kind not in "fiu":
        return False
    scale = max(float(np.max(np.abs(truth), initial=0.0)), 1e-12)
    return bool(np.all(np.abs(array - truth) <= CLOSE * scale))
