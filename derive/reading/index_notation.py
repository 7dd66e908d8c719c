"""Index notation: ``X[n, d]``, ``sum[d](...)``, ``delta(i, j)``, where a letter stands for an index of an axis."""

from __future__ import annotations

from lark import Token

from derive.expression import Access, Expr, Index, delta, number
from derive.reading.arrays import Array, is_unit, scalar
from derive.reading.letters import ARITHMETIC, axes_of_letters, wrong_rank
from derive.reading.reader import Reader, entries
from derive.reading.reductions import REDUCTIONS, over_letters
from derive.reading.source import Node, did_you_mean


def entry(reader: Reader, node: Node) -> Array:
    """One entry of a tensor, an index for each axis."""
    name, items = node.children
    scope = reader.scope
    scope.used.add(str(name))
    tensor = scope.draft.tensors.get(str(name))
    if tensor is None or scope.parameters:
        raise scope.unknown(name)
    if len(items.children) != len(tensor.axes):
        raise wrong_rank(scope.source, node, tensor)
    indices: list[Expr] = []
    for item, axis in zip(items.children, tensor.axes, strict=True):
        if is_unit(axis) and item.data == "number" and str(item.children[0]) == "0":
            indices.append(number(0))
            continue
        index = _index(reader, item)
        if index.axis != axis:
            raise reader.fault(
                f"{index.name} runs over {index.axis.name}, but {name} has {axis.name} here", item, "use another letter"
            )
        indices.append(index)
    return scalar(Access(str(name), tuple(indices)))


def _index(reader: Reader, node: Node) -> Index:
    """A letter in scope; anything more is for later."""
    letter = reader.letter(node)
    if letter is not None:
        return letter
    if node.data == "name":
        token = node.children[0]
        known = {*reader.scope.hypers, *reader.scope.axes, *reader.scope.draft.tensors}
        if str(token) not in known:
            raise reader.fault(
                f"the index {token} is neither on the left side nor summed over", token,
                f"write it on the left, or sum over it: sum[{token}](...)",
            )  # fmt: skip
    gather = "a gather, an index read from a tensor, is not supported yet"
    raise reader.fault(
        gather if node.data == "entry" else ARITHMETIC, node, "an index is a letter alone, as in X[n, d]"
    )


def kronecker(reader: Reader, left: Node, right: Node) -> Expr:
    """Kronecker's delta of two letters that run over the same axis."""
    i, j = _index(reader, left), _index(reader, right)
    if i.axis != j.axis:
        raise reader.fault(f"{i.name} runs over {i.axis.name}, but {j.name} over {j.axis.name}", right)
    return delta(i, j)


def reduction(reader: Reader, node: Node) -> Array:
    """``sum[n, d](...)``, ``mean``, ``max``, ``min``, ``prod``: the letters are bound inside the brackets."""
    name, items, body = node.children
    if str(name) not in REDUCTIONS:
        raise reader.fault(f"{name} is not a reduction", name, did_you_mean(str(name), REDUCTIONS, "reductions are"))
    tokens = [_new_letter(reader, item) for item in items.children]
    if len({str(t) for t in tokens}) < len(tokens):
        raise reader.fault("a letter stands twice in one reduction", tokens[-1])
    scope = reader.scope
    letters = axes_of_letters(scope.source, tokens, body, scope.draft.tensors, scope.letters)
    inner = reader.under(letters)
    return scalar(over_letters(str(name), letters, entries(inner, body, inner.read(body))))


def _new_letter(reader: Reader, item: Node) -> Token:
    token = item.children[0]
    if item.data != "name" or not isinstance(token, Token):
        raise reader.fault("a reduction runs over letters, as in sum[n, d](...)", item)
    return new_letter(reader, token)


def new_letter(reader: Reader, token: Token) -> Token:
    """A letter that is about to be bound, and must not mean anything else."""
    name = str(token)
    if name in reader.scope.letters:
        raise reader.fault(f"the index {name} is in use already", token, "take another letter inside")
    if name in reader.scope.draft.tensors or name in reader.scope.hypers:
        raise reader.fault(f"{name} is the name of a tensor or hyperparameter", token, "take another letter")
    return token


MEANINGS = {"entry": entry, "reduction": reduction}
