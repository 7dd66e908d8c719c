"""What a cotangent truly is: how the outputs, weighted by what flows in from above, change with one entry.

Found from the forward equations alone, by difference quotients: no rule of the calculus has a part in it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fractions import Fraction

from derive.degree import EXACT_UP_TO, downstream
from derive.differences import Sides, both_sides, refuse_kink
from derive.errors import CannotJudge
from derive.expression import cotangent_name
from derive.precision import Value, minus, over
from derive.reads import forward_from
from derive.world import Entry, Table, World


def with_cotangents(world: World, seeds: Iterable[str], names: Iterable[str]) -> World:
    """The world with the true cotangent of each tensor named.

    The world holds the upstream gradient of each seed as the value of its cotangent; a scalar output that
    is no seed has 1.
    """
    given = tuple(seeds)
    wanted = [name for name in names if name not in given]
    if not wanted:
        return world
    upstream = upstream_gradients(world, given)
    cotangents = {cotangent_name(name): cotangent(world, upstream, name) for name in wanted}
    return replace(world, values={**world.values, **cotangents}, memo={})


def upstream_gradients(world: World, seeds: tuple[str, ...]) -> dict[str, Table]:
    """By output: the given cotangent of a seed, 1 for a scalar output that is no seed."""
    program = world.program
    for name in seeds:
        if name not in program.outputs:
            raise CannotJudge(
                f"the gradient of {name} is given from outside, but {program.name} uses {name} further",
                hint="name an output: a tensor that no other equation reads",
            )
    losses: dict[str, Table] = {
        name: {(): Fraction(1)} for name in program.outputs if not program.tensor(name).axes
    }
    return {**losses, **{name: world.values[cotangent_name(name)] for name in seeds}}


def cotangent(world: World, upstream: dict[str, Table], name: str) -> dict[Entry, Value]:
    """The change of the weighted outputs by each entry of the tensor, with all that depends on it.

    Errors: `AtKink` where a comparison falls out differently on the two sides.
    """
    equations, degrees = downstream(world.program, name)
    reached = {output: table for output, table in upstream.items() if output in degrees}
    exact = all(degrees[output] <= EXACT_UP_TO for output in reached)
    result = {}
    for entry in world.entries(world.program.tensor(name).axes):
        moved = both_sides(world, name, entry, exact)
        right, left = (forward_from(side, world, equations, (name, entry)) for side in moved[:2])
        sides = Sides(right, left, moved.apart)
        refuse_kink(sides)
        change: Value = sum(
            weight * minus(sides.right.values[output][at], sides.left.values[output][at])
            for output, table in reached.items()
            for at, weight in table.items()
        )
        result[entry] = over(change, sides.apart)
    return result
