r"""What the formulas of a note say together about its names: which scripts are labels, which are indices.

``W_{f}`` and ``W_{i}`` beside each other are two gates, ``W_{ij}`` under a sum over ``j`` is an entry; ``x_{1}`` is an
entry where ``x`` stands alone elsewhere, ``W_{1}`` a name of its own where no ``W`` does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from derive.verifying.elaborate.functions import is_function_name
from derive.verifying.elaborate.names import (
    LETTERS,
    PIECES,
    Atom,
    combined,
    is_layer_mark,
    letters_of,
)
from derive.verifying.elaborate.spelled import Written, is_transpose, text_of, written
from derive.verifying.formula import Accent, Bracketed, Mark, Name, Node, Number, Scripted

UNIT_NAME = re.compile(r"[^\W\d_]\d*'*")


@dataclass(frozen=True)
class Lexicon:
    """The decisions of one note; ``declared`` maps a spelling to the name that the writer gave it.

    ``turned`` are matrices whose columns, not rows, the small letters with one index are. ``running`` are
    symbols with a letter below that a sum over them runs over, as in ``u_k``: no name, even where ``u_o`` is one.
    ``threshold``: δ is a number that a condition compares with, and no error signal.
    """

    letters: frozenset[str] = LETTERS
    known: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    labelled: frozenset[str] = frozenset()
    raised: frozenset[str] = frozenset()
    declared: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    samples: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    primed: frozenset[str] = frozenset()
    bars: bool = False
    twofold: frozenset[str] = frozenset()
    turned: frozenset[str] = frozenset()
    running: frozenset[str] = frozenset()
    threshold: bool = False
    memo: dict[Node, Atom | None] = field(default_factory=dict, init=False, compare=False, repr=False)

    def atom(self, node: Node) -> Atom | None:
        """The symbol that a node spells with its scripts sorted; None for anything that is no single symbol."""
        inner = node.base.body if isinstance(node, Scripted) and isinstance(node.base, Bracketed) else node
        if not isinstance(inner, (Name, Scripted, Accent)):
            return None
        if node not in self.memo:
            self.memo[node] = self._atom(node)
        return self.memo[node]

    def _atom(self, node: Node) -> Atom | None:
        found = written(node)
        if found is None or (not found.whole and self.is_run(found.base)):
            return None
        name, subs, sups, primes = self._declared(found)
        if name is not None:
            found = Written(name, subs, sups, primes)
        return self._sorted(found, declared=name is not None)

    def is_run(self, text: str) -> bool:
        """Whether letters without a gap are several symbols: not a known name, not a function, not ``U1``."""
        if (
            is_word(text)
            or text in self.known
            or text in self.declared
            or UNIT_NAME.fullmatch(text)
            or is_function_name(text)
        ):
            return False
        return not (text[:1] == "d" and (text[1:] in self.known or UNIT_NAME.fullmatch(text[1:])))

    def _declared(self, found: Written) -> tuple[str | None, tuple[Node, ...], tuple[Node, ...], int]:
        """The declared name with the most scripts that the spelling begins with, and the scripts left over."""
        for below in range(len(found.subs), -1, -1):
            for above in range(len(found.sups), -1, -1):
                for primes in dict.fromkeys((found.primes, 0)):
                    key = spelling(Written(found.base, found.subs[:below], found.sups[:above], primes))
                    if key in self.declared:
                        rest = found.primes - primes
                        return self.declared[key], found.subs[below:], found.sups[above:], rest
        even = found.sups[0] if found.sups else None
        if isinstance(even, Number) and even.text.isdigit() and int(even.text) % 2 == 0 and even.text != "2":  # σ^4
            name, subs, sups, primes = self._declared(replace(found, sups=(Number("2"),)))
            if name is not None and not sups:
                return name, subs, (Number(str(int(even.text) // 2)), *found.sups[1:]), primes
        if found.base.endswith("bar"):
            name, subs, sups, primes = self._declared(replace(found, base=found.base.removesuffix("bar")))
            return (None if name is None else f"{name}bar"), subs, sups, primes
        return None, (), (), 0

    def _sorted(self, found: Written, declared: bool) -> Atom:
        labels: list[str] = []
        indices: list[Node] = []
        samples: list[Node] = []
        power: Node | None = None
        flipped = False
        for part in found.subs:
            pieces = self._indices(found.base, part, declared)
            if pieces is None or (not indices and not declared and self._is_label(found.base, part)):
                labels.append(text_of(part))
            else:
                indices += pieces
        for part in found.sups:
            if is_transpose(part) and "T" not in self.samples:
                flipped = not flipped
            elif is_layer_mark(part):
                text = text_of(part)
                (samples.append(_inside(part)) if text in self.samples else labels.append(text))
            elif not declared and self._is_raised(found.base, part):
                labels.append(text_of(part))
            else:
                power = part
        name = found.base if declared else combined(found.base, labels)
        flipped ^= name in self.turned and not (indices or samples)
        if indices and name in self.twofold:
            name += "_each"  # L_t beside L: another tensor
        return Atom(self.aliases.get(name, name), tuple(indices), tuple(samples), power, flipped, found.primes)

    def _indices(self, base: str, part: Node, declared: bool) -> tuple[Node, ...] | None:
        if isinstance(part, Number):
            digits = tuple(Number(d) for d in part.text) if len(part.text) == 2 else (part,)
            return digits if part.text.isdigit() else None
        if declared and isinstance(part, Name) and len(part.text) > 1 and not part.whole:  # W_{hh} has its own spelling
            found = [letters_of(Name(p), self.letters) for p in PIECES.findall(part.text)]
            return None if None in found else tuple(x for some in found for x in some or ())
        return letters_of(part, self.letters)

    def _is_label(self, base: str, part: Node) -> bool:
        text = text_of(part)
        if text.endswith("#"):
            return False
        if f"{base}_{text}" in self.running:
            return False
        if isinstance(part, Number):
            return base not in self.plain or combined(base, [text]) in self.known
        plain = base.removesuffix("bar").removesuffix("hat").removesuffix("tilde").removesuffix("prime")
        return (
            bool({base, plain, plain.removeprefix("d")} & self.labelled)
            or combined(base, [text]) in self.declared.values()
        )

    def _is_raised(self, base: str, part: Node) -> bool:
        if isinstance(part, Mark):
            return True
        if isinstance(part, (Number, Name)):
            return base in self.raised
        return False

    def pieces(self, text: str) -> tuple[str, ...]:
        """The symbols of a run of letters: the longest known ones first, else letters with their digits."""
        if is_word(text):
            return (text,)
        found: list[str] = []
        while text:
            longest = next(
                (text[:n] for n in range(len(text), 1, -1) if text[:n] in self.known or is_function_name(text[:n])), ""
            )
            match = PIECES.match(text)
            piece = longest or (match[0] if match else text[0])
            found.append(piece)
            text = text[len(piece) :]
        return tuple(found)


def _inside(part: Node) -> Node:
    return part.body if isinstance(part, Bracketed) else part


def spelling(found: Written) -> str:
    """A key for a spelling: equal for all ways to write the same symbol."""
    below = ",".join(map(text_of, found.subs))
    above = ",".join(map(text_of, found.sups))
    return f"{found.base}_{below}^{above}" + "'" * found.primes


def is_word(text: str) -> bool:
    """Whether letters without a gap are one name: ``target``, but neither ``XWV`` nor ``abc``."""
    return len(text) > 3 and text.isascii() and text.isalpha() and text.islower()
