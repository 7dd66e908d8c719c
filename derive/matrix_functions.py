"""The table of matrix functions: inverse, determinant, log-determinant, and their slopes; the tests prove each row.

A function of a matrix is a function of the last two axes of a tensor, one matrix for each entry of the axes before.
``inv`` gives a matrix: ``inv(A[n, i, j])`` is entry ``i, j`` of the inverse of ``A[n]``. ``det`` and ``log_det`` give
a number and bind the two indices, as a sum does. ``log_det`` is the logarithm of the absolute value of the determinant,
so that it is there for every matrix that can be inverted.

Slopes: K. B. Petersen, M. S. Pedersen, The Matrix Cookbook (2012), equations 49, 51, 60.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from derive.expression import Access, Call, Expr, Reduce, delta, mul

INVERSE = "inv"
Entry = Callable[[Expr, Expr], Expr]  # of the inverse, by row and column


@dataclass(frozen=True)
class MatrixFunction:
    """One row.

    ``slope`` is the derivative by one entry, ``row, col``, of the matrix, made of entries of the inverse and of the
    value itself; for ``inv`` the value is the entry at the indices ``at``.
    """

    name: str
    latex: str
    slope: Callable[[Entry, Expr, tuple[Expr, ...], Expr, Expr], Expr]


# fmt: off
ROWS = (
    MatrixFunction("inv", r"^{-1}", lambda inverse, value, at, row, col: -inverse(at[0], row) * inverse(col, at[1])),
    MatrixFunction("det", r"\det", lambda inverse, value, at, row, col: value * inverse(col, row)),
    MatrixFunction("log_det", r"\log \left\lvert \det", lambda inverse, value, at, row, col: inverse(col, row)),
)
# fmt: on

TABLE = {row.name: row for row in ROWS}


def matrix_entry(expr: Expr) -> Access | None:
    """The entry whose matrix a matrix function is applied to, None for any other expression."""
    match expr:
        case Call("inv", (Access() as entry,)):
            return entry
        case Reduce("det" | "log_det", _, Access() as entry):
            return entry
    return None


def slope(expr: Expr, by: Access) -> Expr:
    """The derivative of a matrix function by one entry of the tensor that it is applied to.

    >>> from derive.expression import Axis, Index
    >>> i, j, k, l = (Index(letter, Axis("D")) for letter in "ijkl")
    >>> print(slope(Reduce("log_det", (i, j), Access("A", (i, j))), Access("A", (k, l))))
    inv(A[l, k])
    """
    entry = matrix_entry(expr)
    assert entry is not None
    *batch, row, column = entry.indices
    name = expr.function if isinstance(expr, Call) else expr.op  # type: ignore[attr-defined]

    def inverse(i: Expr, j: Expr) -> Expr:
        return Call(INVERSE, (Access(entry.tensor, (*batch, i, j)),))

    same = (delta(b, moved) for b, moved in zip(batch, by.indices, strict=False))
    return mul(*same, TABLE[name].slope(inverse, expr, (row, column), *by.indices[-2:]))
