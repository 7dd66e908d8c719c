"""What all formulas of a note say together, before any of them is read: letters, sizes, losses, functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.verifying.claims.definitions import EQUALS, definition
from derive.verifying.claims.letters import preferred
from derive.verifying.claims.mentions import all_nodes, differentiated_by, losses_of, only_divided_by, sizes_of
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.claims.twofold import twofold
from derive.verifying.elaborate.bounds import bound_letters
from derive.verifying.elaborate.functions import function_of
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.making import lexicon
from derive.verifying.elaborate.names import occurrences, symbols_under
from derive.verifying.elaborate.spelled import GREEK, parts, text_of, written
from derive.verifying.formula import (
    Addition,
    Big,
    Cases,
    Dots,
    Fraction,
    Juxtaposition,
    Matrix,
    Name,
    Node,
    Number,
    Scripted,
    within,
)
from derive.verifying.symbols import Known


def lexicon_of(found: Iterable[Step], said: Known) -> Lexicon:
    """The lexicon of all sides; bare symbols that are set equal to defined ones are other names of these."""
    listed = list(found)
    sides = [s for step in listed for s in (step.left, step.right) if s is not None]
    lefts = [
        s.left
        for s in listed
        if s.first and s.left is not None and s.sign in EQUALS and not isinstance(s.left, (Addition, Big))
    ]
    related = [s for step in listed if step.right is not None for s in (step.left, step.right) if s is not None]
    ranks = {name: len(axes) for name, axes in said.shapes.symbols.items()}
    words = lexicon(sides, lefts, said.spelled, said.letters, related, ranks, _fixed(listed))
    words = replace(words, known=words.known | _first_of_their_kind(listed, words))
    words = replace(words, twofold=frozenset(twofold(listed, words)))
    aliases: dict[str, str] = {}
    below = differentiated_by(listed, words)
    defined = {
        d.name for s in listed if s.first and (d := definition(s, words)) is not None and words.atom(d.right) is None
    }
    made_of = {
        (d.name, n)
        for s in listed
        if s.first and (d := definition(s, words)) is not None and words.atom(d.right) is None
        for n in symbols_of(d.right, words)
    }
    for step in listed:
        if step.first and step.left is not None and step.right is not None and step.sign in EQUALS:
            a, b = words.atom(step.left), words.atom(step.right)
            if a is None or b is None or a.name == b.name or any((a.indices, b.indices, a.samples, b.samples)):
                continue
            if {a.name, b.name} <= words.letters:
                continue  # a case: "if i = j"
            if {a.name, b.name} <= set(words.declared.values()):
                continue  # two symbols of which one is computed from the other
            if function_of(b.name) is not None and b.name not in defined:
                continue  # f = tanh: a function
            if (a.name, b.name) in made_of or (b.name, a.name) in made_of:
                continue  # y = x where y is computed from x: another case
            if a.transposed or b.transposed or a.power or b.power or isinstance(step.right, Number):
                continue
            if a.name in defined and b.name not in defined:
                aliases.setdefault(b.name, a.name)
            elif a.name not in defined and not {a.name, b.name} <= below:  # of y = x each may have its own gradient
                aliases.setdefault(a.name, b.name)
    return replace(words, aliases={**_entries_of_capitals(listed, words), **aliases})


def _fixed(found: Sequence[Step]) -> set[str]:
    """Letters below that nothing runs over: ``v_c`` is the one vector of the word in the middle, wherever it stands."""
    sides = [s for step in found for s in (step.left, step.right) if s is not None]
    runs = bound_letters(sides) | {text_of(s.left) for s in found if s.left is not None and s.right is not None}
    below = {side: [p for w in occurrences([side]) for s in w.subs for p in (parts(s),)] for side in sides}
    runs |= {text_of(p) for found_below in below.values() for ps in found_below if len(ps) > 1 for p in ps}
    runs |= {letter for found_below in below.values() for (p, *_) in found_below for letter in text_of(p)[1:]}
    open_letters: set[str] = set()
    for step in found:
        if step.left is None or step.right is None or step.sign not in EQUALS or written(step.left) is None:
            continue
        if any(isinstance(n, (Matrix, Dots, Cases)) for n in within(step.right)):
            continue
        left, right = ({text_of(p) for ps in below[side] for p in ps} for side in (step.left, step.right))
        open_letters |= {text for text in right - left if len(text) == 1 and text.isalpha() and text.islower()}
    return open_letters - runs


def _first_of_their_kind(found: Iterable[Step], words: Lexicon) -> set[str]:
    """Symbols with a number, from which the same letter without one is computed: ``c_0`` in ``c = f c_0 + i g``."""
    names: set[str] = set()
    for step in found:
        if step.first and isinstance(step.left, Name) and step.right is not None:
            for node in symbols_under(step.right):
                spelled = written(node)
                if spelled is not None and spelled.base == step.left.text and len(spelled.subs) == 1:
                    text = text_of(spelled.subs[0])
                    names |= {f"{spelled.base}{text}"} if text.isdigit() else set()
    return names


def _entries_of_capitals(found: Iterable[Step], words: Lexicon) -> dict[str, str]:
    """Small letters that only occur with indices, beside their capitals without: ``y^{(i)}`` is a part of ``Y``."""
    listed = list(found)
    bare: dict[str, bool] = {}
    for node in all_nodes(listed):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        if atom is not None and not atom.primes:
            here = not (atom.indices or atom.samples)
            bare[atom.name] = (
                bare.get(atom.name, True) and here if atom.name[:1].isupper() else (bare.get(atom.name, False) or here)
            )
        elif isinstance(node, Name):
            bare.update((piece, True) for piece in words.pieces(node.text))
    counts = sizes_of(listed) | losses_of(listed, words) | LOSS_NAMES
    pairs = ((name, name[:1].upper() + name[1:]) for name, alone in bare.items() if not alone)
    return {a: b for a, b in pairs if a != b and a[0] in "aehpqstuvwxyz" and bare.get(b) and b not in counts}


def index_counts(found: Iterable[Step], words: Lexicon, matrices: bool = True) -> dict[str, tuple[int, ...]]:
    """The numbers of axes that the indices of a symbol speak for, the most likely first."""
    found = list(found)
    most: dict[str, int] = {}
    steps_in_time: set[str] = set()
    entries = _never_bare(found, words)
    for node in all_nodes(found):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        if atom is not None:
            count = sum(1 for i in atom.indices if not isinstance(i, Number)) + (
                2 if atom.samples and not atom.indices else len(atom.samples)
            )
            if len(atom.indices) == 1 and "t" in map(text_of, _terms(atom.indices[0])):
                steps_in_time.add(atom.name)
            for name in (atom.name, atom.name[1:] if atom.name[:1] == "d" else "", atom.name.replace("bar", "", 1)):
                most[name] = max(most.get(name, 0), count)
    result: dict[str, tuple[int, ...]] = {}
    least = _arrays(found, words)
    result |= {name: (0, 1, 2) for name in (*_below_lines(found, words), *only_divided_by(found))}
    for name in {**most, **least}:
        count = most.get(name, 0)
        if least.get(name, 0) > count and (count or preferred(name, matrices)[0] == 0):  # w_k^T x: a row of a matrix
            low = least[name]
            result[name] = tuple(r for r in preferred(name, matrices) if r >= low) or (low, low + 1)
        elif count == 1 and name in steps_in_time:
            result[name] = tuple(r + 1 for r in preferred(name, matrices) if r < 2)
        elif count:
            usual = [r for r in preferred(name) if r >= count]
            if name in entries:
                usual = [count, *usual]
            result[name] = tuple(dict.fromkeys((*usual, count, count + 1)))
    return result


def _arrays(found: Sequence[Step], words: Lexicon) -> dict[str, int]:
    r"""The least number of axes of what is transposed, or stands right behind it: ``\theta^T \phi_a``."""
    least: dict[str, int] = {}
    for node in all_nodes(found):
        factors = node.factors if isinstance(node, Juxtaposition) else (node,)
        atoms = [words.atom(f) if isinstance(f, (Name, Scripted)) else None for f in factors]
        for k, atom in enumerate(atoms):
            before = atoms[k - 1] if k else None
            if atom is not None and (atom.transposed or (before is not None and before.transposed)):
                axes = len(atom.indices) + len(atom.samples) + 1
                least[atom.name] = max(least.get(atom.name, 0), axes)
    return least


def _below_lines(found: Sequence[Step], words: Lexicon) -> set[str]:
    r"""The Greek letters that something is divided by: ``\frac{1}{\beta}``."""
    below = (words.atom(n.bottom) for n in all_nodes(found) if isinstance(n, Fraction) and isinstance(n.bottom, Name))
    return {a.name for a in below if a is not None and a.name in GREEK}


def _never_bare(found: Sequence[Step], words: Lexicon) -> set[str]:
    """The symbols that stand with as many indices wherever they occur, and are exponents or denominators somewhere."""
    counts: dict[str, set[int]] = {}
    for node in all_nodes(found):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        for name in (atom.name,) if atom is not None else words.pieces(node.text) if isinstance(node, Name) else ():
            here = 0 if atom is None else len(atom.indices) + len(atom.samples)
            counts.setdefault(name, set()).add(here)
    return {name for name, seen in counts.items() if len(seen) == 1 and 0 not in seen}


def _terms(node: Node) -> tuple[Node, ...]:
    return node.terms if isinstance(node, Addition) else (node,)
