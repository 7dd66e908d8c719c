"""A second opinion on formulas, for the tests: NumPy, read strictly, with nothing of the verifier but names of symbols.

Side by side, two arrays are a matrix product, and ``⊙`` is one of entries; an array with letters below is an entry.
Nothing is guessed: what does not fit is `Misfit`, what this module cannot read is `Undecided`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from derive.program import Program
from derive.verifying.claims.truth import Point
from derive.verifying.elaborate.context import Context, Slope, named_slope
from derive.verifying.elaborate.names import Atom
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import is_transpose, parts, text_of
from derive.verifying.formula import (
    Accent,
    Addition,
    Big,
    Bracketed,
    Commas,
    Derivative,
    Differential,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Relations,
    Root,
    Scripted,
)

FUNCTIONS: Mapping[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "cos": np.cos,
    "sin": np.sin,
    "cosh": np.cosh,
    "sinh": np.sinh,
    "erf": np.vectorize(math.erf, otypes=[float]),
    "relu": lambda x: np.maximum(x, 0),
    "sigma": lambda x: 1 / (1 + np.exp(-x)),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "softplus": lambda x: np.log(1 + np.exp(x)),
    "sgn": np.sign,
    "sign": np.sign,
}
STEP = 1e-5


class Undecided(Exception):
    """A formula that this arithmetic does not know how to read."""


class Misfit(Exception):
    """A formula that means nothing: shapes or indices that do not fit together."""


@dataclass(frozen=True)
class Grid:
    """An array: one axis for each letter, then none or two axes of a matrix. Vectors are columns."""

    letters: tuple[str, ...]
    array: np.ndarray

    @property
    def plain(self) -> tuple[int, ...]:
        """The shape of the matrix at each entry; empty for numbers."""
        return self.array.shape[len(self.letters) :]


@dataclass(frozen=True)
class Numbers:
    """What the symbols of a note stand for at one point. ``names`` maps the verifier's names to the program's."""

    point: Point
    names: Mapping[str, str]
    context: Context
    shapes: Shapes
    loss: str

    @property
    def program(self) -> Program:
        """The forward pass as the layer's text states it."""
        return self.point.world.program

    def size(self, letter: str) -> int:
        """How far an index letter runs."""
        base = letter.rstrip("'")
        for axis in self.program.axes:
            if axis.name.lower() == base:
                return self.point.world.size(axis)
        raise Undecided(f"the index {letter}")

    def given(self, name: str) -> np.ndarray | None:
        """The value of a tensor or hyperparameter."""
        known = self.names.get(name, name)
        if known in self.point.world.hyper:
            return np.array(float(self.point.world.hyper[known]))
        for tensor in self.program.tensors:
            if tensor.name == known:
                axes = [self.point.world.size(a) for a in tensor.axes]
                table = self.point.world.values[known]
                return np.array([float(table[e]) for e in self.point.world.entries(tensor.axes)]).reshape(axes)
        for axis in self.program.axes:
            if axis.name == name:
                return np.array(float(self.point.world.size(axis)))
        return None

    def slope(self, slope: Slope) -> np.ndarray:
        """The derivatives of each entry of one tensor by each entry of another."""
        of, by = self.names.get(slope.of, slope.of), self.names.get(slope.by, slope.by)
        known = {t.name: t for t in self.program.tensors}
        if by not in known or (of not in known and of != self.loss) or slope.times:
            raise Undecided(f"the derivative of {of} by {by}")
        axes = (*(known[of].axes if of in known else ()), *known[by].axes)
        table = self.point.slope(of, by)
        shape = [self.point.world.size(a) for a in axes]
        return np.array([float(table[e]) for e in self.point.world.entries(axes)]).reshape(shape)

    def at(self, array: np.ndarray, indices: tuple[Node, ...], what: str) -> Grid:
        """The entry of an array at letters; without letters the whole array."""
        if not indices:
            if array.ndim > 2:
                raise Undecided(f"{what} has {array.ndim} axes")
            return Grid((), array.reshape(-1, 1) if array.ndim == 1 else array)
        letters = [text_of(i) for i in indices]
        if len(letters) != array.ndim:
            raise Misfit(f"{what} has {array.ndim} axes, not {len(letters)}")
        for letter, size in zip(letters, array.shape, strict=True):
            if self.size(letter) != size:
                raise Misfit(f"{letter} does not run along this axis of {what}")
        own = sorted(set(letters))
        numbers = {letter: k for k, letter in enumerate(own)}
        return Grid(tuple(own), np.einsum(array, [numbers[x] for x in letters], list(range(len(own)))))

    def value(self, node: Node) -> Grid:
        """The value of a formula."""
        match node:
            case Number(text, ""):
                return Grid((), np.array(float(text)))
            case Addition(terms, signs) if set(signs) <= {"+", "-"}:
                total = Grid((), np.array(0.0))
                for term, sign in zip(terms, signs, strict=True):
                    total = entrywise(total, self.value(term), np.add if sign == "+" else np.subtract)
                return total
            case Juxtaposition(factors):
                return self.side_by_side(factors)
            case Product(factors, signs):
                found = self.value(factors[0])
                for factor, sign in zip(factors[1:], signs, strict=True):
                    found = multiplied(found, self.value(factor), sign)
                return found
            case Fraction(top, bottom):
                below = self.value(bottom)
                if below.plain:
                    raise Undecided("a fraction over a matrix")
                return entrywise(self.value(top), below, np.divide)
            case Bracketed("(" | "[" | "{" | "", _, body):
                return self.value(body)
            case Root(body, None):
                inner = self.value(body)
                return Grid(inner.letters, np.sqrt(inner.array))
            case Big("sum", body, sub, None) if sub is not None:
                return self.summed(self.value(body), [text_of(p) for p in parts(sub)])
            case Derivative(of, (by,), _, _, None) if of is not None:
                return self.derivative(of, by)
            case Scripted(Bracketed() | Derivative() as base, None, sup, 0) if sup is not None:
                inner = self.value(base)
                return transposed(inner) if is_transpose(sup) else power(inner, self.value(sup))
            case Scripted(Number("1", "bf"), Name(text), sup, 0):
                size = self.given(text)
                if size is None or size.ndim:
                    raise Undecided(f"ones along {text}")
                ones = Grid((), np.ones((int(size), 1)))
                return transposed(ones) if sup is not None and is_transpose(sup) else ones
            case Name() | Scripted() | Accent() | Differential():
                return self.symbol(node)
            case _:
                raise Undecided(type(node).__name__)

    def atom(self, node: Node) -> Atom:
        """The symbol that a node spells."""
        if isinstance(node, Differential) and node.mark == "d":
            inner = self.atom(node.body)
            return Atom("d" + inner.name, inner.indices, (), inner.power, inner.transposed)
        found = self.context.lexicon.atom(node)
        if found is None or found.samples or found.primes:
            raise Undecided(f"{text_of(node)} is no plain symbol")
        return found

    def symbol(self, node: Node) -> Grid:
        """The value of a symbol with its indices, transpose and power."""
        atom = self.atom(node)
        array = self.given(atom.name)
        if array is None:
            slope = named_slope(atom.name, self.context, self.shapes)
            if slope is not None:
                array = self.slope(slope)
            elif atom.name == "delta" and len(atom.indices) == 2:
                array = np.eye(self.size(text_of(atom.indices[0])))
            else:
                raise Undecided(f"the symbol {atom.name}")
        found = self.at(array, atom.indices, atom.name)
        found = transposed(found) if atom.transposed else found
        return power(found, self.value(atom.power)) if atom.power is not None else found

    def derivative(self, of: Node, by: Node) -> Grid:
        """``∂ of / ∂ by`` with the indices of both."""
        above, below = self.atom(of), self.atom(by)
        array = self.slope(Slope(above.name, below.name))
        if array.ndim > 2 and not above.indices:
            raise Undecided("a derivative of an array by an array")
        return self.at(array, (*above.indices, *below.indices), "the derivative")

    def side_by_side(self, factors: tuple[Node, ...]) -> Grid:
        """A product; a function takes the bracket behind it."""
        found: Grid | None = None
        k = 0
        while k < len(factors):
            here = factors[k]
            behind = factors[k + 1] if k + 1 < len(factors) else None
            if isinstance(behind, Bracketed) and (function := self.function(here)) is not None:
                inner = self.value(behind.body)
                value, k = Grid(inner.letters, function(inner.array)), k + 1
            elif isinstance(here, Number) and here.font == "bf" and isinstance(behind, Bracketed):
                value, k = self.indicator(behind.body), k + 1
            else:
                value = self.value(here)
            found = value if found is None else multiplied(found, value, "")
            k += 1
        assert found is not None
        return found

    def function(self, node: Node) -> Callable[[np.ndarray], np.ndarray] | None:
        """A function or its slope, None for anything else."""
        primes = node.primes if isinstance(node, Scripted) else 0
        base = node.base if isinstance(node, Scripted) and node.sub is None and node.sup is None else node
        name = base.text.lower() if isinstance(base, Name) else ""
        if name not in FUNCTIONS or base.text in self.names:
            return None
        plain = FUNCTIONS[name]
        if primes == 1:
            return lambda x: slope_at(plain, x)
        return plain if primes == 0 else None

    def indicator(self, body: Node) -> Grid:
        """1 where a comparison holds, else 0."""
        match body:
            case Relations((left, right), (relation,)) if relation.sign in COMPARED:
                found = entrywise(self.value(left), self.value(right), COMPARED[relation.sign])
                return Grid(found.letters, found.array.astype(float))
            case _:
                raise Undecided("a condition")

    def summed(self, body: Grid, letters: list[str]) -> Grid:
        """The sum over letters; over one that does not occur it is a multiple."""
        for letter in letters:
            if letter in body.letters:
                axis = body.letters.index(letter)
                rest = tuple(x for x in body.letters if x != letter)
                body = Grid(rest, body.array.sum(axis=axis))
            else:
                body = Grid(body.letters, body.array * self.size(letter))
        return body


