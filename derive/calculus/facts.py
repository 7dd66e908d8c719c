"""Facts: sums that are known, by a declared law or because the definitions make them so.

``Σ_c T = 1`` is declared; ``Σ_c P = 1`` for a softmax, ``Σ_d (x - μ) = 0`` and ``Σ_d x̂² = D var/(var + ε)`` are
proved: definitions are put in, the last one first, until what is left is free of sums.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TypeGuard

from derive.calculus.algebra import multiply_out_everywhere
from derive.calculus.like_terms import merge_everywhere
from derive.calculus.matching import match
from derive.calculus.rules import pull_out_everywhere, reason
from derive.calculus.surroundings import Surroundings
from derive.calculus.symmetry import use_symmetry
from derive.expression import (
    ZERO,
    Access,
    Call,
    Constant,
    Expr,
    Number,
    Reduce,
    Size,
    add,
    base_and_exponent,
    coefficient,
    is_cotangent,
    mul,
    power,
    total,
)
from derive.ledger import Step
from derive.program import Equation, Program
from derive.rewriting import (
    bottom_up,
    canonical,
    factors_of,
    free_indices,
    inlined,
    substitute,
    tensors_in,
    terms_of,
    tidy,
    walk,
)

DEPTH = 5  # how many definitions are put in to prove a fact
LARGEST = 200  # nodes of a sum that is looked into
Value = Callable[[Reduce], Expr | None]


def apply_facts(expr: Expr, around: Surroundings) -> tuple[Step, ...]:
    """The steps by laws and proved facts, none if there is nothing to apply."""
    steps: list[Step] = []
    for rule in (apply_laws, use_symmetry, work_out_sums):
        before = steps[-1].after if steps else expr
        after = tidy(rule(before, around))
        if after != before:
            steps.append(Step(rule.__name__, before, after, reason(rule)))
    return tuple(steps)


def apply_laws(expr: Expr, around: Surroundings) -> Expr:
    """apply what is declared of the tensor: its entries sum to the given value"""
    return _everywhere(expr, lambda here: _declared(here, around.program))


def work_out_sums(expr: Expr, around: Surroundings) -> Expr:
    """put in the definitions: the sum is known, whatever the values"""
    return _everywhere(expr, lambda here: known_sum(here, around.program))


def _everywhere(expr: Expr, value: Value) -> Expr:
    """Every sum whose value is known, and every part of a sum, replaced by it."""
    return pull_out_everywhere(bottom_up(expr, lambda here: _work_out(here, value)))


def _work_out(expr: Expr, value: Value) -> Expr:
    """The sum, or the part of it over those of its factors that hold one of its indices."""
    if not isinstance(expr, Reduce) or expr.op != "sum":
        return expr
    for index in (None, *expr.indices):
        factors = [f for f in factors_of(expr.body) if index is None or index in free_indices(f)]
        others = [f for f in factors_of(expr.body) if f not in factors]
        elsewhere = {i for f in others for i in free_indices(f)}
        inner = tuple(i for i in expr.indices if i not in elsewhere)
        part = total(inner, mul(*factors))
        found = value(part) if isinstance(part, Reduce) else None
        if found is not None:
            outer = tuple(i for i in expr.indices if i in elsewhere)
            return total(outer, mul(*others, found))
    return expr


def _declared(expr: Reduce, program: Program) -> Expr | None:
    access = expr.body
    if not isinstance(access, Access) or is_cotangent(access.tensor):
        return None
    tensor = program.tensor(access.tensor)
    for law in tensor.laws:
        if law.kind in ("sum", "one-hot") and law.axis is not None and law.value is not None:
            index = access.indices[tensor.axes.index(law.axis)]
            if index in expr.indices:
                return total(tuple(i for i in expr.indices if i != index), law.value)
    return None


@lru_cache(maxsize=1 << 14)
def known_sum(expr: Reduce, program: Program) -> Expr | None:
    """The value of a sum, free of sums, None where putting definitions in does not show it."""
    here: Expr = expr
    for _ in range(DEPTH + 1):
        names = tensors_in(here)
        if any(map(is_cotangent, names)) or sum(1 for _ in walk(here)) > LARGEST:
            return None
        here = _worked_out(here, program)
        if not any(isinstance(n, Reduce) for n in walk(here)):
            return here
        summed = {name for n in walk(here) if isinstance(n, Reduce) for name in tensors_in(n.body)}
        defined = [e for e in program.equations if e.name in summed]
        if not defined:
            return None
        here = inlined(here, [(defined[-1].left, defined[-1].right)])
    return None


def _worked_out(expr: Expr, program: Program) -> Expr:
    """The sums split, what is constant pulled out, laws applied, and sums written by what they define."""
    split = merge_everywhere(multiply_out_everywhere(bottom_up(expr, split_exponential)))
    lawful = _everywhere(canonical(canonical(split)), lambda here: _declared(here, program))
    for equation in program.equations:
        lawful = bottom_up(lawful, lambda here, equation=equation: reuse_sum(here, equation))  # type: ignore[misc]
    return merge_everywhere(lawful)


def split_exponential(expr: Expr) -> Expr:
    """``exp(a - log(b)) = exp(a)/b``.

    >>> a, b = Access("a"), Access("b")
    >>> print(split_exponential(Call("exp", (a - Call("log", (b,)),))))
    exp(a)/b
    """
    if not isinstance(expr, Call) or expr.function != "exp":
        return expr
    logs = {
        t: (number, rest.args[0]) for t in terms_of(expr.args[0]) for number, rest in [coefficient(t)] if _is_log(rest)
    }
    rest = add(*(t for t in terms_of(expr.args[0]) if t not in logs))
    outside = [power(argument, Number(number)) for number, argument in logs.values()]
    return mul(*([] if rest == ZERO else [Call("exp", (rest,))]), *outside) if logs else expr


def _is_log(expr: Expr) -> TypeGuard[Call]:
    return isinstance(expr, Call) and expr.function == "log"


def reuse_sum(expr: Expr, equation: Equation) -> Expr:
    """A sum that an equation defines, perhaps with factors that are never zero, written by the equation's left side."""
    if not isinstance(expr, Reduce) or expr.op != "sum":
        return expr
    factors = factors_of(equation.right)
    sums = [f for f in factors if isinstance(f, Reduce) and f.op == "sum"]
    if len(sums) != 1 or equation.left.tensor in tensors_in(expr):
        return expr
    bound = match(sums[0], expr, equation.indices)
    if bound is None or set(bound) != set(equation.indices):
        return expr
    others = [f for f in factors if f is not sums[0]]
    if not all(map(_never_zero, others)):
        return expr
    return substitute(mul(equation.left, power(mul(*others), -1)), bound)


def _never_zero(factor: Expr) -> bool:
    """Whether a factor can be divided by: a number, a size, what the equation divides by itself, an exponential."""
    if isinstance(factor, Call):
        return factor.function == "exp"
    _, exponent = base_and_exponent(factor)
    divides = isinstance(exponent, Number) and exponent.value < 0
    return divides or isinstance(factor, (Number, Size, Constant))
