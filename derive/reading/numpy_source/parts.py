"""Entries looked up by arrays of whole numbers, and arrays that a constructor fills."""

from __future__ import annotations

import ast

from derive.expression import ONE, Access, Expr, Number, add, number
from derive.reading.arrays import Array
from derive.reading.numpy_source import functions
from derive.reading.numpy_source.values import Fresh, Unreadable, Value, Whole, positional


def gathered(base: Array, indices: list[Array], known: frozenset[str]) -> Array:
    """Entries looked up: the arrays of indices are broadcast against each other, the other axes stay."""
    for index in indices:
        entry = index.at(tuple(number(0) for _ in index.axes))
        if isinstance(entry, Access) and entry.tensor not in known:
            raise Whole(entry.tensor)
        if not isinstance(entry, (Access, Number)):
            raise Unreadable("entries looked up by something computed")
    common = positional(add, *indices) if len(indices) > 1 else indices[0]
    rank = len(common.axes)

    def at(letters: tuple[Expr, ...]) -> Expr:
        front = letters[:rank]
        looked = tuple(i.at(tuple(front[rank - len(i.axes) :])) for i in indices)
        return base.at((*looked, *letters[rank:]))

    return Array((*common.axes, *base.axes[len(indices) :]), at)


def fresh(arguments: list[Value], words: dict[str, Value]) -> Fresh:
    """What ``np.random.randn(D, H)`` or ``np.zeros(H)`` is in a constructor: a parameter of that shape."""
    shape = words.get("size", arguments)
    if len(arguments) == 1 and isinstance(arguments[0], tuple):
        shape = arguments[0]
    made = functions.filled(ONE)([tuple(shape)], {})
    return Fresh(made.axes)


def is_type(node: ast.expr) -> bool:
    """Whether an argument is the type of numbers."""
    text = ast.unparse(node)
    return text in ("int", "float", "bool") or text.startswith(("np.float", "np.int", "np.bool"))
