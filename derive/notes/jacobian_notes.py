"""A full Jacobian as a small document: the forward equations on the way, and the steps to its shortest form."""

from __future__ import annotations

from derive.calculus.jacobians import Jacobian
from derive.expression import Delta
from derive.notes.document import Block, Display, Document, Heading, Line, Maths, Paragraph, Words, name, sentence
from derive.notes.notation import spelling
from derive.notes.phrases import phrases
from derive.rewriting import walk


def jacobian_notes(found: Jacobian, *, profile: str = "partial", language: str = "en") -> Document:
    """The notes of a Jacobian; `derive.outputs.latex.fragment` and `derive.outputs.markdown.of_document` print it."""
    words = phrases(language)
    of, wrt = found.left.of.tensor, found.left.wrt.tensor
    forward = tuple(Line(e.left, e.right, (Words(words.forward_line),)) for e in found.program.equations)
    first, *rest = found.steps
    lines = (
        Line(found.left, first.after, (Words(words.reason(first)),)),
        *(Line(None, step.after, (Words(words.reason(step)),)) for step in rest),
    )
    deltas = [n for step in found.steps for n in walk(step.after) if isinstance(n, Delta)]
    blocks: tuple[Block, ...] = (
        Heading(1, sentence(words.jacobian, of=name(of), wrt=name(wrt))),
        *([Paragraph(sentence(words.kronecker, sign=Maths(deltas[0])))] if deltas else []),
        Display((*forward, *lines)),
    )
    return Document(blocks, spelling(found.program, profile), language)
