"""A small example with numbers: the smallest sizes and whole numbers for which a claim and the truth differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from random import Random

from derive.errors import ChainruleError
from derive.judging.evaluate import forward
from derive.judging.precision import Value, is_exact, lift, shown
from derive.judging.sampling import worlds
from derive.judging.verdict import Claim, Counterexample, compare
from derive.judging.world import Entry, World
from derive.program import Program
from derive.rewriting import tensors_in
from derive.verifying.claims.evaluation import SLOPE, world_for
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome, Sides
from derive.verifying.claims.truth import Point

NUMBERS = (1, 2, 3, -1, 2, 1, -2, 3)
MOST_ENTRIES, MOST_TENSORS, TRIES = 6, 5, 2
NOTHING = Fraction(1, 10**30)  # rounding


def example(outcome: Outcome, model: Model) -> str:
    """The example in words; empty where the sides have no values or differ in none of the small cases."""
    sides = outcome.sides
    if sides is None or sides.variables:
        return _shown(outcome.counterexample, sides) if sides is not None and outcome.counterexample is not None else ""
    claim = Claim("", "", sides.left, sides.right, sides.indices)
    for point in _points(model):
        try:
            found = compare(claim, world_for(sides, point, model))
        except ChainruleError:
            continue
        if isinstance(found, Counterexample) and found.left is not None and found.right is not None:
            return _shown(found, sides)
    return _shown(outcome.counterexample, sides) if outcome.counterexample is not None else ""


def _points(model: Model) -> Iterator[Point]:
    """Points with few entries and small whole numbers, the fewest entries first."""
    rng = Random(0)
    for sizes in _sizes(model.program, model.context.least):
        for _ in range(TRIES):
            try:
                drawn = next(worlds(model.program, rng.randrange(100), 1, sizes=sizes))
                world = _whole(drawn, rng)
                outputs = [n for n in model.program.outputs if n in model.context.flows] or model.program.outputs
                upstream = {
                    (name, at): rng.choice(NUMBERS)
                    for name in outputs
                    for at in world.entries(model.program.tensor(name).axes)
                }
                point = Point(world, upstream)
                for equation in model.program.equations:
                    point.of_equation(equation)
            except ChainruleError:
                continue
            yield point


def _sizes(program: Program, least: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """One entry along every axis; two along one of them; two along two."""
    free = [a.name for a in program.axes if a.extent is None]
    smallest = {name: least.get(name, 1) for name in free}
    yield smallest
    for name in free:
        yield {**smallest, name: max(2, smallest[name])}
    for k, first in enumerate(free[:4]):
        for second in free[k + 1 : 4]:
            yield {**smallest, first: max(2, smallest[first]), second: max(3, smallest[second])}


def _whole(drawn: World, rng: Random) -> World:
    """The world with small whole numbers for what is given, unless a law or a kink stands against it."""
    values = dict(drawn.values)
    for tensor in drawn.program.given:
        if not tensor.laws and not tensor.integer:
            table: dict[Entry, Value] = {at: rng.choice(NUMBERS) for at in drawn.values[tensor.name]}
            values[tensor.name] = table
    gaps: list[Value] = []
    try:
        world = forward(replace(drawn, values=values, gaps=gaps, memo={}))
    except ChainruleError:
        return drawn
    return drawn if any(gap == 0 for gap in gaps) else replace(world, gaps=None, memo={})


def _shown(found: Counterexample, sides: Sides) -> str:
    """The numbers that the writer's side is worked out from, and both values."""
    read = set(tensors_in(sides.right))
    given = [
        f"{_name(name)} = {_array(table)}"
        for name, table in found.values.items()
        if name in read and 0 < len(table) <= MOST_ENTRIES and not name.startswith("#")
    ]
    place = f" at [{', '.join(str(k + 1) for k in found.index.values())}]" if found.index else ""
    if found.left is None or found.right is None:
        return ""
    ends = f"yours gives {_number(found.right)}{place}, the true value is {_number(found.left)}"
    return f"with {', '.join(given[:MOST_TENSORS])}: {ends}" if given else ends


def _number(value: Value) -> str:
    if not is_exact(value) and abs(value) < lift(NOTHING):
        return "0"
    text = shown(value)
    try:
        return text if "/" in text or len(text) <= 7 else f"{float(text):.4g}"
    except ValueError:
        return text


def _name(name: str) -> str:
    slope = SLOPE.fullmatch(name)
    if slope is not None:
        return f"∂{slope['of']}/∂{slope['by'].removesuffix('#out')}"
    return name


def _array(table: Mapping[Entry, Value]) -> str:
    """The entries as nested lists."""

    def nested(entries: list[Entry], depth: int) -> str:
        if len(entries[0]) == depth:
            return _number(table[entries[0]])
        rows: dict[int, list[Entry]] = {}
        for at in entries:
            rows.setdefault(at[depth], []).append(at)
        return f"[{', '.join(nested(rows[k], depth + 1) for k in sorted(rows))}]"

    return nested(sorted(table), 0)
