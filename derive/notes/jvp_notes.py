"""Forward mode as a document: each equation, and how the tangent of its left side is made of those of its operands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.calculus.forward_mode import jvp, pushed, tangent_name
from derive.expression import Delta, Expr, add
from derive.matrix import Whole
from derive.notes.document import Block, Display, Document, Heading, Line, Maths, Paragraph, Words, sentence
from derive.notes.matrix_parts import readable_matrix
from derive.notes.notation import spelling
from derive.notes.phrases import Phrases, phrases
from derive.program import Equation, Program
from derive.rewriting import tensors_in, walk


def jvp_notes(
    program: Program, wrt: Sequence[str] | None = None, *, profile: str = "partial", language: str = "en"
) -> Document:
    """The notes of the Jacobian-vector product, equation by equation; ``wrt`` as in `forward_mode.jvp`.

    `derive.outputs.latex.fragment` and `derive.outputs.markdown.of_document` print it.
    """
    words, moved = phrases(language), jvp(program, wrt)
    displays = [Display(tuple(_lines(program, moved, e, words))) for e in program.equations]
    printed = (line.right for display in displays for line in display.lines)
    deltas = [n for right in printed if isinstance(right, Expr) for n in walk(right) if isinstance(n, Delta)]
    blocks: tuple[Block, ...] = (
        Heading(1, sentence(words.tangents, name=program.name)),
        Paragraph((Words(words.tangent),)),
        *([Paragraph(sentence(words.kronecker, sign=Maths(deltas[0])))] if deltas else []),
        *displays,
    )
    return Document(blocks, spelling(moved, profile), language)


def _lines(program: Program, moved: Program, equation: Equation, words: Phrases) -> Iterator[Line]:
    """The equation; then its tangent, the sum over what moves on the right, rewritten operand by operand."""
    yield Line(equation.left, equation.right, (Words(words.forward_line),))
    tangent = moved.equation(tangent_name(equation.name))
    if tangent is None:
        return
    operands = [n for n in tensors_in(equation.right) if tangent_name(n) in {t.name for t in moved.tensors}]
    paths = [pushed(program, equation, operand) for operand in operands]
    terms = [path[0].after for path in paths]
    yield Line(tangent.left, add(*terms), (Words(words.reason(paths[0][0])),))
    for k, path in enumerate(paths):
        for step in path[1:]:
            terms[k] = step.after
            yield Line(None, add(*terms), (Words(words.reason(step)),))
    matrix = readable_matrix(tangent, moved)
    if matrix is not None:
        yield Line(Whole(None, None, tangent.name), matrix, (Words(words.in_matrix),))
