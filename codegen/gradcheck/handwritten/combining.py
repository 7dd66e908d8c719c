"""What all arguments may be together: every kind and rank, and every way in which their axes may be the same."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import replace

from codegen.gradcheck.handwritten.forms import Form, Guess, Kind, guesses
from codegen.gradcheck.handwritten.layer import Argument

LETTERS = ("N", "D", "H", "C", "K", "M", "P", "Q", "R", "S")
COMBINATIONS = 1500


def milder(known: Mapping[str, Form]) -> Iterator[Mapping[str, Form]]:
    """The forms as given, then with numbers from smaller domains, for a forward that takes logarithms or roots."""
    yield known
    kinds: tuple[Kind, ...] = ("positive", "unit", "probability")
    for kind in kinds if any(f.kind == "real" for f in known.values()) else ():
        yield {n: replace(f, kind=kind) if f.kind == "real" and f.axes else f for n, f in known.items()}


def combinations(wanted: list[Argument], known: Mapping[str, Form]) -> Iterator[dict[str, Form]]:
    """Every form that each argument may have, with names for the axes, the likeliest and most general first."""
    free = [a for a in wanted if a.name not in known]
    options = [guesses(a) for a in free]
    ranked = sorted(itertools.product(*(range(len(o)) for o in options)), key=lambda places: (sum(places), places))
    for odd, places in itertools.product((False, True), ranked[:COMBINATIONS]):
        chosen = [options[k][place] for k, place in enumerate(places)]
        for axes in _partitions(chosen, known):
            if _odd(chosen, axes) != odd:
                continue
            made = {a.name: Form(g[0], shape) for a, g, shape in zip(free, chosen, axes, strict=True)}
            yield {a.name: known.get(a.name) or made[a.name] for a in wanted}


def _odd(chosen: list[Guess], axes: list[tuple[str, ...]]) -> bool:
    """Whether an array has one axis twice, or labels are not along the axes of what they label: tried last."""
    if any(len({*a} - {"1"}) < len(a) - a.count("1") for a in axes):
        return True
    labelled = next((a for (kind, _), a in zip(chosen, axes, strict=True) if kind != "labels" and len(a) > 1), ())
    before = [k for k, (kind, _) in enumerate(chosen) if kind == "labels"]
    return any(place and axes[place] != labelled[: len(axes[place])] for place in before if labelled)


def _partitions(chosen: list[Guess], known: Mapping[str, Form]) -> Iterator[list[tuple[str, ...]]]:
    """Every way of giving names to the axes, the ways with most different axes first."""
    said = list(dict.fromkeys(a for f in known.values() for a in f.axes if not a.isdigit() and a.isidentifier()))
    stars = sum(pattern.count("*") for _, pattern in chosen)
    letters = said + [letter for letter in LETTERS if letter not in said]
    numbers = list(dict.fromkeys(a for f in known.values() for a in f.axes if a.isdigit() and a != "1"))
    for blocks in range(stars, -1, -1):
        for growth in _growths(stars, len(said), blocks):
            if max(growth, default=0) >= len(letters):
                continue
            names = iter(letters[k] for k in growth)
            yield [tuple("1" if mark == "1" else next(names) for mark in pattern) for _, pattern in chosen]
    if numbers and stars:  # sizes were given as numbers: the other axes may be the same
        for picked in itertools.product(numbers, repeat=min(stars, 4)):
            cycled = iter(picked * stars)
            yield [tuple("1" if mark == "1" else next(cycled) for mark in pattern) for _, pattern in chosen]


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
