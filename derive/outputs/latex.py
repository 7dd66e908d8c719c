"""LaTeX: a fragment to ``\\input``, or a document of its own, with amsmath, bm, longtable, mathtools and no more."""

from __future__ import annotations

from collections.abc import Sequence

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
from derive.notes.latex import BETWEEN, WHOLE, one_line, rows
from derive.notes.latex_picture import pictures
from derive.notes.latex_width import width
from derive.notes.latex_words import escaped, text_width
from derive.notes.notation import Spelling

SUFFIX = ".tex"
COMMENT = "% {}"
SIZES = (("", 1.0), ("footnotesize", 1.2), ("scriptsize", 1.35))  # and how many times too wide a display may be
TYPED_SIZES = (("", 72), ("small", 80), ("footnotesize", 90), ("scriptsize", 102))  # and the letters on a line of code
BETWEEN_COLUMNS, TYPED = 1.1, 0.53  # ems; the second is the width of a letter of code
GRID, GRID_END = r"\begin{bmatrix}", r"\end{bmatrix}"  # taller than a line
RAGGED = r"\hfil\penalty0\hfilneg\ "  # a line may end here, however short it is
TALLEST = 30  # lines of a table that stays on one page
NARROWEST = 0.25  # of a line: the last column of a table
SECTIONS = {1: "section*", 2: "subsection*", 3: "subsubsection*"}

EITHER = r"""\RequirePackage{iftex}
\ifLuaTeX
\documentclass[11pt,a4paper]{ltjsarticle}
\else
\documentclass[uplatex,dvipdfmx,11pt,a4paper]{jsarticle}
\fi"""

# language → document class and what else its letters need, the engine, and the file that the engine must find
PREAMBLES = {
    "en": (
        "\\documentclass[11pt,a4paper]{article}\n\\usepackage[T1]{fontenc}\n\\IfFileExists{lmodern.sty}{\\usepackage{lmodern}}{}",
        "pdflatex",
        "article.cls",
    ),
    "ja": (EITHER, "lualatex", "ltjsarticle.cls"),
}
PREAMBLE = r"""
\usepackage[margin=2.2cm]{geometry}
\usepackage{amsmath,amssymb,bm,longtable,mathtools}
\setlength{\parindent}{0pt}
\setlength{\parskip}{5pt}
\setlength{\emergencystretch}{3em}
\allowdisplaybreaks
"""
UNKNOWN = r"\makeatletter\@ifundefined{u8:\detokenize{%s}}{\DeclareUnicodeCharacter{%04X}{U+%04X}}{}\makeatother"
# Ten lines, else a new page: a table that may go on over pages would leave its heading behind.
NEEDS_ROOM = "\\par\\ifdim\\dimexpr\\pagegoal-\\pagetotal\\relax<10\\baselineskip\\newpage\\fi\n"
NO_EMPTY_LINE = "\\vspace{-\\baselineskip}\n"  # TeX begins a paragraph before a display that has none
BEGIN, END = "\\begin{document}\n", "\\end{document}\n"


def of_document(document: Document, *, standalone: bool = False) -> str:
    """Notes as LaTeX; ``standalone`` adds preamble and ``document``."""
    return of_documents([document]) if standalone else fragment(document)


def of_documents(documents: Sequence[Document]) -> str:
    """Documents of one language one after the other, each on a new page, with preamble and ``document``."""
    body = "\\clearpage\n".join(map(fragment, documents))
    return preamble(documents[0].language, body) + BEGIN + body + END


def engine(language: str) -> tuple[str, str]:
    """What compiles a document of that language, and the file that it must find."""
    return PREAMBLES.get(language, PREAMBLES["en"])[1:]


def preamble(language: str, body: str) -> str:
    """What stands before the document; pdfLaTeX prints the number of a letter that it has no font for."""
    head = PREAMBLES.get(language, PREAMBLES["en"])[0] + PREAMBLE
    letters = sorted({letter for letter in body if not letter.isascii()})
    if (language in PREAMBLES and language != "en") or not letters:
        return head
    unknown = "\n".join(UNKNOWN % (letter, ord(letter), ord(letter)) for letter in letters)
    return head + "\\usepackage{iftex}\n\\ifpdftex\n" + unknown + "\n\\fi\n"


