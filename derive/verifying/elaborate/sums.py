r"""Sums and maxima: the letters that they bind, how far these run, and what a sum without letters goes over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.expression import Expr, Index, Reduce, mul, total
from derive.verifying.elaborate.bounds import letters_below, upper_end
from derive.verifying.elaborate.conditions import compared
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.names import operands
from derive.verifying.elaborate.shapes import Letter, Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.values import Maker, Places, Readings, Value, summed
from derive.verifying.formula import Big, Name, Node, Number, Relation, Relations

REDUCTIONS = {"sum": "sum", "prod": "prod", "max": "max", "min": "min"}


def big(node: Big, context: Context, shapes: Shapes) -> Readings:
    """The reduction, for every way to read its body."""
    if node.kind not in REDUCTIONS:
        raise Unclear(f"{node.kind} is not understood", node)
    names = letters_below(node.sub) if node.sub is not None else ()
    if not names:
        yield from _bare(node, context, shapes)
        return
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise Unclear(f"the {node.kind} runs over {twice} twice", node)
    for letters, inside in _bound(node, names, context, shapes):
        found = False
        for value, state in context.read(node.body, context, inside):
            found = True
            yield from _reduced(node, letters, value, context, state, shapes)
        if found:
            return  # a range that does not fit is looked over only where nothing else can be read


def _bound(
    node: Big, names: tuple[str, ...], context: Context, shapes: Shapes
) -> Iterator[tuple[tuple[Letter, ...], Shapes]]:
    """The letters with fresh axes, their ends known where these are written."""
    new, state = shapes.fresh(len(names))
    axes = tuple(shapes.ranges.get(n.partition("'")[0], a) for n, a in zip(names, new, strict=True))
    letters = tuple(Letter(a, f"{n}#{k}", bound=True) for n, a, k in zip(names, axes, new, strict=True))
    for name, letter in zip(names, letters, strict=True):
        state = state.with_letter(name, letter)
    last = upper_end(node)
    if last is None or len(names) != 1:
        yield letters, state
        return
    counted = _counted(last, axes[0], state)
    if counted is not None:
        yield letters, counted
    yield letters, state


def _counted(last: str, axis: int, shapes: Shapes) -> Shapes | None:
    if last.isdigit():
        return shapes.sized(axis, int(last)) or shapes
    named = next((root for root, name in shapes.names.items() if name == last), None)
    if named is not None:
        return shapes.same(named, axis)
    if last in shapes.symbols or last in shapes.letters:
        return shapes
    return shapes.counted(last, axis)


def _condition(node: Big, shapes: Shapes) -> Relations | None:
    """What the letters must obey beside their range: ``i \\ne j``, or ends that other letters say: ``j = i + 1``."""
    match node.sub:
        case Relations(_, (Relation("≠" | "<" | ">" | "≤" | "≥"),)):
            return node.sub
        case Relations((Name() as letter, start), (Relation("="),)):
            bounds = [("≥", start), ("≤", node.sup)]
            found = [(sign, end) for sign, end in bounds if end is not None and _is_of_letters(end, letter, shapes)]
            if len(found) == 1:
                return Relations((letter, found[0][1]), (Relation(found[0][0]),))
    return None


def _is_of_letters(end: Node, letter: Node, shapes: Shapes) -> bool:
    """Whether a range ends where another letter stands."""
    named = [n for n in operands(end) if not isinstance(n, Number)]
    return bool(named) and all(text_of(n) in shapes.letters and n != letter for n in named)


def _reduced(
    node: Big, letters: tuple[Letter, ...], value: Value, context: Context, state: Shapes, outer: Shapes
) -> Readings:
    kind = REDUCTIONS[node.kind]
    if value.over is not None:
        return
    for letter in letters:
        state = _like_unprimed(letter, state, outer)
    condition = _condition(node, state)
    after = state.without_letters(outer.letters)
    if condition is not None:
        for holds, then in compared(condition, context, state):
            if kind != "sum":
                raise Unclear("a condition under a maximum is not understood", node)
            if holds.axes:
                raise Unclear("a condition under a sum is on its letters", node)
            yield _over(letters, value, kind, holds), then.without_letters(outer.letters)
        return
    yield _over(letters, value, kind, None), after


def _like_unprimed(letter: Letter, shapes: Shapes, outer: Shapes) -> Shapes:
    """Where nothing in the body says how far ``v'`` runs, it runs as ``v`` outside does; else ``v`` runs to ``V``."""
    used = {shapes.root(a) for axes in shapes.symbols.values() for a in axes}
    if shapes.root(letter.axis) in used or shapes.spoken_of(letter.axis):
        return shapes
    plain = letter.name.partition("#")[0].rstrip("'")
    beside = outer.letters.get(plain)
    if beside is not None and "'" in letter.name:
        return shapes.same(beside.axis, letter.axis) or shapes
    customary = next((root for root, name in shapes.names.items() if name == plain.upper()), None)
    return shapes if customary is None else shapes.same(customary, letter.axis) or shapes


def _over(letters: tuple[Letter, ...], value: Value, kind: str, holds: Value | None) -> Value:
    def at(places: Places, maker: Maker) -> Expr:
        body = value.at(places, maker)
        if holds is not None:
            body = mul(holds.at((), maker), body)
        indices = tuple(i for i in map(maker.letter, letters) if not _is_single(i))
        if not indices:
            return body
        return total(indices, body) if kind == "sum" else Reduce(kind, indices, body)

    return replace(value, at=at)


def _is_single(index: Index) -> bool:
    return index.axis.name == "1"


def _bare(node: Big, context: Context, shapes: Shapes) -> Readings:
    """A sum without letters: over all entries."""
    kind = REDUCTIONS[node.kind]
    if kind != "sum":
        raise Unclear(f"what the {kind} runs over is not written", node)
    for value, state in context.read(node.body, context, shapes):
        if value.axes and value.over is None:
            yield summed(value, tuple(range(len(value.axes)))).noted("Σ over all entries"), state
