"""LaTeX: a fragment to ``\\input``, or a document of its own that needs amsmath, bm, mathtools and no more."""

from __future__ import annotations

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
from derive.notes.latex import one_line, rows
from derive.notes.latex_words import escaped
from derive.notes.notation import Spelling

COMMENT = "% {}"
SECTIONS = {1: "section*", 2: "subsection*", 3: "subsubsection*"}

PREAMBLE = r"""\documentclass[11pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage[margin=2.2cm]{geometry}
\usepackage{amsmath,amssymb,bm,mathtools}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
\begin{document}
"""
END = "\\end{document}\n"


def of_document(document: Document, *, standalone: bool = False) -> str:
    """Notes as LaTeX; ``standalone`` adds preamble and ``document``."""
    body = fragment(document)
    return PREAMBLE + body + END if standalone else body


def fragment(document: Document) -> str:
    """Any document of the tree as LaTeX, without preamble."""
    text = ""
    for here in document.blocks:
        if isinstance(here, Picture):
            continue  # a drawing would need a package
        gap = "" if isinstance(here, Display) else "\n"  # a display belongs to the paragraph before it
        text += (gap if text else "") + block(here, document.names)
    return text


def block(here: Block, names: Spelling) -> str:
    """One block."""
    match here:
        case Heading(level, text, number):
            shown = f"{number} {inline(text, names)}" if number else inline(text, names)
            return f"\\{SECTIONS[level]}{{{shown}}}\n"
        case Paragraph(text):
            return inline(text, names) + "\n"
        case Display():
            return f"\\begin{{alignat*}}{{3}}\n{rows(here, names)}\n\\end{{alignat*}}\n"
        case Table():
            return table(here, names)
        case Listing(_, source):
            return f"\\begin{{verbatim}}\n{source}\n\\end{{verbatim}}\n"
    raise TypeError(f"no block: {here!r}")


def inline(text: Text, names: Spelling) -> str:
    """Running text."""
    return "".join(_inline(part, names) for part in text)


def _inline(part: Inline, names: Spelling) -> str:
    match part:
        case Words(words):
            return escaped(words)
        case Code(code) | Link(code):
            return rf"\texttt{{{escaped(code)}}}"
        case Maths(formula):
            return f"${one_line(formula, names)}$"


def table(here: Table, names: Spelling) -> str:
    """A table with rules above, below and under the header; the last column takes the rest of the line."""
    columns = "l" * (len(here.header) - 1) + rf"p{{{0.5 if len(here.header) > 2 else 0.8}\linewidth}}"
    rows = [" & ".join(inline(cell, names) for cell in row) + r" \\" for row in (here.header, *here.rows)]
    body = "\n".join([r"\hline", rows[0], r"\hline", *rows[1:], r"\hline"])
    return f"\\begin{{tabular}}{{{columns}}}\n{body}\n\\end{{tabular}}\n"
