"""One gradient as code computes it, against the true one."""

from __future__ import annotations

from dataclasses import dataclass

from derive.expression import ZERO, Access, Expr, Index, cotangent_name, is_cotangent
from derive.judging.verdict import Claim, decide
from derive.reading.arrays import Array, is_unit
from derive.rewriting import tensors_in
from derive.verifying.code.passes import Passes


@dataclass(frozen=True)
class Gradient:
    """What the code computes for the gradient by one variable, and in which line."""

    variable: str
    array: Array
    line: int


@dataclass(frozen=True)
class Judged:
    """One gradient of one layer: whether it is right, what is wrong in words, and the line."""

    variable: str
    line: int
    holds: bool
    words: str = ""
    tier: str = ""
    known: bool = True  # False: the code is not understood


def verdict_on(gradient: Gradient, state: Passes) -> Judged:
    """Whether the code computes the gradient. Errors: `CannotJudge`."""
    variable = gradient.variable
    indices = _indices(state, gradient)
    if indices is None:
        axes = ", ".join(a.name for a in gradient.array.axes)
        words = f"its shape is ({axes}), that of {variable} is ({_shape(state, variable)})"
        return Judged(variable, gradient.line, False, words)
    claim = _claim(state, gradient, indices)
    verdict = decide(claim, state.points)
    if not verdict.holds and state.lawful_points:
        lawful = decide(claim, state.lawful_points)
        if lawful.holds:
            return Judged(variable, gradient.line, True, "equal if the targets of each row sum to 1", lawful.tier)
    words = "" if verdict.holds else f"the values differ: {verdict.counterexample}"
    if not verdict.holds and not _flows(claim):
        words = f"the upstream gradient {state.layer.upstream} is ignored"
    return Judged(variable, gradient.line, verdict.holds, words, verdict.tier if verdict.holds else "")


def _flows(claim: Claim) -> bool:
    """Whether the code's formula has any gradient in it."""
    return isinstance(claim.right, Expr) and any(is_cotangent(n) for n in tensors_in(claim.right))


def _shape(state: Passes, variable: str) -> str:
    return ", ".join(a.name for a in state.program.tensor(variable).axes)


def _indices(state: Passes, gradient: Gradient) -> tuple[Index, ...] | None:
    """Letters for the axes of the variable; None if the gradient has other axes."""
    axes = state.program.tensor(gradient.variable).axes
    real = tuple(a for a in gradient.array.axes if not is_unit(a))
    if real != tuple(a for a in axes if not is_unit(a)):
        return None
    return tuple(Index(f"k{n}", a) for n, a in enumerate(axes))


def _claim(state: Passes, gradient: Gradient, indices: tuple[Index, ...]) -> Claim:
    letters = iter(i for i in indices if not is_unit(i.axis))
    at = tuple(ZERO if is_unit(a) else next(letters) for a in gradient.array.axes)
    left = Access(cotangent_name(gradient.variable), indices)
    return Claim(gradient.variable, state.layer.name, left, gradient.array.at(at), indices)
