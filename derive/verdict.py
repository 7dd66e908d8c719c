"""One equals sign: a claim, evaluated on both sides in a world, and the verdict on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from derive.errors import CannotJudge
from derive.evaluate import tabulate
from derive.evaluate_matrix import Misfit, evaluate_matrix
from derive.expression import Access, Axis, Expr, Index
from derive.matrix import Matrix, Whole
from derive.precision import OutOfDomain, Value, agreement, shown
from derive.rewriting import canonical, walk
from derive.world import OutsideTensor, Table, World

Tier = Literal["symbolic", "exact", "numeric"]
Side = Expr | Matrix


SHOWN = 6  # entries of a tensor in the text of a counterexample


@dataclass(frozen=True)
class Counterexample:
    """A point where two sides differ: sizes, the tensors that occur, the entry, the value of each side.

    A side that has no value there is None, and ``reason`` says why: outside a tensor or of a function's
    domain, or shapes that do not fit.

    >>> from fractions import Fraction
    >>> third = Fraction(1, 3)
    >>> print(Counterexample({"N": 1}, {"x": {(0,): third}}, {"n": 0}, third, -third))
    N = 1; x[0] = 1/3; at n = 0; left 1/3, right -1/3
    """

    sizes: Mapping[str, int]
    values: Mapping[str, Table]
    index: Mapping[str, int]
    left: Value | None
    right: Value | None
    reason: str = ""

    def __str__(self) -> str:
        sizes = ", ".join(f"{name} = {n}" for name, n in self.sizes.items())
        values = ", ".join(
            f"{name}{list(at) if at else ''} = {shown(value)}"
            for name, table in self.values.items()
            for at, value in list(table.items())[:SHOWN]
        )
        place = ", ".join(f"{name} = {k}" for name, k in self.index.items())
        end = self.reason or f"left {shown(self.left)}, right {shown(self.right)}"
        return "; ".join(part for part in (sizes, values, place and f"at {place}", end) if part)


@dataclass(frozen=True)
class Verdict:
    """Whether ``left = right`` holds in one step of one gradient, and which tier decided.

    "symbolic": both sides are the same expression up to the names of bound indices; "exact": they agree as
    fractions at every point; "numeric": they agree to 25 digits at every point.
    """

    gradient: str
    step: str
    holds: bool
    tier: Tier
    counterexample: Counterexample | None = None


@dataclass(frozen=True)
class Claim:
    """An equals sign, for all values of the indices; a matrix side has them as its rows and columns."""

    gradient: str
    step: str
    left: Side
    right: Side
    indices: tuple[Index, ...]


def same_expression(claim: Claim) -> bool:
    """Whether the two sides differ in nothing but the names of bound indices."""
    left, right = claim.left, claim.right
    return isinstance(left, Expr) and isinstance(right, Expr) and canonical(left) == canonical(right)


def decide(claim: Claim, points: Sequence[World]) -> Verdict:
    """The verdict over all points; a point where neither side has a value decides nothing.

    Errors: `CannotJudge` when that is so at every point, or at a kink.
    """
    if same_expression(claim):
        return Verdict(claim.gradient, claim.step, True, "symbolic")
    tier: Tier | None = None
    for world in points:
        found = compare(claim, world)
        if isinstance(found, Counterexample):
            return Verdict(claim.gradient, claim.step, False, tier or "exact", found)
        tier = "numeric" if "numeric" in (found, tier) else found or tier
    if tier is None:
        raise CannotJudge(f"neither side of '{claim.step}' has a value at any point tried")
    return Verdict(claim.gradient, claim.step, True, tier)


def compare(claim: Claim, world: World) -> Tier | Counterexample | None:
    """The tier by which the claim holds here, or where it does not; None if neither side has a value."""
    left, why_left = _table(claim.left, claim.indices, world)
    right, why_right = _table(claim.right, claim.indices, world)
    if left is None and right is None:
        return None
    if left is None or right is None:
        return _counterexample(claim, world, {}, None, None, why_left or why_right)
    tier: Tier = "exact"
    for entry, value in left.items():
        agreed = agreement(value, right[entry])
        if agreed is None:
            index = {i.name: k for i, k in zip(claim.indices, entry, strict=True)}
            return _counterexample(claim, world, index, value, right[entry])
        tier = "numeric" if agreed == "numeric" else tier
    return tier


def _table(side: Side, indices: tuple[Index, ...], world: World) -> tuple[Table | None, str]:
    """All entries of a side, or None and the reason why it has no value."""
    try:
        if isinstance(side, Matrix):
            return _matrix_table(side, indices, world), ""
        return tabulate(side, indices, world), ""
    except (OutsideTensor, OutOfDomain, Misfit) as error:
        return None, error.message


def _matrix_table(matrix: Matrix, indices: tuple[Index, ...], world: World) -> Table:
    """The entries by the indices; a vector, row or column, has one."""
    axes = tuple(i.axis for i in indices)
    along = tuple(a for a in (matrix.rows, matrix.cols) if a is not None)
    if along != axes:
        raise Misfit(f"the matrix has the shape ({_names(along)}), not ({_names(axes)})")
    kept = [k for k, axis in enumerate((matrix.rows, matrix.cols)) if axis is not None]
    return {tuple(at[k] for k in kept): value for at, value in evaluate_matrix(matrix, world).items()}


def _names(axes: Iterable[Axis]) -> str:
    return ", ".join(a.name for a in axes)


def _counterexample(
    claim: Claim,
    world: World,
    index: Mapping[str, int],
    left: Value | None,
    right: Value | None,
    reason: str = "",
) -> Counterexample:
    names = dict.fromkeys(tensors((claim.left, claim.right)))
    values = {name: world.values[name] for name in names if name in world.values}
    return Counterexample(dict(world.sizes), values, index, left, right, reason)


def tensors(sides: Iterable[Side]) -> Iterator[str]:
    """The names of the tensors that occur, in reading order, with repetitions."""
    for side in sides:
        if isinstance(side, Expr):
            yield from (n.tensor for n in walk(side) if isinstance(n, Access))
            continue
        if isinstance(side, Whole):
            yield side.tensor
        for f in fields(side):
            part = getattr(side, f.name)
            parts = part if isinstance(part, tuple) else (part,)
            yield from tensors(p for p in parts if isinstance(p, (Expr, Matrix)))
