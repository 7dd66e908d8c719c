"""Single entries of an array are read before its memory is needed, so that what is made of it is made in place.

``E = exp(S)`` needs no new array if all that is read of ``S`` below is its entry at ``t[n]`` in each row.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import partial

from codegen.kernel import Array, Assign, Elementwise, FunctionCall, Line, Loop, Pick, Var, dims, nodes, operands
from codegen.lines import changed, names_read, rebuilt


def read_early(lines: Sequence[Line], wanted: Collection[str], new_name: Callable[[str], str]) -> tuple[Line, ...]:
    """The lines with such entries bound to a name above the line that makes the next array."""
    found: list[Line] = []
    rest = list(lines)
    made: set[str] = set()
    single = {n.arg.name for line in lines for n in _nodes(line) if isinstance(n, Pick) and isinstance(n.arg, Var)}
    while rest:
        line = rest.pop(0)
        for name in sorted(_changed_in_place(line) & made & single - set(wanted)):
            later = {other.name for other in (line, *rest) if isinstance(other, Assign)}
            for pick in _picked(name, rest, later):
                places = [n.name for n in nodes(pick.at) if isinstance(n, Var)]
                entry = Var(pick.axes, new_name("_".join((name, "at", *places))))
                found.append(Assign(entry.name, pick))
                rest = [changed(other, partial(_replaced, old=pick, new=entry)) for other in rest]
        if isinstance(line, Assign):
            made.add(line.name)
        found.append(line)
    return tuple(found)


def _nodes(line: Line) -> tuple[Array, ...]:
    return () if isinstance(line, Loop) else nodes(line.value)


def _changed_in_place(line: Line) -> set[str]:
    """The arrays that a line goes through entry by entry, as whole as its own."""
    if isinstance(line, Loop) or len(line.value.axes) < 2:
        return set()
    if not isinstance(line.value, (Elementwise, FunctionCall)):
        return set()
    own = line.value.axes
    return {a.name for a in operands(line.value) if isinstance(a, Var) and a.axes == dims(a) == own}


def _picked(name: str, lines: Sequence[Line], later: Collection[str]) -> list[Pick]:
    """The single entries of an array that lines read, at places made before; none if they read more than those."""
    reading = [line for line in lines if name in names_read(line)]
    inside = [n for line in reading for n in _nodes(line)]
    picks = [n for n in inside if isinstance(n, Pick) and _is(n.arg, name)]
    whole = len(picks) < sum(_is(n, name) for n in inside) or any(isinstance(line, Loop) for line in reading)
    made_later = any(isinstance(n, Var) and n.name in later for pick in picks for n in nodes(pick.at))
    return [] if whole or made_later else list(dict.fromkeys(picks))


def _is(array: Array, name: str) -> bool:
    return isinstance(array, Var) and array.name == name


def _replaced(array: Array, old: Array, new: Array) -> Array:
    return new if array == old else rebuilt(array, partial(_replaced, old=old, new=new))
