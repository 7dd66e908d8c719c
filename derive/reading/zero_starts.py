"""Recurrences that start from 0, of which no start says the axes: what their first reading says of them.

In ``s[t] = a * s[t - 1] + (1 - a) * x[t]`` the state has the axes of what is added to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.errors import LayerTextError
from derive.expression import Axis, Index
from derive.reading.arrays import Misfit, broadcast
from derive.reading.function_calls import is_layer_call
from derive.reading.letters import Letter, plain_axes
from derive.reading.reader import Reader
from derive.reading.scope import UNKNOWN, State
from derive.reading.source import Node

SAY = "declare its start: h0: constant [N, H], and then h[-1] = h0"


def from_zero(reader: Reader, target: Node, right: Node, indices: tuple[Index, ...], own: bool) -> None:
    """Note the axes of each state from zero that an equation reads a step before; ``own``: that on its left is one."""
    names = {*reader.scope.from_zero, *([str(target.children[0])] if own else [])}
    for node in right.within():
        name = str(node.children[0]) if node.data == "entry" else ""
        if name not in names or name in reader.scope.states:
            continue
        items = node.children[1].children
        place = next((n for n, item in enumerate(items) if item.data not in ("name", "entry")), None)
        if place is None:
            continue
        if reader.scope.stepwise and is_layer_call(reader, right):
            raise reader.fault(f"nothing says which axes {name} has before its first step", node, SAY)
        if reader.scope.stepwise and len(items) == 1:
            axes = (indices[0].axis, *_added(reader, right, name))
        elif name == str(target.children[0]) and len(items) == len(indices):
            axes = tuple(i.axis for i in indices)
        else:
            axes = tuple(UNKNOWN if n == place else _axis(reader, item, right) for n, item in enumerate(items))
        token = reader.scope.from_zero.get(name, target.children[0])
        source = reader.scope.source.excerpt(target, right)
        reader.scope.states[name] = State(token, place, axes, "", source)


def _axis(reader: Reader, item: Node, right: Node) -> Axis:
    """The axis that a letter runs over, as other tensors say."""
    if item.data == "name":
        letter = str(item.children[0])
        known = reader.scope.letters.get(letter)
        if known is not None:
            return known.axis
        found = plain_axes(reader, [Letter(item.children[0])], right)
        if letter in found:
            return found[letter]
    raise reader.fault("nothing says which axis this is", item, SAY)


def _added(reader: Reader, right: Node, name: str) -> tuple[Axis, ...]:
    """The axes of all that is added to the state, or to what is made of it."""
    shapes: list[tuple[Axis, ...]] = [()]
    for term in _apart(right, name):
        try:
            shapes.append(reader.read(term).axes)
        except LayerTextError:  # which is told when the equation itself is read
            continue
    try:
        added = broadcast(sorted(shapes, key=len, reverse=True))[0]
    except Misfit:
        return ()
    contracted = next(_contracted(reader, right, name), None)
    return (*added[:-1], contracted) if added and contracted is not None else added


def _contracted(reader: Reader, right: Node, name: str) -> Iterator[Axis]:
    """The axis of a matrix that the state is multiplied by from the left, as in ``h[t - 1] @ R``."""
    for node in right.within():
        parts = node.children if node.data == "product" else []
        for state, operator, matrix in zip(parts, parts[1:], parts[2:], strict=False):
            if operator == "@" and state.data == "entry" and str(state.children[0]) == name:
                axes = reader.read(matrix).axes
                if len(axes) == 2:
                    yield axes[0]


def _apart(node: Node, name: str) -> Iterator[Node]:
    """The terms without the state, of sums that hold it."""
    for part in node.children:
        if isinstance(part, Node) and any(n.data == "entry" and str(n.children[0]) == name for n in part.within()):
            yield from _apart(part, name)
        elif isinstance(part, Node) and node.data == "sum":
            yield part
