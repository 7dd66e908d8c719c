"""Index notation: ``X[n, d]``, ``sum[d](...)``, ``delta(i, j)``, where a letter stands for an index of an axis."""

from __future__ import annotations

from derive.expression import ONE, ZERO, Access, Compare, Delta, Expr, Where, delta
from derive.reading.arrays import Array, of_tensor, scalar
from derive.reading.letters import apart, bound_letters, wrong_rank
from derive.reading.moving_letters import indices_of
from derive.reading.reader import Reader, entries
from derive.reading.recurrences import step_before
from derive.reading.reductions import REDUCTIONS, over_letters
from derive.reading.slots import read_slot
from derive.reading.source import Node, did_you_mean
from derive.reading.subscripts import is_part, part, part_of


def entry(reader: Reader, node: Node) -> Array:
    """One entry of a tensor, an index for each axis."""
    name, items = node.children
    scope = reader.scope
    scope.used.add(str(name))
    tensor = scope.tensor(str(name))
    if tensor is None or scope.parameters:
        raise scope.unknown(name)
    if is_part(node, len(tensor.axes)) and (not scope.letters or _has_slices(items)):
        return part_of(reader, of_tensor(tensor), tensor, items, node)
    if len(items.children) != len(tensor.axes) and not (scope.stepwise and is_part(node, len(tensor.axes))):
        raise wrong_rank(scope.source, node, tensor)
    if not scope.letters:
        return part_of(reader, of_tensor(tensor), tensor, items, node)
    now, before = step_before(reader, node) or (None, "")
    if now is not None:
        tensor = scope.draft.tensors[before]
    slots = [
        now if now is not None and n == scope.states[str(name)].place else read_slot(reader, item, tensor, axis)
        for n, (item, axis) in enumerate(zip(items.children, tensor.axes, strict=False))
    ]
    source = tensor.name
    return Array(tensor.axes[len(slots) :], lambda indices: Access(source, (*slots, *indices)))


def _has_slices(items: Node) -> bool:
    return any(item.data in ("slice", "dots") for item in items.children)


def stray(reader: Reader, node: Node) -> Array:
    """A slice where no array is."""
    raise reader.fault("a slice stands between the brackets of an array only", node, "as in X[:, 0:K]")


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
    letters, guards = apart(reader, items)
    where = Node("guarded", [*guards, body], body.meta)
    indices = indices_of(reader, bound_letters(reader, letters, "as in sum[n, d](...) or sum[r: 3](...)"), where)
    inner = reader.under(indices)
    for guard in guards:
        inner = inner.guarded_by(guard)
    value = entries(inner, body, inner.read(body))
    for guard in reversed(guards):
        if str(name) not in NEUTRAL:
            raise reader.fault(f"only sum and prod can have a condition, not {name}", guard, "use where(...)")
        value = Where(_condition(inner, guard), value, NEUTRAL[str(name)])
    return scalar(over_letters(str(name), indices, value))


NEUTRAL = {"sum": ZERO, "prod": ONE}


def _condition(reader: Reader, guard: Node) -> Expr:
    value = entries(reader, guard, reader.read(guard))
    return value if isinstance(value, (Compare, Delta)) else Compare("!=", value, ZERO)


MEANINGS = {"entry": entry, "reduction": reduction, "part": part, "slice": stray, "dots": stray}
