r"""From characters to tokens: each keeps the range of characters it was read from.

Spelling is settled here: ``∂`` and ``\partial`` are one token, a full-width ``（`` is a bracket, ``²`` is ``^{2}``,
``ŷ`` is ``\hat y``. Letters and digits stay single; which of them belong together is the grammar's question.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator
from dataclasses import dataclass, replace

from derive.verifying.latex import characters, symbols
from derive.verifying.latex.trouble import Trouble

LONGEST = 20_000  # characters of one display


@dataclass(frozen=True, slots=True)
class Token:
    r"""One token. ``gap``: there is space before it; ``own``: it is the writer's, not from the body of a macro.

    Kinds: ``letter``, ``digit``, ``name`` (``\alpha``), ``command``, ``open`` and ``close`` (braces that group),
    ``sub``, ``sup``, ``prime``, ``bracket`` (``side`` is ``left`` or ``right`` behind those commands), ``sign``,
    ``relation``, ``comma`` (also ``;``), ``dot``, ``colon``, ``dots``, ``words`` (``\text``; its content), ``cjk``,
    ``tag``, ``quad``, ``amp``, ``row``, ``begin``, ``end``, ``parameter`` (``#1``), ``other``.
    """

    kind: str
    text: str
    start: int
    end: int
    gap: bool = False
    side: str = ""
    own: bool = True


_CJK = r"\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u1100-\u11ff"
_SENTENCE = r"\u3001\u3002\u300e\u300f\uff01\uff1f\u203b\u301c\uff5e"  # marks that only prose has: 、。『』！？※〜～
_TOKEN = re.compile(
    rf"""(?P<environment>\\(?:begin|end)\s*\{{[A-Za-z]+\*?\}})
      | (?P<skip>\\(?:[hm]?skip|m?kern)\s*-?[\d.]+\s*[a-z]{{2}})
      | (?P<row>\\\\(?:\*|\s*\[-?[\d.]+\s*(?:pt|em|ex|cm|mm|in|mu|px|\\jot|\\baselineskip)?\])?)
      | (?P<command>\\[A-Za-z]+\*?)
      | (?P<escaped>\\.)
      | (?P<comment>%[^\n]*)
      | (?P<entity>&(?:lt|gt|amp|nbsp);)
      | (?P<space>\s+|~)
      | (?P<dots>\.\.\.+|(?<!\.)\.\.(?!\.))
      | (?P<relation>:=|=:|==|!=|<=>|<=|>=|<-|->|=>|[+\-*]=)
      | (?P<bars>\|\|)
      | (?P<cjk>[{_CJK}{_SENTENCE}]+)
      | (?P<combined>[^\W\d_][\u0300-\u036f\u20d7]+)
      | (?P<parameter>\#+[1-9])
      | (?P<character>.)""",
    re.VERBOSE | re.DOTALL,
)
_PROSE_IN_FONT = re.compile(
    rf"\\(?:mathrm|textrm|textit|mathit|textsf|textbf)\s*\{{\s*(?:{'|'.join(sorted(symbols.PROSE_WORDS))})(?:[\s~,:][^{{}}]*)?\}}"
)
_WRITTEN = {
    "==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<-": "←", "->": "→", "=>": "⇒", "<=>": "⇔",
    "&lt;": "<", "&gt;": ">", "≐": "≜",
}  # fmt: skip
_SINGLE = {
    "{": "open", "}": "close", "_": "sub", "^": "sup", "'": "prime", "′": "prime", "’": "prime", "&": "amp",
    ",": "comma", ";": "comma", ".": "dot", ":": "colon",
}  # fmt: skip
_SIGNS = {"+": "+", "-": "-", "−": "-", "–": "-", "*": "ast", "/": "slash", "@": "at", "∕": "slash"}


def tokens(text: str, start: int = 0, end: int | None = None, macros: Container[str] = ()) -> list[Token]:
    """All tokens of a stretch of text, without spaces and comments; raises `Trouble` where it is too long.

    ``macros`` are names that the writer defined: they stay commands, whatever else they could stand for.
    """
    stop = len(text) if end is None else end
    if stop - start > LONGEST:
        raise Trouble(f"longer than {LONGEST} characters", start, stop)
    found: list[Token] = []
    gap, at = False, start
    while at < stop:
        match = _TOKEN.match(text, at, stop)
        if match is None:  # a lone backslash at the end
            break
        kind, here = match.lastgroup or "", match.group()
        at = match.end()
        if kind in ("space", "comment") or here == "&nbsp;":
            gap = True
            continue
        made: Iterator[Token]
        if kind == "command" and here[1:].rstrip("*") in macros:
            made = iter((Token("command", here[1:].rstrip("*"), match.start(), at),))
        elif kind == "command" and (_takes_prose(here[1:]) or _PROSE_IN_FONT.match(text, match.start(), stop)):
            token, at = _prose(text, match.start(), at, stop, here[1:])
            made = iter((token,))
        else:
            made = _made(kind, here, match.start(), at)
        for token in made:
            found.append(replace(token, gap=gap))
            gap = False
        gap = gap or (kind == "escaped" and here[1] in symbols.SPACES)
    return _sized(found)


def _made(kind: str, text: str, start: int, end: int) -> Iterator[Token]:
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
    if kind.startswith("<circle"):
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


def _takes_prose(word: str) -> bool:
    return word in symbols.PROSE or word in symbols.TAGS


def _prose(text: str, start: int, at: int, stop: int, word: str) -> tuple[Token, int]:
    r"""The token of ``\text{...}``, whose content stays as it is, and where it ends."""
    opening = re.compile(r"\s*").match(text, at, stop)
    begin = opening.end() if opening else at
    kind = "tag" if word in symbols.TAGS else "words"
    if begin >= stop or text[begin] != "{":
        return Token(kind, text[begin : begin + 1], start, min(begin + 1, stop), side=word), min(begin + 1, stop)
    depth, here = 0, begin
    while here < stop:
        depth += {"{": 1, "}": -1}.get(text[here], 0)
        here += 2 if text[here] == "\\" else 1
        if depth == 0:
            return Token(kind, text[begin + 1 : here - 1], start, here, side=word), here
    raise Trouble(rf"the brace of \{word} is not closed", start, begin + 1)


def _sized(found: list[Token]) -> list[Token]:
    r"""``\left(`` becomes one bracket; a dot behind ``\left`` or ``\right`` is the empty bracket."""
    kept: list[Token] = []
    for token in found:
        before = kept[-1] if kept else None
        if before is not None and before.kind == "command" and before.text in symbols.SIZES:
            if token.kind in ("bracket", "dot") or token.text in ("<", ">"):
                side = before.text if before.text in ("left", "right") else ""
                kept[-1] = replace(token, kind="bracket", start=before.start, gap=before.gap, side=side)
                continue
            kept.pop()
        kept.append(token)
    return kept
