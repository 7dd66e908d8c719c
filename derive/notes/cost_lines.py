"""What the passes cost, in words: operations forward and backward, and what forward keeps."""

from __future__ import annotations

from collections.abc import Iterator

from derive.ledger import Derivation
from derive.notes.cost import backward_cost, forward_cost, memory, saved, written
from derive.notes.document import Block, Heading, Inline, Maths, Paragraph, Words, name, sentence
from derive.notes.telling import Telling


def cost_blocks(derivation: Derivation, tell: Telling) -> Iterator[Block]:
    """The section, with its heading."""
    words, order = tell.words, derivation.program.axes
    yield Heading(2, (Words(words.cost),))
    forward, backward = (Maths(written(c, order)) for c in (forward_cost(derivation), backward_cost(derivation)))
    yield Paragraph(sentence(words.operations, forward=forward, backward=backward))
    kept = saved(derivation)
    if not kept:
        yield Paragraph((Words(words.nothing_kept),))
        return
    listed: list[Inline] = []
    for tensor in kept:
        listed += [Words(words.comma), name(tensor)] if listed else [name(tensor)]
    before, after = words.kept.split("{tensors}")
    count = Maths(written(memory(derivation), order))
    yield Paragraph((*sentence(before, count=count), *listed, *sentence(after, count=count)))
