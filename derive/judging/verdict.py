"""One equals sign: a claim, evaluated on both sides in a world, and the verdict on it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from itertools import product
from math import prod
from random import Random
from typing import Literal

from derive.errors import CannotJudge
from derive.expression import Access, Axis, Expr, Index
from derive.judging.evaluate import tabulate
from derive.judging.evaluate_matrix import Misfit, evaluate_matrix
from derive.judging.precision import OutOfDomain, Value, agreement, is_exact, shown
from derive.judging.world import Entry, OutsideTensor, Table, World
from derive.matrix import Matrix, Whole
from derive.rewriting import canonical, walk

Tier = Literal["symbolic", "exact", "numeric"]
Side = Expr | Matrix

SHOWN = 6  # entries of a tensor in the text of a counterexample
SAMPLE = 24  # entries looked at where there are more


@dataclass(frozen=True)
class Counterexample:
    """A point where two sides differ: sizes, the tensors that occur, the entry, the value of each side.

    Where one side has no value there both are None, and ``reason`` says why: outside a tensor, shapes that do
    not fit, or (``at_edge``) outside the domain of a function.

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
    at_edge: bool = False

    @property
    def tier(self) -> Tier:
        """How exactly the two values were known."""
        return "exact" if is_exact(self.left) and is_exact(self.right) else "numeric"

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
    """The verdict over all points.

    A point where neither side has a value decides nothing. Where one side alone leaves the domain of a
    function, that counts only if no other point decides: ``x²/x = x``, whatever happens at 0.

    Errors: `CannotJudge` when no point decides, or at a kink.
    """
    if same_expression(claim):
        return Verdict(claim.gradient, claim.step, True, "symbolic")
    found = [f for world in points if (f := compare(claim, world)) is not None]
    wrong = [f for f in found if isinstance(f, Counterexample)]
    sure = [f for f in wrong if not f.at_edge] or (wrong if len(wrong) == len(found) else [])
    if sure:
        return Verdict(claim.gradient, claim.step, False, sure[0].tier, sure[0])
    if not found:
        raise CannotJudge(f"neither side of '{claim.step}' has a value at any point tried")
    return Verdict(claim.gradient, claim.step, True, "numeric" if "numeric" in found else "exact")


def compare(claim: Claim, world: World) -> Tier | Counterexample | None:
    """The tier by which the claim holds here, or where it does not; None if neither side has a value."""
    at = sample([world.size(i.axis) for i in claim.indices])
    left, right = (_table(side, claim.indices, at, world) for side in (claim.left, claim.right))
    if isinstance(left, CannotJudge):
        return None if isinstance(right, CannotJudge) else _valueless(claim, world, left)
    if isinstance(right, CannotJudge):
        return _valueless(claim, world, right)
    tier: Tier = "exact"
    for entry in at:
        value = left[entry]
        agreed = agreement(value, right[entry])
        if agreed is None:
            index = {i.name: k for i, k in zip(claim.indices, entry, strict=True)}
            return _counterexample(claim, world, index, value, right[entry])
        tier = "numeric" if agreed == "numeric" else tier
    return tier


def sample(sizes: Sequence[int]) -> list[Entry]:
    """The entries to look at: all of a small tensor, of a large one so many that each index takes all its values.

    >>> sample([2, 2])
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    >>> at = sample([5, 4, 3])
    >>> (0, 0, 0) in at, (4, 3, 2) in at, {e[0] for e in at} == set(range(5))
    (True, True, True)
    """
    if prod(sizes) <= SAMPLE:
        return list(product(*map(range, sizes)))
    rng = Random(0)
    count = max(SAMPLE, *sizes) - 2
    columns = [rng.sample([k % n for k in range(count)], count) for n in sizes]
    drawn = zip(*columns, strict=True)
    return list(dict.fromkeys([(0,) * len(sizes), tuple(n - 1 for n in sizes), *drawn]))


def _table(side: Side, indices: tuple[Index, ...], at: list[Entry], world: World) -> Table | CannotJudge:
    """The entries of a side, or why it has no value; worked out once in a world."""
    key = ("side", side, indices)
    if key not in world.memo:
        try:
            if isinstance(side, Matrix):
                world.memo[key] = _matrix_table(side, indices, world)
            else:
                world.memo[key] = tabulate(side, indices, world, at)
        except (OutsideTensor, OutOfDomain, Misfit) as error:
            world.memo[key] = error
    found: Table | CannotJudge = world.memo[key]
    return found


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
) -> Counterexample:
    names = dict.fromkeys(tensors((claim.left, claim.right)))
    values = {name: world.values[name] for name in names if name in world.values}
    return Counterexample(dict(world.sizes), values, index, left, right)


def _valueless(claim: Claim, world: World, error: CannotJudge) -> Counterexample:
    example = _counterexample(claim, world, {}, None, None)
    return replace(example, reason=error.message, at_edge=isinstance(error, OutOfDomain))


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
