"""The worked example of the notes: a table with the value of each tensor, then of each gradient, as computed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from derive.expression import cotangent_name
from derive.judging.precision import Value
from derive.judging.world import Entry, World
from derive.ledger import Derivation
from derive.notes.document import Block, Figure, Formula, Grid, Heading, Maths, Paragraph, Table, Text, Words, name
from derive.notes.numbers import digits
from derive.notes.telling import Telling
from derive.program import Tensor

LARGEST = 6  # rows or columns of a matrix that are printed; of a larger one the first, dots and the last
PLACES, SCALAR_PLACES = 6, 10  # significant digits in a matrix, and of a number by itself


def worked_blocks(derivation: Derivation, world: World, tell: Telling) -> Iterator[Block]:
    """The table, under its heading."""
    words = tell.words
    yield Heading(2, (Words(words.numbers),))
    if any(len(t.axes) > 2 for t in derivation.program.tensors):
        yield Paragraph((Words(words.matrices),))
    header: tuple[Text, ...] = (Words(words.symbol),), (Words(words.value),)
    tensors = derivation.program.tensors
    computed = [*derivation.seeds, *(g.name for g in derivation.all_gradients)]
    gradients = [Tensor(cotangent_name(n), derivation.program.tensor(n).axes) for n in computed]
    yield Table(header, tuple(row for tensor in (*tensors, *gradients) for row in _row(tensor, world)))


def _row(tensor: Tensor, world: World) -> Iterator[tuple[Text, ...]]:
    """The tensor with its numbers, if it has some."""
    figures = tuple(_figures(tensor, world))
    if figures:
        listed = [part for figure in figures for part in (Words(", "), Maths(figure))][1:]
        yield (name(tensor.name),), tuple(listed)


def _figures(tensor: Tensor, world: World) -> Iterator[Formula]:
    """The numbers of a tensor, if it has some here: one figure, or a matrix for each of the leading indices."""
    table = world.values.get(tensor.name)
    if table is None:
        return
    if not tensor.axes:
        yield Figure(digits(table[()], SCALAR_PLACES))
        return
    size = [world.size(axis) for axis in tensor.axes]
    first: Sequence[tuple[int | None, ...]] = _some(size[-2]) if len(size) > 1 else [()]
    for at in product(*map(range, size[:-2])):
        yield Grid(tuple(tuple(_entry(table, (*at, *i, *j)) for j in _some(size[-1])) for i in first))


def _entry(table: Mapping[Entry, Value], at: tuple[int | None, ...]) -> str:
    whole = tuple(i for i in at if i is not None)
    return digits(table[whole], PLACES) if len(whole) == len(at) else "…"


def _some(count: int) -> list[tuple[int | None]]:
    """The places to print along an axis; None for those left out."""
    if count <= LARGEST:
        return [(k,) for k in range(count)]
    return [*((k,) for k in range(LARGEST - 2)), (None,), (count - 1,)]
