r"""Functions in a formula: ``\sigma(z)``, ``\log p_i``, ``f'(x)``, softmax of each row, indicators and distinctions."""

from __future__ import annotations

from dataclasses import replace

from derive.expression import ONE, Call, Expr, Size, delta, mul, power
from derive.expression import Slope as SlopeOf
from derive.scalar_functions import apply, arity
from derive.verifying.elaborate.broadcasting import entrywise
from derive.verifying.elaborate.conditions import all_of
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.functions import ARRAYS, GENERIC, function_of
from derive.verifying.elaborate.matrices import determinant, trace
from derive.verifying.elaborate.names import Atom
from derive.verifying.elaborate.shapes import UNIT, Shapes
from derive.verifying.elaborate.symbols import with_power
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, mapped, summed
from derive.verifying.formula import Bracketed, Commas, Name, Node, Number, Relations, Scripted

MATRICES = {"det": determinant, "trace": trace}


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


def applied(atom: Atom, arguments: tuple[Node, ...], context: Context, shapes: Shapes, by: int = 0) -> Readings:
    """The function of its arguments, entry by entry; of several entries at once where it is a function of arrays.

    ``by``: its slope by the argument of that number, from 1.
    """
    for values, state in all_of(arguments, context, shapes):
        yield from _called(atom, values, context, state, by)


def _called(atom: Atom, values: tuple[Value, ...], context: Context, shapes: Shapes, by: int) -> Readings:
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
    if takes != len(values) or by > takes:
        raise Unclear(f"{atom.name} takes {takes} arguments, not {max(len(values), by)}")
    if atom.primes > 1:
        raise Unclear("second derivatives are not judged")
    if takes == 1:
        (value,) = values
        result = mapped(lambda x: _one(name, x, atom.primes or by, own is not None), value)
        yield from with_power(result, atom.power, context, shapes)
        return
    if atom.primes:
        raise Unclear(f"{atom.name} has several arguments and no one derivative")

    def of_both(a: Expr, b: Expr) -> Expr:
        return SlopeOf(name, (a, b), by - 1) if by else Call(name, (a, b))

    for value, state in entrywise(of_both, values[0], values[1], shapes):
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
    elif name in ("rowsum", "colsum") and len(value.axes) == 2:
        for place in (1, 0) if name == "rowsum" else (0, 1):  # of each row; some mean the sum of the rows
            yield _kept(summed(value, (place,)), place), shapes
    elif name in MATRICES:
        yield from MATRICES[name](value, shapes)
    elif name == "diag" and len(value.axes) == 1:
        yield _diagonal(value), shapes
    else:
        raise Unclear(f"{name} is not understood here")


def _kept(total: Value, place: int) -> Value:
    """A sum that keeps the axis summed over, with one entry."""
    axes = (UNIT, *total.axes) if place == 0 else (*total.axes, UNIT)
    return replace(total, axes=axes, at=lambda p, maker: total.at((p[1 - place],), maker))


def _mean(total: Value, value: Value) -> Value:
    def at(places: Places, maker: Maker) -> Expr:
        sizes = (power(Size(maker.axis(a)), -1) for a in value.axes)
        return mul(*sizes, total.at(places, maker))

    return Value((), at, reading=total.reading)


def _diagonal(value: Value) -> Value:
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
