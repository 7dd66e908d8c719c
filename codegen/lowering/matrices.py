"""Functions of matrices as array operations: the matrix stands in the last two dimensions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from codegen.arrangement import MatrixCall
from codegen.kernel import Array, Axes, Diagonal
from codegen.lowering.contraction import transpose
from derive.errors import CannotJudge
from derive.expression import Access, Expr, Index, Reduce
from derive.matrix_functions import INVERSE, matrix_entry

ArrayOf = Callable[[Expr, Axes], Array]


def matrix_array(expr: Expr, out: Axes, array: ArrayOf) -> Array:
    """All entries of an inverse, or a determinant for each matrix."""
    entry = matrix_entry(expr)
    letters = tuple(i for i in entry.indices if isinstance(i, Index)) if entry else ()
    if entry is None or len(letters) != len(entry.indices):
        raise CannotJudge(f"no array code yet for {expr}", hint="give the inverse a line of its own: B = inv(A)")
    if isinstance(expr, Reduce):
        rest = tuple(i for i in letters if i not in expr.indices)
        return transpose(MatrixCall(rest, expr.op, array(entry, (*rest, *expr.indices))), out)
    twin = Index(letters[-1].name + "*", letters[-1].axis)
    matrix = (*letters[:-1], twin)
    inverse = MatrixCall(matrix, INVERSE, array(Access(entry.tensor, matrix), matrix))
    if letters[-1] == letters[-2]:
        return transpose(Diagonal(letters[:-1], inverse), out)
    return transpose(replace(inverse, axes=letters, arg=array(entry, letters)), out)
