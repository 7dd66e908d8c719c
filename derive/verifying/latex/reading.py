r"""From the text of a display, or of one formula in prose, to its lines, each as claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from derive.verifying.claim import Statement, Unread
from derive.verifying.formula import Span
from derive.verifying.latex.claims import parts
from derive.verifying.latex.macros import Macro, expanded
from derive.verifying.latex.rows import lines
from derive.verifying.latex.settling import settled
from derive.verifying.latex.token import Token
from derive.verifying.latex.tokens import tokens
from derive.verifying.latex.trouble import Trouble


class Line(NamedTuple):
    """One line: where it stands, its claims, and whether a macro of the writer's is in it."""

    span: Span
    parts: tuple[Statement | Unread, ...]
    macros: bool = False


def read(text: str, start: int = 0, end: int | None = None, macros: Mapping[str, Macro] | None = None) -> list[Line]:
    r"""All lines of the formula between two places of a text; what cannot be read is `Unread`, never dropped.

    >>> [line] = read(r"z = W x + b, \quad z \in \mathbb{R}^{n}")
    >>> [len(part.sides) for part in line.parts]
    [2, 1]
    >>> read(r"\frac{a}{b")[0].parts[0].reason
    '{ is not closed'
    """
    stop = len(text) if end is None else end
    known = macros or {}
    try:
        found = expanded(tokens(text, start, stop, known), known)
        rows = lines(settled(found, text, known))
    except Trouble as trouble:
        return [_unread(trouble, text, start, stop)]
    return [line for row in rows if (line := _line(row, text)) is not None]


def _line(row: list[Token], text: str) -> Line | None:
    claims = parts(row, text)
    if not claims:
        return None
    span = Span(min(token.start for token in row), max(token.end for token in row))
    return Line(span, claims, any(not token.own for token in row))


def _unread(trouble: Trouble, text: str, start: int, stop: int) -> Line:
    part = Unread(trouble.reason, text[start:stop].strip(), span=Span(trouble.start, trouble.end))
    lead = len(text[start:stop]) - len(text[start:stop].lstrip())
    tail = len(text[start:stop].rstrip())
    return Line(Span(start + lead, start + max(tail, lead)), (part,))
