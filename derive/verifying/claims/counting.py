"""What a note counts: numbers that indices are computed with, sizes made of others, how far a letter runs.

A number with a name that stands in an index (``X_{stride \\cdot i + r}``) or in a size is a whole one, and no gradient
is taken by it. ``0 \\le r < R = size`` says what ``r`` runs over wherever a sum binds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.computed import computed, size_axis, size_name
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import is_computed, operands
from derive.verifying.elaborate.shapes import Extent
from derive.verifying.elaborate.spelled import parts, text_of
from derive.verifying.formula import Name, Node, Number, Scripted, within
from derive.verifying.symbols import Known


def count(found: Iterable[Step], words: Lexicon, said: Known) -> None:
    """Take down the whole numbers, the sizes that are computed and the ranges of letters."""
    listed = list(found)
    ranges = dict(_ranges(listed, said))
    said.whole |= {
        name
        for node in (*_computed(listed, words), *said.extents.values(), *ranges.values())
        for operand in operands(node)
        if (name := _number(operand, words, said)) is not None
    }
    said.shapes = said.shapes.without_symbols(said.whole)
    said.extents |= {name: Name(name, whole=True) for name in said.whole & set(said.shapes.names.values())}
    context = Context(words, hypers=frozenset(said.whole))
    for letter, end in ranges.items():
        axis = size_axis(size_name(end), said.shapes)
        if axis is None:
            (axis,), said.shapes = said.shapes.fresh()
            said.shapes = said.shapes.named(axis, size_name(end)) or said.shapes
            said.extents.setdefault(size_name(end), end)
        said.shapes = replace(said.shapes, ranges={**said.shapes.ranges, letter: axis})
    for part in dict.fromkeys(size_name(o) for node in said.extents.values() for o in operands(node)):
        if part[:1].isupper() and len(part.rstrip("0123456789")) == 1 and size_axis(part, said.shapes) is None:
            (axis,), said.shapes = said.shapes.fresh()  # P of a size groups · P
            said.shapes = said.shapes.named(axis, part) or said.shapes
    extents: dict[str, Extent] = {}
    for name, node in said.extents.items():
        try:
            size, state = computed(node, context, said.shapes)
        except Unclear:
            continue  # an axis whose size is free
        if state.letters:
            continue  # a word, not a product
        extents[name] = Extent(size, frozenset(map(size_name, operands(node))))
    said.shapes = replace(said.shapes, extents=extents)


def _ranges(found: Iterable[Step], said: Known) -> Iterator[tuple[str, Node]]:
    r"""The letters that stand in a chain ``0 \le r < R = size``, with its end; what the end is, is taken down."""
    letters: dict[tuple[int, int], str] = {}
    ends: dict[tuple[int, int], Node] = {}
    for step in found:
        if step.sign == "≤" and step.left == Number("0") and isinstance(step.right, (Name, Scripted)):
            letters[step.chain] = text_of(step.right)
        elif step.sign == "<" and step.chain in letters and step.right is not None:
            ends[step.chain] = step.right
            yield letters[step.chain], step.right
        elif step.sign == "=" and step.chain in ends and step.right is not None:
            said.extents[size_name(ends[step.chain])] = step.right
    said.ranged |= letters.keys()


def _computed(found: Iterable[Step], words: Lexicon) -> Iterator[Node]:
    """The indices that are computed, and those that nothing but a name stands for."""
    for step in found:
        for side in (step.left, step.right):
            for here in within(side) if side is not None else ():
                if isinstance(here, Scripted) and here.sub is not None:
                    yield from (p for p in parts(here.sub) if is_computed(p, words.letters))


def _number(node: Node, words: Lexicon, said: Known) -> str | None:
    """The name of a number, declared to be one or spelled as a word; None for letters and sizes."""
    atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
    if atom is None or atom.indices:
        return None
    if atom.name in said.shapes.names.values():  # a size, unless it is a number that is declared as well
        return atom.name if said.shapes.symbols.get(atom.name) == () else None
    word = isinstance(node, Name) and node.whole and len(node.text) > 1 and atom.name not in said.shapes.symbols
    return atom.name if word or said.shapes.symbols.get(atom.name) == () else None
