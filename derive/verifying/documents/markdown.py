r"""Markdown, and the plain text of notebooks: code, comments and quotation marks blanked, headings found.

The plain text of a notebook shows ``In [5]:`` before each cell of code and nothing behind it. The code is taken to
be the longest run of paragraphs that Python can parse (nothing is executed); comments at its end are headings.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from derive.verifying.documents.stretches import Marked, blanked

_FENCE = re.compile(r"^(?P<lead>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n`]*)$", re.MULTILINE)
_SPAN = re.compile(r"(?<![`\\$])(`+)(?!`)(.+?)(?<!`)\1(?![`$])", re.DOTALL)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_HTML = re.compile(r"<(script|style|pre|code|svg)\b.*?</\1\s*>|<[a-zA-Z/][^<>\n$]*>", re.DOTALL | re.IGNORECASE)
_LINK = re.compile(r"(?<=\]\()[^()\n$]*(?:\([^()\n]*\)[^()\n$]*)?(?=\))|https?://[^\s)>\]$]+")
_QUOTE = re.compile(r"^[ \t]*(?:>[ \t]?)+", re.MULTILINE)
_HEADING = re.compile(r"^[ \t>]{0,6}#{1,6}[ \t]*(.+?)[ \t#]*$|^([^\n]+)\n[ \t]*(?:=+|-{2,})[ \t]*$", re.MULTILINE)
_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*$", re.DOTALL | re.MULTILINE)
_CELL = re.compile(r"^In ?\[[ \d]*(?:None)?\]:?[ \t]*$", re.MULTILINE)
_OUTPUT = re.compile(r"^Out ?\[[ \d]*\]:?.*$", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")
_DECLARES = re.compile(r"^\s*(?:symbols|forward|loss)\s*:", re.MULTILINE)
MOST_PARAGRAPHS = 300


def marked(text: str) -> Marked:
    """A Markdown text with all blanked that is no prose and no mathematics."""
    declarations = [(m.start(1), m[1]) for m in _FRONT.finditer(text) if _DECLARES.search(m[1])]
    front = [m.span() for m in _FRONT.finditer(text)]
    fences = list(_fences(text))
    declarations += [(start, body) for start, _, body, info in fences if _declares(body, info)]
    ranges = front + [(a, b) for a, b, _, _ in fences] + list(_cells(blanked(text, front)))
    live = blanked(text, ranges)
    declarations += [(m.start(1), m[1]) for m in _COMMENT.finditer(live) if _DECLARES.search(m[1])]
    for pattern in (_COMMENT, _HTML):
        live = blanked(live, [m.span() for m in pattern.finditer(live)])
    live = blanked(live, [m.span() for m in _SPAN.finditer(live) if not _BLANK.search(m.group())])
    live = blanked(live, [m.span() for m in _LINK.finditer(live)])
    live = blanked(live, [m.span() for m in _QUOTE.finditer(live)])
    headings = tuple((m.start(), (m[1] or m[2]).strip()) for m in _HEADING.finditer(blanked(text, ranges)))
    return Marked(text, live, live, headings, tuple(sorted(declarations)))


def _declares(body: str, info: str) -> bool:
    return info == "symbols" or (info in ("yaml", "yml") and bool(_DECLARES.search(body)))


def _fences(text: str) -> Iterator[tuple[int, int, str, str]]:
    r"""Start, end, content and language of each fenced block; a fence of mathematics is none.

    For ```` ```math ```` only the fences themselves are given, so that its content can be found as a display.
    """
    at = 0
    while (opening := _FENCE.search(text, at)) is not None:
        mark = opening["fence"]
        fence = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$", re.MULTILINE)
        closing = fence.search(text, opening.end())
        end = len(text) if closing is None else closing.end()
        inner = len(text) if closing is None else closing.start()
        info = opening["info"].strip().lower()
        if info not in ("math", "latex", "tex", "{math}"):
            yield opening.start(), end, text[opening.end() : inner], info
        at = max(end, opening.end())


def _cells(text: str) -> Iterator[tuple[int, int]]:
    """The code behind each ``In [5]:``, and the marks of cells themselves."""
    marks = list(_CELL.finditer(text))
    for number, mark in enumerate(marks):
        stop = marks[number + 1].start() if number + 1 < len(marks) else len(text)
        yield mark.start(), mark.end() + _code_length(text[mark.end() : stop])
    yield from (m.span() for m in _OUTPUT.finditer(text))


def _code_length(text: str) -> int:
    """How much of the text, from its beginning, is Python: whole paragraphs, without comments at the end."""
    best = 0
    ends = [m.start() for m in _BLANK.finditer(text)][:MOST_PARAGRAPHS]
    for end in [*ends, len(text)]:
        code = re.sub(r"^[ \t]*[!%].*$", "pass", text[:end], flags=re.MULTILINE)
        try:
            ast.parse(code.replace("\x00", " "))
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        best = end
    return len(_without_last_comments(text[:best]))


def _without_last_comments(code: str) -> str:
    """Code without the paragraphs of nothing but comments at its end: they may be headings of the text behind it."""
    while (found := list(_BLANK.finditer(code))) and all(
        not line.strip() or line.lstrip().startswith("#") for line in code[found[-1].end() :].splitlines()
    ):
        code = code[: found[-1].start()]
    return code
