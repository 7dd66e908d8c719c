r"""A note as it was read: its text, and each formula in it with its place, its tree and what stands around it.

One line of a display is one formula; so is one ``$...$``. A line that only carries on the one before it
(``&\quad + c``) belongs to that formula. All offsets count characters in the text of the `Unit` (the file, or one
cell of a notebook), so ``unit.text[node.span.start : node.span.end]`` is what the writer wrote.
"""

from __future__ import annotations

from dataclasses import dataclass

from derive.verifying.claim import Statement, Unread
from derive.verifying.formula import Span


@dataclass(frozen=True)
class Place:
    """Where something stands: lines are 1-based and inclusive, in the file as given, or in the cell of a notebook.

    ``cell`` counts all cells of a notebook from 1, code included; it is None for any other file.
    """

    file: str
    first: int
    last: int
    cell: int | None = None

    def __str__(self) -> str:
        cell = "" if self.cell is None else f"cell {self.cell}:"
        lines = f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.file}:{cell}{lines}"


@dataclass(frozen=True)
class Unit:
    """A text that offsets count in: a whole file, or one cell of a notebook."""

    text: str
    cell: int | None = None


@dataclass(frozen=True)
class Context:
    """What stands around a formula: the heading it is under, and the prose nearest to it.

    ``before`` is the last line of prose before a display; for a formula inside a line of prose it is that line.
    ``heading_line`` is 0 where there is no heading.
    """

    heading: str = ""
    heading_line: int = 0
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Formula:
    r"""One line of a display, or one formula inside prose.

    - ``number`` counts the formulas of the note from 0, in the order of the text, cell by cell.
    - ``source`` is the writer's text of it; ``span`` where that stands in ``note.units[unit].text``.
    - ``parts``: the claims on this line, in order; `Unread` where the grammar could not take one.
    - ``display`` is the number of the display it is a line of (of the note, from 0); None inside prose.
    - ``continues`` is the number of the formula whose chain it carries on, if it begins with a relation (``= ...``)
      or is in the same display and begins so; None otherwise. The left-most side is found by following it.
    - ``macros``: some of it came from a macro of the writer's, so that parts of it may share one span.
    """

    number: int
    place: Place
    unit: int
    span: Span
    source: str
    parts: tuple[Statement | Unread, ...]
    context: Context = Context()
    display: int | None = None
    continues: int | None = None
    macros: bool = False


@dataclass(frozen=True)
class Code:
    """Python code in a note: its text, the number of its first line, the cell of a notebook that it fills."""

    text: str
    line: int
    cell: int | None = None


@dataclass(frozen=True)
class Note:
    """A note: its units, all formulas in order, the texts of its ``symbols:`` blocks with their places, its code."""

    file: str
    units: tuple[Unit, ...]
    formulas: tuple[Formula, ...]
    declarations: tuple[tuple[Place, str], ...] = ()
    code: tuple[Code, ...] = ()
