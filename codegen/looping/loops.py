"""Recurrences as loops: each step computed from the one before, only what is needed later kept for all steps."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from codegen.finishing import finished, is_view
from codegen.kernel import Array, Assign, Buffer, Loop, Pick, ResultType, Slot, Take, Var, operands
from codegen.looping.loop_plan import LoopPlan
from codegen.looping.steps import step_apart
from codegen.lowering.lower import Lowering
from codegen.tuning.sharing import repeated
from derive.errors import CannotJudge
from derive.expression import ZERO, Access, Expr, Index
from derive.program import Equation, Tensor
from derive.recurrence import in_order
from derive.rewriting import bottom_up, children, rebuild, tensors_in

if TYPE_CHECKING:
    from codegen.passes import Writer


def write_all(
    writer: Writer, equations: Sequence[Equation], own: Container[str] = (), wanted: Container[str] = ()
) -> None:
    """Add equations to a body in an order in which they can be worked out, recurrences as loops.

    ``own``: tensors that the caller gets; ``wanted``: tensors that are needed when the body is done.
    """
    for block in in_order(tuple(equations)):
        if block.time is not None:
            for equation in block.equations:
                writer.uses(equation.right)
            _LoopWriter(LoopPlan(writer, block, own, wanted), block.pace < 0).write(own)
            continue
        (equation,) = block.equations
        writer.define(equation.left, _at_ends(equation.right, writer.ends), own=equation.name in own)


def _at_ends(expr: Expr, ends: Mapping[str, int]) -> Expr:
    """The expression with what loops left behind: the step worked out last, in a variable."""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor not in ends:
            return here
        place = ends[here.tensor]
        return Access(here.tensor, (*here.indices[:place], *here.indices[place + 1 :]))

    return bottom_up(expr, change) if ends else expr


class _LoopWriter:
    """Writes one loop by its plan."""

    def __init__(self, plan: LoopPlan, backwards: bool) -> None:
        self.plan, self.backwards = plan, backwards
        self.names, self.writer = plan.names, plan.writer
        self.lines = [e for e in plan.equations if not plan.is_alias(e)]
        self.fresh: set[str] = set()  # tensors whose step is an array of its own

    def write(self, own: Container[str]) -> None:
        """Add the loop, and before and after it what belongs to it."""
        plan = self.plan
        steps = [(e, self._at_step(e.right, plan.now(e))) for e in self.lines]
        outer = self.writer.lowering
        shared = repeated(right for _, right in steps)
        inner = Lowering(self.names.of, self.names.new, shared, self._declared, outer.like)
        for equation, right in steps:
            self._step(inner, equation, right)
        for carried, name in plan.carried.items():
            local = self.names.of(plan.local[carried.tensor])
            if self.names.of(name) != local:
                axes = plan.rest(plan.equation(carried.tensor))
                inner.body.append(Assign(self.names.of(name), Var(axes, local)))
        body = tuple(line for line in inner.body if isinstance(line, Assign))
        self._begin(body)
        self.writer.lowering.body.append(Loop(plan.counter, plan.axis, self.backwards, body))
        self._finish(own)

    def _declared(self, name: str) -> Tensor | None:
        """The tensor of that name, one step of it where the loop has but that."""
        plan, outer = self.plan, self.writer.lowering.declared
        of = {c: carried.tensor for carried, c in plan.carried.items()} | {n: t for t, n in plan.local.items()}
        equation = next((e for e in plan.equations if e.name == of.get(name)), None)
        if equation is None:
            return outer(name)
        axes = tuple(i.axis for i in plan.rest(equation))
        return replace(outer(equation.name) or Tensor(name, axes), axes=axes)

    def _at_step(self, expr: Expr, now: Index) -> Expr:
        """The expression for one step: the loop's tensors by their local names, the index of time a number."""
        plan, apart = self.plan, step_apart(expr)
        if apart is not None and plan.places.get(apart.access.tensor) == apart.place:
            return Access(plan.carried[plan.key(apart)], apart.others)
        match expr:
            case Access(tensor, indices) if tensor in plan.places:
                place = plan.places[tensor]
                if indices[place] != now:
                    raise CannotJudge(f"no array code yet for the step that {expr} reads")
                return Access(plan.local[tensor], (*indices[:place], *indices[place + 1 :]))
            case Index() if expr == now:
                return Access(self.names.itself(plan.counter))
        return rebuild(expr, tuple(self._at_step(c, now) for c in children(expr)))

    def _step(self, inner: Lowering, equation: Equation, right: Expr) -> None:
        """One line of the loop."""
        plan, axes = self.plan, self.plan.rest(equation)
        array = finished(inner.whole(right, axes), axes, own=False)
        slots = (Slot(self.names.of(equation.name), plan.places[equation.name], plan.counter),)
        is_read = any(equation.name in tensors_in(e.right) for e in plan.equations)
        is_stored = equation.name in plan.stored
        name = self.names.of(plan.local[equation.name]) if is_read or not is_stored else ""
        if not isinstance(array, Take) and not is_view(array):
            self.fresh.add(equation.name)
        inner.bind(name, array, right, slots if is_stored else ())

    def _begin(self, body: Sequence[Assign]) -> None:
        """Before the loop: room for what is stored, and what stands in before the first step."""
        plan, lowering = self.plan, self.writer.lowering
        kept = [e for e in self.lines if e.name in plan.stored]
        starts = [
            (name, c, lowering.array(c.start, plan.rest(plan.equation(c.tensor)))) for c, name in plan.carried.items()
        ]
        zero = [name for name, c, _ in starts if c.start == ZERO]
        sources = self._sources(body, [array for _, _, array in starts])
        dtype = self.names.again("dtype") if kept or zero else ""
        if dtype:
            lowering.body.append(Assign(dtype, ResultType((), tuple(v.name for v in sources))))
        for equation in kept:
            room = Buffer(equation.indices, dtype, self._like(equation.indices, sources))
            lowering.body.append(Assign(self.names.of(equation.name), room))
        for name, carried, array in starts:
            axes = plan.rest(plan.equation(carried.tensor))
            nothing = Buffer(axes, dtype, self._like(axes, sources), zeros=True) if name in zero else None
            first = finished(array, axes, own=False) if nothing is None else nothing
            lowering.body.append(Assign(self.names.of(name), first))

    def _like(self, axes: tuple[Index, ...], sources: Sequence[Var]) -> Array:
        """The array to make another of these axes like: one of the same axes if there is one at hand."""
        wanted = [i.axis for i in axes]
        at_hand = {self.names.of(n) for n in self.writer.sources} | {v.name for v in sources}
        given = (self.names.of(t.name) for t in self.writer.program.tensors if list(t.axes) == wanted)
        hoisted = (name for name, shape in self.plan.shapes.items() if shape == wanted)
        return next(
            (Var(axes, name) for name in (*given, *hoisted) if name in at_hand), max(sources, key=lambda v: len(v.axes))
        )

    def _sources(self, body: Sequence[Assign], starts: Sequence[Array]) -> list[Var]:
        """The arrays of numbers that the loop reads."""
        made = {line.name for line in body} | {self.plan.counter}
        hypers = {self.names.of(h.name) for h in self.writer.program.hyperparameters}
        found = {v.name: v for array in (*(line.value for line in body), *starts) for v in _read(array)}
        return [v for name, v in found.items() if name not in made | hypers]

    def _finish(self, own: Container[str]) -> None:
        """After the loop: what it holds can be read by the lines that follow."""
        plan, writer = self.plan, self.writer
        for equation in plan.equations:
            if plan.is_alias(equation):
                if equation.name in plan.stored:
                    writer.define(equation.left, equation.right, own=equation.name in own)
            elif equation.name in plan.stored and equation.name not in own:
                writer.made(equation.name)
        for equation, part in plan.shared.values():
            writer.lowering.remember(self.names.of(equation.name), Var(equation.indices, ""), part)
        for carried in plan.carried:
            if carried.tensor not in plan.stored:
                writer.ends[carried.tensor] = plan.places[carried.tensor]
                if carried.tensor in self.fresh:
                    writer.made(carried.tensor)


def _read(array: Array) -> Iterator[Var]:
    """The arrays of numbers that an array is computed from, positions left out."""
    if isinstance(array, Var):
        yield array
    for part in (array.arg,) if isinstance(array, (Take, Pick)) else operands(array):
        yield from _read(part)
