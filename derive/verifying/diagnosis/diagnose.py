"""A claim that does not hold, told to its writer: the kind of slip, what to write instead, an example with numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from derive.effort import TooMuchWork, at_most
from derive.judging.precision import shown
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome
from derive.verifying.diagnosis.additions import factors, terms
from derive.verifying.diagnosis.entries import places_of
from derive.verifying.diagnosis.missing import ours
from derive.verifying.diagnosis.naming import Stock
from derive.verifying.diagnosis.respelling import hand_of, notation_of, respelled
from derive.verifying.diagnosis.search import Repair, Search, label
from derive.verifying.elaborate.application import head
from derive.verifying.elaborate.bounds import bound_letters, letters_below
from derive.verifying.elaborate.context import Slope, named_slope
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import PIECES
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.formula import (
    Addition,
    Big,
    Bracketed,
    Derivative,
    Juxtaposition,
    Name,
    Node,
    Number,
    Scripted,
    children,
    within,
)
from derive.verifying.latex.writing import latex

SEARCH = 100_000  # units of work


@dataclass(frozen=True)
class Diagnosis:
    """What is wrong in words, the repaired side, and the repaired left side if it is the label that is wrong."""

    kind: str
    words: str
    fix: str
    left: Node | None = None


def stock_of(sides: Iterable[Node], claim: tuple[Node, ...], model: Model) -> Stock:
    """What repairs of a claim may be made of, in the writer's spellings."""
    words = model.context.lexicon
    symbols: dict[str, Node] = {}
    functions: dict[str, Node] = {}
    gradients: dict[str, Node] = {}
    for node in _nodes(sides):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) or written(node) is not None else None
        if atom is not None and atom.name in model.shapes.symbols and atom.name not in symbols:
            plain = _without_scripts(node, atom.name, words)
            if plain is not None:
                symbols[atom.name] = plain
        elif atom is not None and not (atom.indices or atom.transposed or atom.power is not None):
            slope = named_slope(atom.name, model.context, model.shapes)
            if slope is not None and slope.of == model.loss and not slope.times:
                gradients.setdefault(slope.by, node)
        if isinstance(node, Juxtaposition):
            functions |= _slopes(node, model)
    for name in model.shapes.symbols:
        symbols.setdefault(name, Name(name))
    loss = symbols.get(model.loss, Name(model.loss))
    derivatives = tuple(Derivative(loss, (s,)) for n, s in symbols.items() if n != model.loss)
    sizes = tuple(Name(n) for n in dict.fromkeys((*model.shapes.counts, *_named_sizes(model, words.words))))
    named = [dict.fromkeys(_letters(side, model)) for side in claim]
    letters = tuple(dict.fromkeys(x for side in named for x in side))
    summed = bound_letters(claim)
    alone = tuple(x for x in letters if x not in named[0] and x not in summed)
    places = places_of(claim, model)
    bare = Stock(symbols, derivatives, sizes, letters, alone, model.context, model.shapes, loss, gradients, places)
    left = claim[0] if claim else None
    below = left.by[0] if isinstance(left, Derivative) and len(left.by) == 1 else None
    found = (*((f, False) for f in functions.values()), *factors(bare, below))
    return replace(bare, factors=found, terms=tuple(terms(bare)))


def _without_scripts(node: Node, name: str, words: Lexicon) -> Node | None:
    """The symbol as it is spelled, without indices, transpose or power; None where these cannot be taken off."""
    here: Node | None = node
    while here is not None:
        atom = words.atom(here)
        if atom is None or atom.name != name:
            return None
        if not (atom.indices or atom.samples or atom.transposed or atom.power is not None):
            return here
        if isinstance(here, Scripted) and here.sup is not None and here.sub is not None and not here.primes:
            kept = Scripted(here.base, here.sub)
            here = kept if words.atom(kept) != atom else here.base
        else:
            here = here.base if isinstance(here, Scripted) and not here.primes else None
    return None


def _named_sizes(model: Model, words: frozenset[str]) -> list[str]:
    return [n for n in model.shapes.names.values() if n in words and n not in model.shapes.symbols]


def _nodes(sides: Iterable[Node]) -> Iterable[Node]:
    stack = list(sides)[::-1]
    while stack:
        here = stack.pop()
        yield here
        if written(here) is None:
            stack.extend(reversed(children(here)))


def _slopes(node: Juxtaposition, model: Model) -> dict[str, Node]:
    """The slopes of the functions that the note applies: for ``ReLU(U2)`` also ``ReLU'(U2)``."""
    found: dict[str, Node] = {}
    for first, second in zip(node.factors, node.factors[1:], strict=False):
        if isinstance(first, (Name, Scripted)) and isinstance(second, Bracketed):
            atom = head(first, model.context, model.shapes)
            if atom is not None and atom.name.lower() not in ("exp", "log", "ln", "softmax", "max", "min", "sum"):
                plain = Scripted(first, primes=1) if not atom.primes else first
                slope = Juxtaposition((plain, second))
                found[str(slope)] = slope
    return found


def _letters(side: Node, model: Model) -> list[str]:
    found: list[str] = []
    for node in within(side):
        if isinstance(node, Big) and node.sub is not None:
            found += letters_below(node.sub)
        atom = model.context.lexicon.atom(node) if isinstance(node, Scripted) else None
        if atom is not None:
            found += [p for i in atom.indices if isinstance(i, Name) for p in PIECES.findall(i.text)]
            found += [text_of(i) for i in atom.indices if isinstance(i, Scripted) and i.primes]
    return found


def diagnosed(
    left: Node,
    right: Node,
    outcome: Outcome,
    slope: Slope | None,
    model: Model,
    sides: Iterable[Node],
    text: str,
    stated: Iterable[Node] = (),
) -> Diagnosis:
    """The diagnosis of a claim; without a repair it says how the sides differ."""
    number = _true_number(right, outcome, model)
    if number:
        return Diagnosis("value", "another number", f"{latex(left, text)} = {number}")
    sides = list(sides)
    stock, hand = stock_of(sides, (left, right), model), hand_of(sides)
    stated = list(stated)
    found: Repair | None = None
    try:
        with at_most(SEARCH):
            found = label(left, right, model, stock)
            if found is None or (found.left is not None and (found.left in stated or left not in stated)):
                found = Search(left, right, model, stock, slope).repair() or found
    except TooMuchWork:
        pass  # wrong it is all the same
    if found is None:
        kind, notation = "shape" if outcome.misfits else "value", notation_of(left, hand)
        return Diagnosis(kind, "", ours(model, slope, stock, text, notation) if slope is not None else "")
    if found.left is not None:
        repaired = found.right if found.right is not None else right
        fix = f"{respelled(left, found.left, text, hand)} = {respelled(right, repaired, text, hand)}"
        return Diagnosis(found.kind, found.words, fix, found.left if found.kind == "label" else None)
    assert found.right is not None
    return Diagnosis(found.kind, found.words, f"{latex(left, text)} = {respelled(right, found.right, text, hand)}")


def _true_number(right: Node, outcome: Outcome, model: Model) -> str:
    """The value of the left side, where the claim says a number and nothing in it is left open."""
    inner = right.terms[0] if isinstance(right, Addition) and len(right.terms) == 1 else right
    found = outcome.counterexample
    if not isinstance(inner, Number) or found is None or found.left is None or model.program.given:
        return ""
    return shown(found.left)
