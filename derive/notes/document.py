"""The document tree that every output renders: headings, text, tables, displayed lines; formulas are still formulas.

A formula in the tree is an expression or a matrix, never a string: so each output prints it in its own
language (LaTeX now, Typst later), and the judge can evaluate both sides of every line of every document.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from string import Formatter

from derive.expression import Access, Axis, Expr, Index
from derive.matrix import Matrix, Whole
from derive.notes.graph import Graph
from derive.notes.notation import Spelling


@dataclass(frozen=True)
class Shape:
    """The shape of a tensor: ``(N, D)``; no axes for a scalar."""

    axes: tuple[Axis, ...]


@dataclass(frozen=True)
class Share:
    """The part of a gradient's entry that comes through one equation; the shares add up to the gradient."""

    of: Access
    through: str


@dataclass(frozen=True)
class WrittenOut:
    """The gradient by a tensor without the name that the notation may have for it."""

    of: str


@dataclass(frozen=True)
class Loss:
    """The name of what is differentiated."""


@dataclass(frozen=True)
class Range:
    """What an index runs over: from 0 to below the size of its axis."""

    index: Index


@dataclass(frozen=True)
class Figure:
    """A number as it is to be printed."""

    digits: str


@dataclass(frozen=True)
class Grid:
    """A matrix of numbers as they are to be printed, row by row."""

    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Blank:
    """A place to fill in, by its number."""

    number: int


@dataclass(frozen=True)
class Spelled:
    """A name as another document spells it, in LaTeX."""

    latex: str


Formula = Expr | Matrix | Shape | Share | WrittenOut | Loss | Range | Figure | Grid | Blank | Spelled


@dataclass(frozen=True)
class Words:
    """Plain text inside a sentence."""

    text: str


@dataclass(frozen=True)
class Maths:
    """A formula inside a sentence."""

    formula: Formula


@dataclass(frozen=True)
class Code:
    """A name as it stands in code."""

    text: str


@dataclass(frozen=True)
class Link:
    """A name in code that leads to the document whose ``anchor`` it is."""

    text: str
    anchor: str


Inline = Words | Maths | Code | Link
Text = tuple[Inline, ...]


@dataclass(frozen=True)
class Heading:
    """A heading; level 1 is the document's title, ``number`` stands before it."""

    level: int
    text: Text
    number: str = ""


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: Text


@dataclass(frozen=True)
class Table:
    """Rows of cells under a header."""

    header: tuple[Text, ...]
    rows: tuple[tuple[Text, ...], ...]


@dataclass(frozen=True)
class Line:
    """``left = right`` with the reason beside it; a ``left`` of None continues the line above."""

    left: Formula | None
    right: Formula
    reason: Text = ()
    shape: Shape | None = None


@dataclass(frozen=True)
class Display:
    """Lines aligned at their equals signs."""

    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Picture:
    """The computation graph under its heading; an output that does not draw leaves out both."""

    title: Text
    graph: Graph


@dataclass(frozen=True)
class Listing:
    """Source text, set as it stands; ``language`` is what a Markdown fence is labelled with."""

    language: str
    source: str


Block = Heading | Paragraph | Table | Display | Picture | Listing


@dataclass(frozen=True)
class Document:
    """Blocks in reading order, and how the names in their formulas are spelled."""

    blocks: tuple[Block, ...]
    names: Spelling = field(default_factory=Spelling)
    language: str = "en"
    anchor: str = ""

    @property
    def title(self) -> str:
        """The words of the first heading, for the title of a window or a file."""
        return next((plain(b.text) for b in self.blocks if isinstance(b, Heading)), "chainrule")


def plain(text: Text) -> str:
    """The words of a text, without its formulas."""
    return "".join(part.text for part in text if not isinstance(part, Maths))


def name(tensor: str) -> Maths:
    """A whole tensor by name, inside a sentence."""
    return Maths(Whole(None, None, tensor))


def sentence(template: str, **parts: Inline | str) -> Text:
    """A phrase with its places filled.

    >>> sentence("{operand} is given.", operand=Code("x"))
    (Code(text='x'), Words(text=' is given.'))
    """
    found: list[Inline] = []
    for words, place, _, _ in Formatter().parse(template):
        if words:
            found.append(Words(words))
        if place is not None:
            part = parts[place]
            found.append(Words(part) if isinstance(part, str) else part)
    return tuple(found)
