"""Matrix notation from index notation: as a lecturer would write it, and equal entry by entry."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import derive
from derive.calculus.matrix_form import matrix_form
from derive.errors import CannotJudge
from derive.expression import Expr, Index, total
from derive.judging.evaluate_matrix import evaluate_matrix
from derive.judging.judge import judge
from derive.judging.precision import agreement
from derive.matrix import (
    Apply,
    Bracket,
    Hadamard,
    Identity,
    Matrix,
    Ones,
    Power,
    Product,
    ScalarPart,
    Sum,
    Whole,
)
from derive.rewriting import free_indices
from tests.derive.random_expressions import INDICES, PROGRAM, WORLD, D, a, at, b, d, expressions, n, n2, values
from tests.derive.test_chain_rule import CASES


def spelled(matrix: Matrix | None) -> str:
    """A matrix as one line: ``ᵀ`` on what lies across, ``⊙`` entry by entry, ``1`` for a vector of ones."""
    match matrix:
        case None:
            return "none"
        case Whole(rows, cols, tensor, transposed):
            return tensor + ("ᵀ" if transposed or (rows is None and cols is not None) else "")
        case Ones(rows, _):
            return "1" if rows is not None else "1ᵀ"
        case Identity():
            return "I"
        case ScalarPart(_, _, expr):
            return str(expr)
        case Product(_, _, factors):
            return " ".join(f"({spelled(f)})" if isinstance(f, (Hadamard, Sum)) else spelled(f) for f in factors)
        case Hadamard(_, _, factors):
            return " ⊙ ".join(f"({spelled(f)})" if isinstance(f, Sum) else spelled(f) for f in factors)
        case Sum(_, _, terms):
            return " + ".join(map(spelled, terms))
        case Power(_, _, base, exponent):
            return f"({spelled(base)})^{exponent}"
        case Apply(_, _, function, args, _):
            return f"{function}({', '.join(map(spelled, args))})"
        case Bracket(_, _, op, left, right):
            return f"[{spelled(left)} {op} {spelled(right)}]"
    raise TypeError(type(matrix).__name__)


# layer text, tensor, its gradient as a lecturer writes it
WRITTEN = [
    ("X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b", "W", "Xᵀ ∂U"),
    ("X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b", "b", "1ᵀ ∂U"),
    ("X: input [N, D]; W: param [D, H]; b: param [H]\nU = X @ W + b", "X", "∂U Wᵀ"),
    ("x: input [D]; W: param [H, D]; b: param [H]\nu = W @ x + b", "W", "∂u xᵀ"),
    ("x: input [D]; W: param [H, D]; b: param [H]\nu = W @ x + b", "b", "∂u"),
    ("x: input [D]; W: param [H, D]; b: param [H]\nu = W @ x + b", "x", "Wᵀ ∂u"),
    ("X: input [N, D]; W: param [H, D]\nU = X @ W.T", "W", "∂Uᵀ X"),
    ("X: input [N, D]; W: param [H, D]\nU = X @ W.T", "X", "∂U W"),
    ("X: input [N, D]; s: param [N]\nY = X * s", "X", "∂Y ⊙ s"),
    ("X: input [N, D]; s: param [N]\nY = X * s", "s", "(∂Y ⊙ X) 1"),
    ("X: input [N, D]; s: param [D]\nY = X * s", "s", "1ᵀ (∂Y ⊙ X)"),
    ("X: input [N, D]\nL = sum(X)", "X", "1 1ᵀ"),
    ("x: input [N]\nL = sum(x)", "x", "1"),
    ("x: input [N]; y: input [D]\nY[n, d] = x[n] * y[d]", "x", "∂Y y"),
    ("x: input [N]; y: input [D]\nY[n, d] = x[n] * y[d]", "y", "∂Yᵀ x"),
    ("A: input [D, D]\nt = sum[d](A[d, d])", "A", "I"),
    ("a: input [N]; X: param [N, D]; b: input [D]\ny = a @ X @ b", "X", "a bᵀ"),
    ("a: input [N]; X: param [N, D]; b: input [D]\ny = a @ X @ b", "b", "Xᵀ a"),
    ("Z: input [N, C]\nP = softmax(Z)", "Z", "P ⊙ (∂P + -1 ⊙ (P ⊙ ∂P) 1)"),
    ("Z: input [N, C]; T: target [N, C], one-hot\nL = softmax_cross_entropy(Z, T)", "Z", "1/N ⊙ (P + -1 ⊙ T)"),
    ("X: input [N, D]\nZ = relu(X)", "X", "∂Z ⊙ [X > 0]"),
    ("X: input [N, D]\nZ = sigmoid(X)", "X", "∂Z ⊙ Z ⊙ (1 + -1 ⊙ Z)"),
    ("A: input [D, D]\nY[i, j] = A[i, j] * A[j, i]", "A", "Aᵀ ⊙ (∂Y + ∂Yᵀ)"),
    ("x: input [D]; A: param [D, D]\ny = x @ A @ x", "x", "A x + Aᵀ x"),
    ("X: input [N, T, D]; W: param [D, H]\nY = X @ W", "W", "none"),
    ("x, y: input\nz = x * y", "x", "none"),
]


@pytest.mark.parametrize(("text", "name", "expected"), WRITTEN, ids=[f"{w[1]}: {w[2]}" for w in WRITTEN])
def test_a_gradient_is_written_as_a_lecturer_would(text: str, name: str, expected: str) -> None:
    assert spelled(derive.derive(derive.parse(text)).gradients[name].matrix) == expected


@pytest.mark.parametrize("name", CASES)
def test_the_matrix_form_of_a_known_gradient_has_the_entries_of_its_index_form(name: str) -> None:
    verdicts = judge(derive.derive(derive.parse(CASES[name].text)), points=1)
    assert all(v.holds for v in verdicts if v.step == "matrix")


def test_most_known_gradients_have_a_matrix_form() -> None:
    derivations = [derive.derive(derive.parse(case.text)) for case in CASES.values()]
    found = [g.matrix is not None for der in derivations for g in der.all_gradients if g.tensor.axes]
    assert sum(found) > 0.9 * len(found)


def test_the_sizes_of_a_matrix_form_are_those_of_its_variable() -> None:
    for name in derive.names():
        for gradient in derive.derive(derive.load(name)).all_gradients:
            if gradient.matrix is not None:
                sizes = {axis for axis in (gradient.matrix.rows, gradient.matrix.cols) if axis is not None}
                assert sizes == set(gradient.tensor.axes), (name, gradient.name)


@given(expressions())
def test_any_matrix_has_the_entries_of_the_index_form(expr: Expr) -> None:
    others = tuple(i for i in free_indices(expr) if i not in (n, d))
    assert_same_entries(total(others, expr), (n, d))


@given(expressions(), st.sampled_from([n, d]))
def test_any_vector_has_the_entries_of_the_index_form(expr: Expr, index: Index) -> None:
    others = tuple(i for i in free_indices(expr) if i != index)
    assert_same_entries(total(others, expr), (index,))


@given(expressions())
def test_any_square_matrix_has_the_entries_of_the_index_form(expr: Expr) -> None:
    others = tuple(i for i in free_indices(expr) if i not in (n, n2))
    assert_same_entries(total(others, expr), (n, n2))


def assert_same_entries(expr: Expr, indices: tuple[Index, ...]) -> None:
    """The matrix, if there is one, entry by entry against the expression."""
    matrix = matrix_form(expr, indices, PROGRAM)
    assume(matrix is not None)
    assert matrix is not None
    expected = values(expr, indices)
    try:
        found = list(evaluate_matrix(matrix, WORLD).values())
    except CannotJudge as error:
        raise AssertionError(f"{spelled(matrix)}: {error}") from None
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert agreement(one, other) is not None, f"{expr}\n{spelled(matrix)}"


@pytest.mark.parametrize(
    ("expr", "indices"),
    [
        (at("A", n, d), ()),
        (at("B", n, n2), (n, n2, d)),
        (at("A", n, d), (n, n)),
        (total((n2,), at("B", n, n2) * at("A", n2, d) * at("B", n2, Index("m", INDICES[0].axis))), (n, d)),
    ],
)
def test_what_has_no_matrix_notation_has_none(expr: Expr, indices: tuple[Index, ...]) -> None:
    assert matrix_form(expr, indices, PROGRAM) is None


def test_a_vector_lies_the_way_that_takes_fewer_transposes() -> None:
    column = matrix_form(total((d,), at("A", n, d) * at("y", d)), (n,), PROGRAM)
    row = matrix_form(total((n,), at("A", n, d)), (d,), PROGRAM)
    assert spelled(column) == "A y"
    assert spelled(row) == "1ᵀ A"


def test_a_number_in_front_of_a_product_stays_in_front() -> None:
    found = matrix_form(2 * a * at("A", n, d) * b, (n, d), PROGRAM)
    assert spelled(found) == "2*a*b ⊙ A"


def test_a_size_is_a_scalar() -> None:
    from derive.expression import Size

    assert spelled(matrix_form(at("y", d) / Size(D), (d,), PROGRAM)) == "1/D ⊙ y"
