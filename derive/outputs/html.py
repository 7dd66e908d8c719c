"""HTML: one file that holds everything, KaTeX and its fonts too, for a double click without a network."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from itertools import pairwise
from string import Template

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
from derive.notes.latex import aligned, one_line
from derive.notes.latex_width import width
from derive.notes.notation import Spelling
from derive.outputs.svg import of_graph

SUFFIX = ".html"
COMMENT = "<!-- {} -->"
CLOSING = re.compile("[,.;:)、。，．；：）」]+")
BETWEEN = " \\\\[-0.9em]\\\\\n"  # lines: an empty one, for KaTeX adds no space below what is tall
SHORT = 12.0  # ems of a formula that is never broken
FONT = re.compile(r"src:url\(fonts/([\w-]+\.woff2)\) format\(\"woff2\"\)[^}]*")


def of_document(document: Document) -> str:
    """Notes as a page of their own."""
    return of_documents([document])


def of_documents(documents: Sequence[Document]) -> str:
    """Documents one after the other on one page, which links of one to another stay on."""
    return page(documents[0].title, "\n".join(map(section, documents)), documents[0].language)


def section(document: Document) -> str:
    """A document as a part of a page."""
    anchor = f' id="{escape(document.anchor)}"' if document.anchor else ""
    return f"<section{anchor}>\n" + "\n".join(block(b, document.names) for b in document.blocks) + "\n</section>"


def page(title: str, body: str, language: str) -> str:
    """A page around a body of HTML."""
    template = Template(_resource("page.html"))
    return template.substitute(
        title=escape(title), body=body, language=language, katex_css=katex_css(), katex_js=_resource("katex.min.js")
    )


@cache
def _resource(name: str) -> str:
    return files("derive.outputs").joinpath("katex", name).read_text(encoding="utf-8")


@cache
def katex_css() -> str:
    """KaTeX's style sheet with its fonts inside."""

    def inside(found: re.Match[str]) -> str:
        font = files("derive.outputs").joinpath("katex", "fonts", found[1]).read_bytes()
        return f'src:url(data:font/woff2;base64,{b64encode(font).decode()}) format("woff2")'

    return FONT.sub(inside, _resource("katex.min.css"))


def block(here: Block, names: Spelling) -> str:
    """One block."""
    match here:
        case Heading(level, text, number):
            shown = f"{escape(number)} {inline(text, names)}" if number else inline(text, names)
            return f"<h{level}>{shown}</h{level}>"
        case Paragraph(text):
            return f"<p>{inline(text, names)}</p>"
        case Display():
            return f'<div class="math display">{escape(aligned(here, names, BETWEEN), quote=False)}</div>'
        case Picture(title, graph):
            return f"<h2>{inline(title, names)}</h2>\n<figure>{of_graph(graph)}</figure>"
        case Table(header, rows):
            head = "".join(f"<th>{inline(cell, names)}</th>" for cell in header)
            body = "\n".join(f"<tr>{''.join(f'<td>{inline(c, names)}</td>' for c in row)}</tr>" for row in rows)
            return f'<div class="wide"><table>\n<tr>{head}</tr>\n{body}\n</table></div>'
        case Listing(_, source):
            return f"<pre><code>{escape(source, quote=False)}</code></pre>"
    raise TypeError(f"no block: {here!r}")


def inline(text: Text, names: Spelling) -> str:
    """Running text; a sign that closes stays on the line of the formula before it."""
    shown = ""
    for before, part in pairwise((None, *text)):
        closing = CLOSING.match(part.text) if isinstance(part, Words) else None
        if isinstance(part, Words) and isinstance(before, Maths) and closing and _is_short(before, names):
            formula = _inline(before, names)
            shown = shown.removesuffix(formula) + f'<span class="kept">{formula}{closing[0]}</span>'
            part = Words(part.text[closing.end() :])
        shown += _inline(part, names) if part is not None else ""
    return shown


def _is_short(part: Maths, names: Spelling) -> bool:
    """Whether a formula need not be broken."""
    return width(one_line(part.formula, names)) < SHORT


def _inline(part: Inline, names: Spelling) -> str:
    match part:
        case Words(words):
            return escape(words, quote=False)
        case Link(words, anchor):
            return f'<a href="#{escape(anchor)}"><code>{escape(words, quote=False)}</code></a>'
        case Code(code):
            return f"<code>{escape(code, quote=False)}</code>"
        case Maths(formula):
            return f'<span class="math">{escape(one_line(formula, names), quote=False)}</span>'
