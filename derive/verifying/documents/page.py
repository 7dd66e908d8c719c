"""One text as it is read: where its lines begin, what stands around a place, which macros it defines."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from derive.verifying.documents.finding import stretches
from derive.verifying.documents.stretches import Marked, Stretch, blanked
from derive.verifying.formula import Span
from derive.verifying.latex.macros import definitions
from derive.verifying.located import Context, Place, Unit


class Page:
    """A unit of a note with what its format marked; ``heading`` is the one that holds at its beginning."""

    def __init__(self, file: str, unit: Unit, marked: Marked, heading: tuple[str, int]) -> None:
        found = definitions(marked.defining)
        self.macros = found.macros
        self.live = blanked(marked.live, found.ranges)
        self.declarations = marked.declarations
        self.stretches = tuple(stretches(self.live))
        self._file, self._unit, self._marked, self._heading = file, unit, marked, heading
        self._starts = [0, *(n + 1 for n, character in enumerate(unit.text) if character == "\n")]
        self._headings = [(at, text) for at, text in marked.headings if not self._inside(at)]
        self._heading_starts = [at for at, _ in self._headings]

    def _inside(self, offset: int) -> bool:
        """Whether a place is in a display: a line of ``=`` there underlines no heading."""
        number = bisect_right(self.stretches, offset, key=lambda stretch: stretch.start)
        return number > 0 and self.stretches[number - 1].display and offset < self.stretches[number - 1].end

    def line(self, offset: int) -> int:
        """The number of the line, from 1, that an offset is in."""
        return bisect_right(self._starts, offset)

    def place(self, span: Span) -> Place:
        """The lines that a range of characters covers."""
        return Place(self._file, self.line(span.start), self.line(max(span.start, span.end - 1)), self._unit.cell)

    def heading_at(self, offset: int) -> tuple[str, int]:
        """The heading that a place stands under, and its line; the one before this text has line 0."""
        number = bisect_right(self._heading_starts, offset)
        if not number:
            return self._heading[0], 0
        at, text = self._headings[number - 1]
        return text, self.line(at + len(self._marked.text[at:]) - len(self._marked.text[at:].lstrip("\n")))

    def context(self, stretch: Stretch, offset: int) -> Context:
        """What stands around a formula."""
        heading, line = self.heading_at(offset)
        first, last = self.line(stretch.start), self.line(max(stretch.start, stretch.end - 1))
        if not stretch.display:
            return Context(heading, line, self._text(first))
        return Context(heading, line, self._prose(range(first - 1, 0, -1)), self._prose(range(last + 1, last + 4)))

    def _text(self, line: int) -> str:
        return self._unit.text[self._starts[line - 1] :].partition("\n")[0].strip()

    def _prose(self, lines: range) -> str:
        for line in lines:
            if line in self._prose_lines:
                return self._text(line)
        return ""

    @cached_property
    def _prose_lines(self) -> frozenset[int]:
        """The lines that hold prose: no headings, no code, no displays alone."""
        displays = [(s.start, s.end) for s in self.stretches if s.display]
        headings = {self.line(at) for at in self._heading_starts}
        written = blanked(self._marked.live, displays).split("\n")
        return frozenset(n for n, text in enumerate(written, 1) if text.strip() and n not in headings)
