"""Which numbers an entry is computed from: what none of them moves, does not move.

Evaluation is deterministic, branches included: if nothing that it read has changed, it would read the same
again and end the same. Difference quotients therefore look at the entries that can change and at no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.effort import worked
from derive.expression import Expr, Reduce
from derive.judging.evaluate import Reading, Slots, entry_of, reading, slot
from derive.judging.precision import Value, minus
from derive.judging.world import Entry, World
from derive.program import Equation
from derive.recurrence import blocks
from derive.rewriting import terms_of, walk

Read = tuple[str, Entry]


@dataclass(frozen=True)
class Watching(World):
    """A world that notes every entry looked up."""

    seen: set[Read] = field(default_factory=set, compare=False, repr=False)

    def entry(self, tensor: str, at: Entry) -> Value:
        self.seen.add((tensor, at))
        return super().entry(tensor, at)


@dataclass(frozen=True)
class Part:
    """A term of a right side, at the values of the left side's letters and of those that it is summed over."""

    reading: Reading
    binding: Slots

    def value(self, world: World) -> Value:
        """The term in a world."""
        return self.reading(world, self.binding)


def reads(world: World, equation: Equation) -> Mapping[Entry, Mapping[Read, Sequence[Part]]]:
    """For each entry of the left side the entries that its right side looks up in this world, and in which parts.

    The parts add up to the right side: a sum of simple terms falls into these.
    """
    key = ("reads", equation.name)
    if key not in world.memo:
        letters = [slot(i) for i in equation.indices]
        world.memo[key] = {
            entry: _read_by(world, equation, dict(zip(letters, entry, strict=True)))
            for entry in world.entries(i.axis for i in equation.indices)
        }
    found: Mapping[Entry, Mapping[Read, Sequence[Part]]] = world.memo[key]
    return found


def _read_by(world: World, equation: Equation, binding: Slots) -> Mapping[Read, Sequence[Part]]:
    found: dict[Read, list[Part]] = {}
    for term in terms_of(equation.right):
        for part in _parts(term, world, binding):
            watching = Watching(world.program, world.sizes, world.values, world.hyper)  # with a memory of its own
            part.value(watching)
            for read in sorted(watching.seen):
                found.setdefault(read, []).append(part)
    return found


def _parts(term: Expr, world: World, binding: Slots) -> Iterator[Part]:
    """A sum is taken apart unless its terms hold sums in their turn, which they would work out again and again."""
    if not (isinstance(term, Reduce) and term.op == "sum") or any(isinstance(n, Reduce) for n in walk(term.body)):
        yield Part(reading(term), binding)
        return
    bound, body = [slot(i) for i in term.indices], reading(term.body)
    for entry in world.entries(i.axis for i in term.indices):
        worked()
        yield Part(body, {**binding, **dict(zip(bound, entry, strict=True))})


def forward_from(moved: World, world: World, equations: Iterable[Equation], start: Iterable[Read]) -> World:
    """The moved world with all that depends on the entries moved worked out anew, by these equations.

    What has been moved and is worked out anew all the same, as a loop does, stays moved by as much.
    """
    changed = set(start)
    wanted = {e.name for e in equations}
    tables = {name: dict(moved.values[name]) for name in wanted}
    result = replace(moved, values={**moved.values, **tables}, memo={})
    for block in blocks(world.program):
        for entry, equation in block.steps(world.entries):
            if equation.name in wanted and not changed.isdisjoint(reads(world, equation)[entry]):
                push = minus(moved.entry(equation.name, entry), world.entry(equation.name, entry))
                tables[equation.name][entry] = entry_of(equation, entry, result) + push
                changed.add((equation.name, entry))
    return result
