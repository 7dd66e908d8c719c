"""The forward equations as displayed lines: in matrix notation where that reads well, in index notation otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.expression import Access, Call, Reduce
from derive.matrix import Matrix, Whole
from derive.notes.document import Block, Display, Line, Maths, Paragraph, Range, Shape, Text, Words
from derive.notes.matrix_parts import readable_matrix, repeated
from derive.notes.phrases import Phrases
from derive.notes.telling import Telling
from derive.program import Equation, Program
from derive.rewriting import walk


def forward_blocks(tell: Telling) -> Iterator[Block]:
    """All equations in order, which vectors are repeated, and the layer's own functions."""
    program = tell.program
    yield Display(tuple(line for e in program.equations for line in equation_lines(e, tell)))
    yield from _ranges(program, tell.words)
    if tell.notation != "index":
        matrices = (readable_matrix(e, program) for e in program.equations)
        yield from repetition_notes([m for m in matrices if m is not None], tell.words)
    if program.functions:
        yield Paragraph((Words(tell.words.own_function),))
        yield Display(tuple(Line(Call(f.name, tuple(map(Access, f.parameters))), f.body) for f in program.functions))


def _ranges(program: Program, words: Phrases) -> Iterator[Block]:
    """How far the indices of windows run: no shape tells that where the axis belongs to no tensor."""
    told = {axis.name for tensor in program.tensors for axis in tensor.axes}
    bound = [i for e in program.equations for n in walk(e.right) if isinstance(n, Reduce) for i in n.indices]
    shown = [Maths(Range(i)) for i in dict.fromkeys(bound) if i.axis.name not in told]
    if shown:
        yield Paragraph((Words(words.ranges), *listed(shown, words), Words(words.stop)))


def listed(formulas: Sequence[Maths], words: Phrases) -> Text:
    """The formulas with commas between them."""
    return tuple(part for f in formulas for part in (Words(words.comma), f))[1:]


def equation_lines(equation: Equation, tell: Telling) -> Iterator[Line]:
    """``U = X W + b`` and ``U_{nh} = ...``, or one of the two."""
    axes = tell.program.tensor(equation.name).axes
    shape = Shape(axes) if axes else None
    matrix = readable_matrix(equation, tell.program) if tell.notation != "index" else None
    if matrix is not None:
        yield Line(Whole(None, None, equation.name), matrix, (), shape)
    if matrix is None or tell.notation == "both":
        yield Line(equation.left, equation.right, (), shape if matrix is None else None)


def repetition_notes(matrices: list[Matrix], words: Phrases) -> Iterator[Block]:
    """Which vectors stand for a whole matrix: those in every row, those in every column."""
    vectors = dict.fromkeys(v for m in matrices for v in repeated(m))
    for phrase, kind in ((words.row_repeated, "rows"), (words.column_repeated, "cols")):
        named = [Maths(v) for v in vectors if getattr(v, kind) is None]
        if named:
            yield Paragraph((Words(phrase), *listed(named, words), Words(words.stop)))