COMPARED = {">": np.greater, "<": np.less, "=": np.equal, "≥": np.greater_equal, "≤": np.less_equal}


def slope_at(function: Callable[[np.ndarray], np.ndarray], x: np.ndarray) -> np.ndarray:
    """Central differences, which say nothing at a kink."""
    if np.any(x == 0) and np.any(function(x + STEP) + function(x - STEP) > 2 * function(x) + STEP / 2):
        raise Undecided("a slope at a kink")
    step = STEP * np.where(x == 0, 1, np.abs(x))
    return (function(x + step) - function(x - step)) / (2 * step)


def entrywise(a: Grid, b: Grid, operation: Callable[..., np.ndarray]) -> Grid:
    """Entry by entry: letters meet letters; a vector is repeated along the axis of a matrix that it does not have."""
    letters = tuple(sorted({*a.letters, *b.letters}))
    left, right = spread(a, letters), spread(b, letters)
    if a.plain and b.plain and a.plain != b.plain:
        left, right = fitted(left, a.plain, b.plain), fitted(right, b.plain, a.plain)
    elif not a.plain and b.plain:
        left = left[..., None, None]
    elif a.plain and not b.plain:
        right = right[..., None, None]
    return Grid(letters, operation(left, right))


def spread(grid: Grid, letters: tuple[str, ...]) -> np.ndarray:
    """The array with an axis for each of the letters, in their order."""
    array = grid.array
    for k, letter in enumerate(letters):
        if letter not in grid.letters:
            array = np.expand_dims(array, k)
    return array


