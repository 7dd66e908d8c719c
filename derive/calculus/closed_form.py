"""Closed forms: put the upstream gradients' own formulas in, cancel, apply facts; keep the result if it is shorter."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from derive.calculus.algebra import agree_in_term, cancel_everywhere, multiply_out_deltas, multiply_out_everywhere
from derive.calculus.facts import apply_laws, work_out_constant_sums
from derive.calculus.rules import (
    collapse_everywhere,
    factor_everywhere,
    has_delta,
    pull_out_everywhere,
    reason,
    reuse_output,
)
from derive.calculus.surroundings import Surroundings
from derive.expression import Access, Add, Expr, Index, Mul, Number, Pow, Reduce, is_cotangent
from derive.ledger import Gradient, Step
from derive.rewriting import all_indices, bottom_up, rename_bound, substitute, tensors_in, tidy, walk

WEIGHTS: dict[type[Expr], int] = {Access: 2, Reduce: 4, Index: 0}


def cost(expr: Expr) -> int:
    """How much there is to read (and to compute) in an expression."""
    return sum(WEIGHTS.get(type(n), 1) for n in walk(expr))


def close(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps to a shorter form by way of upstream gradients' formulas; none if there is no shorter one."""
    steps = _put_constants_in(expr, around)
    here = steps[-1].after if steps else expr
    for group in _groups(here, around):
        more = _attempt(here, group, around)
        limit = more[0].after if more and group <= around.spent else here
        if more and cost(more[-1].after) < cost(limit):
            return (*steps, *more)
    return steps


def _put_constants_in(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """Gradients that are plain numbers, such as that of the loss by itself, are always put in."""
    here = expr
    for name in tensors_in(expr):
        if name in around.found and not tensors_in(around.found[name].index):
            here = tidy(pull_out_everywhere(put_in(here, around.found[name])))
    return () if here == expr else (Step("put_in", expr, here, reason(put_in)),)


def _length(steps: tuple[Step, ...]) -> tuple[int, int]:
    return cost(steps[-1].after), len(steps)


def _groups(expr: Expr, around: Surroundings) -> Iterator[frozenset[str]]:
    """The upstream gradients to put in together: all that are then done with, else one at a time."""
    found = (t for t in tensors_in(expr) if is_cotangent(t) and t in around.found)
    upstream = [t for t in found if not _scatters(around.found[t].index)]
    spent = frozenset(upstream) & around.spent
    if len(spent) > 1:
        yield spent
    for name in upstream:
        yield frozenset({name})


def _scatters(expr: Expr) -> bool:
    """Whether the expression adds up what windows read: a pass of its own, which nothing cancels with."""
    return any(isinstance(n, Reduce) and has_delta(n.body) for n in walk(expr))


def _attempt(expr: Expr, group: frozenset[str], around: Surroundings) -> tuple[Step, ...]:
    """Put a group of gradients in and simplify, with and without multiplying out what does not cancel."""
    whole = tidy(put_in_all(expr, group, around))
    if not any(isinstance(n, Add) or _is_below_the_line(n) for n in walk(whole)):
        return ()  # a bare product of products: nothing can cancel
    first = Step("put_in", expr, whole, reason(put_in))
    return min(((first, *_simplify(whole, around, out)) for out in (False, True)), key=_length)


def _is_below_the_line(expr: Expr) -> bool:
    return isinstance(expr, Pow) and isinstance(expr.exponent, Number) and expr.exponent.value < 0


def _simplify(expr: Expr, around: Surroundings, out: bool) -> tuple[Step, ...]:
    rules: list[tuple[Callable[..., Expr], Callable[[Expr], Expr]]] = [
        (agree, agree),
        (cancel, cancel),
        *([(multiply_out, multiply_out)] if out else []),
        (collapse, collapse),
        (apply_laws, lambda e: apply_laws(e, around.program)),
        (work_out_constant_sums, lambda e: work_out_constant_sums(e, around.program)),
        (reuse, lambda e: reuse(e, around)),
        (collect, collect),
    ]
    steps: list[Step] = []
    here = expr
    for rule, apply in rules:
        after = tidy(apply(here))
        if after != here:
            steps.append(Step(rule.__name__, here, after, reason(rule)))
            here = after
    return tuple(steps)


def put_in_all(expr: Expr, group: frozenset[str], around: Surroundings) -> Expr:
    """Put in every gradient of the group, also those that the others bring in."""
    for _ in group:
        for name in tensors_in(expr):
            if name in group:
                expr = put_in(expr, around.found[name])
    return expr


def put_in(expr: Expr, gradient: Gradient) -> Expr:
    """put in the upstream gradient found above"""
    taken = all_indices(expr)

    def change(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor != gradient.left.tensor:
            return here
        body = rename_bound(gradient.index, taken)
        return substitute(body, dict(zip(gradient.left.indices, here.indices, strict=True)))

    return bottom_up(expr, change)


def agree(expr: Expr) -> Expr:
    """where the delta is not zero both sides agree, so write either"""
    if not has_delta(expr):
        return expr
    return bottom_up(multiply_out_deltas(expr), lambda here: agree_in_term(here) if isinstance(here, Mul) else here)


def cancel(expr: Expr) -> Expr:
    """multiply through where it cancels"""
    return cancel_everywhere(expr)


def collapse(expr: Expr) -> Expr:
    """collapse the Kronecker deltas: only the term with equal indices stays"""
    return collapse_everywhere(expr)


def multiply_out(expr: Expr) -> Expr:
    """multiply out and split the sums"""
    return multiply_out_everywhere(expr)


def reuse(expr: Expr, around: Surroundings) -> Expr:
    """reuse what the forward pass computed"""
    for equation in around.definitions:
        expr = reuse_output(expr, equation, around.program)
    return expr


def collect(expr: Expr) -> Expr:
    """factor out what all terms share"""
    return factor_everywhere(expr)
