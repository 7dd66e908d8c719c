"""Symbols with indices, as a claim may name them: each axis read at the letters that the claim reads it at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, permutations, product

from derive.verifying.claims.model import Model
from derive.verifying.elaborate.context import named_slope
from derive.verifying.elaborate.names import Atom, symbols_under
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Commas, Juxtaposition, Name, Node, Scripted

Places = Mapping[int, tuple[Node, ...]]
MOST = 6  # ways to put indices to one symbol


def places_of(sides: Iterable[Node], model: Model) -> Places:
    """For each axis the indices at which the formulas read it."""
    found: dict[int, dict[str, Node]] = {}
    for side in sides:
        for node in symbols_under(side):
            atom = model.context.lexicon.atom(node)
            for axis, index in zip(_axes(atom, model), atom.indices if atom is not None else (), strict=False):
                found.setdefault(model.shapes.root(axis), {}).setdefault(text_of(index), index)
    return {axis: tuple(by_text.values()) for axis, by_text in found.items()}


def _axes(atom: Atom | None, model: Model) -> tuple[int, ...]:
    if atom is None:
        return ()
    slope = named_slope(atom.name, model.context, model.shapes)
    return model.shapes.symbols.get(slope.by if slope is not None else atom.name, ())


def entries(spelling: Node, axes: Iterable[int], places: Places) -> Iterator[Node]:
    """The symbol at each choice of indices; nothing if the claim has no index for an axis."""
    for chosen in islice(product(*(places.get(a, ()) for a in axes)), MOST):
        if len({text_of(c) for c in chosen}) == len(chosen):
            yield indexed(spelling, chosen)


def deltas(places: Places) -> Iterator[Node]:
    """Kronecker deltas of two indices of one axis."""
    for indices in places.values():
        yield from (indexed(Name("delta"), pair) for pair in permutations(indices, 2))


def indexed(spelling: Node, indices: tuple[Node, ...]) -> Node:
    """The symbol with indices behind the scripts that belong to its name: ``W_{1,dh}``."""
    if not indices:
        return spelling
    letters = all(isinstance(i, Name) and len(i.text) == 1 for i in indices)
    whole: Node = Name("".join(i.text for i in indices if isinstance(i, Name))) if letters else Juxtaposition(indices)
    whole = indices[0] if len(indices) == 1 else whole
    if isinstance(spelling, Scripted) and spelling.sub is not None:
        return Scripted(spelling.base, Commas((spelling.sub, whole)), spelling.sup)
    if isinstance(spelling, Scripted):
        return Scripted(spelling.base, whole, spelling.sup)
    return Scripted(spelling, whole)
