"""The oracle for matrix notation: the entries of a `Matrix` by its own semantics, not by its index form.

A second, independent reading: that both readings of one gradient agree is what makes the matrix form proved.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from operator import add, mul

from derive.errors import CannotJudge
from derive.expression import Axis
from derive.judging.differences import function_slope
from derive.judging.evaluate import HOLDS, evaluate, function_value
from derive.judging.matrices import inverse
from derive.judging.precision import Value, minus, raised
from derive.judging.world import World
from derive.matrix import (
    Apply,
    Bracket,
    Choice,
    Hadamard,
    Identity,
    Inverse,
    Matrix,
    Ones,
    Power,
    Product,
    ScalarPart,
    Sum,
    Whole,
)

Grid = dict[tuple[int, int], Value]


class Misfit(CannotJudge):
    """Matrices whose shapes do not fit together."""


def evaluate_matrix(matrix: Matrix, world: World) -> Grid:
    """All entries by row and column; a missing axis has the one position 0.

    Errors: `Misfit` where axes that must agree do not.
    """
    match matrix:
        case Whole(_, _, tensor, transposed):
            return _whole(matrix, tensor, transposed, world)
        case Inverse(_, _, base):
            grid = evaluate_matrix(base, world)
            count = range(_count(base.rows, world))
            rows = inverse([[grid[i, j] for j in count] for i in count])
            return {(i, j): rows[i][j] for i in count for j in count}
        case ScalarPart(_, _, expr):
            return dict.fromkeys(_places(matrix, world), evaluate(expr, world))
        case Ones():
            return dict.fromkeys(_places(matrix, world), 1)
        case Identity(rows, cols):
            if rows != cols:
                raise Misfit("an identity matrix has the same axis twice")
            return {(i, j): int(i == j) for i, j in _places(matrix, world)}
        case Product(_, _, factors):
            return _product(matrix, factors, world)
        case Hadamard(_, _, factors):
            return _entrywise(matrix, factors, world, lambda *values: reduce(mul, values))
        case Sum(_, _, terms):
            return _entrywise(matrix, terms, world, lambda *values: reduce(add, values))
        case Power(_, _, base, exponent):
            n = evaluate(exponent, world)
            return _entrywise(matrix, (base,), world, lambda value: raised(value, n))
        case Apply(_, _, name, args, None):
            return _entrywise(matrix, args, world, lambda *values: function_value(world, name, values))
        case Apply(_, _, name, args, int(position)):
            slope = partial(function_slope, world, name, position=position)
            return _entrywise(matrix, args, world, lambda *values: slope(values))
        case Bracket(_, _, op, left, right):
            return _entrywise(matrix, (left, right), world, lambda a, b: int(HOLDS[op](minus(a, b))))
        case Choice(_, _, condition, then, otherwise):
            parts = (condition, then, otherwise)
            return _entrywise(matrix, parts, world, lambda c, a, b: a if c else b)
        case _:
            raise CannotJudge(f"no value is defined for {type(matrix).__name__}")


def _count(axis: Axis | None, world: World) -> int:
    return 1 if axis is None else world.size(axis)


def _places(matrix: Matrix, world: World) -> list[tuple[int, int]]:
    rows, cols = _count(matrix.rows, world), _count(matrix.cols, world)
    return [(i, j) for i in range(rows) for j in range(cols)]


def _whole(matrix: Matrix, tensor: str, transposed: bool, world: World) -> Grid:
    """The tensor's entries, its axes checked against the node's."""
    axes = world.program.tensor(tensor).axes
    along = tuple(a for a in (matrix.rows, matrix.cols) if a is not None)
    if axes != (along[::-1] if transposed else along):
        raise Misfit(f"{tensor} does not have the axes {', '.join(a.name for a in along) or 'of a scalar'}")
    table = world.values[tensor]
    grid: Grid = {}
    for i, j in _places(matrix, world):
        entry = tuple(k for k, axis in ((i, matrix.rows), (j, matrix.cols)) if axis is not None)
        grid[i, j] = table[entry[::-1] if transposed else entry]
    return grid


def _product(matrix: Matrix, factors: tuple[Matrix, ...], world: World) -> Grid:
    """Rows times columns, from the left; a scalar scales."""
    first, *rest = factors
    grid, rows, cols = evaluate_matrix(first, world), first.rows, first.cols
    for factor in rest:
        other = evaluate_matrix(factor, world)
        if factor.rows is None and factor.cols is None:
            grid = {place: value * other[0, 0] for place, value in grid.items()}
        elif rows is None and cols is None:
            grid = {place: grid[0, 0] * value for place, value in other.items()}
            rows, cols = factor.rows, factor.cols
        elif cols == factor.rows:
            inner = range(_count(cols, world))
            grid = {
                (i, j): sum(grid[i, k] * other[k, j] for k in inner)
                for i in range(_count(rows, world))
                for j in range(_count(factor.cols, world))
            }
            cols = factor.cols
        else:
            raise Misfit("the factors of a matrix product share no axis")
    if (rows, cols) != (matrix.rows, matrix.cols):
        raise Misfit("a matrix product does not have the axes it says")
    return grid


def _entrywise(matrix: Matrix, parts: tuple[Matrix, ...], world: World, rule: Callable[..., Value]) -> Grid:
    """The rule entry by entry; a part without an axis stands for the same along it."""
    for part in parts:
        if part.rows not in (None, matrix.rows) or part.cols not in (None, matrix.cols):
            raise Misfit("elementwise parts do not have the axes of the whole")
    grids = [(part, evaluate_matrix(part, world)) for part in parts]
    return {
        (i, j): rule(*(g[i if p.rows else 0, j if p.cols else 0] for p, g in grids)) for i, j in _places(matrix, world)
    }
