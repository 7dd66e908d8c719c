"""A symbol in a formula: a tensor or some entries of it, a size, a constant, a derivative that has a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from derive.expression import Access, Call, Constant, Expr, Hyper, Size, delta, mul, number, power
from derive.verifying.elaborate.computed import size_axis
from derive.verifying.elaborate.context import Context, Slope, Unclear, named_slope, shaped, slope_name
from derive.verifying.elaborate.functions import function_of
from derive.verifying.elaborate.matrices import INVERSES, inverted
from derive.verifying.elaborate.names import Atom
from derive.verifying.elaborate.places import picked_entries
from derive.verifying.elaborate.shapes import Axes, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, mapped, scalar, transposed
from derive.verifying.formula import Addition, Juxtaposition, Mark, Node, Product

CIRCLE = "π"  # where it is certain that no symbol of the note is meant
CONSTANTS = {"pi": "pi", CIRCLE: "pi", "e": "e"}


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
    if not known and (name == "I" or name.startswith("I_")) and name not in context.gradients:
        yield from _identity(name.removeprefix("I").removeprefix("_"), shapes)
        return
    slope = named_slope(name, context, shapes)
    if slope is not None:
        yield from derivative(slope, context, shapes)
        return
    if name in context.hypers and not known:
        yield scalar(Hyper(name)), shapes
        return
    if not known and name in context.sizes and name not in shapes.counts and not atom.indices:
        sample = None if context.open else sample_axis(shapes)
        if sample is None:
            (sample,), shapes = shapes.fresh()
        shapes = replace(shapes, counts={**shapes.counts, name: sample})
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


def _identity(size: str, shapes: Shapes) -> Readings:
    """The unit matrix; the number of its rows may stand below."""
    (axis,), state = shapes.fresh()
    if size:
        named = size_axis(size, shapes)
        if named is None:
            raise Unclear(f"nothing says what I_{size} is")
        axis = named
    yield Value((axis, axis), lambda places, maker: delta(*places)), state


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


def with_power(value: Value, exponent: Node | None, context: Context, shapes: Shapes) -> Readings:
    """The value raised to what stands above it, entry by entry."""
    if exponent is None:
        yield value, shapes
        return
    if value.over is not None:
        return
    if value.axes and (turned := INVERSES.get(text_of(exponent))) is not None:
        for inverse, state in inverted(value, shapes):
            flipped = transposed(inverse) if turned else inverse
            if flipped is not None:
                yield flipped, state
        return
    for raised, state in context.read(_without_sign(exponent), context, shapes):
        if not raised.axes:

            def at(places: Places, maker: Maker, raised: Value = raised) -> Expr:
                return power(value.at(places, maker), raised.at((), maker))

            yield replace(value, at=at), state


def sample_axis(shapes: Shapes) -> int | None:
    """The axis of the samples: the one that most matrices have where samples stand; None if it is not known."""
    if not shapes.batch:
        return None
    place = 0 if shapes.batch == "row" else -1
    roots = Counter(shapes.root(axes[place]) for axes in shapes.symbols.values() if len(axes) == 2)
    return max(roots, key=lambda root: roots[root]) if roots else None


def _without_sign(exponent: Node) -> Node:
    r"""An exponent that says that it is meant entry by entry, without saying so: ``^{\odot 3/2}``."""
    match exponent:
        case Juxtaposition((Mark("odot" | "circ"), *rest)):
            return rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest))
        case Addition((Mark("odot" | "circ"), *terms), ("+", *signs)) if terms:
            return Addition(tuple(terms), tuple(signs))
        case Product((first, *factors), signs):
            return Product((_without_sign(first), *factors), signs)
        case _:
            return exponent
