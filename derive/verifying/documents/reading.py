"""A file as a note: the format by its ending, then every formula with its place, its context and what it continues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from derive.errors import ChainruleError
from derive.verifying.claim import Statement, Unread
from derive.verifying.documents import markdown, notebook, tex
from derive.verifying.documents.coded import code_of
from derive.verifying.documents.page import Page
from derive.verifying.documents.stretches import Marked
from derive.verifying.formula import Span, Words
from derive.verifying.latex.macros import Macro
from derive.verifying.latex.reading import read
from derive.verifying.located import Formula, Note, Place, Unit

LARGEST = 5_000_000  # characters of a file

FORMATS: dict[str, Callable[[str], Marked]] = {
    ".md": markdown.marked, ".markdown": markdown.marked, ".txt": markdown.marked, ".tex": tex.marked,
    ".rmd": markdown.marked, ".qmd": markdown.marked, ".mdx": markdown.marked, "": markdown.marked,
}  # fmt: skip


def read_note(path: Path) -> Note:
    """The note in a file; raises `ChainruleError` if the file cannot be read as one."""
    ending = path.suffix.lower()
    if ending != ".ipynb" and ending not in FORMATS:
        known = ", ".join(sorted({*FORMATS, ".ipynb"} - {""}))
        raise ChainruleError(f"{path}: notes are read from {known} files, not from {ending}")
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ChainruleError(f"{path}: {error.strerror}") from None
    if len(data) > 4 * LARGEST:
        raise ChainruleError(f"{path}: {len(data):,} bytes are too many for a note")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ChainruleError(f"{path} is not UTF-8 text: byte {error.start}", hint="save it as UTF-8") from None
    return note(text, str(path), ending)


def note(text: str, file: str = "<text>", ending: str = ".md") -> Note:
    r"""The note in a text of the format that the ending names.

    >>> found = note("Forward: $z = Wx$\n\n$$\n\\begin{aligned} a &= f(z) \\\\ &= b \\end{aligned}\n$$")
    >>> [(f.place.first, f.display, f.continues) for f in found.formulas]
    [(1, None, None), (4, 0, None), (4, 0, 1)]
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) > LARGEST:
        raise ChainruleError(f"{file}: {len(text):,} characters are too many for a note")
    if ending == ".ipynb":
        units = [Unit(source, number) for number, source in notebook.cells(text, file)]
        form: Callable[[str], Marked] = markdown.marked
    else:
        units, form = [Unit(text)], FORMATS[ending]
    return replace(_assembled(file, units, form), code=code_of(text, ending))


def _assembled(file: str, units: list[Unit], form: Callable[[str], Marked]) -> Note:
    macros: dict[str, Macro] = {}
    formulas: list[Formula] = []
    declarations: list[tuple[Place, str]] = []
    displays = 0
    heading = ("", 0)
    for number, unit in enumerate(units):
        page = Page(file, unit, form(unit.text), heading)
        macros.update(page.macros)
        for stretch in page.stretches:
            begin, end = stretch.inner
            for line in read(page.live, begin, end, macros):
                formulas.append(
                    Formula(
                        number=len(formulas),
                        place=page.place(line.span),
                        unit=number,
                        span=line.span,
                        source=unit.text[line.span.start : line.span.end],
                        parts=line.parts,
                        context=page.context(stretch, line.span.start),
                        display=displays if stretch.display else None,
                        macros=line.macros,
                    )
                )
            displays += stretch.display
        declarations += [(page.place(Span(at, at + len(body))), body) for at, body in page.declarations]
        heading = page.heading_at(len(unit.text))
    return Note(file, tuple(units), tuple(_continued(formulas)), tuple(declarations))


def _continued(formulas: list[Formula]) -> list[Formula]:
    """The formulas, each that begins with a relation bound to the one whose chain it carries on."""
    made: list[Formula] = []
    for formula in formulas:
        before = _claimed(made, formula) if _begins_with_relation(formula) else None
        made.append(formula if before is None else replace(formula, continues=before))
    return made


def _begins_with_relation(formula: Formula) -> bool:
    first = formula.parts[0]
    return isinstance(first, Statement) and first.sides[:1] == (None,)


def _claimed(made: list[Formula], formula: Formula) -> int | None:
    """The nearest formula before it in its display, or else under the same heading, that is no mere remark."""
    for other in reversed(made):
        if (
            other.context.heading_line != formula.context.heading_line
            or other.context.heading != formula.context.heading
        ):
            return None
        inline = other.display is None and formula.display is not None
        if not inline and not all(_is_remark(part) for part in other.parts):
            return other.number
    return None


def _is_remark(part: Statement | Unread) -> bool:
    """Whether a line is prose, or a claim inside a sentence: words before and behind it."""
    if isinstance(part, Unread):
        return False
    words = [a.span for a in part.annotations if isinstance(a, Words)]
    sides = [side.span for side in part.sides if side is not None]
    return not sides or (any(w < sides[0] for w in words) and any(w > sides[-1] for w in words))
