"""Index notation: ``X[n, d]``, ``sum[d](...)``, ``delta(i, j)``, where a letter stands for an index of an axis."""

from __future__ import annotations

from derive.expression import Access, Expr, delta
from derive.reading.arrays import Array, scalar
from derive.reading.letters import bound_letters, wrong_rank
from derive.reading.moving_letters import indices_of
from derive.reading.reader import Reader, entries
from derive.reading.recurrences import step_before
from derive.reading.reductions import REDUCTIONS, over_letters
from derive.reading.slots import read_slot
from derive.reading.source import Node, did_you_mean


def entry(reader: Reader, node: Node) -> Array:
    """One entry of a tensor, an index for each axis."""
    name, items = node.children
    scope = reader.scope
    scope.used.add(str(name))
    tensor = scope.tensor(str(name))
    if tensor is None or scope.parameters:
        raise scope.unknown(name)
    if len(items.children) != len(tensor.axes):
        raise wrong_rank(scope.source, node, tensor)
    now = step_before(reader, node)
    if now is not None:
        tensor = scope.draft.tensors[scope.states[str(name)].before]
    slots = [
        now if now is not None and n == scope.states[str(name)].place else read_slot(reader, item, tensor, axis)
        for n, (item, axis) in enumerate(zip(items.children, tensor.axes, strict=True))
    ]
    return scalar(Access(tensor.name, tuple(slots)))


def kronecker(reader: Reader, left: Node, right: Node) -> Expr:
    """Kronecker's delta of two letters that run over the same axis."""
    i, j = reader.letter(left), reader.letter(right)
    if i is None or j is None:
        raise reader.fault("delta compares two letters", right if i else left, "write [i == j + 1] for anything more")
    if i.axis != j.axis:
        raise reader.fault(f"{i.name} runs over {i.axis.name}, but {j.name} over {j.axis.name}", right)
    return delta(i, j)


def reduction(reader: Reader, node: Node) -> Array:
    """``sum[n, d](...)``, ``mean``, ``max``, ``min``, ``prod``: the letters are bound inside the brackets."""
    name, items, body = node.children
    if str(name) not in REDUCTIONS:
        raise reader.fault(f"{name} is not a reduction", name, did_you_mean(str(name), REDUCTIONS, "reductions are"))
    indices = indices_of(reader, bound_letters(reader, items, "as in sum[n, d](...) or sum[r: 3](...)"), body)
    inner = reader.under(indices)
    return scalar(over_letters(str(name), indices, entries(inner, body, inner.read(body))))


MEANINGS = {"entry": entry, "reduction": reduction}
