"""Scripts that are no part of a name: on brackets, norms, columns of ones, and the Kronecker delta."""

from __future__ import annotations

from fractions import Fraction as Rational

from derive.expression import Call, Expr, delta, number, power
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.names import Atom, letters_of
from derive.verifying.elaborate.places import picked_entries, place_of
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import is_transpose, text_of
from derive.verifying.elaborate.symbols import with_power
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, transposed
from derive.verifying.formula import Bracketed, Name, Node, Number, Scripted


def kronecker(atom: Atom, context: Context, shapes: Shapes) -> Readings | None:
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


def scripted(base: Node, sub: Node | None, sup: Node | None, context: Context, shapes: Shapes) -> Readings:
    """Scripts on a bracket or a derivative: indices, a transpose, a power."""
    if isinstance(base, Bracketed) and base.left == "‖":
        yield from norm(base, sub, sup, context, shapes)
        return
    fake = context.lexicon.atom(Scripted(Name("#"), sub, sup)) if sub is not None or sup is not None else None
    if fake is None:
        raise Unclear("this script is not understood")
    for value, middle in context.read(base, context, shapes):
        for picked, state in picked_entries(value, fake.indices, fake.samples, context, middle):
            turned = transposed(picked) if fake.transposed else picked
            if turned is not None:
                yield from with_power(turned, fake.power, context, state)


def norm(base: Bracketed, sub: Node | None, sup: Node | None, context: Context, shapes: Shapes) -> Readings:
    """Norm."""
    kind = text_of(sub) if sub is not None else "2"
    if kind not in ("2", "F", "1"):
        raise Unclear(f"the norm with {kind} is not understood")
    for value, state in context.read(base.body, context, shapes):
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


def ones(sub: Node | None, sup: Node | None, shapes: Shapes) -> Readings:
    """A column of ones; the number of them may stand below, a transpose above."""
    axes, state = shapes.fresh()
    known = next((r for r, n in shapes.names.items() if sub is not None and n == text_of(sub)), None)
    then = state if known is None else state.same(known, axes[0])
    value: Value | None = Value(axes, lambda places, maker: number(1), upright=True)
    if sup is not None and not is_transpose(sup):
        raise Unclear("this script on a column of ones is not understood")
    if sup is not None and value is not None:
        value = transposed(value)
    if value is not None and then is not None:
        yield value, then
