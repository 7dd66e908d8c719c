"""Which numbers an entry is computed from: what none of them moves, does not move.

Evaluation is deterministic, branches included: if nothing that it read has changed, it would read the same
again and end the same. Difference quotients therefore look at the entries that can change and at no others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive.judging.evaluate import entry_of
from derive.judging.precision import Value, minus
from derive.judging.world import Entry, World
from derive.program import Equation
from derive.recurrence import blocks

Read = tuple[str, Entry]


@dataclass(frozen=True)
class Watching(World):
    """A world that notes every entry looked up."""

    seen: set[Read] = field(default_factory=set, compare=False, repr=False)

    def entry(self, tensor: str, at: Entry) -> Value:
        self.seen.add((tensor, at))
        return super().entry(tensor, at)


def reads(world: World, equation: Equation) -> Mapping[Entry, frozenset[Read]]:
    """For each entry of the left side the entries that its right side looks up in this world."""
    key = ("reads", equation.name)
    if key not in world.memo:
        world.memo[key] = {
            entry: _read_by(world, equation, entry) for entry in world.entries(i.axis for i in equation.indices)
        }
    found: Mapping[Entry, frozenset[Read]] = world.memo[key]
    return found


def _read_by(world: World, equation: Equation, entry: Entry) -> frozenset[Read]:
    watching = Watching(world.program, world.sizes, world.values, world.hyper)  # with a memory of its own
    entry_of(equation, entry, watching)
    return frozenset(watching.seen)


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
            if equation.name in wanted and not reads(world, equation)[entry].isdisjoint(changed):
                push = minus(moved.entry(equation.name, entry), world.entry(equation.name, entry))
                tables[equation.name][entry] = entry_of(equation, entry, result) + push
                changed.add((equation.name, entry))
    return result
