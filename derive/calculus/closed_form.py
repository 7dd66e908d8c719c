"""Closed forms: put the upstream gradients' own formulas in, cancel, apply facts; keep the result if it is shorter.

What a formula costs is what there is to read in it and in the gradients that only it needs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from derive.calculus.collecting import cost, upkeep
from derive.calculus.rewrites import CANCELLING, MULTIPLYING_OUT, SOLVING, Rewrite
from derive.calculus.rules import has_delta, pull_out_everywhere, reason
from derive.calculus.surroundings import Found, Surroundings
from derive.expression import ZERO, Access, Add, Expr, Mul, Number, Pow, Reduce, is_cotangent
from derive.ledger import Step
from derive.rewriting import (
    children,
    factors_of,
    inlined,
    tensors_in,
    tidy,
    walk,
)

PUT_IN = 5  # gradients that are put in together at most
SHARED = 2  # those among them that other gradients need, too
LARGEST = 120  # the cost of a formula with gradients put in, before it is simplified
UNFOLDED = Fraction(3, 2)  # by how much a formula may grow when gradients are put in, before it is simplified
SOLVED = 3  # ways of which solving definitions is tried, the shortest
ONE_LINE = 20  # the cost of a formula that is read as one line, so that a gradient is put in without further gain


@lru_cache(maxsize=1 << 12)
def close(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps to a shorter form by way of upstream gradients' formulas; none if there is no shorter one."""
    start = _put_constants_in(expr, around)
    here = start[-1].after if start else expr
    found = [(more, group) for group in _groups(here, around) for more in _attempts(here, group, around)]
    found.sort(key=lambda way: _length(_end(way[0], here), way[0], around))
    found += [(_solve(more, here, around), group) for more, group in found[:SOLVED]]
    ways = (more for more, group in found if more and _is_gain(more, group, around))
    best = min(ways, key=lambda more: _length(more[-1].after, more, around), default=())
    shorter = best and _length(best[-1].after, best, around) < _length(here, (), around)
    return (*start, *best) if shorter else start


def _put_constants_in(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """Gradients that are plain numbers, such as that of the loss by itself, are always put in."""
    here = expr
    for name in tensors_in(expr):
        found = around.by_name.get(name)
        if found and not tensors_in(found.index):
            here = tidy(pull_out_everywhere(put_in(here, found)))
    return () if here == expr else (Step("put_in", expr, here, reason(put_in)),)


def _length(expr: Expr, steps: tuple[Step, ...], around: Surroundings) -> tuple[int, int]:
    """What there is to read, with the gradients that are needed for nothing else; each tensor must be kept for it."""
    return upkeep(expr, *around.still_to_compute(expr)), len(steps)


def _is_gain(steps: tuple[Step, ...], group: frozenset[str], around: Surroundings) -> bool:
    """Whether something cancels; if not, whether a scaled gradient is written out in one line."""
    if not group:
        return upkeep(steps[-1].after) + 1 < upkeep(steps[0].before)
    whole = steps[0].after
    if upkeep(steps[-1].after) < upkeep(whole):
        return True
    return group <= around.spent and cost(whole) <= ONE_LINE and _is_scaled(steps[0].before)


def _is_scaled(expr: Expr) -> bool:
    """Whether it is one upstream gradient times what is no tensor, such as ``∂V[n, c]/tau``."""
    tensors = [f for f in factors_of(expr) if tensors_in(f)]
    return isinstance(expr, Mul) and len(tensors) == 1 and isinstance(tensors[0], Access)


def _groups(expr: Expr, around: Surroundings) -> Iterator[frozenset[str]]:
    """The gradients to put in together: none, each alone, and more and more, the one found last first."""
    order = [f.left.tensor for f in around.found if not _scatters(f.index)]
    yield frozenset()
    yield from (frozenset({name}) for name in tensors_in(expr) if name in order)
    group: frozenset[str] = frozenset()
    here = expr
    while len(group) < PUT_IN and cost(here) <= LARGEST:
        left = [t for t in tensors_in(here) if t in order]
        if not left:
            return
        last = max(left, key=order.index)
        group |= {last}
        if len(group - around.spent) > SHARED:
            return
        here = put_in(here, around.by_name[last])
        if len(group) > 1:
            yield group


def _scatters(expr: Expr) -> bool:
    """Whether the expression adds up what windows read: a pass of its own, which nothing cancels with."""
    return any(isinstance(n, Reduce) and has_delta(n.body) for n in walk(expr))


def _attempts(expr: Expr, group: frozenset[str], around: Surroundings) -> Iterator[tuple[Step, ...]]:
    """Put a group of gradients in and simplify, with and without multiplying out what does not cancel."""
    whole = tidy(put_in_all(expr, group, around))
    if cost(whole) > LARGEST:
        return
    first = (Step("put_in", expr, whole, reason(put_in)),) if group else ()
    kinds = [*walk(whole)]
    if any(isinstance(n, Reduce) for n in kinds) and not any(
        isinstance(n, Add) or _is_below_the_line(n) for n in kinds
    ):
        yield first  # a bare sum of products: nothing can cancel
    elif upkeep(whole) <= UNFOLDED * _length(expr, (), around)[0]:
        yield (*first, *_apply(CANCELLING, whole, around))
        if _multiplies_out(whole):
            yield (*first, *_apply(MULTIPLYING_OUT, whole, around))
    elif _may_vanish(expr, around):
        yield (*first, *_vanish(whole, around))


def _multiplies_out(expr: Expr) -> bool:
    """Whether there is a product of sums, or a sum over a sum."""
    return any(any(isinstance(part, Add) for part in children(n)) for n in walk(expr) if isinstance(n, (Mul, Reduce)))


def _is_below_the_line(expr: Expr) -> bool:
    return isinstance(expr, Pow) and isinstance(expr.exponent, Number) and expr.exponent.value < 0


def _may_vanish(expr: Expr, around: Surroundings) -> bool:
    """Whether it is one sum of an upstream gradient, perhaps times what is computed from the tensor itself."""
    sums = [f for f in factors_of(expr) if isinstance(f, Reduce)]
    read = {n for s in sums for n in tensors_in(s) if not is_cotangent(n)}
    return len(sums) == 1 and read <= set(around.near)


def _vanish(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps to zero, none if it is not."""
    steps = _apply(MULTIPLYING_OUT, expr, around)
    return steps if steps and steps[-1].after == ZERO else ()


def _solve(steps: tuple[Step, ...], expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps, and those by solving definitions."""
    return (*steps, *_apply(SOLVING, _end(steps, expr), around))


def _end(steps: tuple[Step, ...], expr: Expr) -> Expr:
    return steps[-1].after if steps else expr


def _apply(rules: Sequence[Rewrite], expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    steps: list[Step] = []
    for rule in rules:
        after = tidy(rule(expr, around))
        if after != expr:
            steps.append(Step(rule.__name__, expr, after, reason(rule)))
            expr = after
    return tuple(steps)


def put_in_all(expr: Expr, group: frozenset[str], around: Surroundings) -> Expr:
    """Put in every gradient of the group, also those that the others bring in."""
    for found in reversed(around.found):  # what was found later may read what was found before
        if found.left.tensor in group:
            expr = put_in(expr, found)
    return expr


def put_in(expr: Expr, gradient: Found) -> Expr:
    """put in the upstream gradient found above"""
    return inlined(expr, [(gradient.left, gradient.index)])
