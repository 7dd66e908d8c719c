"""What is known of an array's dtype before there is an array: whether it can be changed in place without loss."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codegen.kernel import (
    Arange,
    Array,
    Cast,
    Comparison,
    Elementwise,
    Extent,
    Eye,
    Fold,
    FunctionCall,
    Gather,
    Literal,
    NamedConstant,
    Pick,
    Scatter,
    Select,
    ShapeOf,
    Take,
    Var,
    Window,
    operands,
)

KEEPS_WHOLE = frozenset(
    {"relu", "abs", "sign", "maximum", "minimum", "floor_div", "floor_mod", "less_one_hot"}
)  # of integers, integers


@dataclass(frozen=True)
class Kind:
    """What is known of an array's dtype: surely floating-point; and the given tensors that it may come from.

    An upstream gradient adds none: a gradient has the dtype of what was given.
    """

    floating: bool
    sources: frozenset[str]


def kind(array: Array, kinds: Mapping[str, Kind]) -> Kind:
    """What is known of an array's dtype."""
    return Kind(_floating(array, kinds), frozenset(_sources(array, kinds)))


def _floating(array: Array, kinds: Mapping[str, Kind]) -> bool:
    match array:
        case Var(_, name):
            return name in kinds and kinds[name].floating
        case Literal(_, value):
            return value.denominator != 1
        case Elementwise(_, "/") | NamedConstant() | Cast():
            return True
        case FunctionCall(_, function, _) if function not in KEEPS_WHOLE:
            return True
        case Select(_, _, then, otherwise, like):
            return any(_floating(a, kinds) for a in (then, otherwise)) or (like in kinds and kinds[like].floating)
        case _:
            return any(_floating(a, kinds) for a in _values(array))


def _sources(array: Array, kinds: Mapping[str, Kind]) -> Iterator[str]:
    if isinstance(array, Select) and array.like in kinds:
        yield from kinds[array.like].sources
    if isinstance(array, Var):
        yield from kinds[array.name].sources if array.name in kinds else (array.name,)
    for part in _values(array):
        yield from _sources(part, kinds)


def _values(array: Array) -> tuple[Array, ...]:
    """The operands whose dtype an array takes, without those that say where."""
    match array:
        case Comparison() | Extent() | Arange() | Eye() | ShapeOf():
            return ()
        case Select(_, _, then, otherwise):
            return (then, otherwise)
        case FunctionCall(_, "less_one_hot", (first, *_)):
            return (first,)
        case Take(_, arg) | Gather(_, arg) | Pick(_, arg) | Scatter(_, arg) | Window(_, arg) | Fold(_, arg):
            return (arg,)
    return operands(array)
