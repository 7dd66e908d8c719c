"""Layers one after the other: the output of each is the first input of the next, all else becomes the network's.

Names are settled for the whole chain first, so that each layer is then one renaming of a program that was read once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from derive.errors import LayerTextError
from derive.expression import Axis
from derive.program import Program, Tensor
from derive.reading.arrays import shape
from derive.reading.chain_names import Joint, named_axes, named_tensors
from derive.reading.declarations import read_declaration
from derive.reading.draft import Draft
from derive.reading.syntax import Syntax

MAX_NAME = 60
Ranks = tuple[tuple[str, int], ...]  # of tensors that may have any


@dataclass(frozen=True)
class Link:
    """A layer of the chain. ``program_for`` gives its program for a first input of that many axes (None: as declared).

    ``any_rank`` names the tensors whose axes are placeholders for those of the array that comes in, ``flattened`` the
    one whose last axis stands for several.
    """

    spec: str
    program_for: Callable[[int | None], Program]
    any_rank: frozenset[str]
    flattened: str | None


def linked(spec: str, syntax: Syntax, program_of: Callable[[Ranks], Program]) -> Link:
    """The link for a layer's text; ``program_of`` gives its program where tensors of any rank have those ranks."""
    declared = [d for node in syntax.declarations for d in read_declaration(syntax.source, node)]
    any_rank = {d.tensor.name: len(d.tensor.axes) for d in declared if d.any_rank}
    flattened = next((d.tensor.name for d in declared if d.tensor.role == "input" and d.tensor.flattened), None)

    @cache
    def program_for(rank: int | None) -> Program:
        if rank is None or not any_rank:
            return program_of(((flattened, rank),) if rank is not None and flattened else ())
        extra = rank - next(iter(any_rank.values()))
        return program_of(tuple((tensor, max(0, own + extra)) for tensor, own in any_rank.items()))

    return Link(spec, program_for, frozenset(any_rank), flattened)


def fed(program: Program) -> Tensor:
    """What the layer before feeds: the first input."""
    return next((t for t in program.given if t.role == "input"), program.given[0])


@dataclass(frozen=True)
class _Member:
    """A layer in its place: its program, what it is fed with, and the number of the joint of each of its axes."""

    program: Program
    first: Tensor
    joints: dict[Axis, int]


def chained(links: Sequence[Link], rank: int | None = None, shared: frozenset[str] = frozenset()) -> Program:
    """The network of the layers in this order, for a first input of that many axes (None: as declared).

    ``shared`` names what is given once and to every layer that has that name.
    """
    members, joints = _joined(links, rank, shared)
    programs = [m.program for m in members]
    namings = named_tensors(programs, [m.first.name for m in members], shared)
    taken = {name for naming in namings for name in naming.values()}
    axes = dict(enumerate(named_axes(joints, taken)))
    made = {n for n, joint in enumerate(joints) if joint.made}
    draft = Draft(reserved=taken | {a.name for n, a in axes.items() if n not in made})
    for k, (member, names) in enumerate(zip(members, namings, strict=True)):
        outer = {axis: axes[n] for axis, n in member.joints.items() if joints[n].fixed != axis or n not in made}
        outer = draft.made_axes(member.program, outer)
        axes |= {n: outer[axis] for axis, n in member.joints.items()}
        fed = {member.first.name} if k else set()
        fed |= {t.name for t in member.program.given if names[t.name] in draft.tensors}
        if k and member.first.outside and not draft.stands_outside(names[member.first.name], member.first.outside):
            raise _does_not_fit(links, k, members[k - 1], member.first)
        draft.write(member.program, names, outer, given=[t for t in member.program.given if t.name not in fed])
    return draft.program(_name([p.name for p in programs]), _sentence([link.spec for link in links]))


def _joined(links: Sequence[Link], rank: int | None, shared: frozenset[str]) -> tuple[list[_Member], list[Joint]]:
    """Each layer's program for the array that reaches it, and which of their axes are one."""
    joints: list[Joint] = []
    members: list[_Member] = []
    incoming: tuple[int, ...] | None = None
    known: dict[str, tuple[int, ...]] = {}  # the joints of what is shared
    for k, link in enumerate(links):
        program = link.program_for(rank if incoming is None else len(incoming))
        first = fed(program)
        if incoming is not None and len(first.axes) != len(incoming):
            raise _does_not_fit(links, k, members[-1], first)
        own: dict[Axis, int] = {}
        again = [(t, known[t.name]) for t in program.given if t.name in known and t is not first]
        for tensor, met in [(first, incoming or ()), *again]:
            for axis, joint in zip(tensor.axes, met, strict=False):
                fixed = joints[joint].fixed
                if own.setdefault(axis, joint) != joint or (axis.extent is not None and axis != fixed):
                    raise _does_not_fit(links, k, members[-1], tensor)
        for axis in program.axes:
            if axis not in own:
                own[axis] = len(joints)
                joints.append(Joint(fixed=axis if axis.extent is not None else None))
        _add_names(joints, own, program, link)
        known |= {t.name: tuple(own[a] for a in t.axes) for t in program.given if t.name in shared}
        members.append(_Member(program, first, own))
        incoming = tuple(own[a] for a in program.tensor(program.equations[-1].name).axes)
    return members, joints


def _add_names(joints: list[Joint], own: dict[Axis, int], program: Program, link: Link) -> None:
    weak = {a for name in link.any_rank for a in program.tensor(name).axes}
    if link.flattened and not program.tensor(link.flattened).flattened:
        weak |= set(program.tensor(link.flattened).axes)
    for axis, joint in own.items():
        if axis.name.isidentifier():
            names = joints[joint].weak if axis in weak else joints[joint].strong
            names[axis.name] = None


def _does_not_fit(links: Sequence[Link], k: int, before: _Member, first: Tensor) -> LayerTextError:
    output = before.program.tensor(before.program.equations[-1].name)
    line, previous = " ".join(link.spec for link in links), links[k - 1].spec
    expected, given = f"the axes {shape(first.axes)}", shape(output.axes)
    if output.outside and first.outside and output.outside != first.outside:
        expected, given = f"{first.outside} outside", f"{output.outside} outside"
    return LayerTextError(
        f"{links[k].spec} expects {first.name} with {expected}, but {previous} gives {output.name} with {given}",
        source=line,
        line=1,
        column=sum(len(link.spec) + 1 for link in links[:k]) + 1,
        hint="put a layer between them that gives the axes expected",
    )


def _name(names: list[str]) -> str:
    joined = "_".join(names)
    return joined if len(joined) <= MAX_NAME else f"{names[0]}_to_{names[-1]}_{len(names)}"


def _sentence(specs: list[str]) -> str:
    shown = specs if len(specs) <= 12 else [*specs[:5], "...", *specs[-3:]]
    return f"{len(specs)} layers, one after the other: {', '.join(shown)}."
