"""Indices: a letter, a number counted from one, a step before, a sum of letters, what a whole tensor says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.expression import Expr, Size, add, mul, number
from derive.verifying.elaborate.computed import computed, size_axis, with_window
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.shapes import Axes, Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Readings, Value, entry
from derive.verifying.formula import Addition, Name, Node, Number, Scripted


def place_of(node: Node, axis: int, shapes: Shapes, context: Context | None = None) -> tuple[Place, Shapes | None]:
    """An index: a letter that runs over the axis, a number counted from one, or a letter and a number."""
    match node:
        case Number(text):
            k = int(text) if text.isdigit() else 1
            return (lambda maker: number(max(k - 1, 0))), shapes
        case Addition(terms, signs) if context is None or _only_letters(terms, context, shapes):
            if sum(1 for t in terms if not isinstance(t, Number)) > 1:
                return _window(terms, signs, axis, shapes)
            places: list[Place] = []
            state = shapes
            for term, sign in zip(terms, signs, strict=True):
                factor = -1 if sign == "-" else 1
                if isinstance(term, Number):
                    step = number(factor * int(term.text)) if term.text.isdigit() else None
                    if step is None:
                        raise Unclear(f"the index {text_of(node)} is no whole number", node)
                    places.append(lambda maker, step=step: step)  # type: ignore[misc]
                    continue
                place, then = place_of(term, axis, state, context)
                if then is None:
                    return place, None
                state = then
                places.append(lambda maker, place=place, factor=factor: mul(factor, place(maker)))  # type: ignore[misc]
            return (lambda maker: add(*(p(maker) for p in places))), state
        case Name() | Scripted() if not _is_hyper(node, context):
            text = text_of(node)
            chosen = _chosen(node, context, shapes) if context is not None else None
            if chosen is not None:
                return chosen
            letter = shapes.letters.get(text)
            if letter is None and text in shapes.counts and text.isupper():  # the last one, as in h_T
                return (lambda maker: Size(maker.axis(axis)) - 1), shapes.same(shapes.counts[text], axis)
            if letter is None:
                letter = Letter(axis, text, bound=False)
                shapes = shapes.with_letter(text, letter)
            if shapes.is_part(letter.axis, axis):
                return (lambda maker: maker.letter(letter)), shapes
            return (lambda maker: maker.letter(letter)), shapes.same(letter.axis, axis)
        case _ if context is not None:
            found, state = computed(node, context, shapes)
            return found, with_window(node, axis, found, state)
        case _:
            raise Unclear(f"the index {text_of(node)} is not understood", node)


def _only_letters(terms: tuple[Node, ...], context: Context, shapes: Shapes) -> bool:
    """Whether a sum is one of letters and numbers alone: a step before, a window."""
    named = [t for t in terms if not isinstance(t, Number)]
    if not all(isinstance(t, (Name, Scripted)) for t in named):
        return False
    return not any(_is_hyper(t, context) or (len(named) > 1 and _is_number(t, context, shapes)) for t in named)


def _is_hyper(node: Node, context: Context | None) -> bool:
    atom = context.lexicon.atom(node) if context is not None and context.hypers else None
    return atom is not None and context is not None and not atom.indices and atom.name in context.hypers


def _is_number(node: Node, context: Context, shapes: Shapes) -> bool:
    """Whether a name is that of a number of things, not that of an index."""
    atom = context.lexicon.atom(node) if text_of(node) not in shapes.letters else None
    if atom is None or atom.indices:
        return False
    return size_axis(atom.name, shapes) is not None or shapes.symbols.get(atom.name) == ()


def _chosen(node: Node, context: Context, shapes: Shapes) -> tuple[Place, Shapes | None] | None:
    """An index that a tensor of whole numbers says: ``t_n``."""
    atom = context.lexicon.atom(node)
    if atom is None or not atom.indices or atom.name not in shapes.symbols or atom.name in shapes.letters:
        return None
    for value, state in context.read(node, context, shapes):
        if not value.axes:
            entry_at = value.at
            return (lambda maker: entry_at((), maker)), state  # noqa: B023
    return None


def _window(terms: tuple[Node, ...], signs: tuple[str, ...], axis: int, shapes: Shapes) -> tuple[Place, Shapes | None]:
    """A sum of letters, as in a convolution: each has an axis of its own, the axis read is as long as they need."""
    places: list[Place] = []
    for term, sign in zip(terms, signs, strict=True):
        factor = -1 if sign == "-" else 1
        if isinstance(term, Number) and term.text.isdigit():
            step = number(factor * int(term.text))
            places.append(lambda maker, step=step: step)  # type: ignore[misc]
            continue
        if not isinstance(term, (Name, Scripted)):
            raise Unclear("this index is not understood", term)
        text = text_of(term)
        if text not in shapes.letters:
            (own,), shapes = shapes.fresh()
            shapes = shapes.with_letter(text, Letter(own, text, bound=False))
        letter = shapes.letters[text]
        places.append(lambda maker, letter=letter, factor=factor: mul(factor, maker.letter(letter)))  # type: ignore[misc]

    def place(maker: Maker) -> Expr:
        return add(*(p(maker) for p in places))

    return place, with_window(Addition(terms, signs), axis, place, shapes)


def picked_entries(
    value: Value, indices: tuple[Node, ...], samples: tuple[Node, ...], context: Context, shapes: Shapes
) -> Readings:
    """The value at indices: the first axes, or for a sample in brackets above the axis of the samples."""
    if not indices and not samples:
        yield value, shapes
        return
    if len(indices) + len(samples) > len(value.axes):
        return
    if value.over is not None and len(indices) < len(value.axes):
        return
    axes, at = value.axes, value.at
    if samples:  # samples stand in the last columns, or in the first rows
        turn = shapes.batch != "row" and len(axes) == 2
        value = Value(axes[::-1] if turn else axes, (lambda p, m: at(p[::-1], m)) if turn else at)
    found = _places((*samples, *indices), value.axes, context, shapes)
    if found is None and len(indices) == 1 and not samples and len(axes) == 2:  # x_i, a column of X by its size
        value = Value(axes[::-1], lambda p, m: at(p[::-1], m))
        found = _places(indices, value.axes, context, shapes)
    if found is not None:
        yield entry(replace(value, over=None), found[0]), found[1]


def _places(
    indices: tuple[Node, ...], axes: Axes, context: Context, shapes: Shapes
) -> tuple[tuple[Place, ...], Shapes] | None:
    """The indices along the first axes; None where one does not run along its axis."""
    places: list[Place] = []
    for axis, node in zip(axes, indices, strict=False):
        place, then = place_of(node, axis, shapes, context)
        if then is None:
            return None
        places.append(place)
        shapes = then
    return tuple(places), shapes


Place = Callable[[Maker], Expr]
