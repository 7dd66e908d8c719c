"""One case for each kind of node: every way in which a formula can be read, with the shapes that it takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction as Rational

from derive.expression import Call, Expr, add, delta, mul, number, power
from derive.verifying.elaborate.application import applied, cases, compared
from derive.verifying.elaborate.context import Context, Slope, Unclear
from derive.verifying.elaborate.grouping import Application, grouped
from derive.verifying.elaborate.names import Atom, is_transpose, letters_of, text_of
from derive.verifying.elaborate.products import chain, divided
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.sums import big
from derive.verifying.elaborate.symbols import derivative, picked_entries, place_of, symbol, with_power
from derive.verifying.elaborate.values import (
    Maker,
    Places,
    Readings,
    Value,
    along_path,
    entrywise,
    entrywise_sum,
    mapped,
    scalar,
    transposed,
)
from derive.verifying.formula import (
    Accent,
    Addition,
    Big,
    Braced,
    Bracketed,
    Cases,
    Derivative,
    Differential,
    Evaluated,
    Fraction,
    Juxtaposition,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Product,
    Relations,
    Root,
    Scripted,
    Words,
)


def read(node: Node, context: Context, shapes: Shapes) -> Readings:
    """Every way to read the node. Raises `Unclear` for what has no meaning here at all."""
    match node:
        case Number():
            yield from _number(node, shapes)
        case Name() | Accent() | Scripted():
            yield from _symbol(node, context, shapes)
        case Juxtaposition(factors):
            yield from _side_by_side(factors, context, shapes)
        case Product(factors, signs):
            yield from _product(factors, signs, context, shapes)
        case Addition(terms, signs):
            yield from _sum(terms, signs, context, shapes)
        case Fraction(top, bottom):
            for a, middle in read(top, context, shapes):
                for b, state in read(bottom, context, middle):
                    if b.over is None:
                        yield from entrywise(divided, a, b, state)
        case Derivative():
            yield from _derivative(node, context, shapes)
        case Nabla(by, of, None) if by is not None:
            target = of if of is not None else Name(context.loss)
            yield from _derivative(Derivative(target, (by,)), context, shapes)
        case Differential(_, body):
            yield from _derivative(Derivative(Name(context.loss), (body,)), context, shapes)
        case Big():
            yield from big(node, context, shapes)
        case Bracketed():
            yield from _bracketed(node, context, shapes)
        case Braced(body) | Evaluated(body, None, None):
            yield from read(body, context, shapes)
        case Root(body, None):
            for value, state in read(body, context, shapes):
                if value.over is None:
                    yield mapped(lambda x: power(x, number(Rational(1, 2))), value), state
        case Evaluated(Derivative() as whole, sub, None) if sub is not None:
            yield from _share(whole, sub, context, shapes)
        case Cases():
            yield from cases(node, context, shapes)
        case Matrix():
            from derive.verifying.elaborate.listed import listed

            yield from listed(node, context, shapes)
        case Application(function, given):
            yield from applied(function, given, context, shapes)
        case Relations():
            yield from compared(node, context, shapes)
        case Words(text):
            raise Unclear(f"words in the formula: {text[:40]}", node)
        case _:
            raise Unclear(f"{type(node).__name__.lower()} is not understood here", node)


def _number(node: Number, shapes: Shapes) -> Readings:
    if node.text == "1" and node.font in ("bf", "bb"):
        axes, state = shapes.fresh()
        yield Value(axes, lambda places, maker: number(1)), state
        return
    try:
        yield scalar(number(Rational(node.text))), shapes
    except ValueError:
        raise Unclear(f"the number {node.text} is not understood", node) from None


def _symbol(node: Node, context: Context, shapes: Shapes) -> Readings:
    atom = context.lexicon.atom(node)
    if atom is not None:
        kronecker = _kronecker(atom, context, shapes)
        yield from kronecker if kronecker is not None else symbol(_as_entry(atom, context, shapes), context, shapes)
        return
    match node:
        case Scripted(Number("1", "bf" | "bb"), sub, sup, 0):
            yield from _ones(sub, sup, shapes)
            return
        case Name(text):
            pieces = tuple(Name(p) if not p.isdigit() else Number(p) for p in context.lexicon.pieces(text))
            if len(pieces) > 1:
                yield from _side_by_side(pieces, context, shapes)
                return
        case Scripted(Name(text), sub, sup, primes) if len(context.lexicon.pieces(text)) > 1:
            *first, last = context.lexicon.pieces(text)
            tail = Scripted(Name(last), sub, sup, primes)
            yield from _side_by_side((*map(Name, first), tail), context, shapes)
            return
        case Scripted(base, sub, sup, 0):
            yield from _scripted(base, sub, sup, context, shapes)
            return
    raise Unclear(f"{text_of(node)} is not understood", node)


def _ones(sub: Node | None, sup: Node | None, shapes: Shapes) -> Readings:
    """A column of ones; the number of them may stand below, a transpose above."""
    axes, state = shapes.fresh()
    known = next((r for r, n in shapes.names.items() if sub is not None and n == text_of(sub)), None)
    then = state if known is None else state.same(known, axes[0])
    value: Value | None = Value(axes, lambda places, maker: number(1))
    if sup is not None and not is_transpose(sup):
        raise Unclear("this script on a column of ones is not understood")
    if sup is not None and value is not None:
        value = transposed(value)
    if value is not None and then is not None:
        yield value, then


def _share(node: Derivative, through: Node, context: Context, shapes: Shapes) -> Readings:
    """The part of a gradient that flows through one tensor: ``∂L/∂x|_y`` is ``∂L/∂y · ∂y/∂x``, all else held."""
    middle = _target(through, context, shapes)
    below = _target(node.by[0], context, shapes) if len(node.by) == 1 else None
    above = context.lexicon.atom(node.of) if node.of is not None else None
    if middle is None or below is None or above is None or middle.name not in shapes.symbols or middle.indices:
        raise Unclear("what stands behind the bar is no tensor", node)
    held = replace(context, local=frozenset({(middle.name, below.name)}), elementwise=lambda a, b: False)
    for outer, one in derivative(Slope(above.name, middle.name), context, shapes):
        for inner, two in derivative(Slope(middle.name, below.name), held, one):
            for whole, state in _composed(outer, inner, two):
                yield from picked_entries(whole, below.indices, (), context, state)


def _composed(outer: Value, inner: Value, shapes: Shapes) -> Readings:
    if outer.axes and inner.over is not None:
        yield from along_path(outer, inner, shapes)
    elif not outer.axes:
        yield from entrywise(lambda a, b: mul(a, b), outer, inner, shapes)
    else:  # one number below: a sum over all entries of the tensor between
        together = shapes.all_same(outer.axes, inner.axes)
        if together is not None:
            yield from entrywise_sum(outer, inner, together)


def _as_entry(atom: Atom, context: Context, shapes: Shapes) -> Atom:
    """``w_{ij}`` beside ``W``, and no ``w``: an entry of it."""
    big_name = atom.name[:1].upper() + atom.name[1:]
    small = atom.name not in shapes.symbols and atom.name not in context.gradients
    if atom.indices and small and big_name in shapes.symbols and len(shapes.symbols[big_name]) >= len(atom.indices):
        return Atom(big_name, atom.indices, atom.samples, atom.power, atom.transposed, atom.primes)
    return atom


def _kronecker(atom: Atom, context: Context, shapes: Shapes) -> Readings | None:
    """Two letters below a δ that names nothing else."""
    if atom.name not in ("delta", "I", "1") or len(atom.indices) != 2 or atom.power is not None:
        return None
    if atom.name in shapes.symbols or atom.name in context.gradients:
        return None
    if any(letters_of(i, context.lexicon.letters) is None and not isinstance(i, Number) for i in atom.indices):
        return None
    return _agreeing(atom.indices, context, shapes)


def _agreeing(indices: tuple[Node, ...], context: Context, shapes: Shapes) -> Readings:
    (axis,), state = shapes.fresh()
    places = []
    for node in indices:
        place, then = place_of(node, axis, state, context)
        if then is None:
            return
        places.append(place)
        state = then
    yield Value((), lambda _, maker: delta(places[0](maker), places[1](maker))), state


def _scripted(base: Node, sub: Node | None, sup: Node | None, context: Context, shapes: Shapes) -> Readings:
    """Scripts on a bracket or a derivative: indices, a transpose, a power."""
    if isinstance(base, Bracketed) and base.left == "‖":
        yield from _norm(base, sub, sup, context, shapes)
        return
    fake = context.lexicon.atom(Scripted(Name("#"), sub, sup)) if sub is not None or sup is not None else None
    if fake is None:
        raise Unclear("this script is not understood")
    for value, middle in read(base, context, shapes):
        for picked, state in picked_entries(value, fake.indices, fake.samples, context, middle):
            turned = transposed(picked) if fake.transposed else picked
            if turned is not None:
                yield from with_power(turned, fake.power, context, state)


def _norm(base: Bracketed, sub: Node | None, sup: Node | None, context: Context, shapes: Shapes) -> Readings:
    kind = text_of(sub) if sub is not None else "2"
    if kind not in ("2", "F", "1"):
        raise Unclear(f"the norm with {kind} is not understood")
    for value, state in read(base.body, context, shapes):
        if value.over is not None:
            continue

        def at(places: Places, maker: Maker, value: Value = value) -> Expr:
            def term(k: Places) -> Expr:
                here = value.at(k, maker)
                return Call("abs", (here,)) if kind == "1" else power(here, 2)

            inside = maker.sum(value.axes, term)
            return inside if kind == "1" or _is_two(sup) else power(inside, number(Rational(1, 2)))

        norm = Value((), at, reading=value.reading)
        yield from with_power(norm, None if kind != "1" and _is_two(sup) else sup, context, state)


def _is_two(node: Node | None) -> bool:
    return isinstance(node, Number) and node.text == "2"


def _bracketed(node: Bracketed, context: Context, shapes: Shapes) -> Readings:
    if node.left == "‖":
        yield from _norm(node, None, None, context, shapes)
    elif node.left == "|":
        for value, state in read(node.body, context, shapes):
            if value.axes:
                raise Unclear("a determinant or a length in bars is not understood", node)
            yield mapped(lambda x: Call("abs", (x,)), value), state
    elif node.left in "([{.":
        yield from read(node.body, context, shapes)
    else:
        raise Unclear(f"the brackets {node.left} {node.right} are not understood", node)


def _sum(terms: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Readings:
    if not set(signs) <= {"+", "-"}:
        raise Unclear("± and the like are not judged")
    if len(terms) == 1:
        for value, state in read(terms[0], context, shapes):
            yield (mapped(lambda x: mul(-1, x), value) if signs == ("-",) else value), state
        return
    last = -1 if signs[-1] == "-" else 1
    for a, middle in _sum(terms[:-1], signs[:-1], context, shapes):
        for b, state in read(terms[-1], context, middle):
            yield from entrywise(lambda x, y: add(x, mul(last, y)), a, b, state)


def _product(factors: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Readings:
    """As written; ``1/n \\sum ..`` is read as a fraction before the sum as well."""
    for k, sign in enumerate(signs):
        follows = factors[k + 1]
        if sign == "slash" and isinstance(follows, Juxtaposition):
            first, *rest = follows.factors
            if any(not isinstance(r, (Name, Number)) for r in rest):
                more = (*factors[: k + 1], first, *rest, *factors[k + 2 :])
                yield from _product(more, (*signs[: k + 1], *("" for _ in rest), *signs[k + 1 :]), context, shapes)
    yield from chain(factors, signs, context, shapes, read)


def _side_by_side(factors: tuple[Node, ...], context: Context, shapes: Shapes) -> Readings:
    """Functions take what follows them; the rest is a product."""
    for group in grouped(factors, context, shapes):
        yield from chain(group, ("",) * (len(group) - 1), context, shapes, read)


def _derivative(node: Derivative, context: Context, shapes: Shapes) -> Readings:
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
    return _as_entry(atom, context, shapes) if atom is not None else None


def _differentiated(node: Node, context: Context, shapes: Shapes) -> Iterator[tuple[Atom, Shapes]]:
    atom = _target(node, context, shapes)
    if atom is None and isinstance(node, Juxtaposition) and isinstance(node.factors[-1], Bracketed):
        name = context.lexicon.atom(node.factors[0])  # L(y, t): what it depends on is said, no more
        if name is not None and len(node.factors) == 2 and (name.name in shapes.symbols or name.name in context.losses):
            atom = name
    if atom is not None:
        yield atom, shapes
        return
    for value, state in read(node, context, shapes):
        if value.over is None:
            name_of = f"#{len(state.made) + 1}"
            made = {**state.made, name_of: value}
            yield Atom(name_of), replace(state.with_symbol(name_of, value.axes), made=made)


def _entries(value: Value, over: int, above: Atom, below: Atom, context: Context, shapes: Shapes) -> Readings:
    """The derivative at the indices above and below."""
    if above.power is not None or below.power is not None or above.samples or below.samples:
        raise Unclear("a power inside a derivative is not understood")
    tops = len(shapes.symbols.get(above.name, ()))
    if value.axes and over == 0 and tops and len(value.axes) == tops:  # entry by entry
        for picked, state in picked_entries(value, above.indices or below.indices, (), context, shapes):
            yield picked, state
        return
    many, few = len(above.indices), len(below.indices)
    if many > tops or tops + few > len(value.axes):
        return
    places, state = [], shapes
    chosen = [(n, node) for n, node in enumerate(above.indices)] + [(tops + n, x) for n, x in enumerate(below.indices)]
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
