"""A line cut where its claims end: at wide spaces, arrows, tags and prose; words that are names stay inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derive.verifying.formula import Span
from derive.verifying.latex import symbols
from derive.verifying.latex.prose import (
    begins_condition,
    is_prose,
    names_sizes,
    number_behind,
    prose_in_lines,
    step,
    tells_sizes,
)
from derive.verifying.latex.token import Token


@dataclass(frozen=True)
class Segment:
    """A stretch of a line. ``kind``: ``formula``, ``words``, ``sizes`` (a shape in prose), ``tag`` or ``arrow``.

    ``before`` is what stands before it: ``space`` (a wide one, a column), ``words``, or "" for a comma or nothing.
    ``text`` is what is said, for all but formulas.
    """

    kind: str
    tokens: tuple[Token, ...]
    before: str
    text: str = ""

    @property
    def span(self) -> Span:
        """From the first token to the last."""
        return Span(self.tokens[0].start, max(token.end for token in self.tokens))


def segments(row: list[Token], text: str) -> list[Segment]:
    """The stretches of a line, in order; prose that a formula is only woven into is one stretch."""
    return _woven(_cut(row), text)


def _cut(row: list[Token]) -> list[Segment]:
    made: list[Segment] = []
    here: list[Token] = []
    gap = ""
    depth = 0
    prose_ends = 0

    def close() -> None:
        nonlocal gap
        if here:
            made.append(Segment("formula", tuple(here), gap))
            here.clear()
            gap = ""

    for number, token in enumerate(row):
        if number < prose_ends:
            continue
        after = row[number + 1] if number + 1 < len(row) else None
        if depth <= 0 and (token.kind in ("quad", "amp", "tag") or _ends(token, after)):
            close()
            gap = "space" if token.kind in ("quad", "amp") else gap
            if token.kind == "tag":
                made.append(Segment("tag", (token,), gap, token.text.strip()))
        elif depth <= 0 and token.kind == "dots" and here and (number_of := number_behind(row[number + 1 :])):
            close()
            made.append(Segment("tag", tuple(row[number:]), gap, number_of))
            break
        elif depth <= 0 and token.kind == "relation" and token.text in symbols.BETWEEN_CLAIMS:
            close()
            made.append(Segment("arrow", (token,), gap, token.text))
        elif depth <= 0 and token.kind in ("words", "cjk") and is_prose(token, here[-1] if here else None, after):
            close()
            made.append(Segment("sizes" if names_sizes(token) else "words", (token,), gap, token.text.strip()))
            gap = "words"
        elif depth <= 0 and token.kind == "begin" and (end := prose_in_lines(row, number)):
            close()
            said = "".join(t.text for t in row[number + 1 : end - 1] if t.kind not in ("amp", "row"))
            made.append(Segment("words", tuple(row[number:end]), gap, said))
            gap, prose_ends = "words", end
        else:
            if depth <= 0 and here and begins_condition(row, number, here[-1]):
                close()
                gap = "space"
            depth += step(token)
            named = depth <= 0 and token.kind == "words" and token.text.strip() != "d"
            here.append(replace(token, kind="cjk") if named else token)
    close()
    return made


def _ends(token: Token, after: Token | None) -> bool:
    """A full stop behind a claim, a semicolon between two."""
    if token.kind == "dot":
        return after is None or after.kind in ("quad", "amp", "words", "cjk", "tag")
    return token.kind == "comma" and token.text == ";"


def _woven(cut: list[Segment], text: str) -> list[Segment]:
    """Small formulas between words become part of what is said."""
    made: list[Segment] = []
    for number, segment in enumerate(cut):
        before = made[-1] if made and made[-1].kind == "words" else None
        after = cut[number + 1] if number + 1 < len(cut) else None
        if before is not None and (segment.kind == "words" or _is_woven(segment, before, after)):
            made[-1] = _merged(before, segment, text)
        else:
            made.append(segment)
    return made


def _is_woven(segment: Segment, before: Segment, after: Segment | None) -> bool:
    """Whether a formula only names something inside a sentence."""
    if segment.kind != "formula" or condition_word(before.text) or tells_sizes(before.text):
        return False
    if any(token.kind == "relation" for token in segment.tokens):
        return False
    return (after is not None and after.kind == "words") or segment.before == "words"


def _merged(before: Segment, segment: Segment, text: str) -> Segment:
    span = Span(before.span.start, segment.span.end)
    said = text[before.tokens[0].start : span.end] if all(t.own for t in (*before.tokens, *segment.tokens)) else ""
    return Segment("words", (*before.tokens, *segment.tokens), before.before, said or f"{before.text} {segment.text}")


_CONDITIONS = {
    "if": "if", "若": "if", "如果": "if", "forall": "forall", "for": "for", "对于": "for", "when": "when", "当": "when",
    "whenever": "when", "unless": "unless",
}  # fmt: skip


def condition_word(text: str) -> str:
    """``if``, ``for``, ``forall``, ``when`` or ``unless`` where words introduce a condition; "" for other words.

    >>> condition_word("for all "), condition_word("where")
    ('forall', '')
    """
    words = re.findall(r"[A-Za-z]+|[\u3400-\u9fff]+", text)
    if not words or len(words) > 3:
        return ""
    if words[0].lower() == "for" and words[-1].lower() in ("all", "each", "every", "any"):
        return "forall"
    return _CONDITIONS.get(words[0].lower(), "")


def at_commas(segment: Segment) -> list[Segment]:
    """A stretch cut at its commas, those inside brackets aside."""
    made: list[list[Token]] = [[]]
    depth = 0
    for token in segment.tokens:
        depth += step(token)
        if token.kind == "comma" and depth <= 0:
            made.append([])
        else:
            made[-1].append(token)
    return [Segment("formula", tuple(piece), segment.before) for piece in made if piece]
