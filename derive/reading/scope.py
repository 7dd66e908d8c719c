"""What the names of one layer mean while it is read, in the order in which they are looked up."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from lark import Token

from derive.errors import LayerTextError
from derive.expression import Access, Axis, Constant, Expr, Index, number
from derive.program import Tensor
from derive.reading.arrays import Array, of_tensor, scalar
from derive.reading.declarations import ROLES
from derive.reading.draft import Draft
from derive.reading.reductions import size
from derive.reading.source import Source, did_you_mean

CONSTANTS = ("pi", "e")
MAX_DIGITS = 40
HyperValue = Expr | str  # a number, or the name of an axis of the layer


UNKNOWN = Axis("?")


@dataclass
class State:
    """A tensor that reads its own step before: the place of time, its axes, ``start`` for the step before the first.

    ``start`` is the name of a tensor, "" for zero; ``before`` the tensors of all steps before, of the steps before
    those, and so on, as far as they have been read.
    """

    token: Token
    place: int
    axes: tuple[Axis, ...]
    start: str
    source: str
    before: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The tensor's name."""
        return str(self.token)


@dataclass
class Scope:
    """The names of one layer's text."""

    source: Source
    draft: Draft
    letters: Mapping[str, Index] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)
    hypers: dict[str, HyperValue] = field(default_factory=dict)
    stepwise: bool = False  # whether X[t] is the array of one step, in an equation such as h[t] = x[t] @ W
    parameters: tuple[str, ...] = ()
    defining: str = ""
    later: dict[str, int] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    states: dict[str, State] = field(default_factory=dict)
    from_zero: dict[str, Token] = field(default_factory=dict)  # recurrences that start from 0, until they are read
    defined: dict[str, Token] = field(default_factory=dict)
    layer: str = ""
    guarded: frozenset[str] = frozenset()

    def tensor(self, name: str) -> Tensor | None:
        """The tensor of that name, as far as it is known: that of a recurrence before it is complete."""
        state = self.states.get(name)
        if state is not None and name not in self.draft.tensors:
            return Tensor(name, state.axes)
        return self.draft.tensors.get(name)

    def value(self, token: Token) -> Array:
        """What a bare name stands for: a tensor, a hyperparameter, the size of an axis, a constant."""
        name = str(token)
        self.used.add(name)
        if name in self.parameters:
            return scalar(Access(name))
        if name in self.letters:
            if name in self.axes or name in self.draft.tensors:
                other = "the size of an axis" if name in self.axes else "a tensor"
                raise self.source.error(f"{name} is both an index here and {other}", token, "take another letter")
            return scalar(self.letters[name])
        if name in self.draft.tensors and not self.parameters:
            return of_tensor(self.draft.tensors[name])
        if name in self.hypers:
            return scalar(self._number(token))
        if name in self.axes and not self.parameters:
            return scalar(size(self.axes[name]))
        if name in CONSTANTS:
            return scalar(Constant(name))
        raise self.unknown(token)

    def axis(self, token: Token) -> Axis:
        """The axis of that name, or the one that a hyperparameter of that name stands for."""
        name = str(token)
        self.used.add(name)
        wanted = self.hypers.get(name, name)
        if isinstance(wanted, Expr):
            return self.draft.axis(name, wanted)
        if wanted in self.axes:
            return self.axes[wanted]
        hint = did_you_mean(name, self.axes, otherwise="the axes are")
        raise self.source.error(f"there is no axis {wanted}", token, hint)

    def _number(self, token: Token) -> Expr:
        value = self.hypers[str(token)]
        if isinstance(value, str):
            raise self.source.error(f"{token} stands for an axis, not for a number", token, "use it as axis=...")
        return value

    def unknown(self, token: Token) -> LayerTextError:
        """The error for a name that means nothing here."""
        name = str(token)
        if self.parameters:
            return self.source.error(
                f"{name} is not known inside this function",
                token,
                "a scalar function sees its own arguments only: pass it",
            )
        if name == self.defining:
            return self.source.error(
                f"{name} stands in its own definition",
                token,
                f"name the new value differently; a recurrence has a value before its first step: {name}[-1] = start",
            )
        if name in self.later:
            return self.source.error(
                f"{name} is used before it is defined, in line {self.later[name]}", token, "put its equation first"
            )
        if name in ("inf", "infinity", "nan"):
            return self.source.error(f"there is no {name} here", token, "mask scores by a large number, such as -1e9")
        if name in ROLES:
            return self.source.error(f"{name} is a role", token, f"a declaration has a colon: x: {name} [N]")
        return self.source.error(f"{name} is not defined", token, did_you_mean(name, self.visible(), "known are"))

    def visible(self) -> Iterator[str]:
        """The names that could have been meant."""
        yield from self.letters
        yield from self.draft.tensors
        yield from self.hypers
        yield from self.axes


def exact(value: object) -> HyperValue | None:
    """A hyperparameter's value given from Python: an exact number, or the name of an axis; None for anything else.

    >>> exact(0.1) == number(Fraction(1, 10)), exact("N")
    (True, 'N')
    """
    match value:
        case bool() | None:
            return None
        case Expr() | str():
            return value
        case numbers.Integral():
            return number(int(value)) if abs(int(value)) < 10**MAX_DIGITS else None
        case Fraction():
            small = max(abs(value.numerator), value.denominator) < 10**MAX_DIGITS
            return number(value) if small else None
        case numbers.Real():  # a float means the decimal that it prints as, not its binary neighbour
            return number(Fraction(repr(float(value)))) if abs(float(value)) < float("inf") else None
        case _:
            return None
