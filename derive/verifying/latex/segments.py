"""A line cut where its claims end: at wide spaces, arrows, tags and prose; words that are names stay inside."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from derive.verifying.formula import Span
from derive.verifying.latex import symbols
from derive.verifying.latex.token import Token

_SENTENCE = re.compile(r"[\u3041-\u3096\u3001\u3002\uff01\uff1f\u203b]")  # hiragana and marks of sentences
_SIZES = re.compile(
    r"\s*(?:(?:shape|size|形状|サイズ|维度|大小|크기)\s*[:：=]?\s*)?[(\[（].*[,，×x*\\].*[)\]）]\s*\.?\s*$", re.I
)
_SIZE = re.compile(r"\s*(?:shape|size|形状|サイズ|维度|大小)\s*[:：=]?\s*[(\[（][^()\[\]]+[)\]）]\s*$", re.I)
_BEFORE_NAME = ("sign", "relation", "sub", "sup", "command", "colon")
_BEHIND_NAME = ("sign", "relation", "sub", "sup", "prime", "colon")


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
        elif depth <= 0 and token.kind == "dots" and here and (number_of := _number_behind(row[number + 1 :])):
            close()
            made.append(Segment("tag", tuple(row[number:]), gap, number_of))
            break
        elif depth <= 0 and token.kind == "relation" and token.text in symbols.BETWEEN_CLAIMS:
            close()
            made.append(Segment("arrow", (token,), gap, token.text))
        elif depth <= 0 and token.kind in ("words", "cjk") and _is_prose(token, here[-1] if here else None, after):
            close()
            made.append(Segment("sizes" if _names_sizes(token) else "words", (token,), gap, token.text.strip()))
            gap = "words"
        elif depth <= 0 and token.kind == "begin" and (end := _prose_in_lines(row, number)):
            close()
            said = "".join(t.text for t in row[number + 1 : end - 1] if t.kind not in ("amp", "row"))
            made.append(Segment("words", tuple(row[number:end]), gap, said))
            gap, prose_ends = "words", end
        else:
            depth += _step(token)
            here.append(replace(token, kind="cjk") if depth <= 0 and token.kind == "words" else token)
    close()
    return made


def _number_behind(rest: list[Token]) -> str:
    r"""The number in ``\\cdots (3)`` at the end of a line; "" for any other dots."""
    if len(rest) < 3 or rest[0].text != "(" or rest[-1].text != ")" or any(t.kind != "digit" for t in rest[1:-1]):
        return ""
    return "".join(token.text for token in rest[1:-1])


def _prose_in_lines(row: list[Token], begin: int) -> int:
    """The number of the token behind an environment that holds prose in lines; 0 if it holds anything else."""
    first = next((t for t in row[begin + 1 :] if t.kind not in ("amp", "quad")), None)
    if row[begin].text not in ("aligned", "gathered", "split", "array") or first is None or first.kind != "words":
        return 0
    depth = 0
    for number in range(begin, len(row)):
        depth += {"begin": 1, "end": -1}.get(row[number].kind, 0)
        if not depth:
            return number + 1
    return 0


def _step(token: Token) -> int:
    if token.kind in ("open", "begin"):
        return 1
    if token.kind in ("close", "end"):
        return -1
    if token.kind != "bracket" or (token.text in symbols.BARS and not token.side):
        return 0
    if token.side:
        return 1 if token.side == "left" else -1
    return 1 if token.text in symbols.OPENING else -1


def _ends(token: Token, after: Token | None) -> bool:
    """A full stop behind a claim, a semicolon between two."""
    if token.kind == "dot":
        return after is None or after.kind in ("quad", "amp", "words", "cjk", "tag")
    return token.kind == "comma" and token.text == ";"


def _names_sizes(token: Token) -> bool:
    return token.kind == "words" and bool(_SIZES.match(token.text) or _SIZE.match(token.text))


def _is_prose(token: Token, before: Token | None, after: Token | None) -> bool:
    """Whether words are said beside the formula; otherwise they are a name in it."""
    text = token.text.strip()
    if _names_sizes(token) or text.lower() in symbols.PROSE_WORDS or "$" in text or not text:
        return True
    named = after is not None and after.kind in _BEHIND_NAME and before is None
    if before is not None and before.kind in _BEFORE_NAME:
        return False
    if before is None and not named and not _applied(after, "" if " " in text else text):
        return True
    if token.kind == "cjk":
        return not named
    spaced = " " in text or token.text != text or bool(_SENTENCE.search(text))
    return (spaced and not named) or (before is not None and not _applied(after) and not _scripted(after))


def _applied(after: Token | None, word: str = "") -> bool:
    """Whether a bracket follows; behind one word there may be space before it."""
    if after is None or after.kind != "bracket" or after.text not in symbols.OPENING:
        return False
    return not after.gap or (word.isascii() and word.isidentifier())


def _scripted(after: Token | None) -> bool:
    return after is not None and after.kind in ("sub", "sup", "prime")


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
    if segment.kind != "formula" or condition_word(before.text):
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
        depth += _step(token)
        if token.kind == "comma" and depth <= 0:
            made.append([])
        else:
            made[-1].append(token)
    return [Segment("formula", tuple(piece), segment.before) for piece in made if piece]
