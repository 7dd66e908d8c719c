"""What the derivation says at a point: its final formulas, evaluated index by index in high precision."""

from __future__ import annotations

from dataclasses import replace

from codegen.gradcheck.points import Point, as_array
from codegen.gradcheck.subject import Arrays
from derive.judging.evaluate import with_equations
from derive.ledger import Derivation
from derive.program import Equation


def values(point: Point) -> Arrays:
    """Every output, as the forward equations say."""
    program = point.world.program
    return {n: as_array(program.tensor(n), point.world.values[n], point.world) for n in program.outputs}


def gradients(derivation: Derivation, point: Point) -> Arrays:
    """Every gradient asked for, from the last lines of the ledger; an upstream gradient is the point's."""
    lines = tuple(Equation(g.left, g.index) for g in derivation.all_gradients)
    world = with_equations(point.world, lines)
    return {
        name: as_array(replace(derivation.program.tensor(name), integer=False), world.values[g.left.tensor], world)
        for name, g in derivation.gradients.items()
    }
