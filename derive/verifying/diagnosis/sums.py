"""Sums that were left out: around the whole, around the part whose letter nothing binds, over one letter more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.verifying.diagnosis.naming import Edit, Stock
from derive.verifying.elaborate.bounds import letters_below
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    NOWHERE,
    Addition,
    Big,
    Bracketed,
    Commas,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Product,
    Relations,
    Scripted,
    within,
)


def around(node: Node, stock: Stock) -> Iterator[Edit]:
    """The sum of the whole over the letters that stand alone together, and over each letter of the claim."""
    together = [stock.alone] if len(stock.alone) > 1 else []
    for letters in (*together, *((x,) for x in stock.letters)):
        yield _over(node, letters)


def inside(node: Node, stock: Stock) -> Iterator[Edit]:
    """A sum around a part, over the letters in it that nothing binds."""
    if not stock.alone or not isinstance(node, (Scripted, Juxtaposition, Product, Fraction)):
        return
    atoms = (stock.context.lexicon.atom(n) for n in within(node) if isinstance(n, Scripted))
    here = {text_of(i) for atom in atoms if atom is not None for i in atom.indices}
    letters = [letter for letter in stock.alone if letter in here]
    if letters:
        yield _over(node, letters)


def one_more(node: Big, stock: Stock) -> Iterator[Edit]:
    """The sum over one more of the letters that the claim names."""
    if node.sub is None or node.sup is not None or isinstance(node.sub, Relations):
        return
    bound = letters_below(node.sub)
    for letters in stock.places.values():
        for letter in letters:
            if text_of(letter) not in bound:
                words = f"the sum over {text_of(letter)} is missing"
                yield Edit(replace(node, sub=Commas((node.sub, letter)), span=NOWHERE), "missing-sum", words)


def _over(node: Node, letters: Sequence[str]) -> Edit:
    below = tuple(map(_index, letters))
    body = Bracketed("(", ")", node) if isinstance(node, Addition) else node
    whole = Big("sum", body, sub=below[0] if len(below) == 1 else Commas(below))
    return Edit(whole, "missing-sum", f"the sum over {', '.join(letters)} is missing")


def _index(text: str) -> Node:
    letter = text.rstrip("'")
    return Name(letter) if letter == text else Scripted(Name(letter), primes=len(text) - len(letter))
