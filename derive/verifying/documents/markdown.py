"""Markdown, and the plain text of notebooks: code, comments and marks of quotation blanked, headings found."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from derive.verifying.documents.code_cells import CELL, code_cells
from derive.verifying.documents.stretches import Marked, blanked, enclosed

_FENCE = re.compile(r"^[ \t>]*(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
_SPAN = re.compile(r"\$`[^`\n]+`\$|(?<![`\\])(`+)(?!`)((?:(?!\n[ \t]*\n).){1,2000}?)(?<!`)\1(?!`)", re.DOTALL)
_CODE = re.compile(r"<(script|style|pre|code|svg)\b", re.IGNORECASE)
_QUOTE = re.compile(r"[ \t]*(?:>[ \t]?)+")
_HEADING = re.compile(r"^[ \t>]{0,6}#{1,6}[ \t]*(.+?)[ \t#]*$|^([^\n]+)\n[ \t]*(?:={3,}|-{3,})[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_DECLARES = re.compile(r"^\s*(?:symbols|forward|loss)\s*:", re.MULTILINE)
_MATHEMATICS = re.compile(r"\$|\\\[|\\\(|\\begin\s*\{(?:align|equation|gather|eqnarray|multline)")


def marked(text: str) -> Marked:
    """A Markdown text with all blanked that is no prose and no mathematics."""
    front = list(_FRONT.finditer(text))
    fences = list(_fences(text))
    coded = [(f.start, f.end) for f in fences if f.kind == "code"]
    coded += [mark for f in fences if f.kind == "open" for mark in ((f.start, f.inner[0]), (f.inner[1], f.end))]
    ranges = [m.span() for m in front] + coded
    ranges += code_cells(blanked(text, ranges)) if CELL.search(text) else []
    live = blanked(text, ranges)
    for fence in fences:
        live = _as_display(live, fence) if fence.kind == "display" else live
    comments = list(enclosed(live, "<!--", "-->"))
    declarations = [(m.start(1), m[1]) for m in front if _DECLARES.search(m[1])]
    declarations += [(f.inner[0], text[slice(*f.inner)]) for f in fences if _declares(text, f)]
    declarations += [(a + 4, text[a + 4 : b - 3]) for a, b in comments if _DECLARES.search(text[a + 4 : b - 3])]
    live = blanked(live, comments)
    live = blanked(live, _code_elements(live))
    live = blanked(live, [m.span() for m in _SPAN.finditer(live) if m[1]])
    headings = tuple((m.start(), (m[1] or m[2]).strip()) for m in _HEADING.finditer(live))
    live = blanked(live, _quotes(live))
    return Marked(text, live, live, headings, tuple(sorted(declarations)))


@dataclass(frozen=True)
class _Fence:
    """A fenced block: ``code``, a ``display``, or ``open``: LaTeX with dollars of its own."""

    start: int
    end: int
    inner: tuple[int, int]
    info: str
    kind: str


def _fences(text: str) -> Iterator[_Fence]:
    """The fenced blocks."""
    at = 0
    while (opening := _FENCE.search(text, at)) is not None:
        mark = opening["fence"]
        fence = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        closing = fence.search(text, opening.end())
        inner = (opening.end(), len(text) if closing is None else closing.start())
        at = len(text) if closing is None else closing.end()
        info = opening["info"].strip().lower().strip("{}")
        kind = "code"
        if info in ("math", "latex", "tex", "katex", "mathjax"):
            kind = "open" if info != "math" and _MATHEMATICS.search(text, *inner) else "display"
        yield _Fence(opening.start(), at, inner, info, kind)


def fenced_code(text: str) -> Iterator[tuple[int, int, bool]]:
    """From where to where fenced blocks of code reach, and whether they may be Python."""
    for fence in _fences(text):
        if fence.kind == "code":
            language = fence.info.partition(" ")[0].partition(":")[0].lower()
            yield *fence.inner, language in ("", "py", "python", "python3", "ipython")


def _as_display(text: str, fence: _Fence) -> str:
    """The marks of a fence as dollars, at the same length."""
    above = "$$".rjust(fence.inner[0] - fence.start)
    below = "$$".ljust(fence.end - fence.inner[1])
    return text[: fence.start] + above + text[slice(*fence.inner)] + below + text[fence.end :]


def _declares(text: str, fence: _Fence) -> bool:
    if fence.info in ("yaml", "yml"):
        return bool(_DECLARES.search(text, *fence.inner))
    return fence.info == "symbols"


def _code_elements(text: str) -> Iterator[tuple[int, int]]:
    """The HTML elements that show or hold code."""
    at = 0
    while (opening := _CODE.search(text, at)) is not None:
        closing = re.compile(rf"</{opening[1]}\s*>", re.IGNORECASE).search(text, opening.end())
        if closing is None:
            return
        yield opening.start(), closing.end()
        at = closing.end()


def _quotes(text: str) -> Iterator[tuple[int, int]]:
    """The marks of quotations; one line that begins with ``>`` behind another that does not may be a relation."""
    at = 0
    marks: list[tuple[int, int]] = []
    apart = True
    for line in (*text.splitlines(keepends=True), ""):
        mark = _QUOTE.match(line)
        if mark is not None:
            marks.append((at, at + mark.end()))
        else:
            if len(marks) > 1 or apart:
                yield from marks
            apart = not line.strip()
            marks = []
        at += len(line)
