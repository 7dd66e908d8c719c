"""What all arguments may be together: every kind and rank, and every way in which their axes may be the same."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from codegen.gradcheck.handwritten.forms import VECTOR, Form, Guess, Kind, guesses
from codegen.gradcheck.handwritten.layer import Argument

LETTERS = ("N", "D", "H", "C", "K", "M", "P", "Q", "R", "S", "E", "F", "G", "J", "U", "V")
COMBINATIONS = 1500
WEIGHTS = re.compile(r"(w|weights?|u|v|k)[0-9a-z_]{0,3}", re.IGNORECASE)
NOTHING, SQUARE_WEIGHTS, ODD = 0, 1, 2


def milder(known: Mapping[str, Form]) -> Iterator[Mapping[str, Form]]:
    """The forms as given, then with numbers from smaller domains, for a forward that takes logarithms or roots."""
    yield known
    kinds: tuple[Kind, ...] = ("positive", "unit", "probability")
    for kind in kinds if any(f.kind == "real" for f in known.values()) else ():
        yield {n: replace(f, kind=kind) if f.kind == "real" and f.axes else f for n, f in known.items()}


def combinations(wanted: list[Argument], known: Mapping[str, Form]) -> Iterator[dict[str, Form]]:
    """Every form that each argument may have, with names for the axes, the likeliest and most general first.

    A square matrix of weights costs a little, as in a recurrence; any other oddity is tried last.
    """
    free = [a for a in wanted if a.name not in known]
    options = [guesses(a) for a in free]
    places = sorted(itertools.product(*(range(len(o)) for o in options)), key=lambda p: (sum(p), p))[:COMBINATIONS]
    costs = ((NOTHING, 0.0), (SQUARE_WEIGHTS, 0.5), (ODD, 1000.0))
    ranked = sorted(((sum(p) + cost, p, oddity) for p in places for oddity, cost in costs), key=lambda r: r[:2])
    for _, picked, oddity in ranked:
        chosen = [options[k][place] for k, place in enumerate(picked)]
        for axes in _partitions(chosen, known):
            made = {a.name: Form(g[0], shape) for a, g, shape in zip(free, chosen, axes, strict=True)}
            forms = {a.name: known.get(a.name) or made[a.name] for a in wanted}
            if odd(forms) == oddity:
                yield forms


def ranks(wanted: list[Argument], known: Mapping[str, Form]) -> Iterator[dict[str, Form]]:
    """Every kind and number of axes that each argument may have, all axes different, the likeliest first."""
    free = [a for a in wanted if a.name not in known]
    options = [guesses(a) for a in free]
    said = {a for f in known.values() for a in f.axes}
    for picked in sorted(itertools.product(*(range(len(o)) for o in options)), key=lambda p: (sum(p), p)):
        chosen = {a.name: options[k][place] for k, (a, place) in enumerate(zip(free, picked, strict=True))}
        letters = iter(x for x in LETTERS if x not in said)
        stars = sum(pattern.count("*") for _, pattern in chosen.values())
        if stars <= len(LETTERS) - len(said):
            made = {n: Form(k, tuple(next(letters) if c == "*" else c for c in p)) for n, (k, p) in chosen.items()}
            yield {a.name: known.get(a.name) or made[a.name] for a in wanted}


def odd(forms: Mapping[str, Form]) -> int:
    """Whether an array has one axis twice, a bias none of the weights, or labels not the first of what they label.

    Nor are weights the shape of the data, turned over.
    """
    square = [n for n, f in forms.items() if len({*f.axes} - {"1"}) < len([a for a in f.axes if a != "1"])]
    labelled = next(
        (f.axes for f in forms.values() if f.kind not in ("labels", "signs", "size") and len(f.axes) > 1), ()
    )
    labels = [f.axes for k, f in enumerate(forms.values()) if f.kind in ("labels", "signs") and k]
    if (
        _astray(forms)
        or _turned_over(forms)
        or any(not WEIGHTS.fullmatch(n) for n in square)
        or any(a != labelled[: len(a)] for a in labels if labelled)
    ):
        return ODD
    return SQUARE_WEIGHTS if square else NOTHING


def _turned_over(forms: Mapping[str, Form]) -> bool:
    """Whether weights have the axes of another array the other way round: the samples among them, by accident."""
    weights = {f.axes for n, f in forms.items() if WEIGHTS.fullmatch(n)}
    others = {f.axes[::-1] for n, f in forms.items() if not WEIGHTS.fullmatch(n)}
    return any(len(set(axes)) > 1 for axes in weights & others)


def _astray(forms: Mapping[str, Form]) -> bool:
    """Whether a bias is along an axis that no weights have, and other arrays do: along the samples."""
    weights = {a for n, f in forms.items() if WEIGHTS.fullmatch(n) for a in f.axes}
    biases = {a for n, f in forms.items() if VECTOR.fullmatch(n) and f.kind == "real" for a in f.axes} - {"1"}
    others = {a for n, f in forms.items() if not VECTOR.fullmatch(n) for a in f.axes}
    return bool(weights) and bool((biases & others) - weights)


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
