"""Recurrences: equations that read one step back along an axis, and the order in which all can be worked out.

``h_prev[t, k] = where(t > 0, h[t - 1, k], h0[k])`` stands before the equation of ``h``, which reads ``h_prev[t, k]``:
the two are a loop, to be worked out step by step along ``t``. Gradients pass such a loop backwards: theirs read one
step ahead, ``t + 1``, and are worked out from the last step to the first.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from derive.errors import ChainruleError
from derive.expression import Access, Axis
from derive.program import Equation, Program
from derive.rewriting import tensors_in, walk


@dataclass(frozen=True)
class Block:
    """One equation, or all of a loop; ``places`` is where the time axis stands on each left side of a loop.

    ``pace`` is 1 for a loop that goes forward in time, -1 for one that goes backward.
    """

    equations: tuple[Equation, ...]
    places: tuple[int, ...] = ()
    pace: int = 1

    @property
    def time(self) -> Axis | None:
        """The axis along which a loop goes, None for a single equation."""
        return self.equations[0].indices[self.places[0]].axis if self.places else None

    def steps(
        self, entries: Callable[[Iterable[Axis]], Iterable[tuple[int, ...]]]
    ) -> Iterator[tuple[tuple[int, ...], Equation]]:
        """Every entry of every left side, in the order of time; ``entries`` lists the index tuples over axes."""
        if not self.places:
            (equation,) = self.equations
            yield from ((at, equation) for at in entries(i.axis for i in equation.indices))
            return
        tables = [
            (place, list(entries(i.axis for i in e.indices)), e)
            for place, e in zip(self.places, self.equations, strict=True)
        ]
        for now in sorted({at[place] for place, table, _ in tables for at in table}, reverse=self.pace < 0):
            for place, table, equation in tables:
                yield from ((at, equation) for at in table if at[place] == now)


class Circular(ChainruleError):
    """Equations that need each other in other ways than step by step."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} is needed to work out itself",
            hint="in a loop each line is one step: it reads the others at this step, or at the one before",
        )
        self.name = name


def blocks(program: Program) -> tuple[Block, ...]:
    """The program's equations in an order in which they can be worked out, those of a loop together.

    Errors: `Circular`.
    """
    return in_order(program.equations)


@lru_cache(maxsize=256)
def in_order(equations: tuple[Equation, ...]) -> tuple[Block, ...]:
    """As `blocks`, for any equations."""
    place = {e.name: k for k, e in enumerate(equations)}
    needs = [{place[n] for n in tensors_in(e.right) if n in place} for e in equations]
    found: list[Block] = []
    end = 0
    for first, last in _stretches(needs):
        found += [Block((e,)) for e in equations[end:first]]
        found += [_block([equations[k] for k in part]) for part in _parts(range(first, last + 1), needs)]
        end = last + 1
    return (*found, *(Block((e,)) for e in equations[end:]))


def is_step_back(program: Program, reader: str, tensor: str) -> bool:
    """Whether an equation reads a tensor that is defined by itself or further below: its value one step before."""
    order = [e.name for e in program.equations]
    return tensor in order and order.index(tensor) >= order.index(reader)


def _stretches(needs: Sequence[set[int]]) -> Iterator[tuple[int, int]]:
    """From where to where equations need later ones, overlapping stretches joined."""
    first = last = -1
    for k, needed in enumerate(needs):
        if not needed or max(needed) < k:
            continue
        if first >= 0 and k > last:
            yield first, last
            first = -1
        first, last = (k if first < 0 else first), max(last, *needed)
    if first >= 0:
        yield first, last


def _parts(stretch: range, needs: Sequence[set[int]]) -> Iterator[tuple[int, ...]]:
    """The equations of a stretch, those that need each other together, each part after those that it needs.

    Tarjan's strongly connected components, which come out in this order.
    """
    rest = {k: sorted(j for j in needs[k] if j in stretch) for k in stretch}
    number: dict[int, int] = {}
    lowest: dict[int, int] = {}
    waiting: dict[int, None] = {}  # met, and not in a part yet
    for root in stretch:
        path = [root] if root not in number else []
        while path:
            here = path[-1]
            if here not in number:
                number[here] = lowest[here] = len(number)
                waiting[here] = None
            if rest[here]:
                there = rest[here].pop()
                if there not in number:
                    path.append(there)
                elif there in waiting:
                    lowest[here] = min(lowest[here], number[there])
                continue
            path.pop()
            if path:
                lowest[path[-1]] = min(lowest[path[-1]], lowest[here])
            if lowest[here] == number[here]:
                part = tuple(sorted(k for k in waiting if number[k] >= number[here]))
                for k in part:
                    del waiting[k]
                yield part


def _block(equations: Sequence[Equation]) -> Block:
    """The block of equations that need each other; a single one may need none."""
    names = {e.name for e in equations}
    if not any(n in names for e in equations for n in tensors_in(e.right)):
        return Block(tuple(equations))
    first = ""
    for pace in (1, -1):
        places = _places_of_time(equations, names, pace)
        wrong = _out_of_step(equations, names, places, pace)
        if wrong is None:
            return Block(tuple(equations), tuple(places[e.name] for e in equations), pace)
        first = first or wrong
    raise Circular(first)


def _places_of_time(equations: Sequence[Equation], names: set[str], pace: int) -> dict[str, int]:
    """Where time stands among the indices of each left side, as far as reads one step back and of this step say."""
    places: dict[str, int] = {}
    ahead = set(names)
    for equation in equations:
        for access in _reads(equation, ahead):
            for there, slot in enumerate(access.indices):
                for here, index in enumerate(equation.indices):
                    if slot == index - pace:
                        places.setdefault(access.tensor, there)
                        places.setdefault(equation.name, here)
        ahead.remove(equation.name)
    known = 0
    while known < len(places):  # a line that reads another of the same step has time where that line has it
        known = len(places)
        for equation in equations:
            for access in _reads(equation, places):
                slot = access.indices[places[access.tensor]]
                if equation.name not in places and slot in equation.indices:
                    places[equation.name] = equation.indices.index(slot)
    return places


def _out_of_step(equations: Sequence[Equation], names: set[str], places: Mapping[str, int], pace: int) -> str | None:
    """The equation that reads another step than its own, or than the one before if that is not worked out yet."""
    ahead = set(names)
    for equation in equations:
        if equation.name not in places:
            return equation.name
        now = equation.indices[places[equation.name]]
        for access in _reads(equation, names):
            slot = access.indices[places[access.tensor]] if access.tensor in places else None
            if slot != (now - pace if access.tensor in ahead else now):
                return equation.name
        ahead.remove(equation.name)
    same = len({e.indices[places[e.name]].axis for e in equations}) == 1
    return None if same else equations[-1].name


def _reads(equation: Equation, names: Container[str]) -> Iterator[Access]:
    return (n for n in walk(equation.right) if isinstance(n, Access) and n.tensor in names)
