"""The chain rule: one joint reverse sweep over a program, each gradient computed once, every rewrite in the ledger."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from derive.calculus.closed_form import close
from derive.calculus.facts import apply_facts
from derive.calculus.matrix_form import matrix_form
from derive.calculus.surroundings import Surroundings
from derive.calculus.vjp import contribution
from derive.errors import CannotJudge, LayerTextError, UnknownName
from derive.expression import ONE, ZERO, Access, Expr, Index, add, cotangent_name, primal_name
from derive.index_names import indices_for
from derive.ledger import Derivation, Gradient, Step, Vjp
from derive.program import DIFFERENTIABLE, Equation, Program, Tensor
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
    _refuse_recurrences(program)
    names = _targets(program, wrt)
    sweep = Sweep(program, names, _seeds(program, upstream))
    for equation in reversed(program.equations):
        if equation.name in sweep.needed:
            sweep.settle(program.tensor(equation.name))
        for tensor in sweep.last_read_by(equation):
            if tensor.name in names:
                sweep.settle(tensor)
    for name in names:
        sweep.settle_nothing(program.tensor(name))
    return Derivation(program, names, sweep.seeds, tuple(sweep.found.values()))


def _refuse_recurrences(program: Program) -> None:
    """An equation may only read what stands above it: the sweep passes each equation once."""
    later = {e.name for e in program.equations}
    for equation in program.equations:
        ahead = [name for name in tensors_in(equation.right) if name in later]
        if ahead:
            raise CannotJudge(
                f"{equation.name} reads {ahead[0]}, which is worked out after it: recurrences cannot be derived yet",
                hint="write the steps out, or derive one step, such as rnn_cell or lstm_cell",
            )
        later.discard(equation.name)


def _targets(program: Program, wrt: Iterable[str] | None) -> tuple[str, ...]:
    if wrt is None:
        return tuple(t.name for t in program.given if differentiable(t))
    names = tuple(dict.fromkeys(wrt))
    for name in names:
        tensor = program.tensor(name)
        if not differentiable(tensor):
            raise UnknownName(
                f"{name} is a {tensor.role} of {program.name} and has no gradient",
                hint="declare it as input or param to differentiate by it",
            )
    return names


def differentiable(tensor: Tensor) -> bool:
    """Whether gradients by this tensor are meant: inputs, parameters and intermediates of real numbers."""
    return tensor.role in DIFFERENTIABLE and not tensor.integer


def _seeds(program: Program, upstream: Iterable[str] | None) -> tuple[str, ...]:
    if upstream is None:
        return tuple(name for name in program.outputs if program.tensor(name).axes)
    names = tuple(upstream)
    for name in names:
        if program.tensor(name).name not in program.outputs:
            raise LayerTextError(
                f"{name} is no output of {program.name}, so its gradient cannot be given from outside",
                hint=f"the outputs are {', '.join(program.outputs)}",
            )
    for name in program.outputs:
        if program.tensor(name).axes and name not in names:
            raise LayerTextError(
                f"{name} is an output of {program.name} and no scalar: its upstream gradient must be given",
                hint=f"name it in upstream, or reduce it to a loss, such as sum({name})",
            )
    return names


@dataclass
class Sweep:
    """The state of one reverse sweep: who reads what, and the gradients found so far, by cotangent name."""

    program: Program
    wrt: tuple[str, ...]
    seeds: tuple[str, ...]
    needed: set[str] = field(default_factory=set)
    readers: dict[str, list[Equation]] = field(default_factory=dict)
    found: dict[str, Gradient] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.needed |= set(self.wrt)
        for equation in self.program.equations:
            operands = tensors_in(equation.right)
            for name in operands:
                self.readers.setdefault(name, []).append(equation)
            if not self.needed.isdisjoint(operands):
                self.needed.add(equation.name)

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
            if equation.name in self.seeds or cotangent_name(equation.name) in self.found
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
        for more in (apply_facts, close):
            steps += more(here, self.surroundings(tensor, here))
            here = steps[-1].after if steps else here
        return steps

    def surroundings(self, tensor: Tensor, expr: Expr) -> Surroundings:
        """What closed forms may draw on at this point of the sweep."""
        near = dict.fromkeys(e.name for e in self.readers.get(tensor.name, ()))
        near |= dict.fromkeys(r.name for n in tuple(near) for r in self.readers.get(n, ()))
        definitions = tuple(e for n in near if (e := self.program.equation(n)) is not None)
        spent = frozenset(t for t in self._upstream(expr) if self._only_read_by(primal_name(t), tensor.name))
        return Surroundings(self.program, definitions, self.found, spent)

    def _upstream(self, expr: Expr) -> Iterator[str]:
        """The cotangents that an expression reads, and those that these read in turn."""
        names = [t for t in tensors_in(expr) if t in self.found]
        yield from names
        for name in names:
            yield from (t for t in tensors_in(self.found[name].index) if t in self.found and t not in names)

    def _only_read_by(self, upstream: str, reader: str) -> bool:
        """Whether no gradient but the reader's needs this upstream gradient, which was not asked for itself."""
        equation = self.program.equation(upstream)
        if equation is None or upstream in self.wrt:
            return False
        others = (n for n in tensors_in(equation.right) if n in self.needed and n != reader)
        return all(
            (g := self.found.get(cotangent_name(n))) is not None and cotangent_name(upstream) not in tensors_in(g.index)
            for n in others
        )

    def _record(self, left: Access, tensor: Tensor, contributions: tuple[Vjp, ...], joined: tuple[Step, ...]) -> None:
        index = joined[-1].after if joined else contributions[0].result
        matrix = matrix_form(index, left.indices, self.program)
        self.found[left.tensor] = Gradient(tensor, left, contributions, joined, index, matrix)


def entry_indices(program: Program, tensor: Tensor, readers: Sequence[Equation]) -> tuple[Expr, ...]:
    """The indices of a tensor's general entry: those of its equation, of a reader, else named after the axes."""
    equation = program.equation(tensor.name)
    if equation is not None:
        return equation.left.indices
    for reader in readers:
        for here in walk(reader.right):
            if isinstance(here, Access) and here.tensor == tensor.name:
                plain = [i for i in here.indices if isinstance(i, Index)]
                if len(set(plain)) == len(here.indices):
                    return tuple(plain)
    return indices_for(tensor.axes)


def _join(left: Access, contributions: tuple[Vjp, ...]) -> tuple[Step, ...]:
    if len(contributions) == 1:
        return ()
    after = add(*(v.result for v in contributions))
    return (Step("add_paths", left, after, "add up all the paths"),)
