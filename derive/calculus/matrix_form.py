"""Index notation to matrix notation, by classifying the axes of each pairwise product; no table of patterns.

A summed index that two groups of factors share is a matrix product; an index on one factor alone is summed
with a vector of ones; what shares all its indices is an elementwise product; the rest broadcasts. What does
not fit (three free indices, an index on three sides) has no matrix form and stays in index notation.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from derive.expression import (
    ONE,
    Access,
    Add,
    Axis,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Partial,
    Pow,
    Reduce,
    Slope,
    Where,
    mul,
)
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
from derive.program import Program
from derive.rewriting import free_indices, tensors_in, walk

Side = Index | None


class NoMatrixForm(Exception):
    """The expression is fine but has no matrix notation; raised and caught in this module only."""


def matrix_form(expr: Expr, indices: Sequence[Expr], program: Program) -> Matrix | None:
    """The expression in matrix notation, its free indices being those of the entry; None if it has none.

    A vector is returned as a column, or as a row where that takes fewer transposes.
    """
    plain = [i for i in indices if isinstance(i, Index)]
    if not plain or len(plain) > 2 or len(plain) != len(indices) or len(set(plain)) != len(plain):
        return None
    if any(len(program.tensor(n).axes) > 2 for n in tensors_in(expr)) or _reads_parts(expr, program):
        return None
    sides: list[tuple[Side, Side]]
    sides = [(plain[0], plain[1])] if len(plain) == 2 else [(plain[0], None), (None, plain[0])]
    found = []
    for rows, cols in sides:
        try:
            found.append(_filled(_convert(expr, rows, cols), _axis(rows), _axis(cols)))
        except NoMatrixForm:
            continue
    return min(found, key=transposes, default=None)


def _reads_parts(expr: Expr, program: Program) -> bool:
    """Whether letters run over a part of a tensor's axis, for which matrix notation has no sign."""
    read = (n for n in walk(expr) if isinstance(n, Access))
    return any(
        isinstance(i, Index) and i.axis != axis
        for n in read
        for i, axis in zip(n.indices, program.tensor(n.tensor).axes, strict=True)
    )


def transposes(matrix: Matrix) -> int:
    """How many transpose marks the printed form needs, those on vectors of ones counting half."""
    match matrix:
        case Whole(_, _, _, transposed) | Inverse(_, _, Whole(_, _, _, transposed)):
            return 2 * transposed
        case Product(_, _, factors):
            marks = sum(_row_mark(f) for k, f in enumerate(factors))
            return marks + sum(map(transposes, factors))
        case Hadamard(_, _, parts) | Sum(_, _, parts) | Apply(_, _, _, parts, _):
            return sum(map(transposes, parts))
        case Power(_, _, base, _):
            return transposes(base)
        case Bracket(_, _, _, left, right):
            return transposes(left) + transposes(right)
        case Choice(_, _, condition, then, otherwise):
            return transposes(condition) + transposes(then) + transposes(otherwise)
        case _:
            return 0


def _row_mark(factor: Matrix) -> int:
    """A row vector inside a product carries a transpose mark, unless it is a product itself."""
    if factor.rows is not None or factor.cols is None:
        return 0
    return 1 if isinstance(factor, Ones) else 2


def _axis(side: Side) -> Axis | None:
    return side.axis if side is not None else None


def _filled(matrix: Matrix, rows: Axis | None, cols: Axis | None) -> Matrix:
    """The matrix in full: what is the same along an axis is multiplied by ones over it."""
    if (matrix.rows, matrix.cols) == (rows, cols):
        return matrix
    down, across = Ones(rows, None), Ones(None, cols)
    if matrix.rows is not None:
        return _product(matrix, across)
    if matrix.cols is not None:
        return _product(down, matrix)
    ones: Matrix = _product(down, across) if rows is not None and cols is not None else down if rows else across
    return ones if matrix == ScalarPart(None, None, ONE) else Hadamard(rows, cols, (matrix, ones))


def _convert(expr: Expr, rows: Side, cols: Side) -> Matrix:
    """The expression with ``rows`` running down and ``cols`` across; its free indices are among the two."""
    free = free_indices(expr)
    if not free and not isinstance(expr, Delta):
        return ScalarPart(None, None, expr)
    match expr:
        case Access():
            return _whole(expr, rows, cols)
        case Add(terms):
            return _elementwise(Sum, [_convert(t, rows, cols) for t in terms])
        case Mul() | Reduce("sum", _, _):
            return _contraction(expr, rows, cols)
        case Pow(base, exponent) if not free_indices(exponent):
            inner = _convert(base, rows, cols)
            return Power(inner.rows, inner.cols, inner, exponent)
        case Call("inv", (Access() as entry,)):
            whole = _whole(entry, rows, cols)
            return Inverse(whole.rows, whole.cols, whole)
        case Call(function, args) | Slope(function, args, _):
            parts = [_convert(a, rows, cols) for a in args]
            position = expr.position if isinstance(expr, Slope) else None
            return Apply(*_union(parts), function, tuple(parts), position)
        case Compare(op, left, right):
            parts = [_convert(left, rows, cols), _convert(right, rows, cols)]
            return Bracket(*_union(parts), op, *parts)
        case Where(condition, then, otherwise):
            parts = [_convert(p, rows, cols) for p in (condition, then, otherwise)]
            return Choice(*_union(parts), *parts)
        case Delta(left, right) if {left, right} == {rows, cols} and rows is not None:
            return Identity(_axis(rows), _axis(cols))
        case Partial():
            raise NoMatrixForm
        case _:
            raise NoMatrixForm


