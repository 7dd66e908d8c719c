"""Terms of random layers: the text as a user would write it, and beside it the same mathematics for JAX.

The second meaning is put together with the text and not read from it, so that it shares nothing with the reader, the
calculus or the code generator. A value is an array with one dimension for each of its letters, in alphabetical order;
two values go together by their letters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

SIZES = {"N": 2, "D": 3, "C": 4}
LETTERS = {"n": "N", "m": "N", "d": "D", "e": "D", "c": "C", "k": "C"}  # letters, and the axes that they run over


@dataclass(frozen=True)
class Named:
    """An array and its letters, in alphabetical order."""

    letters: tuple[str, ...]
    array: Any


@dataclass(frozen=True)
class Scope:
    """What a term is evaluated with: JAX's NumPy, tensors in the order of their axes, and how far letters run."""

    xp: Any
    tensors: Mapping[str, Any]
    sizes: Mapping[str, int]
    parameters: Mapping[str, Named]


@dataclass(frozen=True)
class Term:
    """Text and meaning. ``plain``: the letters that stand alone in some place; ``tensors``: what it reads.

    ``atom``: the text needs no brackets as an operand.
    """

    text: str
    letters: frozenset[str]
    value: Callable[[Scope], Named]
    plain: frozenset[str] = frozenset()
    tensors: frozenset[str] = frozenset()
    atom: bool = True

    def __str__(self) -> str:
        return self.text if self.atom else f"({self.text})"


def number(text: str) -> Term:
    """A number as written."""
    value = float(Fraction(text))
    return Term(text, frozenset(), lambda s: Named((), s.xp.asarray(value)), atom="/" not in text)


def letter(name: str) -> Term:
    """A letter as a number, from 0."""
    return Term(name, frozenset({name}), lambda s: Named((name,), s.xp.arange(s.sizes[name]) * 1.0))


def size(axis: str) -> Term:
    """The size of an axis."""
    return Term(axis, frozenset(), lambda s: Named((), s.xp.asarray(float(SIZES[axis]))))


def parameter(name: str) -> Term:
    """The argument of a function, in its body."""
    return Term(name, frozenset(), lambda s: s.parameters[name])


def access(tensor: str, letters: tuple[str, ...], text: str = "") -> Term:
    """An entry ``T[n, d]``, or, by the ``text`` of array notation, all of them."""
    slots = tuple(Term(x, frozenset({x}), lambda s, x=x: Named((x,), s.xp.arange(s.sizes[x]))) for x in letters)
    found = entry(tensor, slots, "none")
    shown = text or (found.text if letters else tensor)
    return Term(shown, frozenset(letters), found.value, frozenset(letters), frozenset({tensor}))


def entry(tensor: str, slots: tuple[Term, ...], outside: str) -> Term:
    """An entry at any whole numbers; beyond the ends a tensor is ``zero`` or ``clipped``."""

    def value(s: Scope) -> Named:
        at = together(s, *(slot.value(s) for slot in slots))
        array, inside, places = s.tensors[tensor], True, []
        for place, index in zip(at.arrays, array.shape, strict=True):
            whole = s.xp.asarray(place).astype(int)
            inside = inside & (whole >= 0) & (whole < index)
            places.append(s.xp.clip(whole, 0, index - 1))
        found = array[tuple(places)]
        return Named(at.letters, s.xp.where(inside, found, 0.0) if outside == "zero" else found)

    return Term(
        f"{tensor}[{', '.join(t.text for t in slots)}]",
        frozenset().union(*(t.letters for t in slots)),
        value,
        frozenset(t.text for t in slots if t.text in LETTERS),
        frozenset({tensor}).union(*(t.tensors for t in slots)),
    )


@dataclass(frozen=True)
class Together:
    """Arrays that broadcast over common letters."""

    letters: tuple[str, ...]
    arrays: tuple[Any, ...]


def together(s: Scope, *values: Named) -> Together:
    """The arrays with a dimension of length 1 for each letter that they lack."""
    letters = tuple(sorted({x for v in values for x in v.letters}))
    arrays = tuple(s.xp.reshape(v.array, tuple(s.sizes[x] if x in v.letters else 1 for x in letters)) for v in values)
    return Together(letters, arrays)


