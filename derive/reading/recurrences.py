"""Recurrences as they are written: ``h[-1] = h0`` and then ``h[t, k] = tanh(... h[t - 1, j] ...)``.

What a tensor was one step before is a tensor of its own, ``h_prev[t, k] = where(t > 0, h[t - 1, k], h0[k])``, whose
equation is put in where ``h[t - 1, ...]`` is first read. All lines of a loop are then plain equations.
"""

from __future__ import annotations

from collections.abc import Sequence

from derive.calculus.affine import position
from derive.expression import ONE, ZERO, Access, Compare, Index, Where, add
from derive.index_names import indices_for
from derive.program import Program, Tensor
from derive.reading.arrays import scalar, shape
from derive.reading.reader import Reader
from derive.reading.scope import UNKNOWN, State
from derive.reading.slots import whole_number
from derive.reading.source import Node
from derive.recurrence import Circular, blocks

MOST_BACK = 16  # steps
EXAMPLE = "as in h[-1] = h0, or h[n, -1] = h0[n]"


def is_start(target: Node) -> bool:
    """Whether a left side says what stands before the first step: one of its indices is -1."""
    return target.data == "indexed_target" and any(map(_is_minus_one, target.children[1].children))


def _is_minus_one(item: Node) -> bool:
    operand = item.children[-1]
    return item.data == "signed" and len(item.children) == 2 and item.children[0] == "-" and _is_one(operand)


def _is_one(node: Node) -> bool:
    return node.data == "number" and str(node.children[0]) == "1"


def announce(reader: Reader, target: Node, right: Node) -> None:
    """``h[-1] = h0``, with time as the first axis, or ``h[n, -1] = h0[n]``: what stands before the first step."""
    token, items = target.children
    if str(token) in reader.scope.states:
        raise reader.fault(f"what stands before the first step of {token} is said twice", target)
    if right.data == "number" and str(right.children[0]) == "0":
        reader.scope.from_zero[str(token)] = token
        return
    name = str(right.children[0]) if right.data in ("name", "entry") else ""
    start = reader.scope.draft.tensors.get(name)
    if start is None:
        raise reader.fault("what stands before the first step is a tensor, or 0", right, EXAMPLE)
    reader.scope.used.add(name)
    place = next(n for n, item in enumerate(items.children) if _is_minus_one(item))
    letters = [item for n, item in enumerate(items.children) if n != place]
    given = right.children[1].children if right.data == "entry" else []
    same = [_letter(x) for x in letters] == [_letter(x) for x in given] and len(given) <= len(start.axes)
    if not same or "" in map(_letter, letters) or (not given and place > 0):
        raise reader.fault("both sides have the same letters, but for the -1", target, EXAMPLE)
    axes = (*start.axes[:place], UNKNOWN, *start.axes[place:])
    source = reader.scope.source.excerpt(target, right)
    reader.scope.states[str(token)] = State(token, place, axes, name, source)


def _letter(item: Node) -> str:
    return str(item.children[0]) if item.data == "name" else ""


def step_before(reader: Reader, node: Node) -> tuple[Index, str] | None:
    """The index of time where an entry is of a step before, ``h[t - 1, ...]``, and the tensor of all such steps.

    Its equation is put in where the first of them is read; None for any other entry.
    """
    state, items = reader.scope.states.get(str(node.children[0])), node.children[1].children
    if state is None:
        return None
    item, known = items[state.place], state.axes[state.place]
    now, back = _steps_back(reader, item)
    if now is None:
        if state.name not in reader.scope.draft.tensors:
            raise reader.fault(
                f"{state.name} is not complete here: only steps before can be read", item, "as in h[t - 1]"
            )
        return None
    if known not in (UNKNOWN, now.axis):
        raise reader.fault(
            f"{now.name} runs over {now.axis.name}, but {state.name} has {known.name} here", item, "use another letter"
        )
    if back > 1 and state.start:
        raise reader.fault(
            f"only a recurrence that starts from zero can be read {back} steps back",
            item,
            f"carry the older state along: g[-1] = ...; g[{now.name}] = {state.name}[{now.name} - 1]",
        )
    state.axes = (*state.axes[: state.place], now.axis, *state.axes[state.place + 1 :])
    while len(state.before) < back:
        state.before.append(_before(reader, state, now, items))
    return now, state.before[back - 1]


def _steps_back(reader: Reader, item: Node) -> tuple[Index | None, int]:
    """The letter of ``t - 1``, and how many steps back that is; no letter for anything else."""
    if item.data == "entry":
        return None, 0
    slot = position(reader.letter(item) or whole_number(reader, item))
    if slot is None or [step for _, step in slot.steps] != [ONE]:
        return None, 0
    back = next((n for n in range(1, MOST_BACK + 1) if slot.start == add(-n)), 0)
    return (slot.letters[0], back) if back else (None, 0)


def _before(reader: Reader, state: State, now: Index, items: Sequence[Node]) -> str:
    """Put in the equation of the step before, with the letters with which it is first read, where these are plain.

    Of the steps before those that are there already it stands before their equation, which it reads.
    """
    draft, source = reader.scope.draft, (state.before or [state.name])[-1]
    letters = [now if k == state.place else reader.letter(item) for k, item in enumerate(items)]
    left = tuple(i for i in letters if i is not None)
    if len(set(left)) < len(state.axes):
        left = indices_for(state.axes)
        now = left[state.place]
    earlier = Access(source, tuple(add(i, -1) if i == now else i for i in left))
    first = Access(state.start, tuple(i for i in left if i != now)) if state.start else ZERO
    name = draft.unique(f"{state.name}_prev")
    body = Where(Compare(">", now, ZERO), earlier, first)
    draft.define(name, scalar(body), reader.scope.layer, state.source, left)
    if state.before:
        place = next(k for k, e in enumerate(draft.equations) if e.name == source)
        draft.equations.insert(place, draft.equations.pop())
    return name


def _check_axes(reader: Reader, state: State, tensor: Tensor) -> None:
    """Once the tensor is defined its axes are those of its start, with time put in."""
    fits = len(tensor.axes) == len(state.axes)
    if not fits or any(b not in (UNKNOWN, a) for a, b in zip(tensor.axes, state.axes, strict=True)):
        raise reader.fault(
            f"{tensor.name} has the axes {shape(tensor.axes)}, but what stands before its first step is for "
            f"{shape(state.axes)}",
            state.token,
            "the start has all axes but that of time",
        )


def check_loops(reader: Reader, program: Program) -> None:
    """Every recurrence is complete, is read one step back, and goes step by step."""
    states = reader.scope.states
    for name, token in reader.scope.from_zero.items():
        if name not in states:
            raise reader.fault(
                f"nothing reads {name} one step back", token, f"in its own equation, as in {name}[t - 1]"
            )
    for state in states.values():
        if program.equation(state.name) is None:
            raise reader.fault(f"{state.name} has a value before its first step, but no equation", state.token)
        _check_axes(reader, state, program.tensor(state.name))
        if not state.before:
            raise reader.fault(f"nothing reads {state.name} one step back", state.token, f"as in {state.name}[t - 1]")
    try:
        blocks(program)
    except Circular as circle:
        places = {**{name: s.token for s in states.values() for name in s.before}, **reader.scope.defined}
        at = places.get(circle.name) or next(iter(places.values()))
        raise reader.fault(circle.message, at, circle.hint) from None
