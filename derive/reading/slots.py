"""One place between the brackets of an entry: a letter, whole-number arithmetic on letters, or a gather.

``X[n, i*stride + r - padding]``, ``X[n, D - 1 - d]``, ``E[token[n], d]``.
"""

from __future__ import annotations

from collections.abc import Iterator

from lark import Token

from derive.calculus.affine import position
from derive.calculus.bounds import divisions_done, inside
from derive.calculus.whole_numbers import FLOOR_DIV, FLOOR_MOD, NotWhole, is_whole, polynomial, written
from derive.errors import LayerTextError
from derive.expression import ZERO, Access, Axis, Call, Expr, Hyper, Index, Number, add
from derive.program import Tensor
from derive.reading.reader import Reader, entries
from derive.reading.reductions import size
from derive.reading.scope import UNKNOWN
from derive.reading.source import Node
from derive.reading.windows import leaves
from derive.rewriting import free_indices, substitute, walk

ARITHMETIC = "an index is a letter, or letters times whole numbers added up"
NEAREST = ("minimum", "maximum")
EXAMPLE = "as in X[n, i*stride + r - padding]"


def read_slot(reader: Reader, item: Node, tensor: Tensor, axis: Axis) -> Expr:
    """The index that the item means on this axis of the tensor."""
    if _is_gather(reader, item):
        return _clipped(_gather(reader, item), tensor, axis)
    index = reader.letter(item) or whole_number(reader, item)
    if index == axis_letter(index, axis) or (isinstance(index, Call) and index.function in NEAREST):
        return index  # the nearest of two positions knows its ends
    index = divisions_done(index)
    if inside(index, axis):
        return index
    letters = free_indices(index)
    if not tensor.outside and not any(i.name in reader.scope.guarded for i in letters):
        _check_range(reader, item, tensor, axis, index)
    return _clipped(index, tensor, axis)


def axis_letter(index: Expr, axis: Axis) -> Expr | None:
    """The index itself if it is a letter of this axis."""
    return index if isinstance(index, Index) and index.axis == axis else None


def _clipped(index: Expr, tensor: Tensor, axis: Axis) -> Expr:
    """The nearest position on the axis, if that is what the tensor was declared to give."""
    if tensor.outside != "clipped":
        return index
    return Call("minimum", (Call("maximum", (index, ZERO)), add(size(axis), -1)))


def names_in(item: Node) -> Iterator[Token]:
    """The names that the item itself is made of, those inside a gather left out."""
    if item.data == "name":
        yield item.children[0]
    elif item.data != "entry":
        for child in item.children:
            if isinstance(child, Node):
                yield from names_in(child)


def whole_number(reader: Reader, item: Node) -> Expr:
    """A whole number made of letters, numbers, sizes and hyperparameters."""
    scope = reader.scope
    if item.data == "ranged":
        raise reader.fault("an index has no range", item, "a range follows a letter where it is bound: sum[r: 3](...)")
    for token in names_in(item):
        known = {*scope.letters, *scope.hypers, *scope.axes, *scope.draft.tensors}
        if str(token) not in known:
            raise reader.fault(
                f"the index {token} is neither on the left side nor summed over",
                token,
                f"write it on the left, or sum over it: sum[{token}](...)",
            )
    expr = entries(reader, item, reader.read(item))
    for here in walk(expr):
        if isinstance(here, Access):
            raise _not_alone(reader, item, here)
        if isinstance(here, Hyper):
            _check_hyper(reader, item, here)
    if not _counts(expr):
        expr = _multiplied_out(expr)
    if not _counts(expr):
        raise reader.fault(ARITHMETIC, item, EXAMPLE)
    return expr


def _multiplied_out(expr: Expr) -> Expr:
    """``t + (r - R)*dilation`` without the brackets; what is no such number as it is."""
    try:
        return written(polynomial(expr))
    except NotWhole:
        return expr


def _counts(expr: Expr) -> bool:
    """Whether an expression without tensors is a position, or the smaller or larger of two."""
    if isinstance(expr, Call) and expr.function in NEAREST:
        return all(map(_counts, expr.args))
    divided = {n: Index(f"#{k}", UNKNOWN) for k, n in enumerate(walk(expr)) if _is_division(n)}
    return is_whole(expr) and position(substitute(expr, divided)) is not None


def _is_division(expr: Expr) -> bool:
    return isinstance(expr, Call) and expr.function in (FLOOR_DIV, FLOOR_MOD) and bool(free_indices(expr))


def _check_hyper(reader: Reader, item: Node, hyper: Hyper) -> None:
    known = reader.scope.draft.hypers.get(hyper.name)
    default = known.default if known is not None else None
    if isinstance(default, Number) and (default.value.denominator != 1 or default.value < 0):
        raise reader.fault(
            f"{hyper.name} is {default.value} if nothing else is chosen, and cannot count entries",
            item,
            f"give it a whole number: {hyper.name} = 1",
        )


def _check_range(reader: Reader, item: Node, tensor: Tensor, axis: Axis, index: Expr) -> None:
    where = leaves(index, axis)
    if where:
        hint = f"declare what stands there: {tensor.name}: ..., zero outside (or: clipped outside)"
        if not free_indices(index):
            hint = f"indices count from 0; the last entry is {axis.name} - 1"
        raise reader.fault(f"this index can lie {where} entry of {axis.name}", item, hint)
    if isinstance(index, Index) and index.axis.extent is None:
        raise reader.fault(
            f"{index.name} runs over {index.axis.name}, but {tensor.name} has {axis.name} here",
            item,
            "use another letter",
        )
    if any(map(_is_division, walk(index))):
        raise reader.fault(
            f"it cannot be known that this index stays on {axis.name}",
            item,
            "declare the sizes so that this can be seen, as in X: input [N, H*K]",
        )


def _is_gather(reader: Reader, item: Node) -> bool:
    """Whether the item is an entry of a tensor, or a scalar tensor."""
    if item.data == "entry":
        return True
    name = str(item.children[0]) if item.data == "name" else ""
    return name in reader.scope.draft.tensors and name not in reader.scope.letters


def _gather(reader: Reader, item: Node) -> Expr:
    index = entries(reader, item, reader.read(item))
    if isinstance(index, Access) and not reader.scope.draft.tensors[index.tensor].integer:
        raise _not_whole(reader, item, index)
    return index


def _not_alone(reader: Reader, item: Node, entry: Access) -> LayerTextError:
    tensor = reader.scope.draft.tensors.get(entry.tensor)
    if tensor is None or not tensor.integer:
        return _not_whole(reader, item, entry)
    return reader.fault(
        f"{entry.tensor} can only stand alone in an index, as in X[{entry}]",
        item,
        "let another integer input hold the places worked out",
    )


def _not_whole(reader: Reader, item: Node, entry: Access) -> LayerTextError:
    return reader.fault(
        f"{entry.tensor} holds real numbers, but an index is a whole number",
        item,
        f"declare it as whole numbers: {entry.tensor}: input, integer",
    )
