"""Slips in symbols: another symbol, another index, a function where its derivative is meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from derive.verifying.diagnosis.entries import Places, deltas, indexed
from derive.verifying.diagnosis.exponents import neighbours
from derive.verifying.elaborate.application import head
from derive.verifying.elaborate.context import Context, named_slope
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import Written, is_transpose, parts, text_of
from derive.verifying.formula import (
    NOWHERE,
    Addition,
    Bracketed,
    Juxtaposition,
    Name,
    Node,
    Number,
    Scripted,
)


def symbol(node: Node, found: Written, stock: Stock) -> Iterator[Edit]:
    """Slips at one symbol."""
    atom = stock.context.lexicon.atom(node)
    if atom is None:
        return
    function = head(node, stock.context, stock.shapes)
    if function is not None:
        yield from _function(node)
    known = atom.name in stock.shapes.symbols
    if known or atom.name in stock.context.gradients:
        yield Edit(transposed(node), "transpose", f"the transpose of {atom.name}")
        yield from _other_symbols(node, atom.name, stock)
        if atom.power is None and not atom.transposed:
            yield Edit(_squared(node), "power", "a square is missing")
    slope = named_slope(atom.name, stock.context, stock.shapes)
    if slope is not None and not known and atom.name not in stock.context.gradients:
        yield Edit(transposed(node), "transpose", f"the transpose of {atom.name}")
    if slope is not None and not atom.transposed and atom.power is None:
        for other, spelled in stock.gradients.items():
            if other != slope.by:
                words = f"the gradient by {slope.by} instead of that by {other}"
                yield Edit(indexed(spelled, atom.indices), "gradient", words)
    if isinstance(node, Scripted) and node.sup is not None and atom.power is not None:
        yield Edit(node.base if node.sub is None else Scripted(node.base, node.sub), "power", "a power too many")
        yield from powers(node)
    yield from _indices(node, stock)


def _squared(node: Node) -> Node:
    if isinstance(node, Scripted):
        return (
            Scripted(node.base, node.sub, Number("2"), node.primes)
            if node.sup is None
            else Scripted(node, None, Number("2"))
        )
    return Scripted(node, None, Number("2"))


def _function(node: Node) -> Iterator[Edit]:
    if isinstance(node, Scripted) and node.primes and node.sup is None:
        plain = node.base if node.sub is None else Scripted(node.base, node.sub)
        yield Edit(plain, "derivative", "a derivative where the function itself is meant")
    elif isinstance(node, Name):
        yield Edit(Scripted(node, primes=1), "derivative", "the function where its derivative is meant")


def _other_symbols(node: Node, name: str, stock: Stock) -> Iterator[Edit]:
    """Another symbol in its place, the indices and the transpose kept; first those with as many axes."""
    atom = stock.context.lexicon.atom(node)
    written_axes = len(atom.indices) if atom is not None else 0
    rank = written_axes or len(stock.shapes.symbols.get(name, ()))
    likely = {n: len(stock.shapes.symbols.get(n, ())) == rank for n in stock.symbols if n != name}
    for other in sorted(likely, key=lambda n: not likely[n]):
        if likely[other] or not written_axes:
            kept = _tail(node, name, stock)
            yield Edit(_with_tail(stock.symbols[other], kept), "symbol", f"{name} instead of {other}")
    if (
        written_axes == 2
        and atom is not None
        and any(d == indexed(Name("delta"), atom.indices) for d in deltas(stock.places))
    ):
        yield Edit(indexed(Name("delta"), atom.indices), "symbol", f"{name} instead of a Kronecker delta")


def _tail(node: Node, name: str, stock: Stock) -> tuple[Node | None, Node | None]:
    """Indices and transpose of a symbol, apart from what belongs to its name."""
    atom = stock.context.lexicon.atom(node)
    if atom is None:
        return None, None
    sub: Node | None = None
    if atom.indices and isinstance(node, Scripted):
        plain = stock.symbols.get(name)
        sub = node.sub if not isinstance(plain, Scripted) or plain.sub is None else _last_part(node)
    return sub, TRANSPOSE if atom.transposed else atom.power


def _last_part(node: Scripted) -> Node | None:
    if isinstance(node.base, Scripted) and node.base.sub is not None:
        return node.sub
    pieces = parts(node.sub) if node.sub is not None else ()
    return Juxtaposition(pieces[1:]) if len(pieces) > 2 else pieces[-1] if pieces else None


def _with_tail(spelling: Node, tail: tuple[Node | None, Node | None]) -> Node:
    sub, sup = tail
    if sub is None and sup is None:
        return spelling
    if isinstance(spelling, Scripted) and (
        (sub is not None and spelling.sub is not None) or (sup is not None and spelling.sup is not None)
    ):
        return Scripted(spelling, sub, sup)
    if isinstance(spelling, Scripted):
        return Scripted(spelling.base, sub or spelling.sub, sup or spelling.sup, spelling.primes)
    return Scripted(spelling, sub, sup)


def _indices(node: Node, stock: Stock) -> Iterator[Edit]:
    """Two indices exchanged, or one for another that the claim reads the same axis at."""
    atom = stock.context.lexicon.atom(node)
    if atom is None or not isinstance(node, Scripted) or not atom.indices or atom.samples or atom.power is not None:
        return
    found = atom.indices
    plain = stock.symbols.get(atom.name, Name("delta") if atom.name == "delta" else None)
    if plain is None or atom.transposed or atom.primes:
        return
    if len(found) == 2:
        yield Edit(indexed(plain, found[::-1]), "index", f"indices exchanged at {text_of(node)}")
    axes = stock.shapes.roots(stock.shapes.symbols.get(atom.name, ()))
    everywhere = tuple(i for some in stock.places.values() for i in some)
    for k, old in enumerate(found):
        if isinstance(old, Addition) and len(old.terms) > 1:
            for turned in turned_signs(old):
                words = f"index {text_of(old)} instead of {text_of(turned)}"
                yield Edit(indexed(plain, (*found[:k], turned, *found[k + 1 :])), "index", words)
        for new in stock.places.get(axes[k], ()) if k < len(axes) else everywhere:
            if text_of(new) != text_of(old):
                words = f"index {text_of(old)} instead of {text_of(new)}"
                yield Edit(indexed(plain, (*found[:k], new, *found[k + 1 :])), "index", words)


def turned_signs(node: Addition) -> Iterator[Addition]:
    """The sum with the sign of one of its terms turned: ``s - k`` for ``s + k``."""
    for k, sign in enumerate(node.signs):
        signs = (*node.signs[:k], "-" if sign == "+" else "+", *node.signs[k + 1 :])
        yield replace(node, signs=signs, span=NOWHERE)


def powers(node: Scripted) -> Iterator[Edit]:
    """Other exponents: one more, one less."""
    for other in neighbours(node.sup):
        yield Edit(replace(node, sup=other, span=NOWHERE), "power", "the exponent")


def transposed(node: Node) -> Node:
    """The part with one transpose more, or less."""
    match node:
        case Scripted(base, sub, sup, primes) if sup is not None and is_transpose(sup):
            return base if sub is None and not primes else Scripted(base, sub, None, primes)
        case Scripted(base, sub, None, 0):
            return Scripted(base, sub, TRANSPOSE)
        case Scripted():
            return Scripted(Bracketed("(", ")", node), None, TRANSPOSE)
        case _:
            return Scripted(node, None, TRANSPOSE)


TRANSPOSE = Name("T", "sf", True)


@dataclass(frozen=True)
class Edit:
    """A changed formula, what kind of slip the change undoes, and in words what was changed."""

    node: Node
    kind: str
    words: str
    cost: int = 1


@dataclass(frozen=True)
class Stock:
    """What repairs may be made of: spellings of symbols, of derivatives, of sizes, and index letters.

    ``alone`` are the letters that stand on the right side only and that no sum binds; ``gradients`` are names of
    gradients such as ``dW``, by what they differentiate by; ``places`` are the indices that the claim reads each axis
    at; ``factors`` and ``terms`` are what may be missing, of a factor also whether it is a number at each entry.
    """

    symbols: Mapping[str, Node]
    derivatives: tuple[Node, ...]
    sizes: tuple[Node, ...]
    letters: tuple[str, ...]
    alone: tuple[str, ...]
    context: Context
    shapes: Shapes
    loss: Node
    gradients: Mapping[str, Node] = field(default_factory=dict)
    places: Places = field(default_factory=dict)
    factors: tuple[tuple[Node, bool], ...] = ()
    terms: tuple[Node, ...] = ()
