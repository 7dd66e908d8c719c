"""The oracle for matrix functions: inverses and determinants by elimination, exact for fractions."""

from __future__ import annotations

from derive.judging.precision import HIGH, OutOfDomain, Value, lift, minus, over

Rows = list[list[Value]]


def determinant(matrix: Rows) -> Value:
    """The determinant.

    >>> determinant([[1, 2], [3, 4]]) == -2
    True
    """
    return _eliminated(matrix, [[] for _ in matrix])[1]


def log_of_determinant(matrix: Rows) -> Value:
    """The logarithm of the absolute value of the determinant."""
    value = determinant(matrix)
    if value == 0:
        raise OutOfDomain("the logarithm of the determinant of a singular matrix")
    return HIGH.log(abs(lift(value)))


def inverse(matrix: Rows) -> Rows:
    """The inverse.

    >>> [[int(x) for x in row] for row in inverse([[1, 1], [0, 1]])]
    [[1, -1], [0, 1]]
    """
    size = range(len(matrix))
    beside, value = _eliminated(matrix, [[int(i == j) for j in size] for i in size])
    if value == 0:
        raise OutOfDomain("the inverse of a singular matrix")
    return beside


def _eliminated(matrix: Rows, beside: Rows) -> tuple[Rows, Value]:
    """What stands beside the matrix once that has become the identity, and the determinant (0: it cannot)."""
    rows = [[*left, *right] for left, right in zip(matrix, beside, strict=True)]
    count, value = len(rows), 1
    for k in range(count):
        best = max(range(k, count), key=lambda r: lift(abs(rows[r][k])))
        if rows[best][k] == 0:
            return beside, 0
        if best != k:
            rows[k], rows[best], value = rows[best], rows[k], -value
        pivot = rows[k][k]
        value = value * pivot
        rows[k] = [over(x, pivot) for x in rows[k]]
        for r in range(count):
            if r != k and rows[r][k] != 0:
                factor = rows[r][k]
                rows[r] = [minus(x, factor * y) for x, y in zip(rows[r], rows[k], strict=True)]
    return [row[count:] for row in rows], value
