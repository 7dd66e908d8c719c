"""What is given and what the signs mean, said before the first gradient."""

from __future__ import annotations

from collections.abc import Iterator

from derive.expression import Compare, Delta, Expr, Size, cotangent_name
from derive.ledger import Derivation
from derive.matrix import Matrix, Ones
from derive.notes.document import (
    Block,
    Display,
    Line,
    Loss,
    Maths,
    Paragraph,
    Shape,
    Words,
    WrittenOut,
    name,
    sentence,
)
from derive.notes.kink_lines import kink_blocks
from derive.notes.matrix_parts import walk_matrix
from derive.notes.notation import PARTIAL, Spelling
from derive.notes.phrases import Phrases
from derive.notes.telling import Telling
from derive.program import Equation
from derive.recurrence import in_order
from derive.rewriting import walk


def named_gradients(derivation: Derivation, spelled: Spelling, words: Phrases) -> Iterator[Block]:
    """Which gradient each error signal stands for, or what every gradient is called, where the notation has names."""
    named = [(tensor, words.error_signal) for tensor in spelled.errors]
    if spelled.notation.cotangent != PARTIAL:
        named += [(tensor, words.gradient_name) for tensor in derivation.wrt[:1]]
    for tensor, phrase in named:
        if tensor in derivation.gradients or tensor in derivation.seeds:
            sign, gradient = name(cotangent_name(tensor)), Maths(WrittenOut(tensor))
            yield Paragraph(sentence(phrase, sign=sign, gradient=gradient))


def conventions(derivation: Derivation, backward: tuple[Block, ...], tell: Telling) -> Iterator[Block]:
    """What is given, and what the signs mean that occur below."""
    words = tell.words
    yield Paragraph((Words(words.same_shape),))
    for seed in derivation.seeds:
        shape = Maths(Shape(derivation.program.tensor(seed).axes))
        given = sentence(words.given, gradient=name(cotangent_name(seed)), loss=Maths(Loss()), shape=shape)
        yield Paragraph(given)
    if tell.loss is not None:
        itself = name(cotangent_name(tell.loss))
        yield Paragraph(sentence(words.loss, loss=name(tell.loss), gradient=itself))
    yield from _through_time(derivation, words)
    yield from kink_blocks(derivation.program, words)
    shown = [n for b in backward if isinstance(b, Display) for line in b.lines for n in _nodes(line)]
    for kind, phrase in ((Delta, words.kronecker), (Compare, words.iverson), (Ones, words.ones)):
        example = next((n for n in shown if isinstance(n, kind)), None)
        if example is not None:
            yield Paragraph(sentence(phrase, sign=Maths(example)))


def _through_time(derivation: Derivation, words: Phrases) -> Iterator[Block]:
    """Which gradients are a recurrence that runs backward, and where it starts."""
    lines = tuple(Equation(g.left, g.index) for g in derivation.all_gradients)
    for loop in in_order(lines):
        if loop.time is not None:
            listed = [part for e in loop.equations for part in (Words(words.comma), name(e.name))][1:]
            before, after = words.through_time.split("{gradients}")
            last = Maths(Size(loop.time) - 1)
            yield Paragraph((*sentence(before), *listed, *sentence(after, last=last)))


def _nodes(line: Line) -> Iterator[Expr | Matrix]:
    for side in (line.left, line.right):
        if isinstance(side, Expr):
            yield from walk(side)
        elif isinstance(side, Matrix):
            yield from walk_matrix(side)
