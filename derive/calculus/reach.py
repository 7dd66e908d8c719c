"""What a closed form may draw on, gathered during a sweep, and under other names: each kind of place is closed once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from derive.calculus.closed_form import close
from derive.calculus.facts import apply_facts
from derive.calculus.kinds import Renaming, new_indices, numbering
from derive.calculus.surroundings import Found, Surroundings
from derive.expression import Expr, cotangent_name, primal_name
from derive.ledger import Gradient, Step
from derive.program import Equation, Law, Program, Tensor
from derive.recurrence import blocks
from derive.rewriting import tensors_in

LEVELS = 3  # how far a closed form looks, up through gradients and back through definitions


@dataclass
class Reach:
    """The gradients found so far in a sweep, and which of them read which.

    ``kept``: the tensors whose gradients were asked for; ``needed``: those whose gradients are computed at all.
    """

    program: Program
    readers: Mapping[str, Iterable[Equation]]
    kept: Collection[str]
    needed: Collection[str]
    found: dict[str, Gradient] = field(default_factory=dict)
    _places: dict[str, int] = field(default_factory=dict)
    _users: dict[str, set[str]] = field(default_factory=dict)

    def record(self, gradient: Gradient) -> None:
        """Add a gradient."""
        name = gradient.left.tensor
        self._places[name] = len(self.found)
        self.found[name] = gradient
        for read in tensors_in(gradient.index):
            self._users.setdefault(read, set()).add(name)

    @cached_property
    def _equations(self) -> dict[str, int]:
        return {e.name: k for k, e in enumerate(self.program.equations)}

    @cached_property
    def _in_loops(self) -> frozenset[str]:
        """The cotangents of what is worked out step by step."""
        loops = (b for b in blocks(self.program) if b.time is not None)
        return frozenset(cotangent_name(e.name) for b in loops for e in b.equations)

    def _right(self, name: str) -> Expr:
        return self.program.equations[self._equations[name]].right

    def around(self, tensor: str, expr: Expr) -> Surroundings:
        """What is within reach of the gradient of a tensor, whose formula so far is ``expr``."""
        upstream = _within(tensors_in(expr), lambda t: self.found[t].index, self.found, LEVELS)
        spent = self._spent(upstream, tensor)
        for name in self._in_loops & upstream.keys() - spent:  # what flows from step to step stays a line of its own
            del upstream[name]
        near = dict.fromkeys(e.name for e in self.readers.get(tensor, ()))
        near |= dict.fromkeys(r.name for n in tuple(near) for r in self.readers.get(n, ()))
        read = dict.fromkeys((*near, *tensors_in(expr)))
        read |= dict.fromkeys(n for t in upstream for n in tensors_in(self.found[t].index))
        forward = _within(read, self._right, self._equations, LEVELS)
        equations = [self.program.equations[k] for k in sorted(map(self._equations.__getitem__, forward))]
        read |= dict.fromkeys(n for e in equations for n in tensors_in(e.right))
        above = [self.found[name] for name in sorted(upstream, key=self._places.__getitem__)]
        tensors = [self.program.tensor(n) for n in dict.fromkeys(map(primal_name, read))]
        return Surroundings(
            Program("", tuple(tensors), tuple(equations), self.program.functions),
            tuple(Found(g.left, g.index) for g in above),
            tuple(n for n in near if n in self._equations),
            spent,
        )

    def _spent(self, upstream: Iterable[str], tensor: str) -> frozenset[str]:
        """The upstream gradients that nothing needs but each other and the gradient of the tensor."""
        spent = {t for t in upstream if primal_name(t) not in self.kept and not self._awaited(t, tensor)}
        for _ in tuple(spent):
            spent = {t for t in spent if self._users.get(t, set()) <= spent}
        return frozenset(spent)

    def _awaited(self, upstream: str, tensor: str) -> bool:
        """Whether a gradient that is not found yet will need it."""
        name = primal_name(upstream)
        if name not in self._equations:
            return True
        operands = (n for n in tensors_in(self._right(name)) if n in self.needed and n != tensor)
        return any(cotangent_name(n) not in self.found for n in operands)


def shorten(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps by facts, then to a closed form if there is one."""
    exprs = [expr, *(e for f in around.found for e in (f.left, f.index))]
    exprs += [e for equation in around.program.equations for e in (equation.left, equation.right)]
    to_kind = numbering(exprs, around.program.axes)
    kind, here = _renamed(around, to_kind), to_kind(expr)
    steps = apply_facts(here, kind)
    steps += close(steps[-1].after if steps else here, kind)
    back = to_kind.inverse(new_indices(s.after for s in steps))
    return tuple(Step(s.rule, back(s.before), back(s.after), s.reason) for s in steps)


def _within(start: Iterable[str], reads: Callable[[str], Expr], known: Collection[str], depth: int) -> dict[str, None]:
    """The names that are known among the start and what it reads in turn, that many times."""
    found = dict.fromkeys(n for n in start if n in known)
    last = tuple(found)
    for _ in range(depth - 1):
        last = tuple(
            dict.fromkeys(n for name in last for n in tensors_in(reads(name)) if n in known and n not in found)
        )
        found |= dict.fromkeys(last)
    return found


def _renamed(around: Surroundings, to_kind: Renaming) -> Surroundings:
    program = around.program
    renamed = replace(
        program,
        tensors=tuple(_renamed_tensor(t, to_kind) for t in program.tensors),
        equations=tuple(Equation(to_kind(e.left), to_kind(e.right)) for e in program.equations),  # type: ignore[arg-type]
    )
    return Surroundings(
        renamed,
        tuple(Found(to_kind(f.left), to_kind(f.index)) for f in around.found),  # type: ignore[arg-type]
        tuple(map(to_kind.tensor, around.near)),
        frozenset(map(to_kind.tensor, around.spent)),
    )


def _renamed_tensor(tensor: Tensor, to_kind: Renaming) -> Tensor:
    laws = tuple(
        Law(law.kind, law.axis and to_kind.axis(law.axis), None if law.value is None else to_kind(law.value))
        for law in tensor.laws
    )
    axes = tuple(map(to_kind.axis, tensor.axes))
    return Tensor(to_kind.tensor(tensor.name), axes, laws=laws, integer=tensor.integer, outside=tensor.outside)
