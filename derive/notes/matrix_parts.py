"""Looking into a matrix expression: its parts, whether it sums with ones, which vectors it repeats."""

from __future__ import annotations

from collections.abc import Iterator

from derive.calculus.matrix_form import matrix_form
from derive.expression import ONE, Axis, coefficient, mul
from derive.matrix import Apply, Bracket, Choice, Hadamard, Matrix, Ones, Power, Product, ScalarPart, Sum
from derive.program import Equation, Program


def parts(matrix: Matrix) -> tuple[Matrix, ...]:
    """The direct parts of a matrix expression."""
    match matrix:
        case Product(_, _, several) | Hadamard(_, _, several) | Sum(_, _, several) | Apply(_, _, _, several, _):
            return several
        case Power(_, _, base, _):
            return (base,)
        case Bracket(_, _, _, left, right):
            return (left, right)
        case Choice(_, _, condition, then, otherwise):
            return (condition, then, otherwise)
        case _:
            return ()


def walk_matrix(matrix: Matrix) -> Iterator[Matrix]:
    """Every node, parents first, in reading order."""
    yield matrix
    for part in parts(matrix):
        yield from walk_matrix(part)


def has_ones(matrix: Matrix) -> bool:
    """Whether a vector of ones occurs, to sum over an axis."""
    return any(isinstance(node, Ones) for node in walk_matrix(matrix))


def readable_matrix(equation: Equation, program: Program) -> Matrix | None:
    """The right side in matrix notation, unless that would hide a sum in a product with a vector of ones."""
    matrix = matrix_form(equation.right, equation.left.indices, program)
    return None if matrix is None or has_ones(matrix) else matrix


def spread(matrix: Matrix) -> tuple[Matrix, ...]:
    """The parts of a sum or an entrywise product, as they are printed.

    A vector is left to be repeated along the axis that it lacks. Where both axes are the same one that would not
    tell rows from columns, and the vector is multiplied with ones.
    """
    if matrix.rows is None or matrix.rows != matrix.cols:
        return parts(matrix)
    return tuple(_in_full(part, matrix.rows) if is_vector(part) else part for part in parts(matrix))


def is_vector(matrix: Matrix) -> bool:
    """Whether it has one axis."""
    return (matrix.rows is None) != (matrix.cols is None)


def _in_full(vector: Matrix, axis: Axis) -> Matrix:
    if vector.rows is not None:
        return Product(axis, axis, (vector, Ones(None, axis)))
    return Product(axis, axis, (Ones(axis, None), vector))


def repeated(matrix: Matrix) -> tuple[Matrix, ...]:
    """The vectors that stand for a whole matrix, being added to one or multiplied with one entry by entry."""
    found: dict[Matrix, None] = {}
    for node in walk_matrix(matrix):
        if isinstance(node, (Sum, Hadamard)) and node.rows is not None and node.cols is not None:
            found.update(dict.fromkeys(_unsigned(p) for p in spread(node) if is_vector(p)))
    return tuple(found)


def _unsigned(vector: Matrix) -> Matrix:
    """A vector without the number in front of it, or below the fraction bar above it."""
    if isinstance(vector, Hadamard) and len(vector.factors) == 2 and isinstance(vector.factors[0], ScalarPart):
        return vector.factors[1]
    if isinstance(vector, Power) and coefficient(vector.exponent)[0] < 0:
        up = mul(-1, vector.exponent)
        return vector.base if up == ONE else Power(vector.rows, vector.cols, vector.base, up)
    return vector
