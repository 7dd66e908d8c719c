r"""Functions in a formula: ``\sigma(z)``, ``\log p_i``, ``f'(x)``, softmax of each row, indicators and distinctions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.expression import ONE, ZERO, Call, Compare, Expr, Where, mul, number, power
from derive.expression import Slope as SlopeOf
from derive.scalar_functions import apply, arity
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.functions import ARRAYS, GENERIC, function_of
from derive.verifying.elaborate.names import Atom
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, entrywise, mapped, scalar, summed
from derive.verifying.formula import Bracketed, Case, Cases, Commas, Name, Node, Number, Relations, Scripted, Words

COMPARISONS = {"<": "<", ">": ">", "≤": "<=", "≥": ">=", "=": "==", "≠": "!="}


def head(node: Node, context: Context, shapes: Shapes) -> Atom | None:
    """The function that a factor names, with its primes and its power; None if it is no function."""
    atom = context.lexicon.atom(node)
    if atom is None or atom.name in shapes.symbols:
        return None
    name = atom.name
    if name in context.functions or name.lower() in ARRAYS or function_of(name) is not None:
        return atom
    return atom if name in GENERIC and (name in context.functions or atom.primes) else None


def needs_brackets(atom: Atom) -> bool:
    r"""Whether the function is one only where brackets follow: ``\sigma`` is a number elsewhere."""
    return atom.name.lower() in ("sigma", "id", "sum", "mean", "h", "f", "g", "phi", "max", "min")


def applied(atom: Atom, arguments: tuple[Node, ...], context: Context, shapes: Shapes) -> Readings:
    """The function of its arguments, entry by entry; of several entries at once where it is a function of arrays."""
    for values, state in _all(arguments, context, shapes):
        yield from _called(atom, values, context, state)


def _all(nodes: tuple[Node, ...], context: Context, shapes: Shapes) -> Iterator[tuple[tuple[Value, ...], Shapes]]:
    if not nodes:
        yield (), shapes
        return
    for value, middle in context.read(nodes[0], context, shapes):
        for rest, state in _all(nodes[1:], context, middle):
            yield (value, *rest), state


def _called(atom: Atom, values: tuple[Value, ...], context: Context, shapes: Shapes) -> Readings:
    from derive.verifying.elaborate.symbols import with_power

    own = context.functions.get(atom.name)
    name = atom.name if own is not None else function_of(atom.name)
    if own is None and atom.name.lower() in ARRAYS:
        for value, state in _of_arrays(ARRAYS[atom.name.lower()], values, shapes):
            yield from with_power(value, atom.power, context, state)
        return
    if name is None:
        raise Unclear(f"the function {atom.name} is not known")
    if any(v.over is not None for v in values):
        return
    takes = len(own.parameters) if own is not None else 1 if name == "identity" else arity(name)
    if takes != len(values):
        raise Unclear(f"{atom.name} takes {takes} arguments, not {len(values)}")
    if atom.primes > 1:
        raise Unclear("second derivatives are not judged")
    if takes == 1:
        (value,) = values
        result = mapped(lambda x: _one(name, x, atom.primes, own is not None), value)
        yield from with_power(result, atom.power, context, shapes)
        return
    if atom.primes:
        raise Unclear(f"{atom.name} has several arguments and no one derivative")
    for value, state in entrywise(lambda a, b: Call(name, (a, b)), values[0], values[1], shapes):
        yield from with_power(value, atom.power, context, state)


def _one(name: str, x: Expr, primes: int, own: bool) -> Expr:
    if name == "identity":
        return ONE if primes else x
    if primes:
        return SlopeOf(name, (x,))
    return Call(name, (x,)) if own else apply(name, x)


def _of_arrays(name: str, values: tuple[Value, ...], shapes: Shapes) -> Readings:
    if len(values) != 1 or values[0].over is not None:
        raise Unclear(f"{name} with several arguments is not understood")
    (value,) = values
    if name == "softmax":
        yield from _softmax(value, shapes)
    elif name in ("sum", "mean") and value.axes:
        total = summed(value, tuple(range(len(value.axes))))
        yield total if name == "sum" else _mean(total, value), shapes
    elif name == "diag" and len(value.axes) == 1:
        yield _diagonal(value), shapes
    else:
        raise Unclear(f"{name} is not understood here")


def _mean(total: Value, value: Value) -> Value:
    from derive.expression import Size

    def at(places: Places, maker: Maker) -> Expr:
        sizes = (power(Size(maker.axis(a)), -1) for a in value.axes)
        return mul(*sizes, total.at(places, maker))

    return Value((), at, reading=total.reading)


def _diagonal(value: Value) -> Value:
    from derive.expression import delta

    (axis,) = value.axes
    return Value((axis, axis), lambda p, maker: mul(value.at(p[:1], maker), delta(p[0], p[1])), reading=value.reading)


def _softmax(value: Value, shapes: Shapes) -> Readings:
    """Along the only axis of a vector; of a matrix along the axis that is not that of the samples."""
    if not value.axes:
        return
    last = len(value.axes) - 1
    order = {"row": (last,), "column": (0,), "": (last, 0)}[shapes.batch] if len(value.axes) == 2 else (last,)
    for along in order:

        def at(places: Places, maker: Maker, along: int = along) -> Expr:
            def top(place: Expr) -> Expr:
                return Call("exp", (value.at((*places[:along], place, *places[along + 1 :]), maker),))

            bottom = maker.sum(value.axes[along : along + 1], lambda k: top(k[0]))
            return mul(top(places[along]), power(bottom, -1))

        state = shapes if shapes.batch or len(value.axes) < 2 else replace(shapes, batch="row" if along else "column")
        yield replace(value, at=at), state


def compared(node: Relations, context: Context, shapes: Shapes) -> Readings:
    """1 where all the comparisons hold, else 0."""
    if any(r.sign not in COMPARISONS for r in node.relations):
        raise Unclear(f"the condition with {node.relations[0].sign} is not understood", node)
    for values, state in _all(node.sides, context, shapes):
        yield from _conjunction(values, [COMPARISONS[r.sign] for r in node.relations], state)


def _conjunction(values: tuple[Value, ...], signs: list[str], shapes: Shapes) -> Readings:
    first = entrywise(lambda a, b: Compare(signs[0], a, b), values[0], values[1], shapes)
    for value, state in first:
        if len(signs) == 1:
            yield value, state
            continue
        for other, then in _conjunction(values[1:], signs[1:], state):
            yield from entrywise(lambda a, b: mul(a, b), value, other, then)


def cases(node: Cases, context: Context, shapes: Shapes) -> Readings:
    """A distinction: the value of the first line whose condition holds."""
    yield from _from_row(node.rows, context, shapes)


def _from_row(rows: tuple[Case, ...], context: Context, shapes: Shapes) -> Readings:
    first, *rest = rows
    condition = _condition(first.condition)
    if condition is None:
        if rest and first.condition is None:
            raise Unclear("a line of the distinction has no condition")
        yield from context.read(first.value, context, shapes)
        return
    for then, one in context.read(first.value, context, shapes):
        for holds, two in compared(condition, context, one):
            if not rest:
                yield from _chosen(holds, then, scalar(ZERO), two)  # the last condition is what is left
                continue
            for otherwise, three in _from_row(tuple(rest), context, two):
                yield from _chosen(holds, then, otherwise, three)


def _condition(node: Node | None) -> Relations | None:
    match node:
        case Relations():
            return node
        case Bracketed(_, _, Relations() as inner):
            return inner
        case None | Words() | Name():
            return None
        case _:
            raise Unclear("this condition is not understood", node)


def _chosen(holds: Value, then: Value, otherwise: Value, shapes: Shapes) -> Readings:
    for a, middle in entrywise(lambda c, x: mul(c, x), holds, then, shapes):
        for b, state in entrywise(lambda c, x: mul(number(1) - c, x), holds, otherwise, middle):
            yield from _where(holds, a, b, then, otherwise, state)


def _where(holds: Value, a: Value, b: Value, then: Value, otherwise: Value, shapes: Shapes) -> Readings:
    """Where the three go together entry by entry, a choice; written so that the part not taken need not exist."""
    shapes_agree = [v for v in (holds, then, otherwise) if v.axes]
    if not shapes_agree or all(len(v.axes) == len(shapes_agree[0].axes) for v in shapes_agree):
        axes = shapes_agree[0].axes if shapes_agree else ()

        def at(places: Places, maker: Maker) -> Expr:
            def entry(v: Value) -> Expr:
                return v.at(places if v.axes else (), maker)

            return Where(entry(holds), entry(then), entry(otherwise))

        reading = (*holds.reading, *then.reading, *otherwise.reading)
        yield Value(axes, at, reading=tuple(dict.fromkeys(reading))), shapes
        return
    yield from entrywise(lambda x, y: x + y, a, b, shapes)


def indicator(node: Node, following: Node | None) -> tuple[Relations, bool] | None:
    r"""``\mathbb{1}[z > 0]``, ``\mathbf{1}_{i=j}``: the condition, and whether the next factor belongs to it."""
    match node:
        case Scripted(base, Relations() as inner, None, 0) if _is_one(base):
            return inner, False
        case _ if _is_one(node) and isinstance(following, Bracketed) and isinstance(following.body, Relations):
            return following.body, True
    return None


def _is_one(node: Node) -> bool:
    return (isinstance(node, Number) and node.text == "1") or (
        isinstance(node, Name) and node.text in ("I", "1", "mathbb1", "chi") and node.font in ("bb", "bf", "rm", "")
    )


def arguments(node: Node) -> tuple[Node, ...]:
    """The arguments in brackets."""
    if isinstance(node, Bracketed) and isinstance(node.body, Commas):
        return node.body.items
    return (node.body,) if isinstance(node, Bracketed) else (node,)
