"""The named rewrites of a derivation. A rule is a function; its docstring's first line is the reason that is printed.

Every rule keeps the value of the expression for all values of its atoms (the judge proves it, step by step);
none expands more than it must, so that factored forms stay factored.
"""

from __future__ import annotations

from fractions import Fraction
from math import trunc

from derive.calculus.bounds import decided, divisions_done
from derive.calculus.deltas import asks_for_digits, solution, split_letters
from derive.calculus.local_derivative import derivative
from derive.calculus.matching import match
from derive.calculus.slopes import slope_formula
from derive.expression import (
    ONE,
    Access,
    Add,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
    add,
    base_and_exponent,
    coefficient,
    mul,
    number,
    power,
    total,
)
from derive.program import Equation, Program
from derive.rewriting import (
    all_indices,
    bottom_up,
    canonical,
    children,
    everywhere,
    factors_of,
    free_indices,
    rebuild,
    rename_bound,
    substitute,
    terms_of,
    walk,
)


def reason(rule: object) -> str:
    """The sentence printed beside a step: the first line of the rule's docstring."""
    return (rule.__doc__ or "").strip().splitlines()[0]


def take_local_derivative(expr: Expr, equation: Equation, program: Program) -> Expr:
    """take the local derivative"""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Partial) or here.of.tensor != equation.name:
            return here
        moved = dict(zip(equation.left.indices, here.of.indices, strict=True))
        body = rename_bound(equation.right, all_indices(here))
        return derivative(substitute(body, moved), here.wrt)

    return bottom_up(expr, change)


def collapse_deltas(expr: Expr, equation: Equation, program: Program) -> Expr:
    """collapse the Kronecker deltas: only the term with equal indices stays"""
    return collapse_everywhere(expr)


def collapse_everywhere(expr: Expr) -> Expr:
    """As `collapse_deltas`, for any expression."""
    return _collapse(expr)


def has_delta(expr: Expr) -> bool:
    """Whether a Kronecker delta stands anywhere inside."""
    return any(isinstance(n, Delta) for n in walk(expr))


def _collapse(expr: Expr) -> Expr:
    if not has_delta(expr):
        return expr
    if isinstance(expr, Add):
        return add(*(_collapse(t) for t in expr.terms))
    if isinstance(expr, Reduce) and expr.op == "sum":
        terms = [_collapse_term(expr.indices, t) for t in terms_of(_flatten(expr.body))]
        return add(*terms)
    if isinstance(expr, Mul):
        flat = _flatten(expr)
        return _collapse(flat) if flat != expr else mul(*map(_collapse, expr.factors))
    return expr


def _collapse_term(indices: tuple[Index, ...], term: Expr) -> Expr:
    """One term under a sum: inner sums with deltas join the outer one, then each delta removes one index."""
    term = _flatten(_collapse(term))
    if isinstance(term, Add):
        return add(*(_collapse_term(indices, t) for t in term.terms))
    outer, factors = list(indices), list(factors_of(term))
    for k, factor in enumerate(factors):
        if isinstance(factor, Reduce) and factor.op == "sum" and has_delta(factor):
            others = set(outer) | all_indices(mul(*factors[:k], *factors[k + 1 :]))
            inner = rename_bound(factor, others)
            assert isinstance(inner, Reduce)
            body = mul(*factors[:k], inner.body, *factors[k + 1 :])
            return _collapse_term((*outer, *inner.indices), _flatten(body))
    for k, factor in enumerate(factors):
        found = solution(factor, outer) if isinstance(factor, Delta) else None
        if found is not None:
            body = mul(*factors[:k], *factors[k + 1 :])
            rest = tuple(i for i in outer if i not in found)
            return _collapse_term(rest, divisions_done(substitute(body, found)))
    if asks_for_digits(mul(*factors), outer):
        apart, split = split_letters(mul(*factors), outer)
        if split:
            digits = (i for letter in outer if letter in split for i in free_indices(split[letter]))
            return _collapse_term((*(i for i in outer if i not in split), *digits), apart)
    return total(tuple(outer), mul(*factors))


def decide_conditions(expr: Expr, equation: Equation, program: Program) -> Expr:
    """the condition always holds here, or never does"""
    return conditions_decided(expr)


def conditions_decided(expr: Expr) -> Expr:
    """As `decide_conditions`, for any expression."""
    return bottom_up(expr, _decide_here)


