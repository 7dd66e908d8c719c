"""Calls ``f(x)``: a function of this layer, a scalar function, an operation on arrays, another layer, in that order."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from lark import Token

from derive import scalar_functions
from derive.errors import LayerTextError
from derive.expression import ZERO, Call, Compare, Delta, Expr, Where
from derive.program import Equation, Function
from derive.reading import laying_out, linear_algebra, numpy_words, shaping
from derive.reading.arguments import arguments, exactly, listed, places
from derive.reading.arrays import Array, elementwise, permuted, scalar
from derive.reading.index_notation import kronecker
from derive.reading.reader import Reader
from derive.reading.reductions import REDUCTIONS, over_axes
from derive.reading.source import Node, did_you_mean
from derive.rewriting import walk


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
    if word in OPERATIONS:
        return OPERATIONS[word](reader, node)
    if word == "delta" and reader.scope.letters:
        left, right = exactly(reader, node, 2)
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


def _unknown(reader: Reader, name: Token) -> LayerTextError:
    draft = reader.scope.draft
    if str(name) in draft.tensors:
        return reader.fault(f"{name} is a tensor and cannot be called", name, "write * between factors")
    known = (*draft.functions, *scalar_functions.names(), *OPERATIONS, *reader.layers.names())
    hint = numpy_words.instead(str(name)) or did_you_mean(str(name), known)
    return reader.fault(f"there is no function or layer {name}", name, hint)


def _scalar(reader: Reader, node: Node, arity: int, entry: Callable[..., Expr]) -> Array:
    operands = [reader.read(a) for a in exactly(reader, node, arity)]
    if not operands:
        return scalar(entry())
    return reader.fitted(node.children[0], elementwise, entry, *operands)


def _where(reader: Reader, node: Node) -> Array:
    test, *branches = exactly(reader, node, 3)
    guarded = reader.guarded_by(test)
    operands = [reader.read(test), *(guarded.read(b) for b in branches)]

    def entry(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
        # a mask is read as NumPy reads it: whatever is not 0 holds
        bracket = condition if isinstance(condition, (Compare, Delta)) else Compare("!=", condition, ZERO)
        return Where(bracket, then, otherwise)

    return reader.fitted(node.children[0], elementwise, entry, *operands)


def _reduction(reader: Reader, node: Node) -> Array:
    name = str(node.children[0])
    by_position, by_name = arguments(reader, node)
    axis = by_name.pop("axis", None)
    for word, _ in by_name.values():
        hint = (
            "arrays are aligned by the names of their axes" if str(word) == "keepdims" else f"write {name}(A, axis=C)"
        )
        raise reader.fault(f"{name} has no argument named {word}", word, hint)
    if len(by_position) == 2 and axis is None:
        hint = f"write {name}imum(a, b) for the larger or smaller of two" if name in ("max", "min") else ""
        raise reader.fault(f"{name} takes one array", by_position[1], hint or f"write {name}(A, axis=C)")
    if len(by_position) != 1:
        raise reader.fault(f"{name} takes one array", node.children[0], f"write {name}(A, axis=C)")
    array = reader.read(by_position[0])
    over = tuple(range(len(array.axes))) if axis is None else places(reader, array, listed(axis[1]))
    return over_axes(name, array, over, reader.letters)


def _transpose(reader: Reader, node: Node) -> Array:
    by_position, by_name = arguments(reader, node)
    if by_name or not by_position:
        raise reader.fault("transpose takes an array and the order of its axes", node.children[0], "transpose(A, C, N)")
    array = reader.read(by_position[0])
    wanted = [n for a in by_position[1:] for n in listed(a)]
    if not wanted and len(array.axes) > 2:
        raise reader.fault(
            f"{array.shape} can be transposed in several ways", node.children[0], "transpose(A, C, N, D)"
        )
    order = places(reader, array, wanted) if wanted else tuple(reversed(range(len(array.axes))))
    if len(order) != len(array.axes):
        raise reader.fault(f"transpose needs every axis of {array.shape}", node.children[0])
    return permuted(array, order)


OPERATIONS: dict[str, Callable[[Reader, Node], Array]] = {
    **dict.fromkeys(REDUCTIONS, _reduction),
    "where": _where,
    "transpose": _transpose,
    "swapaxes": shaping.swapped,
    "concat": shaping.concat,
    "stack": shaping.stack,
    "reshape": laying_out.reshape,
    "pad": shaping.pad,
    "cumsum": shaping.cumsum,
    **linear_algebra.OPERATIONS,
}
MEANINGS: dict[str, Callable[[Reader, Node], Array]] = {"call": call}
