"""A symbol in a formula: a tensor or some entries of it, a size, a constant, a derivative that has a name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from derive.expression import Access, Call, Constant, Expr, Hyper, Size, add, mul, number, power
from derive.verifying.elaborate.context import Context, Slope, Unclear, named_slope, shaped, slope_name
from derive.verifying.elaborate.functions import function_of
from derive.verifying.elaborate.names import Atom
from derive.verifying.elaborate.shapes import Axes, Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, entry, mapped, scalar, transposed
from derive.verifying.formula import Addition, Name, Node, Number, Scripted

CONSTANTS = {"pi": "pi", "e": "e"}
Place = Callable[[Maker], Expr]


def symbol(atom: Atom, context: Context, shapes: Shapes) -> Readings:
    """All that the symbol may stand for here, its indices, transpose and power applied."""
    if atom.name == "e" and atom.power is not None and "e" not in shapes.symbols:
        yield from _exponential(atom.power, context, shapes)
        return
    for value, state in _plain(atom, context, shapes):
        for picked, then in picked_entries(value, atom.indices, atom.samples, context, state):
            turned = transposed(picked) if atom.transposed else picked
            if turned is not None:
                yield from with_power(turned, atom.power, context, then)


def _plain(atom: Atom, context: Context, shapes: Shapes) -> Readings:
    """The symbol without indices."""
    name = atom.name + "'" * atom.primes
    letter = shapes.letters.get(name)
    if letter is not None and not atom.indices and name not in shapes.symbols:
        yield Value((), lambda places, maker: maker.letter(letter)), shapes
        return
    known = name in shapes.symbols
    slope = named_slope(name, context, shapes)
    if slope is not None:
        yield from derivative(slope, context, shapes)
        return
    if name in context.hypers and not known:
        yield scalar(Hyper(name)), shapes
        return
    if not known and name in context.sizes and name not in shapes.counts and not atom.indices:
        (axis,), shapes = shapes.fresh()
        shapes = replace(shapes, counts={**shapes.counts, name: axis})
    if not known and name in shapes.counts and not atom.indices:
        axis = shapes.counts[name]
        yield Value((), lambda places, maker: Size(maker.axis(axis))), shapes
        return
    size = next((root for root, given in shapes.names.items() if given == name), None)
    if not known and size is not None and not atom.indices:
        yield Value((), lambda places, maker: Size(maker.axis(size))), shapes
        return
    if not known and name in CONSTANTS and not atom.indices:
        yield scalar(Constant(CONSTANTS[name])), shapes
        return
    if not known and name in ("infty", "∞"):
        raise Unclear("infinity has no value here")
    if not known and function_of(name) is not None and len(name) > 1 and name not in ("sigma", "id", "linear"):
        raise Unclear(f"{name} stands without an argument")
    for axes, state in shaped(name, context, shapes):
        yield tensor(name, axes), state


def _exponential(power_node: Node, context: Context, shapes: Shapes) -> Readings:
    for value, state in context.read(power_node, context, shapes):
        yield mapped(lambda x: Call("exp", (x,)), value), state


def tensor(name: str, axes: Axes) -> Value:
    """A whole tensor."""

    def at(places: Places, maker: Maker) -> Expr:
        return Access(name, tuple(maker.place(a, p) for a, p in zip(axes, places, strict=True)))

    return Value(axes, at)


def derivative(slope: Slope, context: Context, shapes: Shapes) -> Readings:
    """The derivative of one tensor by another: of a number, a gradient; else one link of a chain."""
    for top, middle in _of(slope.of, context, shapes):
        for bottom, state in shaped(slope.by, context, middle):
            if slope.of == slope.by and not top:
                yield scalar(number(1)), state
                continue
            local = (slope.of, slope.by) in context.local
            name = slope_name(slope.of, slope.by, local)
            over = len(top) if top and bottom else None
            whole = replace(tensor(name, top + bottom), over=over)
            if slope.times:
                count = next((r for r, n in state.names.items() if n == slope.times), None)
                if count is not None:
                    whole = _scaled(whole, count)
            yield whole, state
            if over is not None and context.elementwise(slope.of, slope.by):

                def along(places: Places, maker: Maker, name: str = name) -> Expr:
                    return Access(name, places + places)

                together = state.all_same(top, bottom)
                if together is not None:
                    yield Value(top, along, reading=(f"∂{slope.of}/∂{slope.by} entry by entry",)), together


def _scaled(value: Value, axis: int) -> Value:
    """The value times the number of entries of an axis."""
    return replace(value, at=lambda places, maker: mul(Size(maker.axis(axis)), value.at(places, maker)))


def _of(name: str, context: Context, shapes: Shapes) -> Iterator[tuple[Axes, Shapes]]:
    """The shape of what is differentiated; a loss that nothing defines is a number."""
    if name not in shapes.symbols and name in context.losses:
        yield (), shapes
        return
    yield from shaped(name, context, shapes)


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
    state = shapes
    places: list[Place] = []
    for axis, node in zip(value.axes, (*samples, *indices), strict=False):
        place, then = place_of(node, axis, state, context)
        if then is None:
            return
        places.append(place)
        state = then
    yield entry(replace(value, over=None), tuple(places)), state


def _chosen(node: Node, context: Context, shapes: Shapes) -> tuple[Place, Shapes | None] | None:
    """An index that a tensor of whole numbers says: ``t_n``."""
    atom = context.lexicon.atom(node)
    if atom is None or not atom.indices or atom.name not in shapes.symbols or atom.name in shapes.letters:
        return None
    for value, state in symbol(atom, context, shapes):
        if not value.axes:
            entry_at = value.at
            return (lambda maker: entry_at((), maker)), state  # noqa: B023
    return None


def place_of(node: Node, axis: int, shapes: Shapes, context: Context | None = None) -> tuple[Place, Shapes | None]:
    """An index: a letter that runs over the axis, a number counted from one, or a letter and a number."""
    match node:
        case Number(text):
            k = int(text) if text.isdigit() else 1
            return (lambda maker: number(max(k - 1, 0))), shapes
        case Addition(terms, signs):
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
        case Name() | Scripted():
            text = text_of(node)
            chosen = _chosen(node, context, shapes) if context is not None else None
            if chosen is not None:
                return chosen
            letter = shapes.letters.get(text)
            if letter is None:
                letter = Letter(axis, text, bound=False)
                shapes = shapes.with_letter(text, letter)
            return (lambda maker: maker.letter(letter)), shapes.same(letter.axis, axis)
        case _:
            raise Unclear(f"the index {text_of(node)} is not understood", node)


def _window(terms: tuple[Node, ...], signs: tuple[str, ...], axis: int, shapes: Shapes) -> tuple[Place, Shapes | None]:
    """A sum of letters, as in a convolution: each has an axis of its own, the axis read is as long as they need."""
    places: list[Place] = []
    over: list[int] = []
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
        over.append(letter.axis)
        places.append(lambda maker, letter=letter, factor=factor: mul(factor, maker.letter(letter)))  # type: ignore[misc]
    if set(signs) == {"+"} and not shapes.windows.get(shapes.root(axis)):
        shapes = replace(shapes, windows={**shapes.windows, shapes.root(axis): tuple(over)})
    return (lambda maker: add(*(p(maker) for p in places))), shapes


def with_power(value: Value, exponent: Node | None, context: Context, shapes: Shapes) -> Readings:
    """The value raised to what stands above it, entry by entry."""
    if exponent is None:
        yield value, shapes
        return
    if value.over is not None:
        return
    if value.axes and text_of(exponent) == "-1":
        raise Unclear("the inverse of a matrix is not understood", exponent)
    for raised, state in context.read(exponent, context, shapes):
        if not raised.axes:

            def at(places: Places, maker: Maker, raised: Value = raised) -> Expr:
                return power(value.at(places, maker), raised.at((), maker))

            yield replace(value, at=at), state
