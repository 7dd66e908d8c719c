"""Functions of matrices: ``inv(A)``, ``det(A)``, ``log_det(A)``, ``solve(A, B)``, and what is a sum of products."""

from __future__ import annotations

from fractions import Fraction

from derive.expression import Access, Call, Expr, Reduce, mul, power
from derive.expression import number as exact
from derive.index_names import indices_for
from derive.matrix_functions import INVERSE
from derive.reading.arguments import exactly, listed, places, with_axis
from derive.reading.arrays import Array, Indices, elementwise, matmul, of_tensor, plain
from derive.reading.reader import Reader
from derive.reading.reductions import over_axes, over_letters
from derive.reading.source import Node


def inverse(reader: Reader, node: Node) -> Array:
    """The inverse of the matrix in the last two axes."""
    (operand,) = exactly(reader, node, 1)
    return _inverse(_matrix(reader, operand))


def _inverse(array: Array) -> Array:
    def at(indices: Indices) -> Expr:
        entry = array.at(indices)
        assert isinstance(entry, Access)
        return Call(INVERSE, (entry,))

    return Array(array.axes, at)


def solve(reader: Reader, node: Node) -> Array:
    """``inv(A) @ B``."""
    left, right = exactly(reader, node, 2)
    array = _inverse(_matrix(reader, left))
    return reader.fitted(node.children[0], matmul, array, reader.read(right), reader.letters)


def determinant(reader: Reader, node: Node) -> Array:
    """``det`` and ``log_det``: a number for each matrix in the last two axes."""
    (operand,) = exactly(reader, node, 1)
    array, op = _matrix(reader, operand), str(node.children[0])

    def at(indices: Indices) -> Expr:
        row, column = indices_for(array.axes[-2:], (*plain(indices), *reader.letters))
        return Reduce(NAMES.get(op, op), (row, column), array.at((*indices, row, column)))

    return Array(array.axes[:-2], at)


NAMES = {"logdet": "log_det"}


def trace(reader: Reader, node: Node) -> Array:
    """The sum of the diagonal of the last two axes."""
    (operand,) = exactly(reader, node, 1)
    array = _square(reader, operand, reader.read(operand))

    def at(indices: Indices) -> Expr:
        (i,) = indices_for(array.axes[-1:], (*plain(indices), *reader.letters))
        return over_letters("sum", (i,), array.at((*indices, i, i)))

    return Array(array.axes[:-2], at)


def norm(reader: Reader, node: Node) -> Array:
    """The root of the sum of the squares: of all entries (Frobenius), or along the axes given."""
    nodes, axis = with_axis(reader, node, "as in norm(A) or norm(A, axis=D)")
    if len(nodes) != 1:
        raise reader.fault("norm takes one array", nodes[1], "as in norm(A) or norm(A, axis=D)")
    array = reader.read(nodes[0])
    over = tuple(range(len(array.axes))) if axis is None else places(reader, array, listed(axis))
    squares = elementwise(lambda x: power(x, 2), array)
    return elementwise(lambda x: power(x, exact(Fraction(1, 2))), over_axes("sum", squares, over, reader.letters))


def dot(reader: Reader, node: Node) -> Array:
    """The product of two vectors, or of a matrix and a vector, or of two matrices, as ``@``."""
    left, right = (reader.read(n) for n in exactly(reader, node, 2))
    return reader.fitted(node.children[0], matmul, left, right, reader.letters)


def outer(reader: Reader, node: Node) -> Array:
    """Every entry of one array times every entry of the other."""
    left, right = (reader.read(n) for n in exactly(reader, node, 2))
    rank = len(left.axes)
    return Array(left.axes + right.axes, lambda indices: mul(left.at(indices[:rank]), right.at(indices[rank:])))


def _matrix(reader: Reader, node: Node) -> Array:
    """A tensor that holds square matrices; a longer expression first gets a line of its own."""
    scope = reader.scope
    array = _square(reader, node, reader.read(node))
    name = str(node.children[0]) if node.data == "name" else ""
    if name in scope.draft.tensors and name not in scope.letters:
        return array
    if scope.letters or scope.parameters:
        raise reader.fault("the matrix needs a name of its own here", node, "name it on a line before: M = ...")
    source = f"M = {scope.source.excerpt(node, node)}"
    return of_tensor(scope.draft.define(scope.draft.unique("M"), array, scope.layer, source))


def _square(reader: Reader, node: Node, array: Array) -> Array:
    if len(array.axes) < 2 or array.axes[-1] != array.axes[-2]:
        raise reader.fault(
            f"a square matrix is expected, but this has {array.shape}", node, "its last two axes are the same: [D, D]"
        )
    return array


OPERATIONS = {
    "inv": inverse,
    "inverse": inverse,
    "det": determinant,
    "log_det": determinant,
    "logdet": determinant,
    "solve": solve,
    "trace": trace,
    "norm": norm,
    "dot": dot,
    "outer": outer,
}
