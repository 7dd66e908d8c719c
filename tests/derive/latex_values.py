"""What a tree of `tests.derive.latex_meaning` is worth at a point: in index notation, or with whole matrices."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np
from numpy.typing import NDArray

from tests.derive.latex_meaning import Tree

HOLDS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne}
FUNCTIONS: dict[str, Callable[..., float]] = {
    "exp": math.exp,
    "log": math.log,
    "tanh": math.tanh,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "arctan": math.atan,
    "erf": math.erf,
    "softplus": lambda x: math.log1p(math.exp(x)),
    "abs": abs,
    "sign": lambda x: float((x > 0) - (x < 0)),
    "sigma": lambda x: 1 / (1 + math.exp(-x)),
    "ReLU": lambda x: max(x, 0.0),
    "max": max,
    "min": min,
}
SLOPES: dict[tuple[str, int], Callable[..., float]] = {
    ("exp", 0): math.exp,
    ("log", 0): lambda x: 1 / x,
    ("tanh", 0): lambda x: 1 - math.tanh(x) ** 2,
    ("sin", 0): math.cos,
    ("erf", 0): lambda x: 2 / math.sqrt(math.pi) * math.exp(-x * x),
    ("softplus", 0): lambda x: FUNCTIONS["sigma"](x),
    ("abs", 0): lambda x: FUNCTIONS["sign"](x),
    ("sigma", 0): lambda x: FUNCTIONS["sigma"](x) * (1 - FUNCTIONS["sigma"](x)),
    ("ReLU", 0): lambda x: float(x > 0),
    ("max", 0): lambda a, b: float(a > b),
    ("max", 1): lambda a, b: float(a <= b),
    ("min", 0): lambda a, b: float(a < b),
    ("min", 1): lambda a, b: float(a >= b),
}
CONSTANTS = {r"\pi": math.pi, r"\mathrm{e}": math.e}
STEP = 1e-5
REDUCTIONS: dict[str, Callable[[list[float]], float]] = {"sum": sum, "prod": math.prod, "max": max, "min": min}

Axes = tuple[str, ...]
Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """Numbers for what is printed: the axis of each index, the size of each axis, and each tensor as an array.

    ``gradients`` has the gradient of the loss by the tensor so printed; ``axes`` names the axes of each tensor;
    ``functions`` are the layer's own.
    """

    index_axes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    tensors: Mapping[str, Numbers] = field(default_factory=dict)
    gradients: Mapping[str, Numbers] = field(default_factory=dict)
    axes: Mapping[str, Axes] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., float]] = field(default_factory=dict)


def function(name: str, position: int | None, at: Point) -> Callable[..., float]:
    """A function or its slope; of the layer's own functions a difference quotient."""
    if name not in at.functions:
        return FUNCTIONS[name] if position is None else SLOPES[name, position]
    own = at.functions[name]
    if position is None:
        return own

    def slope(*args: float) -> float:
        up, down = ([a + h * (k == position) for k, a in enumerate(args)] for h in (STEP, -STEP))
        return (own(*up) - own(*down)) / (2 * STEP)

    return slope


def axis_of(letter: Tree, body: Tree, at: Point) -> str:
    """The axis that a letter runs over, by the first place where it stands alone; empty if there is none."""
    match body:
        case ("symbol", name, indices) if name in at.axes and letter in indices:
            return at.axes[name][indices.index(letter)]
        case tuple():
            for part in body:
                found = axis_of(letter, part, at) if isinstance(part, tuple) else ""
                if found:
                    return found
    return ""


def value(tree: Tree, at: Point, bound: Mapping[str, int]) -> float:
    """The number that a formula in index notation stands for; ``bound`` has the free indices."""
    match tree:
        case ("num", number):
            return float(number)
        case ("symbol", name, indices):
            if name in bound and not indices:
                return float(bound[name])
            if name in CONSTANTS:
                return CONSTANTS[name]
            if name in at.tensors:
                return float(at.tensors[name][tuple(int(value(i, at, bound)) for i in indices)])
            return float(at.sizes[name])
        case ("gradient", _, ("symbol", name, indices)):
            return float(at.gradients[name][tuple(int(value(i, at, bound)) for i in indices)])
        case ("add", *terms):
            return sum(value(t, at, bound) for t in terms)
        case ("neg", term):
            return -value(term, at, bound)
        case ("mul", *factors):
            return math.prod(value(f, at, bound) for f in factors)
        case ("div", above, below):
            return value(above, at, bound) / value(below, at, bound)
        case ("pow", base, exponent):
            return float(value(base, at, bound) ** value(exponent, at, bound))
        case ("sqrt", inner):
            return math.sqrt(value(inner, at, bound))
        case ("call", name, position, *args):
            return function(name, position, at)(*(value(a, at, bound) for a in args))
        case ("floor", inner):
            return float(math.floor(value(inner, at, bound) + 1e-9))
        case ("mod", left, right):
            return float(value(left, at, bound) % value(right, at, bound))
        case ("det", ("symbol", name, indices)):
            return float(np.linalg.det(at.tensors[name][tuple(int(value(i, at, bound)) for i in indices)]))
        case ("entry", ("inverse", ("symbol", name, indices)), place):
            matrix = np.linalg.inv(at.tensors[name][tuple(int(value(i, at, bound)) for i in indices)])
            return float(matrix[tuple(int(value(i, at, bound)) for i in place)])
        case ("delta", left, right):
            return float(value(left, at, bound) == value(right, at, bound))
        case ("compare", op, left, right):
            return float(HOLDS[op](value(left, at, bound), value(right, at, bound)))
        case ("where", holds, then, otherwise):
            return value(then if value(holds, at, bound) else otherwise, at, bound)
        case ("reduce", op, indices, body):
            names = [str(i[1]) for i in indices]
            ranges = [
                range(at.sizes[axis_of(i, body, at) or at.index_axes[str(i[1]).replace("'", "")]]) for i in indices
            ]
            return REDUCTIONS[op](
                [value(body, at, {**bound, **dict(zip(names, here, strict=True))}) for here in product(*ranges)]
            )
    raise ValueError(f"no value: {tree}")


