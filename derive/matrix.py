"""Matrix notation: expressions over whole tensors of at most two axes, as a lecturer writes them.

Every node has ``rows`` and ``cols``, an axis or None. A vector is a column (rows only) or a row (cols only).
Elementwise nodes broadcast: a column stands for the matrix with it in every column, a row likewise, a scalar
for all entries. Only inside a product does a vector's orientation show (``x`` or ``x`` transposed).
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.expression import Axis, Expr


@dataclass(frozen=True)
class Matrix:
    """Any node; ``rows`` is None for a row vector, ``cols`` for a column vector, both for a scalar."""

    rows: Axis | None
    cols: Axis | None


@dataclass(frozen=True)
class Whole(Matrix):
    """A whole tensor by name. ``transposed``: its first axis runs along the columns (rank 2 only)."""

    tensor: str
    transposed: bool = False


@dataclass(frozen=True)
class Inverse(Matrix):
    """The inverse of a whole tensor, which may stand transposed."""

    base: Whole


@dataclass(frozen=True)
class ScalarPart(Matrix):
    """A scalar expression without free indices, such as ``1/N``."""

    expr: Expr


@dataclass(frozen=True)
class Ones(Matrix):
    """A vector of ones, to sum over its axis."""


@dataclass(frozen=True)
class Identity(Matrix):
    """The identity matrix: ones on the diagonal."""


@dataclass(frozen=True)
class Product(Matrix):
    """The matrix product of two or more factors, neighbours sharing an axis (or none: an outer product)."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True)
class Hadamard(Matrix):
    """The elementwise product, broadcasting."""

    factors: tuple[Matrix, ...]


@dataclass(frozen=True)
class Sum(Matrix):
    """The elementwise sum, broadcasting; a term with factor -1 is a ``Hadamard`` with a ``ScalarPart`` first."""

    terms: tuple[Matrix, ...]


@dataclass(frozen=True)
class Power(Matrix):
    """Every entry to a power."""

    base: Matrix
    exponent: Expr


@dataclass(frozen=True)
class Apply(Matrix):
    """A scalar function of every entry; ``slope_of`` is None for its value, else the argument differentiated by."""

    function: str
    args: tuple[Matrix, ...]
    slope_of: int | None = None


@dataclass(frozen=True)
class Bracket(Matrix):
    """A comparison of every entry, as 0 or 1."""

    op: str
    left: Matrix
    right: Matrix


@dataclass(frozen=True)
class Choice(Matrix):
    """``then`` where the condition is 1, else ``otherwise``, entry by entry."""

    condition: Matrix
    then: Matrix
    otherwise: Matrix
