"""Conditions and distinctions: 1 where a comparison holds, the value of the line whose condition holds."""

from __future__ import annotations

from collections.abc import Iterator

from derive.expression import ZERO, Compare, Expr, Where, mul, number
from derive.verifying.elaborate.broadcasting import entrywise
from derive.verifying.elaborate.computed import Place, computed, size_axis
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.names import operands
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, scalar
from derive.verifying.formula import Bracketed, Case, Cases, Name, Node, Number, Relations, Words


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


def compared(node: Relations, context: Context, shapes: Shapes) -> Readings:
    """1 where all the comparisons hold, else 0."""
    if any(r.sign not in COMPARISONS for r in node.relations):
        raise Unclear(f"the condition with {node.relations[0].sign} is not understood", node)
    places = _of_indices(node, context, shapes)
    if places is not None:
        yield from _conjunction(tuple(map(_number_at, places)), [COMPARISONS[r.sign] for r in node.relations], shapes)
        if not _may_be_tensors(node, context, shapes):
            return
    for values, state in all_of(node.sides, context, shapes):
        yield from _conjunction(values, [COMPARISONS[r.sign] for r in node.relations], state)


def _of_indices(node: Relations, context: Context, shapes: Shapes) -> list[Place] | None:
    r"""The sides of a comparison of indices: ``[h' = h]``, ``[C \lfloor o/P \rfloor + c = i]``; ``h`` runs already."""
    named = [n for side in node.sides for n in operands(side) if not isinstance(n, Number)]
    letters = [text_of(n) for n in named if text_of(n) in shapes.letters]
    others = [context.lexicon.atom(n) for n in named if text_of(n) not in shapes.letters]
    sizes = [a is not None and not a.indices and _is_size(a.name, context, shapes) for a in others]
    if not letters or not all(sizes):
        return None
    try:
        return [computed(side, context, shapes)[0] for side in node.sides]
    except Unclear:
        return None


def _is_size(name: str, context: Context, shapes: Shapes) -> bool:
    return name in context.hypers or (name not in shapes.symbols and size_axis(name, shapes) is not None)


def _may_be_tensors(node: Relations, context: Context, shapes: Shapes) -> bool:
    """Whether a letter of the comparison is the name of a tensor as well."""
    atoms = (context.lexicon.atom(n) for side in node.sides for n in operands(side))
    return any(a is not None and a.name + "'" * a.primes in shapes.symbols for a in atoms)


def _number_at(place: Place) -> Value:
    return Value((), lambda places, maker: place(maker))


def _conjunction(values: tuple[Value, ...], signs: list[str], shapes: Shapes) -> Readings:
    first = entrywise(lambda a, b: Compare(signs[0], a, b), values[0], values[1], shapes)
    for value, state in first:
        if len(signs) == 1:
            yield value, state
            continue
        for other, then in _conjunction(values[1:], signs[1:], state):
            yield from entrywise(lambda a, b: mul(a, b), value, other, then)


COMPARISONS = {"<": "<", ">": ">", "≤": "<=", "≥": ">=", "=": "==", "≠": "!="}


def all_of(nodes: tuple[Node, ...], context: Context, shapes: Shapes) -> Iterator[tuple[tuple[Value, ...], Shapes]]:
    """All of."""
    if not nodes:
        yield (), shapes
        return
    for value, middle in context.read(nodes[0], context, shapes):
        for rest, state in all_of(nodes[1:], context, middle):
            yield (value, *rest), state
