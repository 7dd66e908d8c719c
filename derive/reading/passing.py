"""What is passed to another layer: tensors, whose axes are those that the layer names."""

from __future__ import annotations

from derive.calculus.kinds import Renaming
from derive.expression import Axis
from derive.program import Program, Tensor
from derive.reading.arrays import of_tensor, shape
from derive.reading.function_calls import is_layer_call
from derive.reading.reader import Reader
from derive.reading.source import Node


def as_tensor(reader: Reader, node: Node, formal: str, layer: str) -> Tensor:
    """The tensor passed; a longer expression first gets a line of its own, named as the layer called names it."""
    draft = reader.scope.draft
    array = reader.read(node)
    if node.data == "name" and str(node.children[0]) in draft.tensors:
        return draft.tensors[str(node.children[0])]
    if is_layer_call(reader, node):
        return draft.tensors[draft.equations[-1].name]
    name = draft.unique(formal)
    return draft.define(name, array, layer, f"{name} = {reader.scope.source.excerpt(node, node)}")


def readable_outside(reader: Reader, actual: Tensor, formal: Tensor, layer: str) -> Tensor:
    """The tensor passed, or a copy of it, so that reads outside its range give what the layer called wants there."""
    draft = reader.scope.draft
    if not formal.outside or draft.stands_outside(actual.name, formal.outside):
        return actual
    name = draft.unique(formal.name)
    copy = draft.define(name, of_tensor(actual), layer, f"{name} = {actual.name}")
    draft.stands_outside(name, formal.outside)
    return copy


def unified(reader: Reader, program: Program, given: dict[str, Node], tensors: dict[str, Tensor]) -> dict[Axis, Axis]:
    """Which axis of the caller each axis of the layer is."""
    axes: dict[Axis, Axis] = {}
    owner: dict[Axis, str] = {}
    for formal, actual in tensors.items():
        expected, place = program.tensor(formal), given[formal]
        if len(expected.axes) != len(actual.axes):
            raise reader.fault(
                f"{program.name} expects {formal} with the axes {shape(expected.axes)}, "
                f"but {actual.name} has {shape(actual.axes)}",
                place,
            )
        for inner, outer in zip(expected.axes, actual.axes, strict=True):
            if inner.extent is not None and Renaming(axes=axes).axis(inner) != outer:
                raise reader.fault(f"{formal} has an axis of size {inner.name}, but here it is {outer.name}", place)
            if axes.setdefault(inner, outer) != outer:
                raise reader.fault(
                    f"{program.name} expects {formal} with the axes {shape(expected.axes)}; its {inner.name} is "
                    f"{axes[inner].name} in {owner[inner]}, but {outer.name} in {actual.name}",
                    place,
                    "transpose it with .T, or name the axes alike",
                )
            owner.setdefault(inner, actual.name)
        if expected.integer and not actual.integer:
            raise reader.fault(f"{formal} holds whole numbers", place, f"declare {actual.name}: input, integer")
    return axes
