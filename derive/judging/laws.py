"""Random tensors that obey their declared laws: sum over an axis, one-hot, symmetric, integer in range."""

from __future__ import annotations

from fractions import Fraction
from random import Random
from typing import Literal

from derive.errors import CannotJudge
from derive.expression import Access, Axis, Compare, Delta, Expr, Index
from derive.judging.evaluate import evaluate
from derive.judging.precision import Value, over
from derive.judging.world import Entry, World
from derive.program import Law, Program, Tensor
from derive.rewriting import children, walk

Numbers = dict[Entry, Value]
Style = Literal["signed", "small", "positive", "negative", "unit", "fine"]
STYLES: tuple[Style, ...] = ("signed", "small", "positive", "negative", "unit")


def draw(tensor: Tensor, world: World, rng: Random, style: Style) -> Numbers:
    """Random values that obey the laws; "unit" is strictly between 0 and 1, "fine" hardly ever ties."""
    entries = list(world.entries(tensor.axes))
    if tensor.integer:
        limit = top(tensor.name, world)
        numbers: Numbers = {e: rng.randrange(limit) for e in entries}
    else:
        numbers = {e: _number(rng, style) for e in entries}
    for law in tensor.laws:
        numbers = _obeying(law, tensor, numbers, world, rng)
    return numbers


def _number(rng: Random, style: Style) -> Fraction:
    """A random fraction that is not zero, so that no factor can hide."""
    size = Fraction(rng.randrange(1, 16), 8)
    sign = rng.choice((1, -1))
    match style:
        case "positive":
            return size
        case "negative":
            return -size
        case "unit":
            return size / 2
        case "small":
            return sign * size / 8
        case "fine":
            return sign * Fraction(rng.randrange(1, 1024), 512)
        case _:
            return sign * size


def _obeying(law: Law, tensor: Tensor, numbers: Numbers, world: World, rng: Random) -> Numbers:
    if law.kind == "symmetric":
        return {e: numbers[min(e, (*e[:-2], e[-1], e[-2]))] for e in numbers}
    axis = law.axis or tensor.axes[-1]
    result: Numbers = {}
    for line in _lines(tensor, axis, numbers):
        if law.kind == "one-hot":
            hot = rng.choice(line)
            result |= {e: int(e == hot) for e in line}
        else:
            result |= _summing_to(_value(law, world), line, numbers)
    return {e: result[e] for e in numbers}


def _summing_to(value: Value, line: list[Entry], numbers: Numbers) -> Numbers:
    """A positive sum is shared out in positive parts, like probabilities; the last entry meets any other."""
    if value > 0:
        whole = sum(abs(numbers[e]) for e in line)
        return {e: over(abs(numbers[e]) * value, whole) for e in line}
    *rest, last = line
    return {**{e: numbers[e] for e in rest}, last: value - sum(numbers[e] for e in rest)}


def _lines(tensor: Tensor, axis: Axis, numbers: Numbers) -> list[list[Entry]]:
    """The entries grouped into lines along the axis."""
    if axis not in tensor.axes:
        raise CannotJudge(f"{tensor.name} has no axis {axis.name}")
    position = tensor.axes.index(axis)
    lines: dict[Entry, list[Entry]] = {}
    for e in numbers:
        lines.setdefault((*e[:position], *e[position + 1 :]), []).append(e)
    return list(lines.values())


def obeys(tensor: Tensor, world: World) -> bool:
    """Whether the values obey every law: with several laws, meeting the last may have broken the first."""
    numbers = dict(world.values[tensor.name])
    return all(_holds(law, tensor, numbers, world) for law in tensor.laws)


def _holds(law: Law, tensor: Tensor, numbers: Numbers, world: World) -> bool:
    if law.kind == "symmetric":
        return all(numbers[e] == numbers[(*e[:-2], e[-1], e[-2])] for e in numbers)
    lines = [[numbers[e] for e in line] for line in _lines(tensor, law.axis or tensor.axes[-1], numbers)]
    if law.kind == "one-hot":
        return all(sorted(line) == [0] * (len(line) - 1) + [1] for line in lines)
    return all(sum(line) == _value(law, world) for line in lines)


def _value(law: Law, world: World) -> Value:
    return 1 if law.value is None else evaluate(law.value, world)


def top(name: str, world: World) -> int:
    """One more than the largest integer that the tensor may hold: it must fit every axis it is used on."""
    tops = [
        world.size(axis)
        for equation in world.program.equations
        for node in walk(equation.right)
        for axis in _axes_used_on(name, node, world.program)
    ]
    return min(tops, default=3)


def _axes_used_on(name: str, node: Expr, program: Program) -> list[Axis]:
    if isinstance(node, Access) and node.tensor != name:
        axes = program.tensor(node.tensor).axes if node.indices else ()
        return [a for slot, a in zip(node.indices, axes, strict=False) if _is_entry(slot, name)]
    if isinstance(node, (Delta, Compare)) and any(_is_entry(c, name) for c in children(node)):
        return [c.axis for c in children(node) if isinstance(c, Index)]
    return []


def _is_entry(expr: Expr, name: str) -> bool:
    return isinstance(expr, Access) and expr.tensor == name
