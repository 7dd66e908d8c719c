"""What a cotangent truly is: how the outputs, weighted by what flows in from above, change with one entry.

Found from the forward equations alone, by difference quotients: no rule of the calculus has a part in it. The
entries come from quotients of one equation at a time, added up backwards, which is quick in deep networks;
that they are right is seen by moving the whole tensor in a random direction and running everything forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

from derive.errors import CannotJudge
from derive.expression import cotangent_name
from derive.judging.degree import EXACT_UP_TO, downstream
from derive.judging.differences import both_sides, local_derivative, refuse_kink
from derive.judging.precision import Value, agreement, minus, over
from derive.judging.reads import Read, forward_from, reads
from derive.judging.world import Table, World
from derive.recurrence import blocks


def with_cotangents(world: World, seeds: Iterable[str], names: Iterable[str]) -> World:
    """The world with the true cotangent of each tensor named.

    The world holds the upstream gradient of each seed as the value of its cotangent; a scalar output that
    is no seed has 1.

    Errors: `AtKink` where a comparison falls out differently on the two sides.
    """
    given = tuple(seeds)
    wanted = [name for name in names if name not in given]
    if not wanted:
        return world
    upstream = upstream_gradients(world, given)
    found = _backwards(world, upstream, wanted)
    zero: Value = Fraction(0)
    tables: dict[str, Table] = {
        name: {e: found.get((name, e), zero) for e in world.entries(world.program.tensor(name).axes)} for name in wanted
    }
    _confirm(world, upstream, tables)
    return replace(world, values={**world.values, **{cotangent_name(n): t for n, t in tables.items()}}, memo={})


def upstream_gradients(world: World, seeds: tuple[str, ...]) -> dict[str, Table]:
    """By output: the given cotangent of a seed, 1 for a scalar output that is no seed."""
    program = world.program
    for name in seeds:
        if name not in program.outputs:
            raise CannotJudge(
                f"the gradient of {name} is given from outside, but {program.name} uses {name} further",
                hint="name an output: a tensor that no other equation reads",
            )
    losses: dict[str, Table] = {name: {(): Fraction(1)} for name in program.outputs if not program.tensor(name).axes}
    return {**losses, **{name: world.values[cotangent_name(name)] for name in seeds}}


def _backwards(world: World, upstream: Mapping[str, Table], wanted: Iterable[str]) -> dict[Read, Value]:
    """By tensor and entry: what all equations that read the entry pass back, the last equation first."""
    found: dict[Read, Value] = {(name, e): v for name, table in upstream.items() for e, v in table.items()}
    needed = downstream(world.program, wanted)[1]
    for block in reversed(blocks(world.program)):
        for at, equation in reversed([*block.steps(world.entries)]):
            weight = found.get((equation.name, at), 0)
            for name, entry in sorted(reads(world, equation)[at]):
                if weight != 0 and name in needed:
                    slope = local_derivative(world, equation.name, at, name, entry)
                    found[name, entry] = found.get((name, entry), 0) + weight * slope
    return found


def _confirm(world: World, upstream: Mapping[str, Table], cotangents: Mapping[str, Table]) -> None:
    """Refuse cotangents that do not foretell how the outputs change when all moves in a random direction."""
    rng = Random(0)
    direction = {
        name: {e: Fraction(rng.randrange(1, 1000), 500) for e in table} for name, table in cotangents.items() if table
    }
    foretold: Value = sum(cotangents[name][e] * v for name, table in direction.items() for e, v in table.items())
    if agreement(foretold, along(world, upstream, direction)) is None:
        names = ", ".join(cotangents)
        raise CannotJudge(f"no reliable truth was found for the gradients of {names}: judge a smaller part")


def along(world: World, upstream: Mapping[str, Table], direction: Mapping[str, Table]) -> Value:
    """How the weighted outputs change when tensors move in a direction, everything run forward.

    What is worked out is worked out anew and moved on top of that.
    """
    equations, degrees = downstream(world.program, direction)
    reached = {output: table for output, table in upstream.items() if output in degrees}
    exact = all(degrees[output] <= EXACT_UP_TO for output in reached)
    moved = both_sides(world, direction, exact)
    start = [(name, entry) for name, table in direction.items() for entry in table]
    right, left = (forward_from(side, world, equations, start) for side in moved[:2])
    refuse_kink(moved._replace(right=right, left=left))
    change: Value = sum(
        weight * minus(right.values[output][at], left.values[output][at])
        for output, table in reached.items()
        for at, weight in table.items()
    )
    return over(change, moved.apart)
