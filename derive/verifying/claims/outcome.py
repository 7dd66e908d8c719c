"""One way to read both sides of a claim, and what came of comparing them."""

from __future__ import annotations

from dataclasses import dataclass

from derive.expression import Expr, Index
from derive.judging.verdict import Counterexample, Tier
from derive.program import Equation, Tensor


@dataclass(frozen=True)
class Sides:
    """One way to read both sides of a claim: expressions over the same indices, and how things were read."""

    left: Expr
    right: Expr
    indices: tuple[Index, ...]
    reading: tuple[str, ...]
    made: tuple[tuple[Tensor, Equation], ...] = ()
    variables: tuple[str, ...] = ()
    counts: tuple[tuple[str, int], ...] = ()
    letters: bool = False


@dataclass(frozen=True)
class Outcome:
    """Whether a claim holds: ``misfits`` where no reading has the same shape on both sides."""

    holds: bool
    tier: Tier = "exact"
    reading: tuple[str, ...] = ()
    counterexample: Counterexample | None = None
    misfits: tuple[Misfit, ...] = ()
    sides: Sides | None = None


@dataclass(frozen=True)
class Misfit:
    """One way to read both sides with which their shapes differ."""

    left: tuple[str, ...]
    right: tuple[str, ...]
    free: tuple[str, ...] = ()
