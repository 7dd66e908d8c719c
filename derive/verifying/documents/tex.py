r"""LaTeX files: comments, listings and pictures blanked, of the preamble only macros; no ``\input`` is followed."""

from __future__ import annotations

import re

from derive.verifying.documents.stretches import Marked, blanked

_COMMENT = re.compile(r"(?<!\\)(?:\\\\)*(%[^\n]*)")
_VERBATIM = re.compile(
    r"\\begin\{(verbatim\*?|lstlisting|minted|comment|tikzpicture|picture|filecontents\*?|Verbatim)\}.*?\\end\{\1\}"
    r"|\\verb\*?([^A-Za-z\s]).*?\2|\\lstinline(?:\[[^\]]*\])?([^A-Za-z\s{]).*?\3",
    re.DOTALL,
)
_HEADING = re.compile(
    r"\\(?:part|chapter|(?:sub)*section|(?:sub)?paragraph)\*?\s*(?:\[[^\]]*\])?\{((?:[^{}]|\{[^{}]*\})*)\}"
)
_DECLARES = re.compile(r"^\s*%+\s*symbols\s*:", re.MULTILINE)


def marked(text: str) -> Marked:
    """A LaTeX text with all blanked that is no prose and no mathematics."""
    ranges = [m.span() for m in _VERBATIM.finditer(text)]
    live = blanked(text, ranges)
    live = defining = blanked(live, [m.span(1) for m in _COMMENT.finditer(live)])
    begin = live.find(r"\begin{document}")
    if begin >= 0:
        live = blanked(live, [(0, begin)])
    end = live.find(r"\end{document}")
    if end >= 0:
        live = blanked(live, [(end, len(live))])
    headings = tuple((m.start(), m[1].strip()) for m in _HEADING.finditer(live))
    return Marked(text, live, defining, headings, _declarations(text))


def _declarations(text: str) -> tuple[tuple[int, str], ...]:
    """Blocks of comments that begin with ``% symbols:``, without their percent signs."""
    found = []
    for match in _DECLARES.finditer(text):
        lines = []
        at = match.start() + (len(match.group()) - len(match.group().lstrip("\n")))
        start = at
        for line in text[at:].splitlines():
            if not line.lstrip().startswith("%"):
                break
            lines.append(re.sub(r"^\s*%+ ?", "", line))
        found.append((start, "\n".join(lines)))
    return tuple(found)
