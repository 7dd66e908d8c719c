"""What every derivative that a note names truly is: from the forward equations alone, entry by entry.

The slopes of one equation at a time are difference quotients of the judge; chains of them are added up backwards. The
calculus has no part in it, so that a derivation of ours and one by hand are judged by the same standard.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace

from derive.judging.differences import local_derivative
from derive.judging.evaluate import tabulate
from derive.judging.precision import Value
from derive.judging.reads import reads
from derive.judging.slopes import Unsloped, slopes
from derive.judging.world import Entry, Sparse, Table, World
from derive.program import Equation, Program, Tensor, needed_equations
from derive.recurrence import blocks
from derive.rewriting import tensors_in
from derive.verifying.elaborate.context import slope_name

LOSS_NAMES = frozenset({"L", "J", "E", "C", "ell", "loss", "Loss", "cost", "Cost", "mathcalL", "l", "MSE", "CE", "BCE"})


def is_loss_name(name: str, names: Container[str] = LOSS_NAMES) -> bool:
    """Whether a symbol is by custom a loss: ``L``, also with a word below, as in ``J_{reg}``."""
    base, _, word = name.partition("_")
    return name in names or (base in names and len(word) > 2 and word.isalpha())


Read = tuple[str, Entry]
Slopes = dict[str, dict[Entry, list[tuple[Read, Value]]]]


@dataclass
class Point:
    """A world and the slopes of its equations, found as they are needed."""

    world: World
    upstream: Mapping[Read, Value]
    slopes: Slopes = field(default_factory=dict)
    values: dict[str, Table] = field(default_factory=dict)
    above: dict[str, frozenset[str]] = field(default_factory=dict)

    def afresh(self) -> Point:
        """The same point for another reading of the note: what a formula defines for itself is forgotten."""
        return replace(self, values={})

    def of_equation(self, equation: Equation) -> dict[Entry, list[tuple[Read, Value]]]:
        """For each entry of the left side: what it reads and how much it changes with that."""
        if equation.name not in self.slopes:
            entries = self.world.entries(i.axis for i in equation.indices)
            try:
                found = {at: list(slopes(self.world, equation, at).items()) for at in entries}
            except Unsloped:
                found = self._by_quotients(equation)
            self.slopes[equation.name] = found
        return self.slopes[equation.name]

    def _by_quotients(self, equation: Equation) -> dict[Entry, list[tuple[Read, Value]]]:
        table = reads(self.world, equation)
        return {
            at: [
                ((name, entry), local_derivative(self.world, equation.name, at, name, entry))
                for name, entry in sorted(table[at])
                if not self.world.program.tensor(name).integer
            ]
            for at in self.world.entries(i.axis for i in equation.indices)
        }

    def depend_on(self, wanted: str) -> frozenset[str]:
        """The tensors that are computed from one, by any number of equations."""
        if wanted not in self.above:
            reached, before = {wanted}, 0
            while len(reached) > before:
                before = len(reached)
                reached |= {e.name for e in self.world.program.equations if not reached.isdisjoint(tensors_in(e.right))}
            self.above[wanted] = frozenset(reached)
        return self.above[wanted]

    def backwards(self, start: Mapping[Read, Value], wanted: str) -> dict[Entry, Value]:
        """What flows back from the entries given to every entry of the tensor wanted that they depend on."""
        found: dict[str, dict[Entry, Value]] = {}
        for (name, at), value in start.items():
            found.setdefault(name, {})[at] = value
        on_the_way = self.depend_on(wanted)
        for block in reversed(blocks(self.world.program)):
            if on_the_way.isdisjoint(e.name for e in block.equations):
                continue
            steps: Iterable[tuple[Entry, Equation]]
            if block.time is None:
                (equation,) = block.equations
                steps = [(at, equation) for at in found.get(equation.name, ())]
            else:
                steps = reversed(list(block.steps(self.world.entries)))
            for at, equation in steps:
                weight = found.get(equation.name, {}).get(at, 0)
                if weight == 0 or (equation.name == wanted and (wanted, at) in start):
                    continue
                for (name, entry), slope in self.of_equation(equation)[at]:
                    if name in on_the_way:
                        row = found.setdefault(name, {})
                        row[entry] = row.get(entry, 0) + weight * slope
        return found.get(wanted, {})

    def slope(self, of: str, by: str, local: bool = False) -> Table:
        """The derivatives of every entry of one tensor by every entry of another, at the indices of both."""
        program, size = self.world.program, self.world.size
        below = tuple(size(a) for a in program.tensor(by).axes)
        if is_open(program, of, by):
            return Sparse(below, self.backwards({r: v for r, v in self.upstream.items() if r[0] != of}, by))
        equation = program.equation(of)
        table: dict[Entry, Value] = {}
        for at in self.world.entries(program.tensor(of).axes):
            if local and equation is not None:
                row = {entry: slope for (name, entry), slope in self.of_equation(equation)[at] if name == by}
            else:
                row = self.backwards({(of, at): 1}, by)
            table.update(((*at, *e), value) for e, value in row.items())
        return Sparse((*(size(a) for a in program.tensor(of).axes), *below), table)


def slope_tensors(program: Program, names: Iterable[tuple[str, str, bool]]) -> tuple[Tensor, ...]:
    """The derivatives as tensors, so that a formula may read them; beyond the ends they are 0."""
    found = []
    for of, by, local in names:
        above = program.tensor(of).axes if any(t.name == of for t in program.tensors) else ()
        found.append(Tensor(slope_name(of, by, local), above + program.tensor(by).axes, "constant", outside="zero"))
    return tuple(found)


def with_tensors(
    point: Point, slopes: Iterable[tuple[str, str, bool]], extras: Iterable[tuple[Tensor, Equation]] = ()
) -> World:
    """The world with the derivatives and further tensors that a claim reads."""
    wanted = list(slopes)
    program = point.world.program
    tensors = slope_tensors(program, wanted)
    for tensor, (of, by, local) in zip(tensors, wanted, strict=True):
        if tensor.name not in point.values:
            point.values[tensor.name] = point.slope(of, by, local)
    more = tuple(extras)
    extended = replace(program, tensors=(*program.tensors, *tensors, *(t for t, _ in more)))
    world = replace(point.world, program=extended, values={**point.world.values, **point.values}, memo={})
    for tensor, equation in more:
        if tensor.name not in point.values:
            point.values[tensor.name] = tabulate(equation.right, equation.indices, world)
            world = replace(world, values={**point.world.values, **point.values}, memo={})
    return world


def is_open(program: Program, of: str, by: str) -> bool:
    """Whether nothing says how a loss depends on a tensor: any gradient may flow into the outputs then."""
    tensor = next((t for t in program.tensors if t.name == of), None)
    if tensor is None:
        return True
    return of in LOSS_NAMES and not tensor.axes and of != by and not reaches(program, of, by)


def reaches(program: Program, of: str, by: str) -> bool:
    """Whether one tensor depends on another."""
    return any(by in tensors_in(e.right) for e in needed_equations(program.equations, [of]))
