"""What all arguments may be together: every kind and rank, and every way in which their axes may be the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from codegen.gradcheck.handwritten.forms import Form, Guess, Kind
from codegen.gradcheck.handwritten.layer import Argument
from codegen.gradcheck.handwritten.leading import Lead
from codegen.gradcheck.handwritten.oddity import NOTHING, ODD, SQUARE_WEIGHTS, odd
from codegen.gradcheck.handwritten.ranking import picked

LETTERS = ("N", "D", "H", "C", "K", "M", "P", "Q", "R", "S", "E", "F", "G", "J", "U", "V")
COMBINATIONS = 1500
MANY = 6  # axes; up to these, all ways are tried
Forms = dict[str, Form]


def milder(known: Mapping[str, Form]) -> Iterator[Mapping[str, Form]]:
    """The forms as given, then with numbers from smaller domains, for a forward that takes logarithms or roots."""
    yield known
    kinds: tuple[Kind, ...] = ("positive", "unit", "probability")
    for kind in kinds if any(f.kind == "real" for f in known.values()) else ():
        yield {n: replace(f, kind=kind) if f.kind == "real" and f.axes else f for n, f in known.items()}


def combinations(
    wanted: list[Argument], known: Mapping[str, Form], led: Callable[[Forms, bool], Lead]
) -> Iterator[Forms]:
    """Every form that each argument may have, with names for the axes, the likeliest and most general first.

    A square matrix of weights costs a little, as in a recurrence; any other oddity is tried last. Of many axes not
    all ways of making some the same are tried: ``led`` finds the most general one that runs, if there is one; of few
    axes it finds the one with sizes that the code has of its own, if it has any. Ranks that it finds hopeless are not
    tried again, with numbers of another kind or otherwise.
    """
    free = [a for a in wanted if a.name not in known]
    said = len({a for f in known.values() for a in f.axes if a.isidentifier()})
    hopeless: set[tuple[str, ...]] = set()
    costs = ((NOTHING, 0.0), (SQUARE_WEIGHTS, 0.5), (ODD, 1000.0))
    picks = list(itertools.islice(picked(free), COMBINATIONS))
    ranked = [(place + extra, k, oddity) for k, (place, _) in enumerate(picks) for oddity, extra in costs]
    for _, k, oddity in sorted(ranked):
        chosen = picks[k][1]
        stars, ranks = sum(map(_stars, chosen)), tuple(map(_rank, chosen))
        many = stars > MANY or (stars > 3 and stars + said > MANY + 1)
        if ranks in hopeless:
            continue
        if oddity == NOTHING:
            lead = led(_apart(wanted, known, free, chosen), not many)
            hopeless |= {ranks} if lead.hopeless or (many and lead.forms is None) else set()
            if lead.forms is not None:
                yield lead.forms
        if many or ranks in hopeless:
            continue
        for axes in _partitions(chosen, known):
            made = {a.name: _form(g, shape) for a, g, shape in zip(free, chosen, axes, strict=True)}
            forms = {a.name: known.get(a.name) or made[a.name] for a in wanted}
            if odd(forms) == oddity:
                yield forms


def _stars(guess: Guess) -> int:
    """How many axes of any size it has."""
    return guess[1].count("*")


def _rank(guess: Guess) -> str:
    """What its rank depends on: not the kind of real numbers."""
    return guess[1] if guess[0] in ("real", "positive", "unit", "probability") else " ".join(guess)


def _form(guess: Guess, axes: tuple[str, ...]) -> Form:
    """What was guessed as a form: of a word or a switch, what it is."""
    kind, pattern = guess
    return Form(kind, (), pattern) if kind in ("word", "switch") else Form(kind, axes)


def _apart(wanted: list[Argument], known: Mapping[str, Form], free: list[Argument], chosen: tuple[Guess, ...]) -> Forms:
    """The forms with all axes different."""
    said = {a for f in known.values() for a in f.axes}
    names = iter([*(x for x in LETTERS if x not in said), *(f"A{k}" for k in range(sum(map(_stars, chosen))))])
    made = {
        a.name: _form(g, tuple(next(names) if c == "*" else c for c in g[1])) for a, g in zip(free, chosen, strict=True)
    }
    return {a.name: known.get(a.name) or made[a.name] for a in wanted}


def _marks(guess: Guess) -> str:
    """The axes of what was guessed: none of a word."""
    return "" if guess[0] in ("word", "switch") else guess[1]


def _partitions(chosen: tuple[Guess, ...], known: Mapping[str, Form]) -> Iterator[list[tuple[str, ...]]]:
    """Every way of giving names to the axes, the ways with most different axes first."""
    said = list(dict.fromkeys(a for f in known.values() for a in f.axes if not a.isdigit() and a.isidentifier()))
    stars = sum(map(_stars, chosen))
    letters = said + [letter for letter in LETTERS if letter not in said]
    numbers = list(dict.fromkeys(a for f in known.values() for a in f.axes if a.isdigit() and a != "1"))
    for blocks in range(stars, -1, -1):
        for growth in _growths(stars, len(said), blocks):
            if max(growth, default=0) >= len(letters):
                continue
            names = iter(letters[k] for k in growth)
            yield [tuple(next(names) if mark == "*" else mark for mark in _marks(g)) for g in chosen]
    if numbers and stars:  # sizes were given as numbers: the other axes may be the same
        for picked in itertools.product(numbers, repeat=min(stars, 4)):
            cycled = iter(picked * stars)
            yield [tuple(next(cycled) if mark == "*" else mark for mark in _marks(g)) for g in chosen]


def _growths(length: int, known: int, fresh: int) -> Iterator[tuple[int, ...]]:
    """Restricted growth strings: each place an axis that is there, or the next new one; ``fresh`` new ones in all."""

    def grow(prefix: tuple[int, ...], used: int) -> Iterator[tuple[int, ...]]:
        if len(prefix) == length:
            if used == fresh:
                yield prefix
            return
        if fresh - used > length - len(prefix):
            return
        for letter in range(min(known + used + 1, known + fresh)):
            yield from grow((*prefix, letter), max(used, letter - known + 1))

    yield from grow((), 0)
