"""What the lines of a body read, and the same lines with another value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from codegen.kernel import Array, Line, Loop, Var, nodes


def changed(line: Line, change: Callable[[Array], Array]) -> Line:
    """The line with the change made to what it computes, in a loop to every line of it."""
    if isinstance(line, Loop):
        return replace(line, body=tuple(replace(inner, value=change(inner.value)) for inner in line.body))
    return replace(line, value=change(line.value))


def names_read(line: Line) -> frozenset[str]:
    """The names that a line reads, or writes single steps of."""
    if isinstance(line, Loop):
        return frozenset(name for inner in line.body for name in (*names_read(inner), *(s.name for s in inner.into)))
    return frozenset(n.name for n in nodes(line.value) if isinstance(n, Var))


def rebuilt(array: Array, change: Callable[[Array], Array]) -> Array:
    """The array with the change made to every array directly inside."""
    moved: dict[str, Any] = {}
    for field in fields(array):
        value = getattr(array, field.name)
        if isinstance(value, Array):
            moved[field.name] = change(value)
        elif isinstance(value, tuple) and any(isinstance(v, Array) for v in value):
            moved[field.name] = tuple(map(change, value))
    return replace(array, **moved) if moved else array