def combined(text: str, operation: Callable[..., Any], *parts: Term, atom: bool = False) -> Term:
    """An operation entry by entry; it is given JAX's NumPy and then the arrays."""

    def value(s: Scope) -> Named:
        found = together(s, *(p.value(s) for p in parts))
        result = operation(s.xp, *found.arrays)
        return Named(found.letters, s.xp.broadcast_to(result, tuple(s.sizes[x] for x in found.letters)))

    return Term(
        text,
        frozenset().union(*(p.letters for p in parts)),
        value,
        frozenset().union(*(p.plain for p in parts)),
        frozenset().union(*(p.tensors for p in parts)),
        atom,
    )


def reduced(text: str, op: str, over: tuple[str, ...], body: Term, ranges: Mapping[str, int]) -> Term:
    """``sum``, ``mean``, ``max``, ``min`` or ``prod`` over letters; a letter that the body lacks counts as well."""

    def value(s: Scope) -> Named:
        inner = Scope(s.xp, s.tensors, {**s.sizes, **ranges}, s.parameters)
        found = body.value(inner)
        letters = tuple(sorted({*found.letters, *over}))
        shape = tuple(inner.sizes[x] for x in letters)
        kept = s.xp.reshape(
            found.array, tuple(n if x in found.letters else 1 for n, x in zip(shape, letters, strict=True))
        )
        places = tuple(letters.index(x) for x in over)
        result = getattr(s.xp, op)(s.xp.broadcast_to(kept, shape), axis=places)
        return Named(tuple(x for x in letters if x not in over), result)

    return Term(text, body.letters - set(over), value, body.plain - set(over), body.tensors)


def applied(name: str, body: Term, parameters: tuple[str, ...], args: tuple[Term, ...]) -> Term:
    """A function of the layer's own."""

    def value(s: Scope) -> Named:
        given = dict(zip(parameters, (a.value(s) for a in args), strict=True))
        return body.value(Scope(s.xp, s.tensors, s.sizes, given))

    outer = combined(f"{name}({', '.join(a.text for a in args)})", lambda xp, *_: 0.0, *args, atom=True)
    return Term(outer.text, outer.letters, value, outer.plain, outer.tensors)


def ordered(xp: Any, value: Named, letters: tuple[str, ...], sizes: Mapping[str, int]) -> Any:
    """The array with its dimensions in the order of the letters, those that it lacks repeated."""
    everywhere = tuple(sorted(letters))
    shape = tuple(sizes[x] if x in value.letters else 1 for x in everywhere)
    full = xp.broadcast_to(xp.reshape(value.array, shape), tuple(sizes[x] for x in everywhere))
    return xp.transpose(full, tuple(everywhere.index(x) for x in letters))


def erf(x: Any) -> Any:
    """JAX's error function."""
    from jax.scipy.special import erf as function

    return function(x)


# A function of the language → its meaning, by the declared slope at a kink.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "exp": lambda xp, x: xp.exp(x),
    "log": lambda xp, x: xp.log(x),
    "sqrt": lambda xp, x: xp.sqrt(x),
    "square": lambda xp, x: x * x,
    "reciprocal": lambda xp, x: 1 / x,
    "sin": lambda xp, x: xp.sin(x),
    "cos": lambda xp, x: xp.cos(x),
    "tan": lambda xp, x: xp.tan(x),
    "sinh": lambda xp, x: xp.sinh(x),
    "cosh": lambda xp, x: xp.cosh(x),
    "tanh": lambda xp, x: xp.tanh(x),
    "atan": lambda xp, x: xp.arctan(x),
    "erf": lambda xp, x: erf(x),
    "sigmoid": lambda xp, x: 1 / (1 + xp.exp(-x)),
    "softplus": lambda xp, x: xp.logaddexp(x, 0.0),
    "relu": lambda xp, x: xp.where(x > 0, x, 0.0),
    "abs": lambda xp, x: xp.where(x > 0, x, -x),
    "sign": lambda xp, x: xp.sign(x),
    "maximum": lambda xp, a, b: xp.where(a > b, a, b),
    "minimum": lambda xp, a, b: xp.where(a < b, a, b),
}
