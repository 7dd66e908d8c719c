r"""Entries written out: ``[∂L/∂Z_1; ...; ∂L/∂Z_N]`` is the array whose entries they are.

The entries differ in the numbers of one place below; what stands after the dots says how far these run.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from derive.expression import Expr, add, delta, mul, number
from derive.rewriting import substitute
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.shapes import Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Places, Readings, Value
from derive.verifying.formula import Dots, Juxtaposition, Matrix, Name, Node, Number, within

COUNTER = "counter#"
RUN_ON = r"a line break is missing behind \vdots: the last two entries stand in one row"


def listed(node: Matrix, context: Context, shapes: Shapes) -> Readings:
    """The array that the entries make up: a column, a row, or a matrix. Raises `Unclear` where no rule shows."""
    rows = [found for row in node.rows if (found := list(cells(row)))]
    if not any(isinstance(n, Dots) for row in rows for cell in row for n in within(cell)):
        yield from _all_written(rows, context, shapes)
        return
    if len(rows) > 1 and all(len(row) == 1 for row in node.rows):
        run_on = any(len(row) > 1 for row in rows)
        for value, state in _line([cell for row in rows for cell in row], context, shapes):
            yield value.noted(RUN_ON) if run_on else value, state
        return
    if len(rows) == 1:
        yield from _line(rows[0], context, shapes)
        return
    raise Unclear("a matrix written out entry by entry is not understood", node)


def _all_written(rows: list[list[Node]], context: Context, shapes: Shapes) -> Readings:
    """The array whose entries all stand there, each of them a number."""
    if len({len(row) for row in rows}) != 1:
        raise Unclear("the rows of the matrix are not of one length")
    lengths = [n for n in (len(rows), len(rows[0])) if n > 1] or [1]
    axes, state = shapes.fresh(len(lengths))
    for axis, length in zip(axes, lengths, strict=True):
        state = state.sized(axis, length) or state
    for values, then in _numbers([cell for row in rows for cell in row], context, state):

        def at(places: Places, maker: Maker, values: tuple[Value, ...] = values) -> Expr:
            entries = [value.at((), maker) for value in values]
            wide = len(entries) // lengths[0]
            chosen = [delta(places[0], number(k // wide)) for k in range(len(entries))]
            if len(places) > 1:
                chosen = [mul(c, delta(places[1], number(k % wide))) for k, c in enumerate(chosen)]
            return add(*(mul(c, e) for c, e in zip(chosen, entries, strict=True)))

        yield Value(axes, at), then


def _numbers(cells: list[Node], context: Context, shapes: Shapes) -> Iterator[tuple[tuple[Value, ...], Shapes]]:
    """The entries one after the other, in the first way in which all of them are numbers."""
    values: list[Value] = []
    for cell in cells:
        found = next(((v, s) for v, s in context.read(cell, context, shapes) if not v.axes), None)
        if found is None:
            return
        values.append(found[0])
        shapes = found[1]
    yield tuple(values), shapes


def cells(row: tuple[Node | None, ...]) -> Iterator[Node]:
    """The cells of a row; dots and what follows them in one cell are two (a line break was forgotten)."""
    for cell in row:
        if isinstance(cell, Juxtaposition) and any(isinstance(f, Dots) for f in cell.factors):
            kept = [f for f in cell.factors if not isinstance(f, Dots)]
            yield next(f for f in cell.factors if isinstance(f, Dots))
            if kept:
                yield kept[0] if len(kept) == 1 else Juxtaposition(tuple(kept))
        elif cell is not None:
            yield cell


def _line(entries: list[Node], context: Context, shapes: Shapes) -> Readings:
    """One row or column of entries that count up from 1."""
    shown = [e for e in entries if not isinstance(e, Dots)]
    if len(shown) == len(entries) or len(shown) < 2:
        raise Unclear("entries written out without dots are not understood")
    patterns = [generalised(shown[0], e) for e in shown[1:]]
    pattern = patterns[0]
    if pattern is None or any(p != pattern for p in patterns):
        raise Unclear("the entries do not follow one pattern")
    general, ends = pattern, [_differing(shown[0], e) for e in shown]
    if not all(isinstance(e, Number) and e.text == str(k + 1) for k, e in enumerate(ends[:-1])):
        raise Unclear("the entries do not count up from 1")
    (axis,), state = shapes.fresh()
    outer = state.letters
    letter = Letter(axis, f"{COUNTER}{axis}", bound=True)
    inside = state.with_letter(COUNTER, letter)
    last = ends[-1]
    for value, then in context.read(general, context, inside):
        if value.over is not None:
            continue
        after = then.without_letters(outer)
        counted = _until(last, axis, context, after)
        if counted is None:
            yield (
                _stacked(value, axis, letter).noted(
                    f"!the list runs to {_text(last)}, which is another number than that of its entries"
                ),
                after,
            )
            continue
        yield _stacked(value, axis, letter), counted


def _until(last: Node | None, axis: int, context: Context, shapes: Shapes) -> Shapes | None:
    """The state in which the entries end where the last one says; None where that is another number."""
    match last:
        case Number(text) if text.isdigit():
            return shapes.sized(axis, int(text))
        case Name(text):
            if text in shapes.symbols:
                return shapes
            named = next((root for root, name in shapes.names.items() if name == text), None)
            return shapes.same(named, axis) if named is not None else shapes.counted(text, axis)
        case _:
            return shapes


def _stacked(value: Value, axis: int, letter: Letter) -> Value:
    """The value with the letter made an axis, the first one."""

    def at(places: Places, maker: Maker) -> Expr:
        inner = value.at(places[1:], maker)
        return substitute(inner, {maker.letter(letter): places[0]})

    return replace(value, axes=(axis, *value.axes), at=at)


def _text(node: Node | None) -> str:
    return text_of(node) if node is not None else "?"


def generalised(first: Node, other: Node) -> Node | None:
    """The first entry with its counting number replaced by a letter; None where more than that differs."""
    places = list(_differences(first, other))
    if not places or any(not (isinstance(a, Number) and a.text == "1") for a, _ in places):
        return None
    if len({b for _, b in places}) != 1:
        return None
    whole: Node = _replaced(first, other)
    return whole


def _differing(first: Node, other: Node) -> Node | None:
    """What stands in an entry where the first has its 1."""
    if first == other:
        return Number("1")
    found = [b for _, b in _differences(first, other)]
    return found[0] if found else None


def _differences(a: Any, b: Any) -> Iterator[tuple[Any, Any]]:
    if a == b:
        return
    if type(a) is type(b) and isinstance(a, Node) and not isinstance(a, (Name, Number)):
        for f in fields(a):
            if f.compare:
                yield from _differences(getattr(a, f.name), getattr(b, f.name))
    elif isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        for x, y in zip(a, b, strict=True):
            yield from _differences(x, y)
    else:
        yield a, b


def _replaced(a: Any, b: Any) -> Any:
    if a == b:
        return a
    if type(a) is type(b) and isinstance(a, Node) and not isinstance(a, (Name, Number)):
        return replace(a, **{f.name: _replaced(getattr(a, f.name), getattr(b, f.name)) for f in fields(a) if f.compare})
    if isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b):
        return tuple(_replaced(x, y) for x, y in zip(a, b, strict=True))
    return Name(COUNTER, whole=True)
