"""NumPy's functions as symbols: one row for each that can be read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from derive.expression import ONE, ZERO, Call, Compare, Expr, Number, Where, add, mul, number, power
from derive.reading.arrays import Array, permuted, scalar
from derive.reading.numpy_source.contractions import CONTRACTIONS
from derive.reading.numpy_source.values import (
    UNIT,
    Unreadable,
    Value,
    axis_of,
    copied,
    counting,
    inserted,
    positional,
    product,
    reduced,
    sizes,
    whole_number,
)

HALF = Fraction(1, 2)


def _call(name: str) -> Callable[..., Expr]:
    return lambda *entries: Call(name, entries)


def _where(condition: Expr, then: Expr, otherwise: Expr) -> Expr:
    return Where(condition, then, otherwise)


ENTRYWISE: Mapping[str, Callable[..., Expr]] = {
    **{n: _call(n) for n in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "maximum", "minimum", "sign")},
    "abs": _call("abs"),
    "absolute": _call("abs"),
    "fabs": _call("abs"),
    "arctan": _call("atan"),
    "sqrt": lambda x: power(x, number(HALF)),
    "square": lambda x: power(x, 2),
    "reciprocal": lambda x: power(x, -1),
    "power": power,
    "pow": power,
    "log1p": lambda x: Call("log", (add(1, x),)),
    "expm1": lambda x: add(Call("exp", (x,)), -1),
    "log2": lambda x: mul(Call("log", (x,)), power(Call("log", (number(2),)), -1)),
    "add": add,
    "subtract": lambda a, b: add(a, mul(-1, b)),
    "multiply": mul,
    "divide": lambda a, b: mul(a, power(b, -1)),
    "true_divide": lambda a, b: mul(a, power(b, -1)),
    "negative": lambda x: mul(-1, x),
    "where": _where,
    "greater": lambda a, b: Compare(">", a, b),
    "less": lambda a, b: Compare("<", a, b),
    "logaddexp": lambda a, b: Call("log", (add(Call("exp", (a,)), Call("exp", (b,))),)),
}
REDUCTIONS = {"sum": "sum", "mean": "mean", "max": "max", "min": "min", "amax": "max", "amin": "min", "prod": "prod"}
SAME = {"array", "asarray", "copy", "float64", "ascontiguousarray", "atleast_2d", "nan_to_num", "asanyarray"}
SAME_METHODS = {"copy", "astype", "item"}


def call(name: str, arguments: list[Value], words: Mapping[str, Value]) -> Value:
    """What the NumPy function of that name gives. Errors: `Unreadable` for one that has no row."""
    if name in ENTRYWISE and all(isinstance(a, Array) for a in arguments):
        return positional(ENTRYWISE[name], *arguments)
    if name in REDUCTIONS:
        return reduction(REDUCTIONS[name], arguments, words)
    if name in SAME:
        return copied(arguments[0])
    if name in OTHERS:
        return OTHERS[name](arguments, words)
    raise Unreadable(f"np.{name} is not read here")


def reduction(op: str, arguments: list[Value], words: Mapping[str, Value]) -> Array:
    """``sum`` and its kin, over all axes or those named."""
    array, axis = arguments[0], words.get("axis", arguments[1] if len(arguments) > 1 else None)
    rank = len(array.axes)
    if axis is None:
        places = tuple(range(rank))
    else:
        numbers = [whole_number(a) for a in (axis if isinstance(axis, tuple) else (axis,))]
        places = tuple(_place(n, rank) for n in numbers)
    return reduced(op, array, places, words.get("keepdims") is True)


def _place(axis: int | None, rank: int) -> int:
    if axis is None or not -rank <= axis < rank:
        raise Unreadable(f"axis {axis} of an array of {rank} axes")
    return axis % rank


def _variance(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    array = arguments[0]
    if whole_number(words.get("ddof", scalar(ZERO))) != 0:
        raise Unreadable("a variance with ddof")
    mean = reduction("mean", [array, *arguments[1:]], {**words, "keepdims": True})
    squares = positional(lambda x, m: power(add(x, mul(-1, m)), 2), array, mean)
    return reduction("mean", [squares, *arguments[1:]], words)


def _deviation(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    return positional(lambda v: power(v, number(HALF)), _variance(arguments, words))


def _norm(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    if len(arguments) > 1 or "ord" in words:
        raise Unreadable("a norm of another order")
    squares = positional(lambda x: power(x, 2), arguments[0])
    return positional(lambda s: power(s, number(HALF)), reduction("sum", [squares], words))


def _clip(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    array, low, high = (*arguments, None, None)[:3]
    low, high = words.get("a_min", low), words.get("a_max", high)
    if low is not None:
        array = positional(_call("maximum"), array, low)
    return array if high is None else positional(_call("minimum"), array, high)


def transpose(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    """The axes in reverse, or in the order said."""
    array = arguments[0]
    said = words.get("axes", arguments[1] if len(arguments) > 1 else None)
    order = tuple(reversed(range(len(array.axes))))
    if said is not None:
        numbers = [whole_number(a) for a in (said if isinstance(said, tuple) else arguments[1:])]
        order = tuple(_place(n, len(array.axes)) for n in numbers)
    return permuted(array, order)


def _outer(arguments: list[Value], _: Mapping[str, Value]) -> Array:
    left, right = arguments
    if len(left.axes) != 1 or len(right.axes) != 1:
        raise Unreadable("np.outer of arrays that are no vectors")
    return positional(mul, inserted(left, (False, True)), inserted(right, (True, False)))


def _arange(arguments: list[Value], _: Mapping[str, Value]) -> Array:
    axis = axis_of(arguments[0]) if len(arguments) == 1 else None
    if axis is None:
        raise Unreadable("np.arange of something that is no size")
    return counting(axis)


def filled(value: Expr) -> Callable[[list[Value], Mapping[str, Value]], Array]:
    """Zeros or ones of a shape."""

    def made(arguments: list[Value], words: Mapping[str, Value]) -> Array:
        shape = arguments[0] if arguments else words.get("shape")
        axes = [axis_of(s) for s in (shape if isinstance(shape, tuple) else (shape,))]
        known = tuple(a for a in axes if a is not None)
        if len(known) != len(axes):
            raise Unreadable("an array of a shape that is not known by name")
        return Array(known, lambda _: value)

    return made


def _like(value: Expr) -> Callable[[list[Value], Mapping[str, Value]], Array]:
    return lambda arguments, _: Array(arguments[0].axes, lambda __: value)


def reshaped(array: Array, shape: tuple[Value, ...]) -> Array:
    """A new shape that only drops or inserts axes of one entry, or is the old one."""
    wanted = [None if whole_number(s) == -1 else axis_of(s) for s in shape]
    real = [a for a in array.axes if a != UNIT]
    asked = [a for a in wanted if a != UNIT]
    if len(asked) == len(real) and all(a is None or a == b for a, b in zip(asked, real, strict=True)):
        plain = Array(
            tuple(real),
            lambda indices: array.at(_spread(array, indices)),
        )
        return inserted(plain, tuple(a == UNIT for a in wanted))
    raise Unreadable("a reshape that merges or splits axes")


def _spread(array: Array, indices: tuple[Expr, ...]) -> tuple[Expr, ...]:
    rest = iter(indices)
    return tuple(ZERO if a == UNIT else next(rest) for a in array.axes)


def _size(arguments: list[Value], _: Mapping[str, Value]) -> Array:
    return scalar(mul(*(s.at(()) for s in sizes(arguments[0]))))


def _expand(arguments: list[Value], words: Mapping[str, Value]) -> Array:
    array = arguments[0]
    place = _place(whole_number(words.get("axis", arguments[-1])), len(array.axes) + 1)
    return inserted(array, tuple(n == place for n in range(len(array.axes) + 1)))


OTHERS: Mapping[str, Callable[[list[Value], Mapping[str, Value]], Any]] = {
    **CONTRACTIONS,
    "dot": lambda a, _: product(a[0], a[1]),
    "matmul": lambda a, _: product(a[0], a[1]),
    "inner": lambda a, _: product(a[0], a[1]),
    "outer": _outer,
    "var": _variance,
    "std": _deviation,
    "norm": _norm,
    "clip": _clip,
    "transpose": transpose,
    "arange": _arange,
    "zeros": filled(ZERO),
    "ones": filled(ONE),
    "zeros_like": _like(ZERO),
    "ones_like": _like(ONE),
    "reshape": lambda a, _: reshaped(a[0], a[1] if isinstance(a[1], tuple) else tuple(a[1:])),
    "size": _size,
    "expand_dims": _expand,
    "shape": lambda a, _: sizes(a[0]),
    "ndim": lambda a, _: scalar(Number(Fraction(len(a[0].axes)))),
}
