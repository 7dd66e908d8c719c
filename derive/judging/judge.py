"""Verdicts: every equals sign of a derivation evaluated on both sides, and each gradient against the truth.

The truth of a gradient comes from the forward equations alone (`derive.judging.truth`); the lines of the ledger are
evaluated by `derive.judging.evaluate`, matrix notation by `derive.judging.evaluate_matrix`. None of them knows the
calculus.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Expr,
    Index,
    Partial,
    add,
    cotangent_name,
    is_cotangent,
    mul,
    primal_name,
    total,
)
from derive.judging.sampling import worlds
from derive.judging.sizes import axes_of
from derive.judging.truth import with_cotangents
from derive.judging.verdict import Claim, Counterexample, Side, Verdict, compare, decide, tensors
from derive.judging.world import World
from derive.ledger import Derivation, Gradient
from derive.program import Program
from derive.rewriting import free_indices

TRIES = 4  # points looked at for one that is used
SMALL = (1, 2)  # sizes of all axes tried for a small counterexample


@dataclass(frozen=True)
class Place:
    """Where to look: outputs with a given gradient, tensors whose true cotangents occur, sizes that are fixed."""

    program: Program
    seeds: tuple[str, ...]
    names: tuple[str, ...]
    seed: int
    sizes: tuple[tuple[str, int], ...] = ()


def judge(
    derivation: Derivation, *, seed: int = 0, points: int = 2, sizes: Mapping[str, int] | None = None
) -> tuple[Verdict, ...]:
    """A verdict on every equals sign of every gradient, in the order of the ledger.

    For each gradient: the chain rule's first line, each step, the sum of the contributions, the last line
    against the truth ("truth"), and the matrix notation against the last line ("matrix"). A tensor of many entries
    is compared at some of them (`derive.judging.verdict.sample`).

    ``points`` is how many worlds to look at, ``sizes`` fixes sizes by axis name.
    Errors: `CannotJudge` when no point to judge at is found.
    """
    claims = [c for g in derivation.all_gradients for c in gradient_claims(g, derivation.program)]
    fixed = tuple((sizes or {}).items())
    return _verdicts(claims, Place(derivation.program, derivation.seeds, _primals(claims), seed, fixed), points)


def equal(
    left: Side,
    right: Side,
    program: Program,
    *,
    indices: Sequence[Index] | None = None,
    seeds: Sequence[str] | None = None,
    seed: int = 0,
    points: int = 2,
) -> Verdict:
    """Whether two expressions, or an expression and a matrix, are equal for all values of the indices.

    ``indices`` orders the free ones (rows first, where a side is a matrix). A cotangent is any tensor of its
    shape, unless ``seeds`` names the outputs with a given one: then all others are the true ones.
    """
    claim = Claim("", "", left, right, _free((left, right)) if indices is None else tuple(indices))
    names = _primals([claim])
    given, derived = (names, ()) if seeds is None else (tuple(seeds), names)
    return _verdicts([claim], Place(program, given, derived, seed), points)[0]


def gradient_claims(gradient: Gradient, program: Program) -> Iterator[Claim]:
    """Every equals sign of one gradient, in reading order."""

    def claim(step: str, left: Side, right: Side) -> Claim:
        indices = dict.fromkeys((*gradient.indices, *_free((left, right))))
        return Claim(gradient.name, step, left, right, tuple(indices))

    if gradient.contributions:
        paths = [chain_line(program, vjp.consumer, gradient) for vjp in gradient.contributions]
        yield claim("truth of the chain rule", gradient.left, add(*paths))
        for path, vjp in zip(paths, gradient.contributions, strict=True):
            first, *others = vjp.steps
            yield claim(first.rule, path, first.after)  # its left side is the sum of all paths
            for step in others:
                yield claim(step.rule, step.before, step.after)
        joined = gradient.joined[0].before if gradient.joined else gradient.index
        yield claim("sum of contributions", add(*(v.result for v in gradient.contributions)), joined)
    for step in gradient.joined:
        yield claim(step.rule, step.before, step.after)
    yield claim("truth", gradient.left, gradient.index)
    if gradient.matrix is not None:
        yield claim("matrix", gradient.index, gradient.matrix)


def chain_line(program: Program, consumer: str, gradient: Gradient) -> Expr:
    """What one equation passes back, before any rule: ``Σ_I ∂Y[I] ∂Y[I]/∂T[J]``, indices renamed apart."""
    equation = program.equation(consumer)
    if equation is None:
        raise CannotJudge(f"no equation defines {consumer}")
    bound = tuple(Index(f"{i.name}#{k}", i.axis) for k, i in enumerate(equation.indices))
    upstream = Access(cotangent_name(consumer), bound)
    partial = Partial(Access(consumer, bound), Access(gradient.name, gradient.left.indices))
    return total(bound, mul(upstream, partial))


def _free(sides: Iterable[Side]) -> tuple[Index, ...]:
    return tuple(dict.fromkeys(i for side in sides if isinstance(side, Expr) for i in free_indices(side)))


def _primals(claims: Iterable[Claim]) -> tuple[str, ...]:
    """The tensors whose cotangents occur."""
    names = dict.fromkeys(name for c in claims for name in tensors((c.left, c.right)))
    return tuple(primal_name(name) for name in names if is_cotangent(name))


@lru_cache(maxsize=16)
def _points(place: Place, count: int) -> tuple[World, ...]:
    """Worlds with random upstream gradients of the seeds and the true cotangents of the tensors named."""
    found: list[World] = []
    reason = CannotJudge("no point asked for")
    for world in worlds(place.program, place.seed, count * TRIES, seeds=place.seeds, sizes=dict(place.sizes)):
        try:
            found.append(with_cotangents(world, place.seeds, place.names))
        except CannotJudge as error:  # such as a root of 0: it has a value but no slope
            reason = error
        if len(found) == count:
            break
    if not found:
        raise reason
    return tuple(found)


def _verdicts(claims: Sequence[Claim], place: Place, points: int) -> tuple[Verdict, ...]:
    """Each claim decided at the same points; one that fails there gets the smallest counterexample."""
    at = _points(place, points)
    verdicts = [decide(c, at) for c in claims]
    failed = [k for k, v in enumerate(verdicts) if not v.holds]
    small = [w for n in SMALL if failed for w in _small(place, n)]
    for k in failed:
        found = (compare(claims[k], w) for w in small)
        first = verdicts[k].counterexample
        smaller = (f for f in found if isinstance(f, Counterexample) and f.at_edge == (first and first.at_edge))
        verdicts[k] = replace(verdicts[k], counterexample=next(smaller, first))
    return tuple(verdicts)


def _small(place: Place, n: int) -> tuple[World, ...]:
    """A world whose free sizes are all ``n``, if there is one."""
    sizes = tuple((axis.name, n) for axis in axes_of(place.program) if axis.extent is None)
    try:
        return _points(replace(place, sizes=sizes), 1)
    except CannotJudge:
        return ()