def _decide_here(expr: Expr) -> Expr:
    match expr:
        case Where(Compare() as condition, then, otherwise):
            holds = decided(condition)
            return expr if holds is None else then if holds else otherwise
        case Compare():
            holds = decided(expr)
            return expr if holds is None else number(int(holds))
        case Where(Number(value), then, otherwise):
            return then if value else otherwise
    return expr


def _flatten(expr: Expr) -> Expr:
    """Multiply out a product over those of its sums that hold a delta, and over no others."""
    if not isinstance(expr, Mul):
        return expr
    for k, factor in enumerate(expr.factors):
        if isinstance(factor, Add) and has_delta(factor):
            before, after = expr.factors[:k], expr.factors[k + 1 :]
            return add(*(_flatten(mul(*before, t, *after)) for t in factor.terms))
    return expr


def write_slope(expr: Expr, equation: Equation, program: Program) -> Expr:
    """write out the slope of the function"""
    chosen = {kink.function for kink in program.kinks}
    return bottom_up(expr, lambda here: _written(here, program, chosen))


def choose_at_kink(expr: Expr, equation: Equation, program: Program) -> Expr:
    """write out the slope, which is chosen at the kink"""
    return bottom_up(expr, lambda here: _written(here, program, set()))


def _written(here: Expr, program: Program, kept: set[str]) -> Expr:
    """What a slope is, unless the function is one of those kept."""
    if not isinstance(here, Slope) or here.function in kept:
        return here
    formula = slope_formula(program, here.function, here.args, here.position)
    return bottom_up(formula, lambda inner: _written(inner, program, kept))


def reuse_output(expr: Expr, equation: Equation, program: Program) -> Expr:
    """reuse what the forward pass computed"""
    return expr if coefficient(equation.right)[0] != 1 else written_by_output(expr, equation)


def written_by_output(expr: Expr, equation: Equation) -> Expr:
    """The expression with the right side's factors, but for a number among them, replaced by the left side."""
    scale, pattern = coefficient(equation.right)
    if isinstance(pattern, (Access, Add)) or _is_sum(pattern):
        return expr
    return _reuse_below(expr, pattern, mul(1 / scale, equation.left), equation.indices)


def _reuse_below(expr: Expr, pattern: Expr, left: Expr, indices: tuple[Index, ...]) -> Expr:
    """Everywhere, children first, but a root before what stands under it: ``sqrt(v)`` is ``s``, not ``sqrt(s**2)``."""
    if isinstance(expr, Pow):
        whole = _reuse_in(expr, pattern, left, indices)
        if whole != expr:
            return whole
    parts = children(expr)
    below = rebuild(expr, tuple(_reuse_below(p, pattern, left, indices) for p in parts)) if parts else expr
    return _reuse_in(below, pattern, left, indices)


def _reuse_in(expr: Expr, pattern: Expr, left: Expr, indices: tuple[Index, ...]) -> Expr:
    """Replace the pattern's factors among the factors of a product, as often as they are there."""
    if isinstance(expr, Add) or _is_sum(expr):
        return expr
    first, _ = base_and_exponent(factors_of(pattern)[0])
    for factor in factors_of(expr):
        bound = match(first, base_and_exponent(factor)[0], indices)
        if bound is None or set(bound) != set(indices):
            continue
        rest, times = divide(expr, substitute(pattern, bound))
        if times:
            return _reuse_in(mul(power(substitute(left, bound), number(times)), rest), pattern, left, indices)
    return expr


def _is_sum(expr: Expr) -> bool:
    return isinstance(expr, Reduce) and expr.op == "sum"


def divide(expr: Expr, divisor: Expr) -> tuple[Expr, int]:
    """How often the factors of ``divisor`` are among those of ``expr`` (negative: below the line), and what is left.

    >>> x, y = Access("x"), Access("y")
    >>> divide(x**2 * y**3, x * y) == (y, 2)
    True
    """
    factors = list(factors_of(expr))
    places, times = [], []
    for base, exponent in map(base_and_exponent, factors_of(divisor)):
        place = next((k for k, f in enumerate(factors) if same(base_and_exponent(f)[0], base)), None)
        if place is None:
            return expr, 0
        ratio, rest = coefficient(mul(base_and_exponent(factors[place])[1], power(exponent, -1)))
        if rest != ONE:
            return expr, 0
        places.append((place, exponent))
        times.append(ratio)
    least = min(times, key=abs)
    if not (all(t >= 1 for t in times) or all(t <= -1 for t in times)):
        return expr, 0
    count = trunc(least)
    for place, exponent in places:
        base, have = base_and_exponent(factors[place])
        factors[place] = power(base, add(have, mul(-count, exponent)))
    return mul(*factors), count


