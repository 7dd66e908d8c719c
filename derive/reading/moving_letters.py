"""The index of each letter that is bound; one that stands in arithmetic only gets the axis that its windows make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from derive.calculus.affine import position
from derive.calculus.bounds import bounds
from derive.calculus.deltas import axis_of_size
from derive.calculus.whole_numbers import FLOOR_DIV, polynomial, same, size, worked_out, written
from derive.errors import LayerTextError
from derive.expression import ZERO, Axis, Call, Expr, Index, add, mul
from derive.reading.letters import Letter, apart, axis_of, compared, letters_in, places, plain_axes, wrong_rank
from derive.reading.reader import Reader
from derive.reading.scope import UNKNOWN
from derive.reading.slots import names_in, whole_number
from derive.reading.source import Node
from derive.reading.windows import CannotTell, times_it_fits
from derive.rewriting import substitute, walk

Axes = Mapping[str, Axis | None]  # None for an axis that is not known


@dataclass(frozen=True)
class _Slot:
    """Arithmetic at the place of an axis, the letters in it, and the axes of those bound around it."""

    item: Node
    axis: Axis
    letters: frozenset[str]
    around: Axes


def indices_of(reader: Reader, letters: Sequence[Letter], body: Node) -> tuple[Index, ...]:
    """The index that each letter of a left side or reduction names in the body."""
    found: dict[str, Axis | None] = {x.name: None for x in letters} | plain_axes(reader, letters, body)
    slots = list(_slots(reader, body, found)) if None in found.values() else []
    progress = True
    while progress:
        progress = False
        for name in [n for n, axis in found.items() if axis is None]:
            found[name] = _by_window(reader, name, slots, found)
            progress |= found[name] is not None
    if None in found.values():
        found |= dict(_compared_with_inner(reader, body, found))
    indices: list[Index] = []
    for letter in letters:
        axis = found[letter.name]
        if axis is None:
            raise _unknown(reader, letter, body, slots, found)
        indices.append(Index(letter.name, axis))
    return tuple(indices)


def _compared_with_inner(reader: Reader, node: Node, around: Axes) -> Iterator[tuple[str, Axis]]:
    """The letters without an axis that are compared with one bound further inside, ``s <= t``, and its axis."""
    if node.data == "reduction":
        around = _under(reader, node, around)
    for letter, other in compared(node):
        axis = around.get(other)
        if axis is not None and letter in around and around[letter] is None:
            yield letter, axis
    for child in node.children:
        if isinstance(child, Node):
            yield from _compared_with_inner(reader, child, around)


def _slots(reader: Reader, node: Node, around: Axes) -> Iterator[_Slot]:
    """Every place with arithmetic, from the outside in."""
    if node.data == "reduction":
        around = _under(reader, node, around)
    if node.data == "entry":
        for item, _, axis in places(reader, node):
            if item.data not in ("name", "entry"):
                yield _Slot(item, axis, frozenset(map(str, names_in(item))), around)
    for child in node.children:
        if isinstance(child, Node):
            yield from _slots(reader, child, around)


def _under(reader: Reader, node: Node, around: Axes) -> Axes:
    """The axes known inside a reduction."""
    letters = letters_in(apart(reader, node.children[1], around)[0])
    return {**around, **{x.name: None for x in letters}, **plain_axes(reader, letters, node.children[2])}


def _open(slot: _Slot, found: Axes) -> list[str]:
    """The letters in the slot whose axis is not known."""
    axes = {**slot.around, **found}
    return [name for name in axes if name in slot.letters and axes[name] is None]


def _by_window(reader: Reader, letter: str, slots: Sequence[_Slot], found: Axes) -> Axis | None:
    """The axis that the letter's windows make, None as long as another letter must be known first."""
    axis: Axis | None = None
    extent: Expr | None = None
    for slot in slots:
        if _open(slot, found) != [letter]:
            continue
        try:
            fits = _times_it_fits(reader, letter, slot, found)
        except CannotTell:
            continue
        if extent is not None and not same(fits, extent):
            raise reader.fault(
                f"{letter} would have {fits} values here, but {extent} elsewhere",
                slot.item,
                f"say how far it runs where it is bound, as in Y[{letter}: {slot.axis.name}]",
            )
        extent, axis = fits, axis_of(reader, letter, fits, slot.item)
    return axis


def _times_it_fits(reader: Reader, letter: str, slot: _Slot, found: Axes) -> Expr:
    axes = {**slot.around, **found, letter: UNKNOWN}
    inner = reader.under(tuple(Index(name, axis) for name, axis in axes.items() if axis is not None))
    index = whole_number(inner, slot.item)
    if isinstance(index, Call) and index.function == FLOOR_DIV and index.args[0] == Index(letter, UNKNOWN):
        return worked_out(mul(size(slot.axis), index.args[1]))
    found_there = position(_digits_as_letters(index))
    if found_there is None or Index(letter, UNKNOWN) not in found_there.letters:
        raise CannotTell
    return times_it_fits(found_there, Index(letter, UNKNOWN), slot.axis)


def _digits_as_letters(index: Expr) -> Expr:
    """A quotient or remainder whose bounds are known moves the index as a letter over as many values would."""
    moved: dict[Expr, Expr] = {}
    for here in walk(index):
        found = bounds(here) if isinstance(here, Call) else None
        if found is not None and found[0] == ZERO:
            count = written(polynomial(add(found[1], 1)))
            moved[here] = Index(f"#{len(moved)}", axis_of_size(count))
    return substitute(index, moved)


def _unknown(reader: Reader, letter: Letter, body: Node, slots: Sequence[_Slot], found: Axes) -> LayerTextError:
    """Why nothing tells how far a letter runs: the fault of the place that should, or that there is none."""
    for node in body.within():
        if node.data == "entry" and any(n.data == "name" and n.children[0] == letter.name for n in node.within()):
            tensor = reader.scope.tensor(str(node.children[0]))
            if tensor is not None and len(node.children[1].children) != len(tensor.axes):
                return wrong_rank(reader.scope.source, node, tensor)
    say = f"say how far it runs where it is bound, as in [{letter.name}: 3]"
    for slot in slots:
        if letter.name in slot.letters:
            others = [name for name in _open(slot, found) if name != letter.name]
            if others:
                return reader.fault(
                    f"how far {letter.name} runs depends on {others[0]}, which stands alone on no tensor",
                    letter.token,
                    f"say how far {others[0]} runs where it is bound, as in [{others[0]}: 3]",
                )
            return reader.fault(f"how often this fits for {letter.name} cannot be known", slot.item, say)
    return reader.fault(
        f"the index {letter.name} stands on no tensor, so its axis is not known",
        letter.token,
        f"use it as an index, as in X[{letter.name}], {say}, or leave it out",
    )
