r"""The smallest parts: numbers, names in all fonts, groups, roots, accents, braces over and under."""

from __future__ import annotations

from dataclasses import replace

from derive.verifying.formula import (
    Accent,
    Addition,
    Blank,
    Bracketed,
    Dots,
    Mark,
    Name,
    Node,
    Number,
    Span,
    Words,
)
from derive.verifying.latex import symbols
from derive.verifying.latex.brackets import bracketed, in_angles
from derive.verifying.latex.commands import COMMANDS, argument
from derive.verifying.latex.cursor import Cursor, shown
from derive.verifying.latex.derivatives import differential, quotient, roman_d, run_of_d
from derive.verifying.latex.environments import environment


def atom(cursor: Cursor) -> Node:
    """The part that begins with the next token, without scripts."""
    first = cursor.at
    token = cursor.take()
    span = Span(token.start, token.end)
    if token.kind == "letter":
        return run_of_d(cursor, first, _run(cursor, first))
    if token.kind == "digit" or (token.kind == "dot" and cursor.sees("digit")):
        return _number(cursor, first)
    if token.kind == "name":
        return Name(token.text, cursor.font, letters=span, span=span)
    if token.kind == "dots":
        return Dots(token.text, span=span)
    if token.kind == "blank":
        return Blank(token.text, span=span)
    if token.kind == "open":
        if roman_d(cursor, first):  # ``{\rm d}x``
            return _in_font(cursor, first, "rm")
        return _group(cursor, first)
    if token.kind == "begin":
        cursor.at = first
        return environment(cursor)
    if token.kind == "bracket":
        cursor.at = first
        return bracketed(cursor)
    if token.kind in ("words", "cjk", "tag"):
        return _word(cursor, first)
    if token.kind == "command":
        return _command(cursor, first, token.text)
    if token.kind in ("sign", "colon") and (cursor.held or cursor.at - first == len(cursor.tokens)):
        return Mark(token.text, span=span)
    if token.kind == "relation" and token.text == "<":
        cursor.at = first
        return in_angles(cursor)
    cursor.at = first
    raise cursor.trouble(f"{shown(token)} is not expected here")


def _run(cursor: Cursor, first: int) -> Name:
    """Letters and digits without a gap; in an upright font gaps are no gaps."""
    worded = cursor.font in symbols.WORDLY
    while (token := cursor.peek()) is not None and token.kind in ("letter", "digit") and (worded or not token.gap):
        cursor.take()
    text = "".join(token.text for token in cursor.tokens[first : cursor.at])
    span = cursor.span(first)
    return Name(text, cursor.font, whole=worded and len(text) > 1, letters=span, span=span)


def _number(cursor: Cursor, first: int) -> Node:
    """Digits, a point between digits, and an exponent (``1e-7``)."""
    while _digit_follows(cursor) or (cursor.sees("dot") and _digit_follows(cursor, 1)):
        cursor.take()
    mark, sign = cursor.peek(), cursor.peek(1)
    if mark is not None and sign is not None and mark.text in ("e", "E") and mark.kind == "letter" and not mark.gap:
        signed = sign.kind == "sign" and sign.text in "+-"
        if _digit_follows(cursor, 2 if signed else 1):
            for _ in range(2 if signed else 1):
                cursor.take()
            while _digit_follows(cursor):
                cursor.take()
    text = "".join(token.text for token in cursor.tokens[first : cursor.at])
    return Number(text, cursor.font, span=cursor.span(first))


def _digit_follows(cursor: Cursor, ahead: int = 0) -> bool:
    token = cursor.peek(ahead)
    return token is not None and token.kind == "digit" and not token.gap


def _group(cursor: Cursor, first: int) -> Node:
    r"""A group that only holds TeX together; ``{a \over b}`` is a fraction."""
    close = cursor.partner[first]
    if close >= cursor.limit:
        raise cursor.trouble("a brace is not closed")
    over = _over(cursor, first + 1, close)
    if over:
        cursor.at = close + 1
        return quotient(cursor, first, (first + 1, over), (over + 1, close))
    if close == first + 1:
        cursor.at = close + 1
        return Mark("", span=cursor.span(first))
    with cursor.fenced(close):
        made = cursor.grammar.inside(cursor)
    cursor.at = close + 1
    if isinstance(made, Addition) and not _is_all(cursor, first):
        return Bracketed("", "", made, span=cursor.span(first))
    return made


def _is_all(cursor: Cursor, first: int) -> bool:
    """Whether the group that was read last is a whole side, cell or argument."""
    edges = ("open", "row", "amp", "begin", "relation", "comma", "bracket")
    alone = first == 0 or cursor.tokens[first - 1].kind in edges
    return alone and (cursor.peek() is None or cursor.tokens[cursor.at].kind in edges)


def _over(cursor: Cursor, begin: int, end: int) -> int:
    at = begin
    while at < end:
        token = cursor.tokens[at]
        if token.kind == "command" and token.text == "over":
            return at
        at = cursor.partner.get(at, at) + 1
    return 0


def _word(cursor: Cursor, first: int) -> Node:
    r"""``\text{loss}`` as a name; what has spaces or is a word of prose stays prose."""
    token = cursor.tokens[first]
    span = Span(token.start, token.end)
    text = token.text.strip()
    if token.kind == "words" and text == "d" and (after := cursor.peek()) is not None and not after.gap:
        return differential(cursor, first, "d")
    prose = not text or " " in text or "$" in text or text.lower() in symbols.PROSE_WORDS
    if token.kind == "tag" or (token.kind == "words" and prose):
        return Words(text, span=span)
    offset = token.end - 1 - len(token.text) if token.kind == "words" else token.start
    letters = Span(offset, offset + len(token.text))
    return Name(text.replace(r"\_", "_"), "text", whole=True, letters=letters, span=span)


def _command(cursor: Cursor, first: int, word: str) -> Node:
    if word in symbols.FONTS:
        return _in_font(cursor, first, symbols.FONTS[word])
    if word in symbols.SWITCHES:
        cursor.font = symbols.SWITCHES[word]
        return atom(cursor) if cursor.peek() is not None else Mark("")
    if word in symbols.ACCENTS:
        return Accent(symbols.ACCENTS[word], argument(cursor), span=cursor.span(first))
    if word in symbols.FUNCTIONS or word in symbols.BIG:
        return Name(word, "command", whole=True, letters=cursor.span(first), span=cursor.span(first))
    reader = COMMANDS.get(word)
    if reader is None:
        cursor.at = first
        raise cursor.trouble(rf"the command \{word} is not known: define it with \newcommand, or write it out")
    return reader(cursor, first)


def _in_font(cursor: Cursor, first: int, font: str) -> Node:
    r"""The argument in its font; an upright ``d`` before a part is a differential."""
    if (length := roman_d(cursor, first)) and first + length < cursor.limit:
        after = cursor.tokens[first + length]
        if after.kind in ("letter", "name", "command", "open") and after.text not in ("partial",):
            cursor.at = first + length
            return differential(cursor, first, "d")
    begin, end = cursor.argument()
    after_all = cursor.at
    if begin == end:
        return Mark("", span=cursor.span(first))
    cursor.at = begin
    with cursor.fenced(end):
        cursor.font = font
        made = cursor.grammar.inside(cursor)
    cursor.at = after_all
    return replace(made, span=cursor.span(first))
