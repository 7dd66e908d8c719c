"""``0 log 0`` is 0: the logarithm that a weight of zero multiplies is taken of 1, and so has a value.

A cross-entropy or a divergence weighs logarithms of probabilities, which may be zero where the weight is. By the
probability such a term has the slope ``T / P``, which is 0 there too. A weight that is not zero changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from codegen.stabilising.positive import is_positive
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Call,
    Compare,
    Expr,
    Hyper,
    Mul,
    Number,
    Pow,
    Where,
    coefficient,
    mul,
    power,
)
from derive.program import Program
from derive.rewriting import bottom_up, factors_of, free_indices, rebuild, terms_of, walk


class Weighed(NamedTuple):
    """A weight, and a part of what it weighs the logarithm of."""

    weight: Expr
    of: Expr


def logs_weighed(expr: Expr, given: Iterable[str]) -> Expr:
    """The expression with such logarithms taken of 1 where their weight is zero; ``given``: what may be zero."""
    names = frozenset(given)

    def change(here: Expr) -> Expr:
        for weight in _weights(here, names):
            others = [f if f == weight else _taken(f, weight) for f in factors_of(here)]
            here = mul(*others)
        return here

    return bottom_up(expr, change)


def weighed(program: Program) -> frozenset[Weighed]:
    """What the equations of a program weigh."""
    names = frozenset(t.name for t in program.given)
    nodes = (n for e in program.equations for n in walk(e.right) if isinstance(n, Mul))
    found = ((w, log) for n in nodes for w in _weights(n, names) for f in n.factors for log in _logs(f, w))
    return frozenset(Weighed(w, f.base if isinstance(f, Pow) else f) for w, log in found for f in factors_of(log))


def slopes_weighed(expr: Expr, pairs: Iterable[Weighed]) -> Expr:
    """The expression with ``T / P`` zero where T is, for what has been weighed."""
    known = {(_key(w.weight), _key(w.of)) for w in pairs}

    def change(here: Expr) -> Expr:
        factors = factors_of(here) if isinstance(here, Mul) else ()
        for weight in factors:
            factors = tuple(
                power(_guarded(f.base, weight), f.exponent)
                if isinstance(f, Pow) and _is_below(f) and (_key(weight), _key(f.base)) in known
                else f
                for f in factors
            )
        return mul(*factors) if factors else here

    return bottom_up(expr, change) if known else expr


def _key(expr: Expr) -> str:
    """The expression without the letters of its indices, which differ from line to line."""
    return str(bottom_up(expr, lambda n: Access(n.tensor) if isinstance(n, Access) else n))


def _is_below(factor: Pow) -> bool:
    return isinstance(factor.exponent, Number) and factor.exponent.value < 0


def _weights(expr: Expr, given: frozenset[str]) -> list[Expr]:
    """The factors that may be zero exactly: what is given, or 1 less that."""
    found = []
    for factor in factors_of(expr) if isinstance(expr, Mul) else ():
        terms = terms_of(factor)
        last = factors_of(terms[-1])[-1] if len(terms) == 2 and terms[0] == ONE else factor
        if isinstance(last, Access) and last.tensor in given and last.indices:
            found.append(factor)
    return found


def _logs(expr: Expr, weight: Expr) -> Iterator[Expr]:
    """What logarithms are taken of that a weight of the same indices multiplies."""
    if isinstance(expr, Call) and expr.function == "log":
        inner = expr.args[0]
        if not _is_off_zero(inner) and set(free_indices(weight)) <= set(free_indices(inner)):
            yield inner
    elif isinstance(expr, (Add, Mul)):
        for part in expr.terms if isinstance(expr, Add) else expr.factors:
            yield from _logs(part, weight)


def _taken(expr: Expr, weight: Expr) -> Expr:
    """The expression with its logarithms taken of 1 where the weight is zero."""
    if isinstance(expr, Call) and next(_logs(expr, weight), None) is not None:
        return Call("log", (mul(*(_guarded(f, weight) for f in factors_of(expr.args[0]))),))
    if isinstance(expr, (Add, Mul)):
        parts = expr.terms if isinstance(expr, Add) else expr.factors
        return rebuild(expr, tuple(_taken(p, weight) for p in parts))
    return expr


def _is_off_zero(expr: Expr) -> bool:
    """Whether it is above zero, or has been kept off it by a small number added, as in ``P + eps``."""
    terms = terms_of(expr)
    added = any(isinstance(t, Hyper) or (isinstance(t, Number) and t.value > 0) for t in terms)
    return is_positive(expr) or (added and all(coefficient(t)[0] > 0 for t in terms))


def _guarded(factor: Expr, weight: Expr) -> Expr:
    base, exponent = (factor.base, factor.exponent) if isinstance(factor, Pow) else (factor, ONE)
    if _is_off_zero(base):
        return factor
    is_zero = Compare("==", ONE - weight, ONE) if isinstance(weight, Add) else Compare("==", weight, ZERO)
    return power(Where(is_zero, ONE, base), exponent)
