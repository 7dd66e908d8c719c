"""Facts: sums that are the same for all values, by a declared law or because the definitions make them so."""

from __future__ import annotations

from derive.calculus.algebra import multiply_out_everywhere
from derive.calculus.rules import pull_out_everywhere, reason
from derive.calculus.surroundings import Surroundings
from derive.expression import Access, Expr, Reduce, is_cotangent, total
from derive.ledger import Step
from derive.program import Program
from derive.rewriting import all_indices, bottom_up, canonical, rename_bound, substitute, tensors_in, tidy

DEPTH = 2  # how many layers of definitions are put in to prove a fact


def apply_facts(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps by laws and proved facts, none if there is nothing to apply."""
    steps: list[Step] = []
    for rule in (apply_laws, work_out_constant_sums):
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