def fragment(document: Document) -> str:
    """Any document of the tree as LaTeX, without preamble."""
    text = ""
    for before, here, after in zip(
        (None, *document.blocks), document.blocks, (*document.blocks[1:], None), strict=False
    ):
        if isinstance(here, Heading) and isinstance(after, Table) and _is_tall(after, document.names):
            text += NEEDS_ROOM
        elif isinstance(before, Heading) and isinstance(here, Display):
            text += NO_EMPTY_LINE
        gap = "" if isinstance(here, Display) else "\n"  # a display belongs to the paragraph before it
        text += (gap if text else "") + block(here, document.names)
        if here is document.blocks[0] and document.anchor:
            text += f"\\label{{{document.anchor}}}\n"
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
            broken = rows(here, names)
            shown = f"\\begin{{alignat*}}{{3}}\n{_kept_together(broken.lines)}\n\\end{{alignat*}}\n"
            size = next((s for s, times in SIZES if broken.excess <= times), "tiny")
            return f"{{\\{size}\n{shown}}}\n" if size else shown
        case Picture(title, graph):
            return f"\\{SECTIONS[2]}{{{inline(title, names)}}}\n{pictures(graph)}"
        case Table():
            return table(here, names)
        case Listing(_, source):
            longest = max(map(len, source.splitlines()), default=0)
            size = next((s for s, letters in TYPED_SIZES if longest <= letters), "tiny")
            shown = f"\\begin{{verbatim}}\n{source}\n\\end{{verbatim}}\n"
            return f"{{\\{size}\n{shown}}}\n" if size else shown
    raise TypeError(f"no block: {here!r}")


def _kept_together(lines: Sequence[str]) -> str:
    """The lines of a display, with no page break behind the first of them or before the last."""
    kept = BETWEEN.replace("[", "*[", 1)
    ends = [kept if k in (0, len(lines) - 2) else BETWEEN for k in range(len(lines) - 1)]
    return "".join(line + end for line, end in zip(lines, (*ends, ""), strict=True))


def inline(text: Text, names: Spelling) -> str:
    """Running text."""
    return "".join(_inline(part, names) for part in text)


def _inline(part: Inline, names: Spelling) -> str:
    match part:
        case Words(words):
            return escaped(words)
        case Code(code):
            return rf"\texttt{{{escaped(code)}}}"
        case Link(code, anchor):
            return rf"\texttt{{{escaped(code)}}}~(\pageref{{{anchor}}})"
        case Maths(formula):
            return f"${one_line(formula, names)}$"


def table(here: Table, names: Spelling) -> str:
    """A table with rules above, below and under the header; the last column takes the rest of the line.

    One that may be too tall for a page goes on over as many as it takes.
    """
    lines = (here.header, *here.rows)
    before = [max(_width(row[k], names) for row in lines) for k in range(len(here.header) - 1)]
    rest = max(NARROWEST, 1 - sum(BETWEEN_COLUMNS + w for w in (*before, 1.0)) / WHOLE)
    columns = "l" * len(before) + rf"p{{{rest:.2f}\linewidth}}"
    tall = _is_tall(here, names)
    head, *rows = _rows(here, names)
    below = r" \\" + ("\n\\noalign{\\vskip 4pt}" if any(GRID in row for row in rows) else "")
    shown = [r"\hline", head + r" \\", r"\hline", r"\noalign{\vskip 3pt}", *[r"\endhead"] * tall]
    body = "\n".join([*shown, *(row + below for row in rows), r"\hline"])
    begin, end = (r"\begin{longtable}[l]", r"\end{longtable}") if tall else (r"\begin{tabular}", r"\end{tabular}")
    return f"{begin}{{{columns}}}\n{body}\n{end}\n"


def _rows(here: Table, names: Spelling) -> list[str]:
    rows = (" & ".join(inline(cell, names) for cell in row) for row in (here.header, *here.rows))
    return [row.replace(f"{GRID_END}$, $", f"{GRID_END}$,{RAGGED}$") for row in rows]


def _is_tall(here: Table, names: Spelling) -> bool:
    """Whether it may be too tall for a page: each row is a line, or as many as a matrix in it has."""
    return sum(1 + row.count(r"\\") for row in _rows(here, names)) > TALLEST


def _width(text: Text, names: Spelling) -> float:
    """About how wide a text on one line is, in ems."""
    total = 0.0
    for part in text:
        if isinstance(part, Maths):
            total += width(one_line(part.formula, names))
        else:
            total += TYPED * len(part.text) if isinstance(part, (Code, Link)) else text_width(part.text)
    return total
