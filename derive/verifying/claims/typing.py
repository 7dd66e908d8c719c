"""The shapes of all symbols of the forward pass, found from its lines together: the first assignment that fits all.

Lines are read in the order of the note; where a line fits in several ways, the first one is taken with which all the
lines after it fit as well. A line that fits in no way is left out, with the reason.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from derive.effort import TooMuchWork, at_most
from derive.expression import ZERO
from derive.verifying.claim import Shape
from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.truth import LOSS_NAMES, is_loss_name
from derive.verifying.elaborate.context import Context, Unclear, shaped
from derive.verifying.elaborate.places import place_of
from derive.verifying.elaborate.shapes import UNIT, Axes, Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Value
from derive.verifying.formula import Node, Number

STEPS = 4000  # readings tried for all lines together
LINES = 60_000  # units of work


@dataclass(frozen=True)
class Typed:
    """A line of the forward pass that was understood: what it defines, the letters on its left, its formula."""

    definition: Definition
    letters: tuple[Letter, ...]
    axes: Axes
    value: Value


@dataclass
class Search:
    """The search for shapes: how far it came, and why lines could not be read."""

    context: Context
    strict: bool = True
    steps: int = 0
    furthest: int = -1
    reasons: dict[int, str] = field(default_factory=dict)

    def solve(self, lines: Sequence[Definition], at: int, shapes: Shapes) -> tuple[tuple[Typed, ...], Shapes] | None:
        """The readings of the lines from one on with which all of them fit, None if there are none."""
        if at == len(lines):
            return (), shapes
        self.furthest = max(self.furthest, at)
        try:
            for typed, state in line(lines[at], self.context, shapes, self.strict):
                self.steps += 1
                if self.steps > STEPS:
                    return None
                rest = self.solve(lines, at + 1, state)
                if rest is not None:
                    return (typed, *rest[0]), rest[1]
        except Unclear as error:
            self.reasons[at] = error.reason
        except TooMuchWork as error:
            self.reasons[at] = error.message
        return None


def typed_lines(
    lines: Sequence[Definition], context: Context, shapes: Shapes
) -> tuple[tuple[Typed, ...], Shapes, dict[str, str]]:
    """The lines that fit together, the shapes they give, and why others were left out (by name).

    That symbols side by side are multiplied entry by entry is tried where nothing else fits.
    """
    left, out = list(lines), dict[str, str]()
    while True:
        for strict, plain in ((True, True), (True, False), (False, False)):
            search = Search(replace(context, plain=plain), strict)
            with at_most(LINES):
                found = search.solve(left, 0, shapes)
            if found is not None:
                return found[0], found[1], out
        at = max(search.reasons, default=search.furthest) if search.reasons else search.furthest
        failed = left.pop(at)
        out[failed.name] = search.reasons.get(at, "the shapes on its right side do not fit together")


def line(
    definition: Definition, context: Context, shapes: Shapes, strict: bool = False
) -> Iterator[tuple[Typed, Shapes]]:
    """Every way to read one line: the left side's letters run over axes, the rest has the shape of the right side."""
    outer, losses = shapes.letters, context.losses & LOSS_NAMES or LOSS_NAMES
    for axes, letters, state in _left(definition, context, shapes):
        for value, then in context.read(definition.right, context, state):
            if value.over is not None or (value.flipped and len(value.axes) == 1):
                continue
            if is_loss_name(definition.name, losses) and not letters:
                run = {n.rpartition("_")[0] for n in context.lexicon.running} & then.symbols.keys()
                then = _single(value.axes, then, {then.root(a) for n in run for a in then.symbols[n]})
                if value.axes and all(then.root(a) == UNIT for a in value.axes):
                    value = at_zero(value)
            if strict and is_loss_name(definition.name, losses) and not letters and value.axes:
                continue
            free = [x for x in then.letters.values() if not x.bound]
            if any(x not in letters for x in free):
                continue
            after = _joined(definition, axes, letters, value, then)
            if after is None:
                continue
            noted = _annotated(definition.step.shapes or definition.step.left_shapes, definition.name, after, strict)
            if noted is None and not strict:
                noted = after
            if noted is not None:
                yield Typed(definition, letters, noted.symbols[definition.name], value), replace(noted, letters=outer)


def _left(
    definition: Definition, context: Context, shapes: Shapes
) -> Iterator[tuple[Axes | None, tuple[Letter, ...], Shapes]]:
    atom = definition.atom
    places = (*atom.samples, *atom.indices)
    if not places:
        yield shapes.symbols.get(definition.name), (), shapes
        return
    for axes, state in shaped(definition.name, context, shapes):
        if len(axes) < len(places):
            continue
        letters: list[Letter] = []
        here: Shapes | None = state
        for axis, node in zip(_order(axes, atom.samples, state), places, strict=False):
            name = text_of(node)
            letter = Letter(axis, name, bound=False)
            if isinstance(node, Number) or name in {x.name for x in letters} or here is None:
                here = None
                break
            _, here = place_of(node, axis, here.with_letter(name, letter))
            letters.append(letter)
        if here is not None:
            yield axes, tuple(letters), here


def _order(axes: Axes, samples: tuple[Node, ...], shapes: Shapes) -> Axes:
    """The axes in the order in which they are indexed: samples in brackets above stand in the last columns."""
    return axes[::-1] if samples and shapes.batch != "row" and len(axes) == 2 else axes


def _joined(
    definition: Definition, axes: Axes | None, letters: tuple[Letter, ...], value: Value, shapes: Shapes
) -> Shapes | None:
    if axes is None:
        return shapes.with_symbol(definition.name, value.axes)
    rest = tuple(a for a in axes if a not in {x.axis for x in letters})
    if len(rest) == len(value.axes):
        return shapes.all_same(rest, value.axes)
    return None


def _annotated(notes: Sequence[Shape], name: str, shapes: Shapes, strict: bool) -> Shapes | None:
    """The state in which the symbol has the sizes written beside it, None where they do not fit."""
    state: Shapes | None = shapes
    for note in notes:
        axes = shapes.symbols[name]
        if strict and len(axes) != len(note.sizes):
            return None
        state = sized(note.sizes, axes, state) if state is not None else None
    return state


def _single(axes: Axes, shapes: Shapes, longer: Container[int]) -> Shapes:
    """The state in which the axes that a loss is left with have one entry, if nothing says otherwise.

    ``longer`` are axes that sums run over elsewhere: what the loss of one sample is said to be, holds for each there.
    """
    state = shapes
    for axis in axes:
        state = state if state.spoken_of(axis) or state.root(axis) in longer else state.same(UNIT, axis) or state
    return state if all(state.root(a) == UNIT for a in axes) else shapes


def at_zero(value: Value) -> Value:
    """A value all of whose axes have one entry, as a number."""
    zeros = tuple(ZERO for _ in value.axes)
    return Value((), lambda places, maker: value.at(zeros, maker), reading=value.reading)


def sized(sizes: Sequence[Node], axes: Axes, shapes: Shapes) -> Shapes | None:
    """The state in which axes have the sizes that were written: names or numbers."""
    if len(sizes) != len(axes):
        axes = tuple(a for a in axes if shapes.root(a) != UNIT)
        sizes = [s for s in sizes if text_of(s) != "1"]
        if len(sizes) != len(axes):
            return None
    state: Shapes | None = shapes
    for size, axis in zip(sizes, axes, strict=True):
        text = text_of(size)
        if state is not None:
            state = state.sized(axis, int(text)) if text.isdigit() else state.named(axis, text)
    return state
