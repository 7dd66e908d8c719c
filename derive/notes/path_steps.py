"""The steps of one path as a lecture tells them: the local derivative by itself first, then what follows from it.

The ledger takes the local derivative as it comes and shortens it inside the sum of the chain rule. Where its shortest
form leads to the same result, the notes put that in instead: what has been shown once is not shown again.
"""

from __future__ import annotations

from derive.calculus.rules import (
    choose_at_kink,
    collapse_deltas,
    factor_out,
    pull_out,
    reason,
    reuse_output,
    take_local_derivative,
    write_slope,
)
from derive.calculus.vjp import worked_out
from derive.expression import Expr, Mul, Partial
from derive.ledger import Step, Vjp
from derive.program import Equation, Program
from derive.rewriting import bottom_up, canonical, walk

LOCAL_RULES = (take_local_derivative, collapse_deltas, write_slope, choose_at_kink, reuse_output, pull_out, factor_out)


def local_steps(chain: Step, equation: Equation, program: Program) -> tuple[Step, ...]:
    """The local derivative of a chain rule by itself, from ``∂Y/∂X`` to its shortest form."""
    here: Expr = next(n for n in walk(chain.after) if isinstance(n, Partial))
    steps: list[Step] = []
    for rule in LOCAL_RULES:
        after = rule(here, equation, program)
        if after != here:
            steps.append(Step(rule.__name__, here, after, reason(rule)))
            here = after
    return tuple(steps)


def steps_from_local(path: Vjp, local: tuple[Step, ...], equation: Equation, program: Program) -> tuple[Step, ...]:
    """The steps of a path after its chain rule: from the shortest local derivative, else those of the ledger."""
    chain, *own = path.steps
    if len(own) < 2 or not local:
        return tuple(own)
    put = Step(
        own[0].rule,
        chain.after,
        bottom_up(chain.after, lambda here: local[-1].after if here == local[0].before else here),
        reason(take_local_derivative),
    )
    more = [put, *worked_out(chain.before, put.after, equation, program)[1:]]  # type: ignore[arg-type]
    last, wanted = more[-1], own[-1].after
    if len(more) > len(own) or _unordered(last.after) != _unordered(wanted):
        return tuple(own)
    return (*more[:-1], Step(last.rule, last.before, wanted, last.reason))


def _unordered(expr: Expr) -> Expr:
    """Equal for expressions that differ in the order of factors and the names of bound indices only."""
    return bottom_up(
        canonical(expr), lambda here: Mul(tuple(sorted(here.factors, key=str))) if isinstance(here, Mul) else here
    )
