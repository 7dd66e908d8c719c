"""Closed forms: put an upstream gradient's own formula in, multiply out, apply what is declared; keep it if shorter."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from derive.expression import Access, Add, Expr, Index, Mul, Reduce, add, is_cotangent, mul, total
from derive.ledger import Gradient, Step
from derive.program import Program
from derive.rewriting import all_indices, bottom_up, rename_bound, substitute, walk
from derive.rules import factor_everywhere, factors_of, pull_out_everywhere, reason, terms_of

MAX_TERMS = 32  # a product that would multiply out to more terms than this is left alone

WEIGHTS: dict[type[Expr], int] = {Access: 2, Reduce: 4, Index: 0}


def cost(expr: Expr) -> int:
    """How much there is to read (and to compute) in an expression."""
    return sum(WEIGHTS.get(type(n), 1) for n in walk(expr))


def close(expr: Expr, known: Mapping[str, Gradient], program: Program) -> tuple[Step, ...]:
    """The steps to a shorter form by way of an upstream gradient's formula; none if there is no shorter one."""
    upstream = dict.fromkeys(n.tensor for n in walk(expr) if isinstance(n, Access) and is_cotangent(n.tensor))
    for name in upstream:
        gradient = known.get(name)
        if gradient is None:
            continue
        steps = _attempt(expr, gradient, program)
        if steps and cost(steps[-1].after) < cost(expr):
            return steps
    return ()


def _attempt(expr: Expr, gradient: Gradient, program: Program) -> tuple[Step, ...]:
    rules: tuple[Callable[[Expr], Expr], ...] = (
        lambda e: put_in(e, gradient),
        multiply_out,
        lambda e: apply_laws(e, program),
        collect,
    )
    named = (put_in, multiply_out, apply_laws, collect)
    steps: list[Step] = []
    here = expr
    for rule, fact in zip(rules, named, strict=True):
        after = rule(here)
        if after != here:
            steps.append(Step(fact.__name__, here, after, reason(fact)))
            here = after
    return tuple(steps)


def put_in(expr: Expr, gradient: Gradient) -> Expr:
    """put in the upstream gradient found above"""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor != gradient.left.tensor:
            return here
        body = rename_bound(gradient.index, taken)
        return substitute(body, dict(zip(gradient.left.indices, here.indices, strict=True)))

    taken = all_indices(expr)
    return bottom_up(expr, change)


def multiply_out(expr: Expr) -> Expr:
    """multiply out, cancel, and split the sums"""
    return pull_out_everywhere(bottom_up(expr, _multiply_out_here))


def _multiply_out_here(expr: Expr) -> Expr:
    if isinstance(expr, Reduce) and expr.op == "sum":
        return add(*(total(expr.indices, t) for t in terms_of(expr.body)))
    if not isinstance(expr, Mul):
        return expr
    terms: list[Expr] = [mul()]
    for factor in factors_of(expr):
        choices = terms_of(factor) if isinstance(factor, Add) else (factor,)
        if len(terms) * len(choices) > MAX_TERMS:
            return expr
        terms = [mul(t, c) for t in terms for c in choices]
    return add(*terms)


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


def collect(expr: Expr) -> Expr:
    """factor out what all terms share"""
    return factor_everywhere(expr)