def fitted(array: np.ndarray, own: tuple[int, ...], other: tuple[int, ...]) -> np.ndarray:
    """A vector turned so that it is repeated along a matrix, or stands like another vector."""
    if 1 not in own:
        if 1 not in other:
            raise Misfit(f"{own} and {other}")
        return array
    length = max(own)
    if 1 in other:
        if max(other) != length:
            raise Misfit(f"{own} and {other}")
        return array.reshape(*array.shape[:-2], length, 1)
    if length not in other:
        raise Misfit(f"{own} and {other}")
    shape = (length, 1) if other[0] == length else (1, length)
    return array.reshape(*array.shape[:-2], *shape)


def multiplied(a: Grid, b: Grid, sign: str) -> Grid:
    """A product as its sign says."""
    if sign == "odot":
        return entrywise(a, b, np.multiply)
    if sign in ("oslash", "slash"):
        return entrywise(a, b, np.divide)
    if sign not in ("", "cdot", "times"):
        raise Undecided(f"the sign {sign}")
    if not (a.plain and b.plain):
        return entrywise(a, b, np.multiply)
    if a.letters or b.letters:
        raise Undecided("matrices at letters")
    if a.plain[1] != b.plain[0]:
        if a.plain == b.plain:
            return entrywise(a, b, np.multiply)  # no other product fits
        raise Misfit(f"{a.plain} times {b.plain}")
    return Grid((), a.array @ b.array)


def transposed(grid: Grid) -> Grid:
    """Rows and columns exchanged."""
    return Grid(grid.letters, np.swapaxes(grid.array, -1, -2)) if grid.plain else grid


def power(base: Grid, exponent: Grid) -> Grid:
    """A power of a number at each entry."""
    if base.plain or exponent.plain:
        raise Undecided("a power of a matrix")
    return entrywise(base, exponent, np.power)


def same(a: Grid, b: Grid) -> bool:
    """Whether two sides agree: the second has no letters of its own, and rows and columns of one entry do not count."""
    if not set(b.letters) <= set(a.letters):
        return False
    left, right = (np.atleast_1d(np.squeeze(g.array)) if g.plain else g.array for g in (a, b))
    if bool(a.plain) != bool(b.plain) and max(*a.plain, *b.plain, 1) > 1:
        return False
    if a.plain and left.shape != right.shape:
        return False
    if not a.plain:
        right = np.broadcast_to(spread(b, a.letters), left.shape)
    return bool(np.allclose(left, right, rtol=1e-6, atol=1e-8))


__all__ = ["Commas", "Grid", "Misfit", "Numbers", "Undecided", "same"]
