"""Derivatives in a formula: of symbols with indices or without, of whole expressions, shares along one path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.expression import Expr, mul
from derive.rewriting import substitute
from derive.verifying.elaborate.broadcasting import entrywise
from derive.verifying.elaborate.combining import along_path, entrywise_sum
from derive.verifying.elaborate.context import Context, Slope, Unclear, named_slope
from derive.verifying.elaborate.names import PIECES, Atom
from derive.verifying.elaborate.places import picked_entries, place_of
from derive.verifying.elaborate.shapes import UNIT, Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.symbols import derivative
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, transposed
from derive.verifying.formula import Braced, Bracketed, Derivative, Differential, Name, Node, Number, Scripted, within


def quotient(node: Derivative, context: Context, shapes: Shapes) -> Readings:
    """``∂ of / ∂ by``, of symbols with indices or without; of an expression, which becomes a tensor of its own."""
    if node.order is not None or len(node.by) != 1:
        raise Unclear("derivatives of higher order are not judged", node)
    if node.of is None:
        raise Unclear("nothing stands behind the operator", node)
    below = _target(node.by[0], context, shapes)
    if below is None:
        raise Unclear("what is differentiated by is no symbol", node)
    for above, state in _differentiated(node.of, context, shapes):
        for value, then in derivative(Slope(above.name, below.name), context, state):
            over = value.over if value.over is not None else 0
            yield from _entries(value, over, above, below, context, then)


def _target(node: Node, context: Context, shapes: Shapes) -> Atom | None:
    inner = node.body if isinstance(node, (Bracketed, Braced)) else node
    atom = context.lexicon.atom(inner)
    if atom is None:
        return None
    primed = atom.name + "'" * atom.primes
    if atom.primes and primed in shapes.symbols:
        return replace(atom, name=primed, primes=0)
    return as_entry(atom, context, shapes)


def _differentiated(node: Node, context: Context, shapes: Shapes) -> Iterator[tuple[Atom, Shapes]]:
    atom = _target(node, context, shapes)
    if atom is not None:
        yield atom, shapes
        return
    for value, state in context.read(node, context, shapes):
        if value.over is None:
            name_of = f"#{len(state.made) + 1}"
            names = [n for n in state.letters if n in _letters_in(node)]
            whole = _over_letters(value, [state.letters[n] for n in names])
            made = {**state.made, name_of: whole}
            at = tuple(Name(n) for n in names)
            yield Atom(name_of, at), replace(state.with_symbol(name_of, whole.axes), made=made)


def _letters_in(node: Node) -> set[str]:
    texts = [text_of(n) for n in within(node) if isinstance(n, (Name, Scripted))]
    return {*texts, *(p for text in texts for p in PIECES.findall(text))}


def _over_letters(value: Value, letters: list[Letter]) -> Value:
    """The value for all values of the letters in it at once: these become its first axes."""
    count = len(letters)

    def at(places: Places, maker: Maker) -> Expr:
        given: dict[Expr, Expr] = dict(zip(map(maker.letter, letters), places[:count], strict=True))
        return substitute(value.at(places[count:], maker), given)

    return replace(value, axes=(*(x.axis for x in letters), *value.axes), at=at)


def _entries(value: Value, over: int, above: Atom, below: Atom, context: Context, shapes: Shapes) -> Readings:
    """The derivative at the indices above and below."""
    if above.power is not None or below.power is not None:
        raise Unclear("a power inside a derivative is not understood")
    if above.samples or below.samples:
        yield from _of_samples(value, above, below, context, shapes)
        return
    tops = len(shapes.symbols.get(above.name, ()))
    if value.axes and over == 0 and tops and len(value.axes) == tops:  # entry by entry
        if above.indices and below.indices and above.indices != below.indices:
            return
        yield from picked_entries(value, above.indices or below.indices, (), context, shapes)
        return
    many, few = len(above.indices), len(below.indices)
    if many > tops or tops + few > len(value.axes):
        return
    chosen = [(n, node) for n, node in enumerate(above.indices)] + [(tops + n, x) for n, x in enumerate(below.indices)]
    yield from _at(chosen, value, tops, above, below, context, shapes)


def _of_samples(value: Value, above: Atom, below: Atom, context: Context, shapes: Shapes) -> Readings:
    r"""``\partial h^{(i)} / \partial \theta_j``: samples are the rows, or the columns if there are two axes."""
    tops = len(shapes.symbols.get(above.name, ()))
    chosen: list[tuple[int, Node]] = []
    for atom, first, count in ((above, 0, tops), (below, tops, len(value.axes) - tops)):
        nodes = (*atom.samples, *atom.indices)
        if len(nodes) > count:
            return
        turn = atom.samples and shapes.batch != "row" and count == 2
        places = range(count)[::-1] if turn else range(count)
        chosen += [(first + n, node) for n, node in zip(places, nodes, strict=False)]
    taken = {n for n, _ in chosen}
    single = [n for n, axis in enumerate(value.axes) if n not in taken and shapes.root(axis) == UNIT]
    chosen += [(n, Number("1")) for n in single]
    yield from _at(chosen, value, tops, above, below, context, shapes)


def _at(
    chosen: Sequence[tuple[int, Node]],
    value: Value,
    tops: int,
    above: Atom,
    below: Atom,
    context: Context,
    shapes: Shapes,
) -> Readings:
    """The derivative at what is written at some of its axes, the others left."""
    places, state = [], shapes
    for n, node in chosen:
        place, then = place_of(node, value.axes[n], state, context)
        if then is None:
            return
        places.append((n, place))
        state = then
    kept = tuple(n for n in range(len(value.axes)) if n not in {k for k, _ in places})

    def at(rest: Places, maker: Maker) -> Expr:
        given = {n: maker.place(value.axes[n], place(maker)) for n, place in places}
        given.update(zip(kept, rest, strict=True))
        return value.at(tuple(given[n] for n in range(len(value.axes))), maker)

    left = sum(1 for n in kept if n < tops)
    axes = tuple(value.axes[n] for n in kept)
    result = Value(axes, at, over=left if left and left < len(axes) else None, reading=value.reading)
    turned = transposed(result) if below.transposed != above.transposed else result
    if turned is not None:
        yield turned, state


def share(node: Node, through: Node, context: Context, shapes: Shapes) -> Readings:
    """The part of a gradient that flows through one tensor: ``∂L/∂x|_y`` is ``∂L/∂y · ∂y/∂x``, all else held."""
    middle = _target(through, context, shapes)
    above, below = _gradient(node, context, shapes)
    if middle is None or below is None or above is None or middle.name not in shapes.symbols or middle.indices:
        raise Unclear("what stands behind the bar is no tensor", node)
    held = replace(context, local=frozenset({(middle.name, below.name)}), elementwise=lambda a, b: False)
    for outer, one in derivative(Slope(above.name, middle.name), context, shapes):
        for inner, two in derivative(Slope(middle.name, below.name), held, one):
            for whole, state in _composed(outer, inner, two):
                yield from picked_entries(whole, below.indices, (), context, state)


def _gradient(node: Node, context: Context, shapes: Shapes) -> tuple[Atom | None, Atom | None]:
    """What a gradient differentiates, and by what, however it is named."""
    match node:
        case Derivative(Node() as of, (by,)):
            return context.lexicon.atom(of), _target(by, context, shapes)
        case Differential(_, body):
            return Atom(context.loss), _target(body, context, shapes)
    atom = context.lexicon.atom(node)
    slope = named_slope(atom.name, context, shapes) if atom is not None else None
    return (None, None) if atom is None or slope is None else (Atom(slope.of), replace(atom, name=slope.by))


def _composed(outer: Value, inner: Value, shapes: Shapes) -> Readings:
    if outer.axes and inner.over is not None:
        yield from along_path(outer, inner, shapes)
    elif not outer.axes:
        yield from entrywise(lambda a, b: mul(a, b), outer, inner, shapes)
    else:  # one number below: a sum over all entries of the tensor between
        together = shapes.all_same(outer.axes, inner.axes)
        if together is not None:
            yield from entrywise_sum(outer, inner, together)


def as_entry(atom: Atom, context: Context, shapes: Shapes) -> Atom:
    """``w_{ij}`` beside ``W``, and no ``w``: an entry of it."""
    big_name = atom.name[:1].upper() + atom.name[1:]
    picks = len(atom.indices) + len(atom.samples)
    small = atom.name not in shapes.symbols and atom.name not in context.gradients
    if picks and small and big_name in shapes.symbols and len(shapes.symbols[big_name]) >= picks:
        return Atom(big_name, atom.indices, atom.samples, atom.power, atom.transposed, atom.primes)
    return atom
