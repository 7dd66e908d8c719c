"""One equation's part of the chain rule: what it passes back to one operand, rewrite by rewrite."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from derive.calculus.kinds import new_indices, numbering
from derive.calculus.rules import (
    choose_at_kink,
    collapse_deltas,
    decide_conditions,
    factor_out,
    pull_out,
    reason,
    reuse_output,
    take_local_derivative,
    write_slope,
)
from derive.calculus.shifts import solve_deltas
from derive.expression import Access, Expr, Index, Partial, cotangent_name, mul, primal_name, total
from derive.ledger import Step, Vjp
from derive.program import Equation, Function, Kink, Program, Tensor
from derive.rewriting import all_indices, fresh, substitute, tidy

Rule = Callable[[Expr, Equation, Program], Expr]
PIPELINE: tuple[Rule, ...] = (
    take_local_derivative,
    collapse_deltas,
    solve_deltas,
    decide_conditions,
    write_slope,
    choose_at_kink,
    reuse_output,
    pull_out,
    factor_out,
)


def contribution(program: Program, equation: Equation, tensor: Tensor, left: Access) -> Vjp:
    """What one equation passes back to one operand; derived once for each kind of equation."""
    to_kind = numbering((equation.left, equation.right, left))
    kind = Equation(to_kind(equation.left), to_kind(equation.right))  # type: ignore[arg-type]
    steps, made = _contribution_of_kind(program.functions, program.kinks, kind, to_kind(left))
    back = to_kind.inverse(made)
    first = Step("chain_rule", left, back(steps[0].after), chain_reason(equation, tensor))
    rest = (Step(s.rule, back(s.before), back(s.after), s.reason) for s in steps[1:])
    return Vjp(equation.name, (first, *rest))


@lru_cache(maxsize=4096)
def _contribution_of_kind(
    functions: tuple[Function, ...], kinks: tuple[Kink, ...], equation: Equation, left: Expr
) -> tuple[tuple[Step, ...], tuple[Index, ...]]:
    """The steps for one kind of equation, from the chain rule to the last rewrite, and the indices made on the way.

    ``left`` is the gradient's entry.
    """
    assert isinstance(left, Access)
    taken = set(all_indices(left))
    moved: dict[Expr, Expr] = {}
    for index in equation.indices:
        moved[index] = new = fresh(index, taken)
        taken.add(new)
    of = substitute(equation.left, moved)
    assert isinstance(of, Access)
    bound = tuple(i for i in of.indices if isinstance(i, Index))
    upstream = Access(cotangent_name(equation.name), of.indices)
    wrt = Access(primal_name(left.tensor), left.indices)
    here = total(bound, mul(upstream, Partial(of, wrt)))
    steps = worked_out(left, here, equation, Program("", (), (equation,), functions, kinks=kinks))
    return steps, new_indices(s.after for s in steps)


def worked_out(left: Access, here: Expr, equation: Equation, program: Program) -> tuple[Step, ...]:
    """The steps from the chain rule to the last rewrite, each rule of the pipeline once."""
    steps = [Step("chain_rule", left, here, "chain rule")]
    for rule in PIPELINE:
        after = tidy(rule(here, equation, program))
        if after != here:
            steps.append(Step(rule.__name__, here, after, reason(rule)))
            here = after
    return tuple(steps)


def chain_reason(equation: Equation, tensor: Tensor) -> str:
    """Why the first line of a contribution holds."""
    return f"chain rule: {tensor.name} acts through {equation.name}"
