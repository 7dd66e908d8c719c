"""What is named somewhere in a note: losses, numbers of things, functions, what is differentiated by."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.bounds import upper_end
from derive.verifying.elaborate.functions import GENERIC, function_of
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.spelled import written
from derive.verifying.formula import (
    Big,
    Derivative,
    Fraction,
    Juxtaposition,
    Nabla,
    Name,
    Node,
    Number,
    Scripted,
    children,
)


def all_nodes(found: Iterable[Step]) -> Iterator[Node]:
    """Every node of every side, but not what stands in the scripts of a symbol."""
    for step in found:
        stack = [s for s in (step.left, step.right) if s is not None]
        while stack:
            here = stack.pop()
            yield here
            if written(here) is None:
                stack.extend(children(here))


def losses_of(found: Iterable[Step], words: Lexicon) -> frozenset[str]:
    """The names that are differentiated and that nothing defines."""
    names = set()
    for node in all_nodes(found):
        of = node.of if isinstance(node, (Derivative, Nabla)) else None
        atom = words.atom(of) if of is not None else None
        if atom is not None and not atom.indices:
            names.add(atom.name)
    return frozenset(names)


def sizes_of(found: Iterable[Step]) -> frozenset[str]:
    """The symbols that sums run to: numbers of samples, features, classes."""
    ends = (upper_end(node) for node in all_nodes(found) if isinstance(node, Big))
    return frozenset(end for end in ends if end is not None and not end.isdigit())


def generic_of(found: Iterable[Step], words: Lexicon) -> frozenset[str]:
    """The names that stand for a function which nothing defines: ``f'(z)``, ``g(x)``."""
    names = set()
    for node in all_nodes(found):
        heads: list[Node] = []
        if isinstance(node, Juxtaposition):
            heads = [a for a, b in zip(node.factors, node.factors[1:], strict=False) if type(b).__name__ == "Bracketed"]
        for head in heads:
            atom = words.atom(head)
            if atom is not None and atom.name in GENERIC and function_of(atom.name) is None:
                names.add(atom.name)
    return frozenset(names)


def differentiated_by(found: Iterable[Step], words: Lexicon) -> frozenset[str]:
    """The names that gradients are taken by, also those in names such as ``dW``."""
    names: set[str] = set()
    for node in all_nodes(found):
        below = node.by if isinstance(node, Derivative) else (node.by,) if isinstance(node, Nabla) else ()
        names |= {a.name for n in below if n is not None and (a := words.atom(n)) is not None}
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        if atom is not None:
            names |= {atom.name.removeprefix("d"), atom.name.replace("bar", "", 1)} - {atom.name}
    return frozenset(names)


def numbered(found: Iterable[Step], words: Lexicon) -> dict[tuple[str, int], int]:
    """The largest number with which an entry of a symbol is named, by symbol and place: 3 for ``a_1, a_2, a_3``."""
    largest: dict[tuple[str, int], int] = {}
    for node in all_nodes(found):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        for place, index in enumerate(atom.indices if atom is not None else ()):
            if atom is not None and isinstance(index, Number) and index.text.isdigit():
                largest[(atom.name, place)] = max(int(index.text), largest.get((atom.name, place), 0))
    return {key: number for key, number in largest.items() if number <= 9}


def only_divided_by(steps: Sequence[Step]) -> list[str]:
    r"""The letters that stand nowhere but below a number: ``\frac{1}{p}``."""
    below: dict[str, int] = {}
    everywhere: dict[str, int] = {}
    for node in all_nodes(s for s in steps if s.right is not None):
        if isinstance(node, Name):
            everywhere[node.text] = everywhere.get(node.text, 0) + 1
        elif isinstance(node, Fraction) and isinstance(node.top, Number) and isinstance(node.bottom, Name):
            below[node.bottom.text] = below.get(node.bottom.text, 0) + 1
    return [name for name, count in below.items() if everywhere[name] == count]