def _union(parts: Sequence[Matrix]) -> tuple[Axis | None, Axis | None]:
    rows = next((p.rows for p in parts if p.rows is not None), None)
    cols = next((p.cols for p in parts if p.cols is not None), None)
    return rows, cols


def _elementwise(kind: type[Sum] | type[Hadamard], parts: Sequence[Matrix]) -> Matrix:
    return parts[0] if len(parts) == 1 else kind(*_union(parts), tuple(parts))


def _whole(access: Access, rows: Side, cols: Side) -> Whole:
    indices = access.indices
    if len(set(indices)) != len(indices) or not all(isinstance(i, Index) for i in indices):
        raise NoMatrixForm
    if len(indices) == 1:
        is_row = indices[0] == cols
        return Whole(None if is_row else _axis(rows), _axis(cols) if is_row else None, access.tensor)
    if len(indices) == 2:
        return Whole(_axis(rows), _axis(cols), access.tensor, transposed=indices == (cols, rows))
    raise NoMatrixForm


@dataclass(frozen=True)
class _Piece:
    """A factor, or a product already made: the indices it has, and how to build it in a given orientation."""

    indices: frozenset[Index]
    build: Callable[[Side, Side], Matrix]


def _contraction(expr: Expr, rows: Side, cols: Side) -> Matrix:
    bound = expr.indices if isinstance(expr, Reduce) else ()
    body = expr.body if isinstance(expr, Reduce) else expr
    scalars, pieces = [], []
    for factor in body.factors if isinstance(body, Mul) else (body,):
        indices = frozenset(free_indices(factor))
        if indices:
            pieces.append(_Piece(indices, lambda r, c, f=factor: _convert(f, r, c)))  # type: ignore[misc]
        else:
            scalars.append(factor)
    for index in bound:
        pieces = _sum_over(index, pieces)
    matrix = _combine(pieces, rows, cols)
    scalar = mul(*scalars)
    if scalar == ONE:
        return matrix
    front = ScalarPart(None, None, scalar)
    parts = (front, *matrix.factors) if isinstance(matrix, Hadamard) else (front, matrix)
    return Hadamard(matrix.rows, matrix.cols, parts)


def _combine(pieces: Sequence[_Piece], rows: Side, cols: Side) -> Matrix:
    """Elementwise product of what is left; a column times a row alone is an outer product."""
    kinds = {p.indices for p in pieces}
    if rows is not None and cols is not None and kinds == {frozenset({rows}), frozenset({cols})}:
        down = [p.build(rows, None) for p in pieces if rows in p.indices]
        across = [p.build(None, cols) for p in pieces if cols in p.indices]
        return _product(_elementwise(Hadamard, down), _elementwise(Hadamard, across))
    return _elementwise(Hadamard, [p.build(rows, cols) for p in pieces])


def _sum_over(index: Index, pieces: Sequence[_Piece]) -> list[_Piece]:
    """Multiply the pieces that share the index into one, the matrix product over it."""
    with_it = [p for p in pieces if index in p.indices]
    others = list(dict.fromkeys(i for p in with_it for i in sorted(p.indices - {index}, key=lambda i: i.name)))
    if len(others) > 2 or any(len(p.indices) > 2 for p in with_it):
        raise NoMatrixForm
    near = others[0] if others else None
    far = others[1] if len(others) > 1 else None
    left = [p for p in with_it if near is not None and near in p.indices]
    right = [p for p in with_it if far is not None and far in p.indices]
    vectors = [p for p in with_it if p.indices == {index}]
    if not left:
        left, vectors = vectors[:1], vectors[1:]
    if far is None:
        right, vectors = vectors, []
    left = left + vectors
    joined = frozenset(i for i in (near, far) if i is not None)

    def side(group: Sequence[_Piece], rows: Side, cols: Side) -> Matrix:
        if not group:
            return Ones(_axis(rows), _axis(cols))
        return _elementwise(Hadamard, [p.build(rows, cols) for p in group])

    def build(rows: Side, cols: Side) -> Matrix:
        forward = (near == rows or near is None) and (far == cols or far is None) and near != cols
        if near is None or forward:
            if near is not None and rows != near:
                raise NoMatrixForm
            return _product(side(left, near, index), side(right, index, far))
        return _product(side(right, far, index), side(left, index, near))

    rest = [p for p in pieces if index not in p.indices]
    return [*rest, _Piece(joined, build)]


def _product(left: Matrix, right: Matrix) -> Matrix:
    factors: list[Matrix] = []
    for part in (left, right):
        factors.extend(part.factors if isinstance(part, Product) else (part,))
    return Product(left.rows, right.cols, tuple(factors))
