"""Symmetric matrices: rows and columns change places, so that equal products look alike."""

from __future__ import annotations

from derive.calculus.rules import factor_everywhere
from derive.calculus.surroundings import Surroundings
from derive.expression import Access, Expr, Index, Mul, is_cotangent, mul
from derive.matrix_functions import matrix_entry
from derive.program import Program
from derive.rewriting import bottom_up, free_indices, tidy, walk


def use_symmetry(expr: Expr, around: Surroundings) -> Expr:
    """the matrix is symmetric, and so is its inverse: rows and columns may change places"""

    def change(here: Expr) -> Expr:
        if isinstance(here, Mul):  # the matrix first, as in A x
            return mul(*sorted(here.factors, key=lambda f: not _is_symmetric(f, program)))
        if not isinstance(here, Access) or not _is_symmetric(here, program):
            return here
        *before, row, column = here.indices
        turned = isinstance(row, Index) and isinstance(column, Index) and column in free and row not in free
        return Access(here.tensor, (*before, column, row)) if turned else here

    program, free = around.program, free_indices(expr)
    if not any(isinstance(n, Access) and _is_symmetric(n, program) for n in walk(expr)):
        return expr
    after = factor_everywhere(tidy(bottom_up(expr, change)))
    return after if len(list(walk(after))) < len(list(walk(expr))) else expr


def _is_symmetric(expr: Expr, program: Program) -> bool:
    entry = matrix_entry(expr) or expr
    laws = program.tensor(entry.tensor).laws if isinstance(entry, Access) and not is_cotangent(entry.tensor) else ()
    return any(law.kind == "symmetric" for law in laws)
