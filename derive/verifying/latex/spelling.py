r"""What one spelling stands for: a command, a character, what Unicode composed; several may be one token."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from derive.verifying.latex import characters, symbols
from derive.verifying.latex.token import Token

_WRITTEN = {
    "==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<-": "←", "->": "→", "=>": "⇒", "<=>": "⇔",
    "&lt;": "<", "&gt;": ">", "≐": "≜",
}  # fmt: skip
_SINGLE = {
    "{": "open", "}": "close", "_": "sub", "^": "sup", "'": "prime", "′": "prime", "’": "prime", "&": "amp",
    ",": "comma", ";": "comma", ".": "dot", ":": "colon",
}  # fmt: skip
_SIGNS = {"+": "+", "-": "-", "−": "-", "–": "-", "*": "ast", "/": "slash", "@": "at", "∕": "slash"}


def made(kind: str, text: str, start: int, end: int) -> Iterator[Token]:
    """The tokens for one match; an empty iterator for what has no meaning."""
    if kind == "environment":
        word = text[1 : 1 + text[1:].index("{")].strip()
        yield Token(word, text[text.index("{") + 1 : -1], start, end)
    elif kind in ("row", "skip"):
        yield Token("row" if kind == "row" else "quad", "", start, end)
    elif kind == "command":
        yield from _command(text[1:], start, end)
    elif kind == "escaped":
        yield from _escaped(text[1], start, end)
    elif kind == "entity":
        yield Token("amp" if text == "&amp;" else "relation", _WRITTEN.get(text, "&"), start, end)
    elif kind == "relation":
        yield Token("relation", _WRITTEN.get(text, text), start, end)
    elif kind == "dotted":  # of MATLAB: entry by entry
        yield Token("sign", "odot" if text[1] == "*" else "oslash", start, end)
    elif kind == "dots":
        yield Token("dots", "ldots", start, end)
    elif kind == "bars":
        yield Token("bracket", "‖", start, end)
    elif kind in ("cjk", "parameter"):
        yield Token(kind, text, start, end)
    elif kind == "combined":
        for mark in text[:0:-1]:
            yield Token("command", characters.COMBINING.get(mark, "hat"), start, end)
        yield from _character(text[0], start, end)
    else:
        yield from _character(text, start, end)


def _command(word: str, start: int, end: int) -> Iterator[Token]:
    """A command by its meaning; a star that is no part of its name is a sign of its own."""
    if word.endswith("*") and word not in ("operatorname*", "hspace*", "vspace*", "tag*"):
        yield from _command(word[:-1], start, end - 1)
        yield Token("sign", "ast", end - 1, end)
    elif word in symbols.RELATIONS and word not in symbols.NAMES:
        yield Token("relation", symbols.RELATIONS[word], start, end)
    elif word in symbols.SIGNS:
        yield Token("sign", symbols.SIGNS[word], start, end)
    elif word in symbols.DOTS:
        yield Token("dots", symbols.DOTS[word], start, end)
    elif word in symbols.BRACKETS:
        yield Token("bracket", symbols.BRACKETS[word], start, end)
    elif word in symbols.NAMES:
        yield Token("name", word, start, end)
    elif word in symbols.QUADS:
        yield Token("quad", word, start, end)
    elif word == "prime":
        yield Token("prime", "'", start, end)
    elif word in ("mid", "colon"):
        yield Token("bracket" if word == "mid" else "colon", "|" if word == "mid" else ":", start, end)
    elif word not in symbols.DROPPED:
        yield Token("command", word, start, end)


def _escaped(character: str, start: int, end: int) -> Iterator[Token]:
    if character in "{}":
        yield Token("bracket", character, start, end)
    elif character == "|":
        yield Token("bracket", "‖", start, end)
    elif character == "_":
        yield Token("letter", "_", start, end)
    elif character not in symbols.SPACES and not character.isspace():
        yield from _character(character, start, end)


def _character(character: str, start: int, end: int) -> Iterator[Token]:
    """One character; what Unicode composes is taken apart."""
    if character in characters.UNICODE:
        word, _, argument = characters.UNICODE[character].partition("{")
        yield from _command(word, start, end)
        if argument:
            yield Token("open", "{", start, end)
            yield from _character(argument[0], start, end)
            yield Token("close", "}", start, end)
    elif character in _SINGLE:
        yield Token(_SINGLE[character], character, start, end)
    elif character in _SIGNS:
        yield Token("sign", _SIGNS[character], start, end)
    elif character in "=<>":
        yield Token("relation", character, start, end)
    elif character in "()[]|":
        yield Token("bracket", character, start, end)
    elif character.isascii():
        kind = "letter" if character.isalpha() else "digit" if character.isdigit() else "other"
        yield Token(kind, character, start, end)
    else:
        yield from _composed(character, start, end)


def _composed(character: str, start: int, end: int) -> Iterator[Token]:
    """A character outside ASCII by its decomposition: wide, raised, lowered, in a font, with an accent."""
    kind, _, _ = unicodedata.decomposition(character).rpartition(">")
    plain = unicodedata.normalize("NFKD", character)
    if "\u2044" in plain:  # ½
        yield Token("command", "frac", start, end)
        for number in plain.split("\u2044"):
            yield Token("open", "{", start, end)
            yield from (Token("digit", digit, start, end) for digit in number)
            yield Token("close", "}", start, end)
    elif kind.startswith("<circle"):
        yield Token("tag", plain, start, end)
    elif kind.startswith(("<super", "<sub")) and plain != character:
        script = ("sup", "^") if kind.startswith("<super") else ("sub", "_")
        yield Token(*script, start, end)
        yield Token("open", "{", start, end)
        for single in plain:
            yield from _character(single, start, end)
        yield Token("close", "}", start, end)
    elif plain != character and plain[0] != character:
        for mark in reversed(plain[1:]):
            if mark in characters.COMBINING:
                yield Token("command", characters.COMBINING[mark], start, end)
        for single in plain:
            if single not in characters.COMBINING:
                yield from _character(single, start, end)
    else:
        yield Token("letter" if character.isalpha() else "other", character, start, end)
