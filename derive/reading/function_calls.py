"""Calls ``f(x)``: a function of this layer, a scalar function, an operation on arrays, another layer, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lark import Token

from derive import scalar_functions
from derive.errors import LayerTextError
from derive.expression import ZERO, Call, Compare, Expr, Where, number
from derive.program import Equation, Function
from derive.reading.arrays import Array, elementwise, permuted, scalar
from derive.reading.index_notation import kronecker
from derive.reading.reader import Reader
from derive.reading.reductions import REDUCTIONS, over_axes
from derive.reading.source import Node, did_you_mean
from derive.rewriting import walk

OPERATIONS = (*REDUCTIONS, "where", "transpose")


def call(reader: Reader, node: Node) -> Array:
    """Find out what is called, and call it."""
    name = node.children[0]
    word, draft = str(name), reader.scope.draft
    if word in draft.functions:
        own = draft.functions[word]
        reader.scope.used.add(word)
        return _scalar(reader, node, len(own.parameters), lambda *args: Call(word, args))
    if scalar_functions.is_function(word):
        return _scalar(reader, node, scalar_functions.arity(word), lambda *args: scalar_functions.apply(word, *args))
    if word in REDUCTIONS:
        return _reduction(reader, node)
    if word == "where":
        return _where(reader, node)
    if word == "transpose":
        return _transpose(reader, node)
    if word == "delta" and reader.scope.letters:
        left, right = _exactly(reader, node, 2)
        return scalar(kronecker(reader, left, right))
    if is_layer_call(reader, node):
        return reader.layers.output(reader, node)
    raise _unknown(reader, name)


def is_layer_call(reader: Reader, node: Node) -> bool:
    """Whether the node calls another layer."""
    if node.data != "call" or reader.scope.parameters:
        return False
    word = str(node.children[0])
    nearer = word in reader.scope.draft.functions or scalar_functions.is_function(word) or word in OPERATIONS
    return not nearer and word in reader.layers.names()


def called(equations: Iterable[Equation], functions: Iterable[Function]) -> set[str]:
    """The scalar functions that equations, and the bodies of functions, call."""
    bodies = [*(e.right for e in equations), *(f.body for f in functions)]
    return {here.function for body in bodies for here in walk(body) if isinstance(here, Call)}


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


def _unknown(reader: Reader, name: Token) -> LayerTextError:
    draft = reader.scope.draft
    if str(name) in draft.tensors:
        return reader.fault(f"{name} is a tensor and cannot be called", name, "write * between factors")
    known = (*draft.functions, *scalar_functions.names(), *OPERATIONS, *reader.layers.names())
    return reader.fault(f"there is no function or layer {name}", name, did_you_mean(str(name), known))


def _exactly(reader: Reader, node: Node, count: int) -> list[Node]:
    by_position, by_name = arguments(reader, node)
    name = node.children[0]
    for word, _ in by_name.values():
        raise reader.fault(f"{name} has no argument named {word}", word)
    if len(by_position) != count:
        plural = "" if count == 1 else "s"
        raise reader.fault(f"{name} takes {count} argument{plural}, but {len(by_position)} are given", name)
    return by_position


def _scalar(reader: Reader, node: Node, arity: int, entry: Callable[..., Expr]) -> Array:
    operands = [reader.read(a) for a in _exactly(reader, node, arity)]
    if not operands:
        return scalar(entry())
    return reader.fitted(node.children[0], elementwise, entry, *operands)


def _where(reader: Reader, node: Node) -> Array:
    operands = [reader.read(a) for a in _exactly(reader, node, 3)]

    def entry(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
        # a mask is read as NumPy reads it: whatever is not 0 holds
        bracket = condition if isinstance(condition, Compare) else Compare("!=", condition, ZERO)
        return Where(bracket, then, otherwise)

    return reader.fitted(node.children[0], elementwise, entry, *operands)


def _reduction(reader: Reader, node: Node) -> Array:
    name = str(node.children[0])
    by_position, by_name = arguments(reader, node)
    axis = by_name.pop("axis", None)
    for word, _ in by_name.values():
        raise reader.fault(f"{name} has no argument named {word}", word, f"write {name}(A, axis=C)")
    if len(by_position) == 2 and axis is None:
        hint = f"write {name}imum(a, b) for the larger or smaller of two" if name in ("max", "min") else ""
        raise reader.fault(f"{name} takes one array", by_position[1], hint or f"write {name}(A, axis=C)")
    if len(by_position) != 1:
        raise reader.fault(f"{name} takes one array", node.children[0], f"write {name}(A, axis=C)")
    array = reader.read(by_position[0])
    places = tuple(range(len(array.axes))) if axis is None else _places(reader, array, _listed(axis[1]))
    return over_axes(name, array, places, reader.letters)


def _transpose(reader: Reader, node: Node) -> Array:
    by_position, by_name = arguments(reader, node)
    if by_name or not by_position:
        raise reader.fault("transpose takes an array and the order of its axes", node.children[0], "transpose(A, C, N)")
    array = reader.read(by_position[0])
    wanted = [n for a in by_position[1:] for n in _listed(a)]
    if not wanted and len(array.axes) > 2:
        raise reader.fault(
            f"{array.shape} can be transposed in several ways", node.children[0], "transpose(A, C, N, D)"
        )
    order = _places(reader, array, wanted) if wanted else tuple(reversed(range(len(array.axes))))
    if len(order) != len(array.axes):
        raise reader.fault(f"transpose needs every axis of {array.shape}", node.children[0])
    return permuted(array, order)


def _listed(node: Node) -> list[Node]:
    return list(node.children) if node.data == "tuple" else [node]


def _places(reader: Reader, array: Array, wanted: list[Node]) -> tuple[int, ...]:
    """The places of axes given by name or by number, as in ``axis=(N, -1)``."""
    places = [_place(reader, array, node) for node in wanted]
    if len(set(places)) < len(places):
        raise reader.fault("an axis is given twice", wanted[-1])
    return tuple(places)


def _place(reader: Reader, array: Array, node: Node) -> int:
    rank = len(array.axes)
    if node.data == "name":
        token = node.children[0]
        axis = reader.scope.axis(token)
        if array.axes.count(axis) == 1:
            return array.axes.index(axis)
        problem = "has no axis" if axis not in array.axes else "has more than one axis"
        raise reader.fault(f"{array.shape} {problem} {axis.name}", token, "its axes can also be counted: axis=-1")
    value = reader.read(node).at(()) if node.data in ("number", "signed") else None
    for place in range(rank):
        if value in (number(place), number(place - rank)):
            return place
    raise reader.fault(
        f"this is no axis of {array.shape}", node, f"name one of {', '.join(a.name for a in array.axes)}"
    )


MEANINGS: dict[str, Callable[[Reader, Node], Array]] = {"call": call}
