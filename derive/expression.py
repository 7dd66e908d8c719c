"""The expression tree: scalars built from indexed tensors, with every index owned by an axis.

The tree is ours and not SymPy's because SymPy reorders sums and products and multiplies numbers into
brackets (``2*(x + y)`` becomes ``2*x + 2*y``): a lecturer's line must come out as it went in.
SymPy stays the differentiator of every scalar expression (`derive.calculus.partials`).

Nodes are frozen, compared by structure, and remember their hash. Build them with the constructors
`add`, `mul`, `power`, `total` (or with Python's operators), which keep the order in which things were
written and only do what nobody would write out: flatten, merge numbers, drop zeros and ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Union

from derive.one_of_each import OneOfEach

Scalar = Union["Expr", int, Fraction]


@dataclass(frozen=True)
class Axis:
    """A named direction of a tensor; ``extent`` is None for a free size, which then prints as the name."""

    name: str
    extent: Expr | None = None


class Expr(metaclass=OneOfEach):
    """A scalar expression. Equality is structural; the hash is computed once."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        try:
            return self._hash
        except AttributeError:
            value = hash((type(self).__name__, *self.parts()))
            object.__setattr__(self, "_hash", value)
            return value

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return (
            isinstance(other, Expr)
            and type(self) is type(other)
            and hash(self) == hash(other)
            and self.parts() == other.parts()
        )

    def parts(self) -> tuple[Any, ...]:
        """All fields, in the order of the constructor."""
        return tuple([getattr(self, name) for name in self.__match_args__])  # type: ignore[attr-defined]

    def __add__(self, other: Scalar) -> Expr:
        return add(self, other)

    def __radd__(self, other: Scalar) -> Expr:
        return add(other, self)

    def __sub__(self, other: Scalar) -> Expr:
        return add(self, mul(-1, other))

    def __rsub__(self, other: Scalar) -> Expr:
        return add(other, mul(-1, self))

    def __mul__(self, other: Scalar) -> Expr:
        return mul(self, other)

    def __rmul__(self, other: Scalar) -> Expr:
        return mul(other, self)

    def __truediv__(self, other: Scalar) -> Expr:
        return mul(self, power(other, -1))

    def __rtruediv__(self, other: Scalar) -> Expr:
        return mul(other, power(self, -1))

    def __pow__(self, other: Scalar) -> Expr:
        return power(self, other)

    def __neg__(self) -> Expr:
        return mul(-1, self)

    def __str__(self) -> str:
        from derive.plain_text import text  # the printer stands on a higher floor

        return text(self)

    def _repr_latex_(self) -> str:
        from derive.notes.latex import latex  # the printer stands on a higher floor

        return f"$\\displaystyle {latex(self)}$"


@dataclass(frozen=True, eq=False)
class Number(Expr):
    """An exact rational number."""

    value: Fraction


@dataclass(frozen=True, eq=False)
class Constant(Expr):
    """A named real number: ``pi`` or ``e``."""

    name: str


@dataclass(frozen=True, eq=False)
class Index(Expr):
    """An integer that runs over its axis; two indices are the same when name and axis are."""

    name: str
    axis: Axis


@dataclass(frozen=True, eq=False)
class Size(Expr):
    """How many entries an axis has."""

    axis: Axis


@dataclass(frozen=True, eq=False)
class Hyper(Expr):
    """A hyperparameter of the layer, such as an epsilon or a stride."""

    name: str


@dataclass(frozen=True, eq=False)
class Access(Expr):
    """One entry of a tensor. A cotangent is a tensor of its own: ``∂W`` belongs to ``W``."""

    tensor: str
    indices: tuple[Expr, ...] = ()


@dataclass(frozen=True, eq=False)
class Add(Expr):
    """A sum of two or more terms, in the order written."""

    terms: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Mul(Expr):
    """A product of two or more factors, in the order written, a number first; ``a/b`` is ``a * b**-1``."""

    factors: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Pow(Expr):
    """A power."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, eq=False)
class Call(Expr):
    """A scalar function of the table `derive.scalar_functions` or of the layer's own, applied to scalars."""

    function: str
    args: tuple[Expr, ...]


@dataclass(frozen=True, eq=False)
class Slope(Expr):
    """The derivative of a scalar function by its argument number ``position``: ``f'(x)``."""

    function: str
    args: tuple[Expr, ...]
    position: int = 0


@dataclass(frozen=True, eq=False)
class Reduce(Expr):
    """``sum``, ``prod``, ``max`` or ``min`` of the body over bound indices."""

    op: str
    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, eq=False)
class Delta(Expr):
    """Kronecker's delta: 1 where both indices agree, else 0."""

    left: Expr
    right: Expr


@dataclass(frozen=True, eq=False)
class Compare(Expr):
    """Iverson's bracket: 1 where the comparison (``>``, ``>=``, ``<``, ``<=``, ``==``, ``!=``) holds, else 0."""

    op: str
    left: Expr
    right: Expr


@dataclass(frozen=True, eq=False)
class Where(Expr):
    """``then`` where the condition (a bracket) is 1, else ``otherwise``."""

    condition: Expr
    then: Expr
    otherwise: Expr


