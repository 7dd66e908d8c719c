"""What a loop computes and under which names: its lines, what is stored for all steps, what is carried on.

The lines are those of the recurrence, less what is computed before the loop (`codegen.looping.hoisting`), more
what they share with the lines that follow it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codegen.finishing import finished
from codegen.kernel import Var
from codegen.looping.hoisting import hoisted, named_apart, reads_beyond
from codegen.looping.steps import StepApart, step_apart
from codegen.naming import describe
from codegen.tuning.sharing import keys, natural_order, shape_key
from derive.calculus.shifts import last
from derive.expression import ZERO, Access, Add, Axis, Expr, Index, Mul, is_cotangent, primal_name
from derive.program import Equation
from derive.recurrence import Block
from derive.rewriting import free_indices, substitute, tensors_in, walk

if TYPE_CHECKING:
    from codegen.passes import Writer


@dataclass(frozen=True)
class Carried:
    """What goes from one step to the next: a tensor, and what stands in before the first step."""

    tensor: str
    start: Expr


class LoopPlan:
    """The plan of one loop; what comes before it is written on the way.

    ``places``: where time stands among the axes of its tensors; ``shared``: by key, the line that holds what lines
    outside need, and what that is; ``stored``: the tensors whose steps are all kept; ``local``: the name of each
    tensor's current step; ``carried``: the names of the steps before.
    """

    def __init__(self, writer: Writer, block: Block, own: Container[str], wanted: Container[str]) -> None:
        assert block.time is not None
        self.writer, self.names = writer, writer.names
        self.axis: Axis = block.time
        self.end: Expr = ZERO if block.pace < 0 else last(Index("t", block.time))
        self.equations = list(block.equations)
        self.places = {e.name: p for e, p in zip(block.equations, block.places, strict=True)}
        self.counter = self.names.again(self.now(self.equations[0]).name)
        self.shapes: dict[str, list[Axis]] = {}  # of what was computed before the loop
        self.shared: dict[Expr, tuple[Equation, Expr]] = {}
        self.local: dict[str, str] = {}
        self.carried: dict[Carried, str] = {}
        outside = self._outside()
        self._share(outside)
        self._hoist()
        self.stored = self._stored(outside, own, wanted)
        self._name()

    def _outside(self) -> list[Expr]:
        """All that is computed in the same body, but for the lines of the loop."""
        inside, found = [e.right for e in self.equations], []
        for expr in self.writer.exprs:
            if expr in inside:
                inside.remove(expr)
            else:
                found.append(expr)
        return found

    def _share(self, outside: list[Expr]) -> None:
        """Give what the lines outside share with a line of the loop a line of its own."""
        wanted = keys(outside)
        done: list[Equation] = []

        def is_shared(part: Expr) -> bool:
            return shape_key(part) in wanted and not self.places.keys().isdisjoint(tensors_in(part))

        for equation in self.equations:
            key = shape_key(equation.right)
            if key in wanted:
                self.shared[key] = (equation, equation.right)
            else:
                right = named_apart(equation.right, is_shared, lambda part: self._shared(part, done))
                equation = replace(equation, right=right)
            done.append(equation)
        self.equations = done

    def _shared(self, part: Expr, done: list[Equation]) -> Access:
        key, free = shape_key(part), free_indices(part)
        if key not in self.shared:
            axes = natural_order(part)
            made = Equation(Access(self.names.local(_wish(part)), axes), part)
            now = next(i for i in axes if i.axis == self.axis)
            self.places[made.name] = axes.index(now)
            self.shared[key] = (made, part)
            done.append(made)
        made, first = self.shared[key]
        return Access(made.name, tuple(free[free_indices(first).index(i)] for i in made.indices))

    def _hoist(self) -> None:
        """Compute what does not read the loop before it, and take from there what another loop has left."""
        loop, lowering = self.places.keys(), self.writer.lowering

        def is_there(part: Expr) -> bool:
            return loop.isdisjoint(tensors_in(part)) and lowering.has(part)

        def outside(equation: Equation) -> Equation:
            right = named_apart(equation.right, is_there, self._before)
            return replace(equation, right=hoisted(right, loop, self.now(equation), self._before))

        self.equations = [e if self.is_alias(e) else outside(e) for e in self.equations]

    def _before(self, part: Expr) -> Access:
        axes, lowering = natural_order(part), self.writer.lowering
        array = finished(lowering.whole(part, axes), axes, own=False)
        name = array.name if isinstance(array, Var) else self.names.local(_wish(part))
        if not isinstance(array, Var):
            lowering.bind(name, array, part)
        self.shapes[name] = [i.axis for i in axes]
        return Access(self.names.itself(name), axes)

    def _stored(self, outside: list[Expr], own: Container[str], wanted: Container[str]) -> frozenset[str]:
        """The tensors whose steps are all kept: the caller gets them, or lines outside read more than the last step."""
        reads = list(reads_beyond(outside, self.shared.keys()))
        found = {e.name for e, _ in self.shared.values()}
        found |= {n for n in self.places if n in own or n in wanted}
        found |= {r.tensor for r in reads if r.tensor in self.places and not self._reads_end(r)}
        for equation in self.equations:
            apart = step_apart(equation.right)
            if self.is_alias(equation) and equation.name in found and apart is not None:
                found.add(apart.access.tensor)
        return frozenset(found)

    def _reads_end(self, access: Access) -> bool:
        """Whether it is the step that the loop works out last, of a tensor that is at hand after it."""
        return self.is_carried(access.tensor) and access.indices[self.places[access.tensor]] == self.end

    def now(self, equation: Equation) -> Index:
        """The index of time in an equation."""
        return equation.indices[self.places[equation.name]]

    def rest(self, equation: Equation) -> tuple[Index, ...]:
        """The indices of one step."""
        return tuple(i for i in equation.indices if i != self.now(equation))

    def equation(self, name: str) -> Equation:
        """The line that computes a tensor."""
        return next(e for e in self.equations if e.name == name)

    def apart(self, equation: Equation) -> Iterator[StepApart]:
        """The reads of the neighbouring step in an equation."""
        for node in walk(equation.right):
            found = step_apart(node)
            if found is not None and self.places.get(found.access.tensor) == found.place:
                yield found

    def is_alias(self, equation: Equation) -> bool:
        """Whether the equation only gives the step before a name: ``h_prev[t, k] = where(t > 0, h[t-1, k], h0[k])``."""
        found = step_apart(equation.right)
        if found is None or found.access.tensor not in self.places or self.is_carried(equation.name):
            return False
        return found.others == self.rest(equation) and self.places[equation.name] == found.place

    def is_carried(self, name: str) -> bool:
        """Whether a line reads the tensor one step before."""
        return any(apart.access.tensor == name for e in self.equations for apart in self.apart(e))

    def key(self, apart: StepApart) -> Carried:
        """What a read of the neighbouring step needs to be carried on."""
        moved = dict(zip(apart.others, self.rest(self.equation(apart.access.tensor)), strict=True))
        return Carried(apart.access.tensor, substitute(apart.start, moved))

    def _name(self) -> None:
        """Name every tensor's current step, and what is carried: by the same name where the old value is done with."""
        for equation in self.equations:
            name = equation.name
            if not self.is_alias(equation):
                step = self.names.local(f"{self.names.of(name)}_{self.counter}") if name in self.stored else name
                self.local[name] = step
        last_read: dict[Carried, int] = {}
        alias: dict[str, Carried] = {}
        for k, equation in enumerate(self.equations):
            for apart in self.apart(equation):
                last_read[self.key(apart)] = k
                if self.is_alias(equation):
                    alias[equation.name] = self.key(apart)
            last_read |= {alias[n]: k for n in tensors_in(equation.right) if n in alias}
        order = [e.name for e in self.equations]
        for carried, latest in last_read.items():
            alone = sum(c.tensor == carried.tensor for c in last_read) == 1
            local = self.local[carried.tensor]
            if alone and latest <= order.index(carried.tensor):
                self.carried[carried] = self.names.synonym(f"{self.names.of(local)}_before", local)
            else:
                self.carried[carried] = self.names.local(f"{self.names.of(carried.tensor)}_before")
        self.local |= {name: self.carried[carried] for name, carried in alias.items()}


def _wish(part: Expr) -> str:
    """A name for a part of a line: ``x_W`` for a product and what is added, ``dh_pre`` before a function ``h``."""
    if isinstance(part, Mul):
        above = next((f.tensor for f in part.factors if isinstance(f, Access) and is_cotangent(f.tensor)), "")
        if above and set(tensors_in(part)) == {above, primal_name(above)}:
            return f"d{primal_name(above)}_pre"
    first = part.terms[0] if isinstance(part, Add) else part
    return describe(first).removeprefix("sum_")
