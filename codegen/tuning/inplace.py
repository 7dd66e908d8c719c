"""In-place arithmetic where nobody can see it: a formula as a chain of steps, each changing the array just made.

NumPy makes an array for every operation; changing one that is there takes about half the time. A line is taken apart
when its array has two dimensions or more, and when there is memory to take over or more than one step to do: a product
plus a bias stays as it reads. What is written into is an array that this function made and needs no longer: never what
the caller gave, never what is saved or returned under another name, never a view of those. Its dtype stays, whatever
the caller gives: what may be integers does not become floating-point in place, and what comes from one given array
does not take in another's. A gradient that is floating-point already may: no complex step goes through it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from codegen.kernel import (
    Array,
    Assign,
    Elementwise,
    Expand,
    FunctionCall,
    Line,
    Loop,
    Var,
    dims,
    nodes,
    operands,
)
from codegen.lines import names_read
from codegen.tuning.dtype_kinds import Kind, kind
from codegen.tuning.inplace_order import Planner, Step, applied, seen_through
from codegen.tuning.one_hots import is_copy


def in_place(
    lines: Sequence[Line],
    wanted: Collection[str],
    kinds: dict[str, Kind],
    new_name: Callable[[str], str],
    gradients: Collection[str] = (),
) -> tuple[Line, ...]:
    """The lines taken apart into steps that change what is no longer needed.

    ``wanted``: names whose arrays are needed after the last line. ``kinds``: what is known of the names at hand; those
    of the lines are added. ``gradients``: names that are gradients.
    """
    owners, found = Owners(), list[Line]()
    last_read = {name: k for k, line in enumerate(lines) for name in names_read(line)}
    last_read |= dict.fromkeys(wanted, len(lines))
    for k, line in enumerate(lines):
        if isinstance(line, Loop):
            owners.forget(inner.name for inner in line.body)
            found.append(line)
            continue
        free = owners.free(k, last_read)
        steps = list(_taken_apart(line, free, owners, kinds, new_name, line.name in gradients))
        for step in steps:
            owners.note(step)
            kinds[step.name] = kind(step.value, kinds)
        found += steps
    return tuple(found)


class Owners:
    """Which names stand for the same memory, of those that this function made."""

    def __init__(self) -> None:
        self._owner: dict[str, str] = {}

    def note(self, line: Assign) -> None:
        """Remember who owns the array of a line: itself, the array that it is a view of, or somebody outside."""
        viewed = seen_through(line.value) if not line.into else None
        if viewed is None:
            self._owner[line.name] = line.name
        elif viewed.name in self._owner:
            self._owner[line.name] = self._owner[viewed.name]

    def forget(self, names: Iterable[str]) -> None:
        """What a loop assigns again and again is left alone."""
        for name in names:
            self._owner.pop(name, None)

    def same(self, name: str) -> set[str]:
        """All names of the memory behind a name."""
        return {n for n, owner in self._owner.items() if owner == self._owner[name]}

    def free(self, place: int, last_read: Mapping[str, int]) -> frozenset[str]:
        """The names whose memory nobody reads after the line at that place."""
        held = {owner for name, owner in self._owner.items() if last_read.get(name, -1) > place}
        return frozenset(n for n, owner in self._owner.items() if owner not in held)


def _taken_apart(
    line: Assign,
    free: frozenset[str],
    owners: Owners,
    kinds: Mapping[str, Kind],
    new_name: Callable[[str], str],
    gradient: bool,
) -> Iterator[Assign]:
    whole = line.value
    plan = Planner(free, kinds).planned(whole) if len(whole.axes) >= 2 and dims(whole) == whole.axes else None
    start, steps = (plan.start, list(plan.steps)) if plan else (whole, [])
    while steps and not _keeps(steps[0], start, kinds, gradient):
        start = applied(steps.pop(0), start)
    if len(steps) < (1 if isinstance(start, Var) or is_copy(start) else 2):
        yield line
        return
    remark = whole if len(steps) > 1 else None
    if isinstance(start, Var):
        bindings = list(_read_first(steps, owners.same(start.name), new_name))
        if any(_reads(_others(s), owners.same(start.name)) for s in steps[1:]):
            yield from _taken_apart(line, free - owners.same(start.name), owners, kinds, new_name, gradient)
            return
        yield from bindings
        first = applied(steps.pop(0), start)
        yield Assign(line.name, first, over=start.name, formula=remark)
        start = first
    else:
        yield Assign(line.name, start, formula=remark)
    here, known = Var(whole.axes, line.name), {**kinds, line.name: kind(start, kinds)}
    for step in steps:
        keeps, value = _keeps(step, here, known, gradient), applied(step, here)
        yield Assign(line.name, value, over=line.name if keeps else "")
        known[line.name] = kind(value, known)


def _keeps(step: Step, array: Array, kinds: Mapping[str, Kind], gradient: bool) -> bool:
    """Whether the array has the dtype of the result already, whatever the caller gives; a gradient if it has digits."""
    before, after = kind(array, kinds), kind(applied(step, array), kinds)
    return (gradient or before.sources >= after.sources) and (before.floating or not after.floating)


def _read_first(steps: list[Step], names: Collection[str], new_name: Callable[[str], str]) -> Iterator[Assign]:
    """Bind what later steps read of the memory that the first step changes, where that is smaller than the array."""
    for k, step in enumerate(steps[1:], 1):
        for place, other in enumerate(operands(step.whole)):
            if place == step.place or not _reads((other,), names) or len(other.axes) == len(step.whole.axes):
                continue
            inner = other.arg if isinstance(other, Expand) else other
            name = new_name(_described(inner))
            yield Assign(name, inner)
            var: Array = Var(inner.axes, name, dims(inner) if dims(inner) != inner.axes else ())
            args = list(operands(step.whole))
            args[place] = replace(other, arg=var) if isinstance(other, Expand) else var
            assert isinstance(step.whole, (Elementwise, FunctionCall))
            steps[k] = Step(replace(step.whole, args=tuple(args)), step.place)


def _described(array: Array) -> str:
    """A name for a value of fewer dimensions: what it sums."""
    return "_".join(("sum", *dict.fromkeys(n.name for n in nodes(array) if isinstance(n, Var) and n.axes)))


def _others(step: Step) -> tuple[Array, ...]:
    return tuple(a for k, a in enumerate(operands(step.whole)) if k != step.place)


def _reads(arrays: Sequence[Array], names: Collection[str]) -> bool:
    return any(isinstance(n, Var) and n.name in names for a in arrays for n in nodes(a))
