"""Windows that are compared or added up get a copy whose short axes vary slowest.

A view of windows has its shortest steps along the window itself, and NumPy's loops run along the shortest steps: two
or three entries at a time. Products of matrices make a copy of their own, and need none before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from codegen.arrangement import Pack
from codegen.kernel import (
    Array,
    Comparison,
    Elementwise,
    Expand,
    FunctionCall,
    Line,
    Loop,
    Reduction,
    Select,
    Transpose,
    Var,
    Window,
    nodes,
    operands,
)


def packed(lines: Sequence[Line]) -> tuple[Line, ...]:
    """The lines with a copy of each array of windows that is reduced along a window."""
    found: list[Line] = []
    for line in lines:
        if not isinstance(line, Loop) and isinstance(line.value, Window):
            short = tuple(sorted(set(_reduced(line.name, lines))))
            line = replace(line, value=Pack(line.value.axes, line.value, short)) if short else line
        found.append(line)
    return tuple(found)


def _reduced(name: str, lines: Sequence[Line]) -> Iterator[int]:
    """The dimensions of a named array along which it is reduced, as it is or in a formula of entries."""
    for value in (line.value for line in lines if not isinstance(line, Loop)):
        for reduction in (n for n in nodes(value) if isinstance(n, Reduction)):
            for part in _entries(reduction.arg):
                if part.name == name:
                    yield from (part.axes.index(i) for i in reduction.over if i in part.axes)


def _entries(array: Array) -> Iterator[Var]:
    """The named arrays that a formula goes through entry by entry."""
    if isinstance(array, Var):
        yield array
    elif isinstance(array, (Elementwise, FunctionCall, Comparison, Select, Transpose, Expand)):
        for part in operands(array):
            yield from _entries(part)
