"""The chain rule: one joint reverse sweep over a program, each gradient computed once, every rewrite in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from derive.calculus.asked import outputs_apart, seeds_of, targets
from derive.calculus.matrix_form import matrix_form
from derive.calculus.reach import Reach, shorten
from derive.calculus.rules import reason
from derive.calculus.shifts import start_at_the_end
from derive.calculus.vjp import contribution
from derive.expression import ONE, ZERO, Access, Expr, Index, add, cotangent_name
from derive.index_names import indices_for, indices_in_order
from derive.ledger import Derivation, Gradient, Step, Vjp
from derive.program import Equation, Program, Tensor
from derive.recurrence import Block, blocks
from derive.rewriting import tensors_in, walk


def derive(
    program: Program,
    wrt: Iterable[str] | None = None,
    *,
    upstream: Iterable[str] | None = None,
) -> Derivation:
    """Every gradient that ``wrt`` needs, from the outputs backwards.

    ``wrt``: names of tensors, intermediate ones too; None means every input and parameter.
    ``upstream``: the outputs whose gradient is given from outside. None means: every output that is not a
    scalar; a scalar output is the loss itself and has gradient 1.
    """
    names = targets(program, wrt)
    program, seeds = outputs_apart(program, seeds_of(program, upstream))
    sweep = Sweep(program, names, seeds)
    for block in reversed(blocks(program)):
        sweep.enter(block)
        for equation in reversed(block.equations):
            if equation.name in sweep.needed:
                sweep.settle(program.tensor(equation.name))
        for equation in reversed(block.equations):
            for tensor in sweep.last_read_by(equation):
                if tensor.name in names:
                    sweep.settle(tensor)
    for name in names:
        sweep.settle_nothing(program.tensor(name))
    return Derivation(program, names, sweep.seeds, tuple(sweep.found.values()))


@dataclass
class Sweep:
    """The state of one reverse sweep: who reads what, and the gradients found so far, by cotangent name.

    ``ahead``: the gradients of the loop at hand, which flow back from one of its steps to the one before.
    """

    program: Program
    wrt: tuple[str, ...]
    seeds: tuple[str, ...]
    needed: set[str] = field(default_factory=set)
    readers: dict[str, list[Equation]] = field(default_factory=dict)
    ahead: frozenset[str] = frozenset()
    reach: Reach = field(init=False)

    def __post_init__(self) -> None:
        self.needed |= set(self.wrt)
        for block in blocks(self.program):
            operands = [(e, tensors_in(e.right)) for e in block.equations]
            for equation, names in operands:
                for name in names:
                    self.readers.setdefault(name, []).append(equation)
            if any(not self.needed.isdisjoint(names) for _, names in operands):
                self.needed |= {e.name for e in block.equations}
        self.reach = Reach(self.program, self.readers, self.wrt, self.needed)

    @property
    def found(self) -> Mapping[str, Gradient]:
        """The gradients found so far, by cotangent name."""
        return self.reach.found

    def enter(self, block: Block) -> None:
        """Begin with a block: in a loop that an output depends on, every line has a gradient at every step."""
        names = {e.name for e in block.equations}
        readers = [r for n in names for r in self.readers.get(n, ()) if r.name not in names]
        reached = block.time is not None and names <= self.needed and any(map(self._passes_back, readers))
        self.ahead = frozenset(names) if reached else frozenset()

    def _passes_back(self, equation: Equation) -> bool:
        """Whether a gradient flows into the equation from above."""
        name = equation.name
        return name in self.seeds or name in self.ahead or cotangent_name(name) in self.found

    def last_read_by(self, equation: Equation) -> list[Tensor]:
        """The given tensors all of whose paths are known once this equation is passed, parameters first."""
        here = [self.program.tensor(n) for n in tensors_in(equation.right) if self.readers[n][0] is equation]
        return sorted((t for t in here if t.role != "intermediate"), key=lambda t: t.role != "param")

    def settle(self, tensor: Tensor) -> None:
        """Add the gradient by one tensor, unless it is given from outside or no output depends on it."""
        if tensor.name in self.seeds:
            return
        readers = self.readers.get(tensor.name, [])
        left = Access(cotangent_name(tensor.name), entry_indices(self.program, tensor, readers))
        if tensor.name in self.program.outputs:
            self._record(left, tensor, (), (Step("seed", left, ONE, "the loss changes by as much as itself"),))
            return
        contributions = tuple(
            contribution(self.program, equation, tensor, left)
            for equation in reversed(readers)
            if self._passes_back(equation)
        )
        if contributions:
            self._record(left, tensor, contributions, self._finish(left, tensor, contributions))

    def settle_nothing(self, tensor: Tensor) -> None:
        """A tensor that was asked for and that no output depends on has gradient 0."""
        left = Access(cotangent_name(tensor.name), entry_indices(self.program, tensor, ()))
        if tensor.name not in self.seeds and left.tensor not in self.found:
            self._record(left, tensor, (), (Step("no_path", left, ZERO, "no output depends on it"),))

    def _finish(self, left: Access, tensor: Tensor, contributions: tuple[Vjp, ...]) -> tuple[Step, ...]:
        """The steps after the contributions: their sum, then facts, then a closed form if there is one."""
        steps = _join(left, contributions)
        here = steps[-1].after if steps else contributions[0].result
        started = start_at_the_end(here) if tensor.name in self.ahead else here
        if started != here:
            steps += (Step("start_at_the_end", here, started, reason(start_at_the_end)),)
            here = started
        return steps + shorten(here, self.reach.around(tensor.name, here))

    def _record(self, left: Access, tensor: Tensor, contributions: tuple[Vjp, ...], joined: tuple[Step, ...]) -> None:
        index = joined[-1].after if joined else contributions[0].result
        matrix = matrix_form(index, left.indices, self.program)
        self.reach.record(Gradient(tensor, left, contributions, joined, index, matrix))


def entry_indices(program: Program, tensor: Tensor, readers: Sequence[Equation]) -> tuple[Expr, ...]:
    """The indices of a tensor's general entry: those of its equation, of a reader, else named after the axes."""
    equation = program.equation(tensor.name)
    if equation is not None:
        return equation.left.indices
    for reader in readers:
        for here in walk(reader.right):
            if isinstance(here, Access) and here.tensor == tensor.name:
                plain = [i for i in here.indices if isinstance(i, Index)]
                if len(set(plain)) == len(here.indices) and tuple(i.axis for i in plain) == tensor.axes:
                    return tuple(plain)
    others = (i for e in program.equations for i in indices_in_order(e) if i.axis not in tensor.axes)
    return indices_for(tensor.axes, elsewhere={i.name.rstrip("'") for i in others})


def _join(left: Access, contributions: tuple[Vjp, ...]) -> tuple[Step, ...]:
    if len(contributions) == 1:
        return ()
    after = add(*(v.result for v in contributions))
    return (Step("add_paths", left, after, "add up all the paths"),)