@dataclass(frozen=True, eq=False)
class Partial(Expr):
    """The local derivative of one entry of an equation's left side by one entry of an operand, not yet taken."""

    of: Access
    wrt: Access


ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))
COTANGENT_MARK = "∂"


def number(value: Scalar) -> Expr:
    """An `Expr` from a Python integer or fraction; an `Expr` is returned as it is."""
    return value if isinstance(value, Expr) else Number(Fraction(value))


def _flat(kind: type[Expr], items: tuple[Expr, ...]) -> Iterator[Expr]:
    for item in items:
        if type(item) is kind:
            yield from item.parts()[0]
        else:
            yield item


def coefficient(term: Expr) -> tuple[Fraction, Expr]:
    """Split a term into its number and the rest.

    >>> x = Access("x")
    >>> coefficient(3 * x) == (Fraction(3), x)
    True
    """
    if isinstance(term, Number):
        return term.value, ONE
    if isinstance(term, Mul) and isinstance(term.factors[0], Number):
        rest = term.factors[1:]
        return term.factors[0].value, rest[0] if len(rest) == 1 else Mul(rest)
    return Fraction(1), term


def add(*items: Scalar) -> Expr:
    """A sum: flattened, equal terms collected at the first one's place, zeros dropped.

    >>> x, y = Access("x"), Access("y")
    >>> add(x, y, x) == Add((Mul((Number(Fraction(2)), x)), y))
    True
    """
    counts: dict[object, Fraction] = {}
    first: dict[object, Expr] = {}
    for term in _flat(Add, tuple(number(i) for i in items)):
        count, rest = coefficient(term)
        same = frozenset(rest.factors) if isinstance(rest, Mul) else rest  # factors in any order
        first.setdefault(same, rest)
        counts[same] = counts.get(same, Fraction(0)) + count
    terms = [mul(Number(c), first[same]) for same, c in counts.items() if c != 0]
    if not terms:
        return ZERO
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def base_and_exponent(factor: Expr) -> tuple[Expr, Expr]:
    """Split a factor into base and exponent (1 if it is no power)."""
    return (factor.base, factor.exponent) if isinstance(factor, Pow) else (factor, ONE)


def mul(*items: Scalar) -> Expr:
    """A product: flattened, numbers merged in front, equal bases collected at the first one's place.

    >>> x, y = Access("x"), Access("y")
    >>> mul(x, 2, y, power(x, -1)) == Mul((Number(Fraction(2)), y))
    True
    """
    value = Fraction(1)
    exponents: dict[Expr, Expr] = {}
    for factor in _flat(Mul, tuple(number(i) for i in items)):
        if isinstance(factor, Number):
            value *= factor.value
            continue
        base, exponent = base_and_exponent(factor)
        exponents[base] = add(exponents[base], exponent) if base in exponents else exponent
    if value == 0:
        return ZERO
    factors: list[Expr] = []
    for base, exponent in exponents.items():
        factor = power(base, exponent) if exponent != ZERO else ONE
        if isinstance(factor, Number):  # as 2**x * 2**(1 - x)
            value *= factor.value
        else:
            factors.append(factor)
    if value != 1 or not factors:
        factors.insert(0, Number(value))
    return factors[0] if len(factors) == 1 else Mul(tuple(factors))


MAX_EXPONENT = 64  # a literal power beyond this is left as it stands, so that 9**9**9 costs nothing


def power(base: Scalar, exponent: Scalar) -> Expr:
    """A power; numbers are worked out while small, ``(x**a)**n`` merges for whole n, a product is kept whole."""
    base, exponent = number(base), number(exponent)
    if exponent == ZERO:
        return ONE
    if exponent == ONE:
        return base
    if isinstance(exponent, Number) and exponent.value.denominator == 1:
        n = exponent.value.numerator
        if isinstance(base, Number) and abs(n) <= MAX_EXPONENT and (base.value != 0 or n > 0):
            return Number(base.value**n)
        if isinstance(base, Pow):
            return power(base.base, mul(base.exponent, n))
        if isinstance(base, Mul):
            return mul(*(power(f, n) for f in base.factors))
    return Pow(base, exponent)


def total(indices: tuple[Index, ...], body: Scalar) -> Expr:
    """The sum of the body over the indices; nested sums become one, nothing to sum over gives the body."""
    body = number(body)
    if body == ZERO or not indices:
        return body
    if isinstance(body, Reduce) and body.op == "sum" and not set(indices) & set(body.indices):
        return Reduce("sum", indices + body.indices, body.body)
    return Reduce("sum", indices, body)


def delta(left: Expr, right: Expr) -> Expr:
    """Kronecker's delta, 1 when both sides are the same index, or both can only be the first entry."""
    single = all(i == ZERO or (isinstance(i, Index) and i.axis.extent == ONE) for i in (left, right))
    return ONE if single or left == right else Delta(left, right)


def cotangent_name(tensor: str) -> str:
    """The name of the tensor that holds the gradient of the output by ``tensor``."""
    return COTANGENT_MARK + tensor


def is_cotangent(name: str) -> bool:
    """Whether the name is that of a cotangent."""
    return name.startswith(COTANGENT_MARK)


def primal_name(cotangent: str) -> str:
    """The tensor that a cotangent belongs to."""
    return cotangent.removeprefix(COTANGENT_MARK)
