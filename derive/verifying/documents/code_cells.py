"""The code in the plain text of a notebook, which shows ``In [5]:`` before each cell and nothing behind it.

The code is the run of paragraphs from there that Python can parse (nothing is executed); comments at its end may be
headings of the text behind it, so they are left.
"""

from __future__ import annotations

import ast
import re
import warnings

CELL = re.compile(r"^In ?\[[ \d]*(?:None)?\]:?[ \t]*$", re.MULTILINE)
_OUTPUT = re.compile(r"^Out ?\[[ \d]*\]:?.*$", re.MULTILINE)
_BLANK = re.compile(r"\n[ \t]*\n")
_UNFINISHED = ("was never closed", "unterminated triple", "expected an indented block", "unexpected EOF")
LONGEST = 100_000  # characters of one cell


def code_cells(text: str) -> list[tuple[int, int]]:
    """The ranges of code, with the marks of the cells."""
    marks = list(CELL.finditer(text))
    ends = [*(mark.start() for mark in marks[1:]), len(text)][: len(marks)]
    found = [(m.start(), m.end() + _code_length(text[m.end() : end])) for m, end in zip(marks, ends, strict=True)]
    return found + [m.span() for m in _OUTPUT.finditer(text)]


def _code_length(text: str) -> int:
    """How much of the text, from its beginning, is code."""
    text = text[:LONGEST]
    done = begin = 0  # what is code for sure; where the statement that may go on begins
    for end in [*(m.start() for m in _BLANK.finditer(text)), len(text)]:
        if not text[done:].lstrip("\n")[:1].isspace():
            begin = done
        trouble = _trouble(text[begin:end])
        if trouble is None:
            done = end
        elif not any(mark in trouble for mark in _UNFINISHED):
            break
    return len(_without_last_comments(text[:done]))


def _trouble(code: str) -> str | None:
    """Why a text is no Python; None if it is."""
    code = re.sub(r"^[ \t]*[!%].*$", "pass", code, flags=re.MULTILINE)  # commands of the notebook
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return str(error) or "unexpected"
    return None


def _without_last_comments(code: str) -> str:
    """Code without the paragraphs of nothing but comments at its end."""
    while (found := list(_BLANK.finditer(code))) and all(
        not line.strip() or line.lstrip().startswith("#") for line in code[found[-1].end() :].splitlines()
    ):
        code = code[: found[-1].start()]
    return code
