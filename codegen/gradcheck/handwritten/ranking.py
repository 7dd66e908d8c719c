"""What all arguments may be together, of which kind and rank each: the likeliest first."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterable, Iterator

from codegen.gradcheck.handwritten.forms import Guess, guesses
from codegen.gradcheck.handwritten.layer import Argument

MIXED = 2.0  # what it costs that arguments of one sort are not alike


def picked(free: list[Argument]) -> Iterator[tuple[float, tuple[Guess, ...]]]:
    """A kind and rank for every argument, the likeliest first, with what it costs.

    Arguments of the same sort tend to be alike: what several of them take is paid for once.
    """
    names = frozenset(a.name for a in free)
    options = [guesses(a, names) for a in free]
    groups = [[k for k, o in enumerate(options) if o == one] for one in dict.fromkeys(options)]
    choices = [_alike(options[g[0]], len(g)) for g in groups]
    for cost, places in _cheapest(choices):
        row = {
            k: guess for g, (_, taken) in zip(groups, places, strict=True) for k, guess in zip(g, taken, strict=True)
        }
        yield cost, tuple(row[k] for k in range(len(free)))


Choice = tuple[float, tuple[Guess, ...]]


def _alike(options: tuple[Guess, ...], count: int) -> list[Choice]:
    """What several arguments of one sort may be, the likeliest first: many of them at most of two ranks."""
    places = range(len(options))
    rows: Iterable[tuple[int, ...]] = itertools.product(places, repeat=count)
    if count > 3:
        pairs = [(a, a) for a in places] + list(itertools.combinations(places, 2))
        rows = dict.fromkeys(row for pair in pairs for row in itertools.product(sorted({*pair}), repeat=count))
    made = [(sum({*row}) + MIXED * (len({*row}) - 1), row) for row in rows]
    return [(cost, tuple(options[k] for k in row)) for cost, row in sorted(made)]


def _cheapest(choices: list[list[Choice]]) -> Iterator[tuple[float, list[Choice]]]:
    """One of each list, each list in order of cost, those that cost least together first."""
    start = (0,) * len(choices)
    heap, seen = [(sum(c[0][0] for c in choices), start)], {start}
    while heap:
        cost, at = heapq.heappop(heap)
        yield cost, [c[k] for c, k in zip(choices, at, strict=True)]
        for place, k in enumerate(at):
            then = (*at[:place], k + 1, *at[place + 1 :])
            if k + 1 < len(choices[place]) and then not in seen:
                seen.add(then)
                heapq.heappush(heap, (cost - choices[place][k][0] + choices[place][k + 1][0], then))
