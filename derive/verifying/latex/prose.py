"""What is said beside a formula and what belongs to it: words, shapes in words, numbers, conditions in brackets."""

from __future__ import annotations

import re

from derive.verifying.latex import symbols
from derive.verifying.latex.token import Token

_SENTENCE = re.compile(r"[\u3041-\u3096\u3001\u3002\uff01\uff1f\u203b]")  # hiragana and marks of sentences
_SIZES = re.compile(
    r"\s*(?:(?:shape|size|形状|サイズ|维度|大小|크기)\s*[:：=]?\s*)?[(\[（].*[,，×x*\\].*[)\]）]\s*\.?\s*$", re.I
)
_SIZE = re.compile(r"\s*(?:shape|size|形状|サイズ|维度|大小)\s*[:：=]?\s*[(\[（][^()\[\]]+[)\]）]\s*$", re.I)
_ANNOUNCED = re.compile(r"\W*(?:of )?(?:shape|size|dims?|dimensions?|形状|サイズ|维度|大小|크기)\s*[:：=]?\s*", re.I)
_BEFORE_NAME = ("sign", "relation", "sub", "sup", "command", "colon")
_BEHIND_NAME = ("sign", "relation", "sub", "sup", "prime", "colon")


def begins_condition(row: list[Token], number: int, before: Token) -> bool:
    """Whether a bracket set apart at the end of a line holds a relation: ``x_i \\ (i = 1, 2)``, not ``I(x > 0)``."""
    token = row[number]
    if token.text != "(" or not token.gap or token.kind != "bracket" or before.kind in ("sign", "relation", "command"):
        return False
    depth = 0
    related = False
    for place in range(number, len(row)):
        depth += step(row[place])
        related = related or (depth == 1 and row[place].kind == "relation")
        if not depth:
            behind = row[place + 1 :]
            return related and before.text not in ("I", "1") and all(t.kind in ("dot", "comma", "tag") for t in behind)
    return False


def number_behind(rest: list[Token]) -> str:
    r"""The number in ``\\cdots (3)`` at the end of a line; "" for any other dots."""
    if len(rest) < 3 or rest[0].text != "(" or rest[-1].text != ")" or any(t.kind != "digit" for t in rest[1:-1]):
        return ""
    return "".join(token.text for token in rest[1:-1])


def prose_in_lines(row: list[Token], begin: int) -> int:
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


def step(token: Token) -> int:
    """How a token changes the depth of brackets and groups: 1, -1 or 0."""
    if token.kind in ("open", "begin"):
        return 1
    if token.kind in ("close", "end"):
        return -1
    if token.kind != "bracket" or (token.text in symbols.BARS and not token.side):
        return 0
    if token.side:
        return 1 if token.side == "left" else -1
    return 1 if token.text in symbols.OPENING else -1


def tells_sizes(text: str) -> bool:
    """Whether words announce a shape, ``shape:``."""
    return bool(_ANNOUNCED.fullmatch(text))


def names_sizes(token: Token) -> bool:
    """Whether words tell a shape."""
    return token.kind == "words" and bool(_SIZES.match(token.text) or _SIZE.match(token.text))


def is_prose(token: Token, before: Token | None, after: Token | None) -> bool:
    """Whether words are said beside the formula; otherwise they are a name in it."""
    text = token.text.strip()
    if text == "d" and after is not None and not after.gap:  # ``\\text{d}W``
        return False
    if names_sizes(token) or text.lower() in symbols.PROSE_WORDS or "$" in text or not text:
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
