"""The forward equations as displayed lines: in matrix notation where that reads well, in index notation otherwise."""

from __future__ import annotations

from collections.abc import Iterator

from derive.document import Block, Display, Line, Maths, Paragraph, Shape, Words, sentence
from derive.expression import Access, Call
from derive.matrix import Matrix, Whole
from derive.matrix_form import matrix_form
from derive.matrix_parts import has_ones, repeated
from derive.phrases import Phrases
from derive.program import Equation, Program
from derive.telling import Telling


def forward_blocks(tell: Telling) -> Iterator[Block]:
    """All equations in order, which vectors are repeated, and the layer's own functions."""
    program = tell.program
    yield Display(tuple(line for e in program.equations for line in equation_lines(e, tell)))
    if tell.notation != "index":
        matrices = (readable_matrix(e, program) for e in program.equations)
        yield from repetition_notes([m for m in matrices if m is not None], tell.words)
    if program.functions:
        yield Paragraph((Words(tell.words.own_function),))
        yield Display(tuple(Line(Call(f.name, tuple(map(Access, f.parameters))), f.body) for f in program.functions))


def equation_lines(equation: Equation, tell: Telling) -> Iterator[Line]:
    """``U = X W + b`` and ``U_{nh} = ...``, or one of the two."""
    axes = tell.program.tensor(equation.name).axes
    shape = Shape(axes) if axes else None
    matrix = readable_matrix(equation, tell.program) if tell.notation != "index" else None
    if matrix is not None:
        yield Line(Whole(None, None, equation.name), matrix, (), shape)
    if matrix is None or tell.notation == "both":
        yield Line(equation.left, equation.right, (), shape if matrix is None else None)


def readable_matrix(equation: Equation, program: Program) -> Matrix | None:
    """The right side in matrix notation, unless that would hide a sum in a product with a vector of ones."""
    matrix = matrix_form(equation.right, equation.left.indices, program)
    return None if matrix is None or has_ones(matrix) else matrix


def repetition_notes(matrices: list[Matrix], words: Phrases) -> Iterator[Block]:
    """One sentence for each vector that stands for a whole matrix."""
    for vector in dict.fromkeys(v for m in matrices for v in repeated(m)):
        phrase = words.row_repeated if vector.rows is None else words.column_repeated
        yield Paragraph(sentence(phrase, vector=Maths(vector)))
