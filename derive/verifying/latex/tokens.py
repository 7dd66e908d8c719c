r"""From characters to tokens: each keeps the range of characters it was read from.

Spelling is settled here: ``∂`` and ``\partial`` are one token, a full-width ``（`` is a bracket, ``²`` is ``^{2}``,
``ŷ`` is ``\hat y``. Letters and digits stay single; which of them belong together is the grammar's question.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import replace

from derive.verifying.latex import symbols
from derive.verifying.latex.spelling import made
from derive.verifying.latex.token import Token
from derive.verifying.latex.trouble import Trouble

LONGEST = 20_000  # characters of one display


_CJK = r"\u3005-\u3007\u3040-\u30fa\u30fc-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af\u1100-\u11ff"
_SENTENCE = r"\u3001\u3002\u300e\u300f\uff01\uff1f\u203b\u301c\uff5e"  # marks that only prose has: 、。『』！？※〜～
_TOKEN = re.compile(
    rf"""(?P<environment>\\(?:begin|end)\s*\{{[A-Za-z]+\*?\}})
      | (?P<skip>\\(?:[hm]?skip|m?kern)\s*-?[\d.]+\s*[a-z]{{2}})
      | (?P<row>\\\\\*?(?:\s*\[-?[\d.]+\s*(?:pt|em|ex|cm|mm|in|mu|px|\\jot|\\baselineskip)?\])?)
      | (?P<command>\\[A-Za-z]+\*?)
      | (?P<escaped>\\.)
      | (?P<comment>%[^\n]*)
      | (?P<entity>&(?:lt|gt|amp|nbsp);)
      | (?P<space>\s+|~|\$)
      | (?P<dotted>(?<!\d)\.[*/])
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
    rf"\\(?:mathrm|mathit|text(?:rm|it|sf|bf))\s*\{{\s*(?:{'|'.join(sorted(symbols.PROSE_WORDS))})(?:[\s~,:][^{{}}]*)?\}}"
    r"|\\(?:text(?:rm|it|sf|bf|tt)|emph)\s*\{[^{}\\$]*[A-Za-z]{2}[^{}\\$]*[\s:][^{}\\$]*\}"
)


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
        stands_for: Iterator[Token]
        if kind == "command" and here[1:].rstrip("*") in macros:
            stands_for = iter((Token("command", here[1:].rstrip("*"), match.start(), at),))
        elif kind == "command" and (_takes_prose(here[1:]) or _PROSE_IN_FONT.match(text, match.start(), stop)):
            token, at = _prose(text, match.start(), at, stop, here[1:])
            stands_for = iter((token,) if token.text.strip() or token.kind == "tag" else ())
            gap = gap or not token.text.strip()
        else:
            stands_for = made(kind, here, match.start(), at)
        for token in stands_for:
            found.append(replace(token, gap=gap))
            gap = False
        gap = gap or (kind == "escaped" and here[1] in symbols.SPACES)
    return _sized(found)


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
