"""The arguments of a call: those by position, those by name, and axes among them."""

from __future__ import annotations

from lark import Token

from derive.expression import number
from derive.reading.arrays import Array, lengths
from derive.reading.reader import Reader
from derive.reading.source import Node


def arguments(reader: Reader, node: Node) -> tuple[list[Node], dict[str, tuple[Token, Node]]]:
    """The arguments by position, and those by name with the place of the name."""
    by_position: list[Node] = []
    by_name: dict[str, tuple[Token, Node]] = {}
    for argument in node.children[1].children if len(node.children) > 1 else ():
        if argument.data != "keyword":
            if by_name:
                raise reader.fault("an argument without a name stands after one with a name", argument)
            by_position.append(argument)
            continue
        name, value = argument.children
        if str(name) in by_name:
            raise reader.fault(f"{name} is given twice", name)
        by_name[str(name)] = (name, value)
    return by_position, by_name


def exactly(reader: Reader, node: Node, count: int) -> list[Node]:
    """That many arguments by position, and none by name."""
    by_position, by_name = arguments(reader, node)
    name = node.children[0]
    for word, _ in by_name.values():
        raise reader.fault(f"{name} has no argument named {word}", word)
    if len(by_position) != count:
        plural = "" if count == 1 else "s"
        raise reader.fault(f"{name} takes {count} argument{plural}, but {len(by_position)} are given", name)
    return by_position


def with_axis(reader: Reader, node: Node, example: str) -> tuple[list[Node], Node | None]:
    """The arguments by position, and the one named ``axis``, which is the only one with a name."""
    by_position, by_name = arguments(reader, node)
    axis = by_name.pop("axis", None)
    for word, _ in by_name.values():
        raise reader.fault(f"{node.children[0]} has no argument named {word}", word, example)
    if not by_position:
        raise reader.fault(f"{node.children[0]} takes an array", node.children[0], example)
    return by_position, axis[1] if axis else None


def listed(node: Node) -> list[Node]:
    """One axis, or several in brackets."""
    return list(node.children) if node.data == "tuple" else [node]


def places(reader: Reader, array: Array, wanted: list[Node]) -> tuple[int, ...]:
    """The places of axes given by name or by number, as in ``axis=(N, -1)``."""
    found = [place(reader, array, node) for node in wanted]
    if len(set(found)) < len(found):
        raise reader.fault("an axis is given twice", wanted[-1])
    return tuple(found)


def place(reader: Reader, array: Array, node: Node) -> int:
    """The place of one axis, given by name or by number."""
    rank = len(array.axes)
    if node.data == "name":
        token = node.children[0]
        axis = reader.scope.axis(token)
        if array.axes.count(axis) == 1:
            return array.axes.index(axis)
        problem = "has no axis" if axis not in array.axes else "has more than one axis"
        hint = lengths(array.axes) if axis not in array.axes else ""
        raise reader.fault(
            f"{array.shape} {problem} {axis.name}", token, hint or "its axes can also be counted: axis=-1"
        )
    value = reader.read(node).at(()) if node.data in ("number", "signed") else None
    for counted in range(rank):
        if value in (number(counted), number(counted - rank)):
            return counted
    raise reader.fault(
        f"this is no axis of {array.shape}", node, f"name one of {', '.join(a.name for a in array.axes)}"
    )
