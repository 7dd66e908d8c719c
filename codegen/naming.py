"""Names in the code: legal, unique, and saying what they hold."""

from __future__ import annotations

import keyword
import re
from collections.abc import Collection, Iterable
from itertools import chain, count

from derive.errors import LayerTextError
from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    coefficient,
    is_cotangent,
    primal_name,
)
from derive.rewriting import walk

# Names that generated modules use themselves.
RESERVED = frozenset({"np", "self", "forward", "backward", "saved", "len", "rng", "params", "max", "min", "float"})

WORDS = {0: "zero", 1: "one", 2: "two", 3: "three", -1: "minus_one"}

RELATIONS = {"==": "is", ">": "above", ">=": "from", "<": "below", "<=": "to", "!=": "is_not"}


class Names:
    """Hands out one identifier for each thing named; the same thing always gets the same one."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(RESERVED) | set(taken)
        self._given: dict[str, str] = {}

    def of(self, tensor: str) -> str:
        """The identifier of a tensor or hyperparameter; the cotangent of ``W`` is ``dW``."""
        if tensor not in self._given:
            wish = "d" + primal_name(tensor) if is_cotangent(tensor) else tensor
            self._given[tensor] = self.new(wish)
        return self._given[tensor]

    def size(self, axis: str) -> str:
        """The identifier of the size of an axis."""
        key = f"size {axis}"
        if key not in self._given:
            self._given[key] = self.new(as_name(axis))
        return self._given[key]

    def again(self, wish: str) -> str:
        """The identifier of what is needed for a while and then anew: the counter of a loop, a dtype."""
        key = f"again {wish}"
        if key not in self._given:
            self._given[key] = self.new(wish)
        return self._given[key]

    def itself(self, name: str) -> str:
        """An identifier that was handed out, which is from now on also the name of a tensor that goes by it."""
        return self._given.setdefault(name, name)

    def synonym(self, wish: str, other: str) -> str:
        """Another name for a tensor, by which it goes by the same identifier."""
        name = next(n for n in (wish + "_" * k for k in count()) if n not in self._given)
        self.alias(name, other)
        return name

    def local(self, wish: str) -> str:
        """A new identifier, which is also the name of a tensor that goes by it."""
        name = self.new(wish)
        self._given[name] = name
        return name

    def new(self, wish: str) -> str:
        """A new identifier, as wished or with a number behind it."""
        if not wish.isidentifier():
            raise LayerTextError(f"{wish!r} cannot be a name in Python code", hint="use letters, digits and _")
        name, count = wish, 1
        while name in self._taken or keyword.iskeyword(name):
            count += 1
            name = f"{wish}_{count}"
        self._taken.add(name)
        return name

    def alias(self, tensor: str, other: str) -> None:
        """Let one tensor go by the identifier of another."""
        self._given[tensor] = self.of(other)


LONGEST = 48  # characters of a name made of others


def as_name(size: str) -> str:
    """A size as a name: ``H*K`` is ``H_K``, ``4*H`` is ``size_4_H``, ``N - 1`` is ``N_minus_1``."""
    for sign, word in ((" - ", "_minus_"), (" + ", "_plus_"), (" // ", "_over_"), ("/", "_over_")):
        size = size.replace(sign, word)
    name = re.sub(r"\W+", "_", size).strip("_")
    return name if name[:1].isalpha() else f"size_{name}"


def class_name(layer: str) -> str:
    """``two_layer_net`` is the class ``TwoLayerNet``."""
    return "".join(part[:1].upper() + part[1:] for part in layer.split("_")) or "Layer"


def unused(wish: str, taken: Collection[str]) -> str:
    """The name wished for, numbered from 2 if it is taken.

    >>> unused("h", ["h", "h_2"])
    'h_3'
    """
    return next(name for name in chain((wish,), (f"{wish}_{k}" for k in count(2))) if name not in taken)


def describe(expr: Expr) -> str:
    """A name for an intermediate value that says what it is: ``exp_U``, ``max_U``, ``Y_minus_T``.

    A long one ends with the last whole word that a reader can still take in.
    """
    name = _described(expr)
    return name if len(name) <= LONGEST else name[: LONGEST + 1].rpartition("_")[0].rstrip("_") or name


def _described(expr: Expr) -> str:
    match expr:
        case Call(function, args):
            return f"{function}_{describe(args[0])}"
        case Reduce(op, _, body):
            return f"{op}_{describe(body)}"
        case Pow(base, exponent) if isinstance(exponent, Number) and exponent.value.denominator == 2:
            return f"root_{describe(base)}"
        case Pow(base, _):
            return describe(base)
        case Access(tensor, indices):
            name = f"d{primal_name(tensor)}" if is_cotangent(tensor) else tensor
            return name if all(isinstance(i, (Index, Number, Access)) for i in indices) else f"{name}_windows"
        case Add((first, second)):
            value, rest = coefficient(second)
            if isinstance(rest, Reduce) and rest.op == "max" and value < 0:
                return f"shifted_{describe(first)}"
            return f"{describe(first)}_{'minus' if value < 0 else 'plus'}_{describe(rest)}"
        case Add(terms):
            return f"{describe(terms[0])}_sum"
        case Compare(op, left, right) if op in RELATIONS:
            return f"{describe(left)}_{RELATIONS[op]}_{describe(right)}"
        case Mul():
            named = [f for f in expr.factors if any(isinstance(n, Access) for n in walk(f))]
            return "_".join(describe(f) for f in named[:2]) or "scale"
        case Number(value):
            return WORDS.get(value.numerator, f"n{abs(value.numerator)}")
        case Size(axis):
            return as_name(axis.name)
        case Hyper(name) | Constant(name):
            return name
        case _:
            return "value"
