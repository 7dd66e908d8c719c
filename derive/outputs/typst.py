"""Typst: a document of its own, for the compiler that pip installs; it needs no package and no network."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from derive.notes.document import (
    Block,
    Code,
    Display,
    Document,
    Grid,
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
    plain,
)
from derive.notes.graph_drawing import Sheet, sheets, text_width
from derive.notes.latex import one_line, rows
from derive.notes.notation import Spelling
from derive.notes.typst_maths import maths, string
from derive.outputs.svg import of_sheet

SUFFIX = ".typ"
COMMENT = "// {}"
FONT = "New Computer Modern"  # comes with the compiler
EAST_ASIAN = re.compile("[\u2e80-\uffef]")
SERIF = ("IPAexMincho", "IPAMincho", "Noto Serif CJK JP", "Noto Serif JP", "Hiragino Mincho ProN", "Yu Mincho")
BOLD = ("IPAexGothic", "IPAGothic", "Noto Sans CJK JP", "Noto Sans JP", "Hiragino Kaku Gothic ProN", "Yu Gothic")
SPECIAL = re.compile(r"""[\\#$*_`<>@~=+/\[\]"-]|(?<=\d)\.|\.(?=\.)""")  # what Typst would take for markup
WIDTH, HEIGHT = 620.0, 880.0  # of a page's text, in pixels of 3/4 pt
SMALLEST = 0.65  # how small a graph may get before it is cut into several pictures
NARROW = 300.0  # in the same, of a cell whose column is as wide as it needs; others share what is left

PREAMBLE = r"""#set document(date: none, title: TITLE)
#set page(paper: "a4", margin: 2.2cm, numbering: "1")
#set text(font: FONTS, size: 10.5pt, lang: LANGUAGE)
#set par(spacing: 1em)
#set table(stroke: none, align: left)
#show heading: set text(font: HEADINGS)
#show heading: set block(above: 1.5em, below: 1em)
#show raw.where(block: true): set text(size: 0.85em)
#show math.equation: set text(font: ("New Computer Modern Math", ..FONTS))
#show math.equation: set block(breakable: true)
#show math.equation.where(block: true): set par(leading: 0.9em)
#set math.mat(row-gap: 0.3em)
#show math.equation.where(block: true): set align(start)
#show math.equation.where(block: true): it => pad(left: 1.5em, layout(page => {
  // what has no place to be broken at is set smaller
  set text(size: 1em * calc.min(1, page.width / measure(it).width))
  it
}))
#let boxed(body) = box(stroke: 0.5pt, inset: 3pt, body)
#let stacked(..lines) = math.mat(delim: none, align: left, row-gap: 0.4em, ..lines.pos().map(line => (line,)))
#let lap(body) = context {
  set par(leading: 0pt) // or it counts as lower than it is
  let shown = $display(#body)$
  box(width: 0pt, align(left, box(width: measure(shown).width + 1pt, shown)))
}
#let chapter(name) = link(label(name), {
  raw(name.replace("_", "_" + sym.zws))
  context [ #text(size: 0.8em)[(#counter(page).at(label(name)).first())]]
})
"""


def of_document(document: Document) -> str:
    """Notes as a Typst document."""
    return of_documents([document])


def of_documents(documents: Sequence[Document]) -> str:
    """Documents one after the other, each on a new page; a link shows the page that it leads to."""
    body = "\n#pagebreak()\n".join(f"\n{section(document)}\n" for document in documents)
    chosen = {"TITLE": string(documents[0].title), "LANGUAGE": string(documents[0].language)}
    for place, families in (("FONTS", SERIF), ("HEADINGS", BOLD)):
        chosen[place] = listed(FONT, *(families if EAST_ASIAN.search(body) else ()))
    return re.sub("|".join(chosen), lambda found: chosen[found[0]], PREAMBLE) + body


def listed(*names: str) -> str:
    """Names as an array of Typst's."""
    return "(" + "".join(f"{string(name)}, " for name in names) + ")"


def section(document: Document) -> str:
    """A document as a part of another."""
    shown = [block(here, document.names) for here in document.blocks]
    for k, (here, following) in enumerate(pairwise(document.blocks)):
        if isinstance(here, Paragraph) and isinstance(following, Display):
            shown[k] = f"#block(sticky: true)[{shown[k]}]"  # on the page of what it belongs to
    if document.anchor:
        shown[0] += f" #label({string(document.anchor)})"
    return "\n\n".join(shown)


def block(here: Block, names: Spelling) -> str:
    """One block."""
    match here:
        case Heading(level, text, number):
            return f"{'=' * level} " + (f"{words(number)} " if number else "") + inline(text, names)
        case Paragraph(text):
            return inline(text, names)
        case Display():
            return "$ " + " \\\n  ".join(map(maths, rows(here, names).lines)) + " $"
        case Picture(title, graph):
            shown = (picture(sheet, graph.name) for sheet in sheets(graph, WIDTH / SMALLEST))
            return "\n\n".join((f"== {inline(title, names)}", *shown))
        case Table():
            return table(here, names)
        case Listing(language, source):
            return f"#raw(block: true, lang: {string(language)}, {string(source)})"
    raise TypeError(f"no block: {here!r}")


def picture(sheet: Sheet, name: str) -> str:
    """A sheet of a graph, made smaller where the page is too small for it."""
    shown = min(1.0, WIDTH / sheet.width, HEIGHT / sheet.height) * sheet.width * 0.75
    return f'#align(center, image(bytes({string(of_sheet(sheet, name))}), format: "svg", width: {shown:.1f}pt))'


def table(here: Table, names: Spelling) -> str:
    """A table with rules above, below and under the header, which is repeated on a new page."""
    wide = [any(text_width(plain(row[k])) > NARROW for row in here.rows) for k in range(len(here.header) - 1)]
    columns = ", ".join(["1fr" if w else "auto" for w in wide] + ["1fr"])
    header, *body = (", ".join(f"[{inline(cell, names)}]" for cell in row) for row in (here.header, *here.rows))
    is_tall = any(
        isinstance(part, Maths) and isinstance(part.formula, Grid) for r in here.rows for c in r for part in c
    )
    rule = "table.hline(stroke: 0.6pt)"
    inset = "inset: (x: 5pt, y: 8pt)" if is_tall else "inset: (x: 5pt, y: 3.5pt)"
    lines = [f"columns: ({columns})", inset, rule, f"table.header({header})", rule, *body, rule]
    return "#table(\n  " + ",\n  ".join(lines) + ",\n)"


def inline(text: Text, names: Spelling) -> str:
    """Running text."""
    return "".join(_inline(part, names) for part in text)


def _inline(part: Inline, names: Spelling) -> str:
    match part:
        case Words(text):
            return words(text)
        case Link(_, anchor):
            return f"#chapter({string(anchor)});"
        case Code(code):
            return f"#raw({string(code)});"
        case Maths(formula):
            return f"${maths(one_line(formula, names))}$"


def words(text: str) -> str:
    """Plain text as Typst's markup."""
    return SPECIAL.sub(r"\\\g<0>", text)