@dataclass(frozen=True)
class Array:
    """Numbers and the names of their axes; a vector is a column, unless a transpose mark has made it a row."""

    numbers: Numbers
    axes: Axes
    is_row: bool = False


def array(tree: Tree, at: Point) -> Array:
    """The array that a formula in matrix notation stands for."""
    match tree:
        case ("num", number):
            return Array(np.array(float(number)), ())
        case ("symbol", name, ()):
            if name in CONSTANTS:
                return Array(np.array(CONSTANTS[name]), ())
            if name in at.tensors:
                return Array(at.tensors[name], at.axes[name])
            return Array(np.array(float(at.sizes[name])), ())
        case ("gradient", _, ("symbol", name, ())):
            return Array(at.gradients[name], at.axes[name])
        case ("ones", axis):
            return Array(np.ones(at.sizes[axis]), (axis,))
        case ("identity", axis):
            return Array(np.eye(at.sizes[axis]), (axis, axis))
        case ("transpose", inner):
            here = array(inner, at)
            return Array(here.numbers.T, here.axes[::-1], is_row=len(here.axes) == 1)
        case ("inverse", inner):
            here = array(inner, at)
            return Array(np.linalg.inv(here.numbers), here.axes)
        case ("reduce" | "det", *_):
            return Array(np.array(value(tree, at, {})), ())
        case ("neg", term):
            return _each(operator.neg, array(term, at))
        case ("add", *terms):
            return _fold(operator.add, [array(t, at) for t in terms])
        case ("odot", left, right):
            return _each(operator.mul, array(left, at), array(right, at))
        case ("oslash", left, right) | ("div", left, right):
            return _each(operator.truediv, array(left, at), array(right, at))
        case ("mul", *factors):
            return _fold_products([array(f, at) for f in factors])
        case ("pow", base, exponent):
            return _each(operator.pow, array(base, at), array(exponent, at))
        case ("sqrt", inner):
            return _each(np.sqrt, array(inner, at))
        case ("call", name, position, *args):
            return _each(np.vectorize(function(name, position, at), otypes=[float]), *(array(a, at) for a in args))
        case ("compare", op, left, right):
            return _each(lambda a, b: HOLDS[op](a, b).astype(float), array(left, at), array(right, at))
        case ("where", holds, then, otherwise):
            return _each(_choose, *(array(p, at) for p in (holds, then, otherwise)))
    raise ValueError(f"no array: {tree}")


def _choose(holds: Numbers, then: Numbers, otherwise: Numbers) -> Numbers:
    return np.asarray(np.where(holds != 0, then, otherwise))


def _fold(rule: Callable[..., Numbers], parts: list[Array]) -> Array:
    here = parts[0]
    for part in parts[1:]:
        here = _each(rule, here, part)
    return here


def _each(rule: Callable[..., Numbers], *parts: Array) -> Array:
    """Entry by entry; what lacks an axis is repeated along it, which the axes' names tell."""
    axes = max((p.axes for p in parts), key=len)
    shaped = []
    for part in parts:
        assert part.axes == axes or len(part.axes) < len(axes), f"{part.axes} does not fit {axes}"
        if part.axes == axes:
            shaped.append(part.numbers)
            continue
        order = [part.axes.index(a) for a in axes if a in part.axes]
        places = tuple(slice(None) if a in part.axes else None for a in axes)
        shaped.append(part.numbers.transpose(order)[places] if part.axes else part.numbers)
    return Array(np.asarray(rule(*shaped)), axes)


def _fold_products(parts: list[Array]) -> Array:
    here = parts[0]
    for part in parts[1:]:
        here = _product(here, part)
    return here


def _product(left: Array, right: Array) -> Array:
    """A number scales; a column times a row is an outer product; else neighbouring axes are summed over."""
    if not left.axes or not right.axes:
        return Array(left.numbers * right.numbers, left.axes or right.axes, left.is_row or right.is_row)
    if len(left.axes) == 1 and not left.is_row:
        assert right.is_row or len(right.axes) == 2, "a column times a column"
        return Array(np.outer(left.numbers, right.numbers), (*left.axes, *right.axes))
    assert left.axes[-1] == right.axes[0], f"{left.axes} times {right.axes}"
    is_row = len(left.axes) == 1 and len(right.axes) == 2
    return Array(left.numbers @ right.numbers, (*left.axes[:-1], *right.axes[1:]), is_row)
