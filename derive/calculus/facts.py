"""Facts: sums that are the same for all values, by a declared law or because the definitions make them so."""

from __future__ import annotations

from derive.calculus.algebra import multiply_out_everywhere
from derive.calculus.rules import factor_everywhere, pull_out_everywhere, reason
from derive.calculus.surroundings import Surroundings
from derive.expression import Access, Expr, Index, Mul, Reduce, is_cotangent, mul, total
from derive.ledger import Step
from derive.matrix_functions import matrix_entry
from derive.program import Program
from derive.rewriting import (
    all_indices,
    bottom_up,
    canonical,
    free_indices,
    rename_bound,
    substitute,
    tensors_in,
    tidy,
    walk,
)

DEPTH = 2  # how many layers of definitions are put in to prove a fact


def apply_facts(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps by laws and proved facts, none if there is nothing to apply."""
    steps: list[Step] = []
    for rule in (apply_laws, use_symmetry, work_out_constant_sums):
        before = steps[-1].after if steps else expr
        after = tidy(rule(before, around.program))
        if after != before:
            steps.append(Step(rule.__name__, before, after, reason(rule)))
    return tuple(steps)


def apply_laws(expr: Expr, program: Program) -> Expr:
    """apply what is declared of the tensor: its entries sum to the given value"""
    return pull_out_everywhere(bottom_up(expr, lambda here: _apply_law_here(here, program)))


def _apply_law_here(expr: Expr, program: Program) -> Expr:
    if not isinstance(expr, Reduce) or expr.op != "sum" or not isinstance(expr.body, Access):
        return expr
    access = expr.body
    if is_cotangent(access.tensor):
        return expr
    tensor = program.tensor(access.tensor)
    for law in tensor.laws:
        if law.kind not in ("sum", "one-hot") or law.axis is None or law.value is None:
            continue
        index = access.indices[tensor.axes.index(law.axis)]
        if index in expr.indices:
            rest = tuple(i for i in expr.indices if i != index)
            return total(rest, law.value)
    return expr


def use_symmetry(expr: Expr, program: Program) -> Expr:
    """the matrix is symmetric, and so is its inverse: rows and columns may change places"""

    def change(here: Expr) -> Expr:
        if isinstance(here, Mul):  # the matrix first, as in A x, so that equal products look alike
            return mul(*sorted(here.factors, key=lambda f: not _is_symmetric(f, program)))
        if not isinstance(here, Access) or not _is_symmetric(here, program):
            return here
        *before, row, column = here.indices
        turned = isinstance(row, Index) and isinstance(column, Index) and column in free and row not in free
        return Access(here.tensor, (*before, column, row)) if turned else here

    free = free_indices(expr)
    if not any(isinstance(n, Access) and _is_symmetric(n, program) for n in walk(expr)):
        return expr
    after = factor_everywhere(tidy(bottom_up(expr, change)))
    return after if len(list(walk(after))) < len(list(walk(expr))) else expr


def _is_symmetric(expr: Expr, program: Program) -> bool:
    entry = matrix_entry(expr) or expr
    laws = program.tensor(entry.tensor).laws if isinstance(entry, Access) and not is_cotangent(entry.tensor) else ()
    return any(law.kind == "symmetric" for law in laws)


def work_out_constant_sums(expr: Expr, program: Program) -> Expr:
    """put in the definitions: the sum is the same for all values"""
    return pull_out_everywhere(bottom_up(expr, lambda here: constant_sum(here, program)))


def constant_sum(expr: Expr, program: Program) -> Expr:
    """The value of a sum that does not depend on any tensor, the sum itself where it does."""
    if not isinstance(expr, Reduce) or expr.op != "sum":
        return expr
    here: Expr = expr
    for _ in range(DEPTH + 1):
        if any(map(is_cotangent, tensors_in(here))):
            return expr
        worked_out = canonical(canonical(multiply_out_everywhere(here)))
        if not tensors_in(worked_out):
            return worked_out
        deeper = _define(here, program)
        if deeper == here:
            return expr
        here = deeper
    return expr


def _define(expr: Expr, program: Program) -> Expr:
    """Put in the right side of every tensor that is computed."""
    taken = all_indices(expr)

    def change(here: Expr) -> Expr:
        equation = program.equation(here.tensor) if isinstance(here, Access) else None
        if equation is None or not isinstance(here, Access):
            return here
        body = rename_bound(equation.right, taken)
        return substitute(body, dict(zip(equation.left.indices, here.indices, strict=True)))

    return bottom_up(expr, change)
