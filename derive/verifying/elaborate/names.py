r"""Names as they are written: ``U1``, ``U_1``, ``\mathbf{U_1}`` and ``U^{[1]}`` are one symbol.

A subscript or superscript is part of the name (a layer, a gate), an index, a power or a transpose. Which of them it is
follows from all formulas of a note together (`Lexicon`), since no single formula can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from derive.verifying.elaborate.spelled import Written, written
from derive.verifying.formula import (
    Addition,
    Bracketed,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Scripted,
    children,
)

LETTERS = frozenset("ijklmnpqrstuvcdhab")
DIAGONAL = frozenset({"ii", "jj", "kk", "ll", "mm", "nn"})
PIECES = re.compile(r"[^\W\d_]\d*|\d+")


@dataclass(frozen=True)
class Atom:
    """A symbol understood: its name, the indices behind it, and what is done to it.

    ``samples`` are indices in brackets above (``x^{(i)}``); ``power`` is what stands as an exponent.
    """

    name: str
    indices: tuple[Node, ...] = ()
    samples: tuple[Node, ...] = ()
    power: Node | None = None
    transposed: bool = False
    primes: int = 0


def is_layer_mark(node: Node) -> bool:
    r"""Whether a superscript is a number in brackets: ``[1]``, ``(2)``, ``\langle t\rangle``."""
    return isinstance(node, Bracketed) and node.left in "[(<"


def letters_of(node: Node, letters: frozenset[str]) -> tuple[Node, ...] | None:
    """A subscript part as indices, one node each; None where it is none (a word, a gate)."""
    match node:
        case Name(text) if text.endswith("#"):
            return (node,)
        case Name(text, _, whole) if not (whole and len(text) > 1) and text:
            pieces = [p for p in PIECES.findall(text)]
            if "".join(pieces) != text or not all(p in letters or p.isdigit() for p in pieces):
                return None
            if len(set(pieces)) < len(pieces) and text not in DIAGONAL:
                return None  # as in W_{hh}
            return tuple(Number(p) if p.isdigit() else Name(p) for p in pieces)
        case Scripted(Name() as base, sub, None, primes) if primes or isinstance(sub, Number):
            *first, last = PIECES.findall(base.text) or [""]  # of dd' the second letter only has the prime
            before = letters_of(Name("".join(first)), letters) if first else ()
            marked = letters_of(Name(last), letters)
            if before is None or marked is None:
                return None
            return (*before, *(Scripted(m, sub, None, primes) for m in marked))
        case Scripted(Name(), sub, None, 0) if sub is not None and letters_of(sub, letters) is not None:
            return (node,)  # an index that a tensor says, as in P_{n,t_n}
        case Juxtaposition(factors) if not is_computed(node, letters):  # two letters with primes: t'n'
            found = [letters_of(f, letters) for f in factors]
            return None if None in found else tuple(i for some in found if some is not None for i in some)
        case _:
            return (node,) if is_computed(node, letters) else None


def is_computed(node: Node, letters: frozenset[str]) -> bool:
    r"""Whether a subscript is one index that is computed: ``s \cdot i + r``, ``\lfloor i/W \rfloor``, ``D + h``."""
    match node:
        case Bracketed("⌊" | "⌈") | Bracketed(_, _, Addition() | Product()) | Addition() | Product():
            named = list(operands(node))
        case Juxtaposition(factors) if any(isinstance(f, Bracketed) for f in factors):
            named = list(operands(node))
        case _:
            return False
    if not all(isinstance(n, (Name, Scripted, Number)) for n in named):
        return False
    one = any(len(letters_of(n, letters) or ()) == 1 for n in named if not isinstance(n, Number))
    return one or all(isinstance(n, Number) for n in named)


def operands(node: Node) -> Iterator[Node]:
    """What an index is computed from: names and numbers, or what is none of them."""
    match node:
        case Addition(parts) | Product(parts) | Juxtaposition(parts):
            for part in parts:
                yield from operands(part)
        case Bracketed(_, _, body):
            yield from operands(body)
        case Fraction(top, bottom):
            yield from operands(top)
            yield from operands(bottom)
        case Scripted(base, sub, Number()):
            yield base if sub is None else Scripted(base, sub)
        case _:
            yield node


def combined(base: str, labels: Iterable[str]) -> str:
    """The name with its labels: ``W`` and ``1`` make ``W1``, ``W`` and ``hh`` make ``W_hh``."""
    name = base
    for label in labels:
        joins = label.isdigit() and not name[-1:].isdigit()
        name += label if joins else f"_{label}"
    return name


def symbols_under(node: Node) -> Iterator[Node]:
    """Every part of a formula that spells a symbol, the scripts of a symbol not counted."""
    stack = [node]
    while stack:
        here = stack.pop()
        if written(here) is not None:
            yield here
        elif isinstance(here, Scripted):  # below a part that is no symbol stand its indices
            stack += [part for part in (here.sup, here.base) if part is not None]
        else:
            stack.extend(reversed(children(here)))


def occurrences(nodes: Iterable[Node]) -> Iterator[Written]:
    """Every symbol that stands anywhere in the nodes, the scripts of a symbol not counted as symbols."""
    for node in nodes:
        for here in symbols_under(node):
            found = written(here)
            if found is not None:
                yield found
