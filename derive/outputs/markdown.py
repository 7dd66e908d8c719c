"""Markdown for GitHub and Jupyter: formulas between dollar signs, the computation graph in a mermaid fence."""

from __future__ import annotations

import re

from derive.notes.document import (
    Block,
    Code,
    Display,
    Document,
    Heading,
    Inline,
    Link,
    Listing,
    Maths,
    Paragraph,
    Picture,
    Table,
    Text,
    Words,
)
from derive.notes.latex import aligned, one_line
from derive.notes.notation import Spelling
from derive.outputs.mermaid import of_graph

SUFFIX = ".md"
COMMENT = "<!-- {} -->"
BAR = r"\vert "  # a bar itself would end the cell of a table


def of_document(document: Document) -> str:
    """Any document of the tree as Markdown."""
    return "\n".join(block(b, document.names) for b in document.blocks)


def block(here: Block, names: Spelling) -> str:
    """One block."""
    match here:
        case Heading(level, text, number):
            shown = f"{number} {inline(text, names)}" if number else inline(text, names)
            return f"{'#' * level} {shown}\n"
        case Paragraph(text):
            return inline(text, names) + "\n"
        case Display():
            return f"$$\n{aligned(here, names)}\n$$\n"
        case Picture(title, graph):
            return f"## {inline(title, names)}\n\n```mermaid\n{of_graph(graph)}```\n"
        case Table(header, rows):
            lines = [_row(header, names), "|" + " --- |" * len(header), *(_row(r, names) for r in rows)]
            return "\n".join(lines) + "\n"
        case Listing(language, source):
            fence = "`" * max(3, 1 + max(map(len, re.findall("`+", source)), default=0))
            return f"{fence}{language}\n{source}\n{fence}\n"
    raise TypeError(f"no block: {here!r}")


def inline(text: Text, names: Spelling) -> str:
    """Running text."""
    return "".join(_inline(part, names) for part in text)


def _row(cells: tuple[Text, ...], names: Spelling) -> str:
    return f"| {' | '.join(inline(cell, names) for cell in cells)} |"


def _inline(part: Inline, names: Spelling) -> str:
    match part:
        case Words(words):
            return re.sub(r"([\\`*_{}\[\]<>#|$&~])", r"\\\1", words)
        case Link(words, anchor):
            return f"[`{words}`](#{anchor})"
        case Code(code):
            return f"`{code}`"
        case Maths(formula):
            return f"${one_line(formula, names).replace('|', BAR)}$"
