"""The lexicon of a note made: which letters are indices, which scripts are labels, what is a gradient by custom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from derive.verifying.elaborate.bounds import bound_letters, ends, letters_below
from derive.verifying.elaborate.lexicon import Lexicon, spelling
from derive.verifying.elaborate.names import (
    LETTERS,
    PIECES,
    combined,
    is_layer_mark,
    letters_of,
    occurrences,
    symbols_under,
)
from derive.verifying.elaborate.spelled import Written, is_transpose, text_of
from derive.verifying.formula import Addition, Big, Juxtaposition, Name, Node, Number, Product, Relations, within


def lexicon(
    sides: Iterable[Node],
    lefts: Iterable[Node],
    declared: Mapping[str, str],
    letters: Iterable[str] = (),
    relations: Iterable[Node] = (),
    ranks: Mapping[str, int] | None = None,
    fixed: Collection[str] = (),
) -> Lexicon:
    """The lexicon of a note from all its sides, those that define something (``lefts``), and declared spellings.

    ``ranks`` are the numbers of axes that are declared, by name; ``fixed`` are letters that are no indices.
    """
    everything = list(sides)
    seen = [w for side in everything for w in occurrences([side])]
    declared = {**_squares(lefts := list(lefts)), **declared}
    bound = bound_letters(everything)
    index_letters = frozenset(LETTERS | bound | set(letters) | _one_an_axis(seen, declared, ranks or {}))
    index_letters |= _beside(seen, bound)
    if "t" not in bound | set(letters) and not _looks_ahead(relations) and not _slides(seen, bound):
        index_letters -= {"t"}  # one step in time: h_t and h_{t-1} are two arrays
    index_letters |= {end for end in ends(everything) if len(end) == 1 and end.isupper()}
    index_letters -= set(fixed) - set(letters)
    left = [w for node in lefts for w in occurrences([node])]
    plain = {w.base for w in left if not w.subs and not w.sups} | set(declared.values())
    plain |= {w.base for w in seen if w.subs and letters_of(w.subs[0], index_letters) is not None}
    labelled = _labelled(seen, index_letters, bound)
    alone = [w for node in lefts if not isinstance(node, (Juxtaposition, Product)) for w in occurrences([node])]
    raised = {w.base for w in alone for s in w.sups if isinstance(s, (Number, Name)) and not is_transpose(s)}
    known = {combined(w.base, [text_of(s) for s in w.subs if isinstance(s, Number)]) for w in left}
    known |= {w.base for w in left} | set(declared.values())
    known |= {w.base for w in seen if w.whole}
    samples = _samples(seen, bound)
    made = Lexicon(
        index_letters,
        frozenset(known),
        frozenset(plain),
        labelled,
        frozenset(raised),
        declared,
        {},
        frozenset(samples),
        frozenset(n.text for side in everything for n in within(side) if isinstance(n, Name)),
        frozenset(w.base for w in seen if w.primes and not w.subs),
        running=frozenset(_running(everything)),
        threshold=_is_threshold(everything, left),
    )
    atoms = {a.name for side in everything for node in symbols_under(side) if (a := made.atom(node)) is not None}
    atoms |= {
        piece for side in everything for n in within(side) if isinstance(n, Name) for piece in made.pieces(n.text)
    }
    barred = {n for n in atoms if n.endswith("bar") and n[:-3] in atoms}
    return replace(made, known=made.known | atoms, bars=len(barred) > 1)


def _one_an_axis(seen: list[Written], declared: Mapping[str, str], ranks: Mapping[str, int]) -> set[str]:
    """The letters below declared symbols with one letter for each of their axes: ``o`` in ``Y_{noi}``."""
    found: set[str] = set()
    for w in seen:
        text = text_of(w.subs[0]) if len(w.subs) == 1 and isinstance(w.subs[0], Name) else ""
        name = declared.get(spelling(Written(w.base)), "")
        if text.isalpha() and text.islower() and len(text) == len(set(text)) == ranks.get(name, 0) > 1:
            found |= set(text)
    return found


def _samples(seen: list[Written], bound: set[str]) -> set[str]:
    """The letters in brackets above that count samples: not ``i`` beside ``f``, ``g`` and ``o``, which are gates."""
    marks: dict[str, set[str]] = {}
    for w in seen:
        found = {text_of(s) for s in w.sups if is_layer_mark(s)}
        marks.setdefault(w.base + "_".join(map(text_of, w.subs)), set()).update(found)
    counting = bound | {"i", "n", "m"}
    gates = {"f", "g", "o", "c", "u", "r", "z"} - bound
    return {m for found in marks.values() for m in found & counting if len(found & gates) < 2}


def _running(sides: Iterable[Node]) -> Iterator[str]:
    """The symbols with one letter below that stand under a sum over it."""
    for side in sides:
        for here in within(side):
            letters = letters_below(here.sub) if isinstance(here, Big) and here.sub is not None else ()
            for w in occurrences([here.body]) if isinstance(here, Big) and letters else ():
                if len(w.subs) == 1 and text_of(w.subs[0]) in letters:
                    yield f"{w.base}_{text_of(w.subs[0])}"


def _beside(seen: list[Written], bound: set[str]) -> set[str]:
    """The letters in a list below in which another runs: ``f`` in ``w_{f,c,k}`` under a sum over ``c`` and ``k``."""
    found: set[str] = set()
    for w in seen:
        texts = {text_of(s) for s in w.subs}
        if len(texts) > 1 and texts & bound:
            found |= {t for t in texts if len(t) == 1 and t.islower()}
    return found


def _is_threshold(sides: Iterable[Node], left: Iterable[Written]) -> bool:
    """Whether δ is compared with something and nothing says what it is."""
    compared = any(isinstance(n, Relations) and Name("delta") in n.sides for side in sides for n in within(side))
    return compared and all(w.base != "delta" for w in left)


def _labelled(seen: list[Written], letters: frozenset[str], bound: set[str]) -> frozenset[str]:
    """The symbols whose single letters below are names of gates or layers: one of them at least is no index."""
    found = set(COUNTS)
    for w in seen:
        for part in w.subs:
            text = text_of(part)
            if not isinstance(part, Number) and letters_of(part, letters) is None and text not in bound:
                found.add(w.base)
    return frozenset(found | _named_alike(seen, found, bound))


def _named_alike(seen: list[Written], labelled: set[str], bound: set[str]) -> set[str]:
    """The symbols with one letter below that names a gate elsewhere and is an index nowhere: ``a_h`` beside ``W_h``."""
    carriers: dict[str, set[str]] = {}
    for w in seen:
        for part in w.subs:
            for letter in PIECES.findall(text_of(part)):
                alone = isinstance(part, Name) and len(w.subs) == 1 and part.text == letter
                carriers.setdefault(letter, set()).add(w.base if alone else "")
    marks = [letter for letter, bases in carriers.items() if letter not in bound and "" not in bases]
    return {b for letter in marks if carriers[letter] & labelled - COUNTS for b in carriers[letter]}


COUNTS = frozenset({"d", "n", "N", "D", "M"})  # numbers of things, with what they count below


def _squares(lefts: Iterable[Node]) -> dict[str, str]:
    """Symbols that are defined with a square, as a variance is: ``\\sigma^2`` is one name then."""
    found = {}
    for node in lefts:
        for w in occurrences([node]):
            if len(w.sups) == 1 and isinstance(w.sups[0], Number) and w.sups[0].text == "2" and w.base == "sigma":
                labels = tuple(s for s in w.subs if letters_of(s, LETTERS) is None)
                found[spelling(Written(w.base, labels, w.sups))] = combined(w.base, map(text_of, labels)) + "sq"
    return found


def _slides(seen: list[Written], bound: set[str]) -> bool:
    """Whether a letter that is summed over is added to ``t``, as in ``x_{t+k}``: then t is a place like any other."""
    sums = (here for w in seen for part in w.subs for here in within(part) if isinstance(here, Addition))
    return any({"t"} < {t.text for t in here.terms if isinstance(t, Name)} & ({"t"} | bound) for here in sums)


def _looks_ahead(sides: Iterable[Node]) -> bool:
    """Whether ``t+1`` stands in a script: then t runs over steps in time."""
    plus = Addition((Name("t"), Number("1")), ("+", "+"))
    return any(here == plus for side in sides for here in within(side))