def same(left: Expr, right: Expr) -> bool:
    """Equal but for the names of bound indices."""
    return left == right or canonical(left) == canonical(right)


def pull_out(expr: Expr, equation: Equation, program: Program) -> Expr:
    """move what does not depend on the index out of the sum"""
    return pull_out_everywhere(expr)


def pull_out_everywhere(expr: Expr) -> Expr:
    """As `pull_out`, for any expression."""
    return _pull_out(expr)


def _pull_out_here(expr: Expr) -> Expr:
    """Factors by the summed indices that they hold: those that share none are sums of their own.

    Deltas stay in one sum, which is over the places that a window reads.
    """
    if not isinstance(expr, Reduce) or expr.op != "sum":
        return expr
    outside: list[Expr] = []
    groups: list[tuple[set[Index], list[Expr]]] = []
    for factor in factors_of(expr.body):
        held = set(expr.indices).intersection(free_indices(factor))
        if not held:
            outside.append(factor)
            continue
        together = [g for g in groups if g[0] & held or (has_delta(factor) and any(map(has_delta, g[1])))]
        joined = (held.union(*(g[0] for g in together)), [f for g in together for f in g[1]] + [factor])
        place = groups.index(together[0]) if together else len(groups)
        groups = [g for g in groups if g not in together]
        groups.insert(place, joined)
    unused = [Size(i.axis) for i in expr.indices if not any(i in held for held, _ in groups)]
    sums = [total(tuple(i for i in expr.indices if i in held), mul(*factors)) for held, factors in groups]
    return mul(*outside, *unused, *sums)


_pull_out = everywhere(_pull_out_here)


def factor_out(expr: Expr, equation: Equation, program: Program) -> Expr:
    """factor out what all terms share"""
    return factor_everywhere(expr)


def factor_everywhere(expr: Expr) -> Expr:
    """As `factor_out`, for any expression."""
    return _factor(expr)


def _factor_here(expr: Expr) -> Expr:
    """``a*x + a*y = a*(x + y)``; a term with a positive coefficient comes first."""
    if not isinstance(expr, Add):
        return expr
    shared = dict(map(base_and_exponent, factors_of(coefficient(expr.terms[0])[1])))
    for term in expr.terms[1:]:
        have = dict(map(base_and_exponent, factors_of(coefficient(term)[1])))
        shared = {b: low for b, e in shared.items() if b in have and (low := _lower(e, have[b])) is not None}
    shared.pop(ONE, None)
    common = mul(*(power(b, e) for b, e in shared.items()))
    sign = -1 if all(coefficient(t)[0] < 0 for t in expr.terms) else 1
    size = _common_number([coefficient(t)[0] for t in expr.terms])
    outer = mul(sign * size, common)
    if outer == ONE:
        return positive_first(expr)
    rest = [mul(t, power(outer, -1)) for t in expr.terms]
    return mul(outer, positive_first(add(*rest)))


_factor = everywhere(_factor_here)


def _common_number(values: list[Fraction]) -> Fraction:
    """The number that all coefficients share in size, 1 if they differ."""
    sizes = {abs(v) for v in values}
    return sizes.pop() if len(sizes) == 1 else Fraction(1)


def _lower(a: Expr, b: Expr) -> Expr | None:
    """The exponent that two powers of one base share: the one nearer to zero if the signs agree."""
    (p, x), (q, y) = coefficient(a), coefficient(b)
    if x != y:
        return None
    if p * q <= 0:
        return None
    return a if abs(p) <= abs(q) else b


def positive_first(expr: Expr) -> Expr:
    """``-t + p`` reads better as ``p - t``."""
    if not isinstance(expr, Add) or coefficient(expr.terms[0])[0] > 0:
        return expr
    up = [t for t in expr.terms if coefficient(t)[0] > 0]
    return Add((*up, *(t for t in expr.terms if coefficient(t)[0] <= 0))) if up else expr
