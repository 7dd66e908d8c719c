"""Between tokens and grammar: layout is dropped, idle braces go, words of prose become tokens of their own."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import replace

from derive.verifying.latex import symbols
from derive.verifying.latex.rows import ALIGNED
from derive.verifying.latex.token import Token
from derive.verifying.latex.tokens import tokens

_INNER = re.compile(r"\$([^$]+)\$|\\\((.+?)\\\)")
_RELATION = re.compile(r"[=<>≤≥≠∈]|\\(?:[lg]eq?|neq?|in)\b")
_TRANSPARENT_BEFORE = ("sign", "relation", "comma", "amp", "quad", "row", "begin", "open")
_TRANSPARENT_AFTER = ("sign", "relation", "amp", "row", "end", "close", "comma")


def settled(found: list[Token], text: str, macros: Container[str] = ()) -> list[Token]:
    """The tokens as the grammar wants them; ``text`` is what their ranges count in."""
    return _without_idle_space(_with_words(_without_layout(found), text, macros))


def _without_layout(found: list[Token]) -> list[Token]:
    r"""Colours, sizes and boxes dropped; the braces of a coloured ``{= b}`` too."""
    kept: list[Token] = []
    at = 0
    dissolving = False
    closers: set[int] = set()
    while at < len(found):
        token = found[at]
        if token.kind == "command" and token.text in symbols.DROPPED_WITH_ARGUMENT:
            spacing = token.text.rstrip("*") in ("hspace", "hphantom", "phantom")
            at = _behind_argument(found, at + 1)
            dissolving = True
            if spacing:
                kept.append(replace(token, kind="quad"))
            continue
        if token.text == "boxed" and (end := _blank_end(found, at + 1)):
            number = "".join(t.text for t in found[at:end] if t.kind == "digit")
            kept.append(replace(token, kind="blank", text=number, end=found[end - 1].end))
            at = end
            continue
        if token.kind == "command" and token.text in symbols.BOXES:
            dissolving = True
        elif token.kind == "open" and _holds_script(found, at):
            closers.add(_group_end(found, at))
        elif token.kind == "open" and (dissolving or _begins_line(kept)) and (end := _end_to_dissolve(found, at)):
            closers.add(end)
            dissolving = False
        elif at not in closers:
            kept.append(token)
            dissolving = False
        at += 1
    return kept


def _blank_end(found: list[Token], at: int) -> int:
    r"""What follows the blank of an exercise, ``{\;(3)\;}`` behind ``\boxed``; 0 if it is none."""
    end = _behind_argument(found, at)
    inner = [t for t in found[at + 1 : end - 1] if t.kind != "quad"]
    digits = [t.kind for t in inner[1:-1]]
    brackets = [t.text for t in (*inner[:1], *inner[-1:])]
    return end if brackets == ["(", ")"] and digits and set(digits) == {"digit"} else 0


def _begins_line(kept: list[Token]) -> bool:
    return not kept or kept[-1].kind in ("row", "amp", "quad")


def _holds_script(found: list[Token], at: int) -> bool:
    """``W{^T}`` and ``f{'}``: the braces are idle, unless they are an argument or the empty group of ``{}^t``."""
    if at == 0 or at + 2 >= len(found) or found[at - 1].kind not in ("letter", "digit", "name", "close", "bracket"):
        return False
    script = found[at + 1].kind in ("sub", "sup", "prime")
    empty = found[at + 1].kind == "close" and found[at + 2].kind in ("sub", "sup", "prime")
    return script or (empty and (not found[at].gap or found[at + 2].kind == "prime"))


def _group_end(found: list[Token], at: int) -> int:
    depth = 0
    for number in range(at, len(found)):
        depth += {"open": 1, "close": -1}.get(found[number].kind, 0)
        if not depth:
            return number
    return len(found)


def _behind_argument(found: list[Token], at: int) -> int:
    if at < len(found) and found[at].text == "[":
        while at < len(found) and found[at].text != "]":
            at += 1
        at += 1
    if at >= len(found) or found[at].kind != "open":
        return at
    depth = 0
    while at < len(found):
        depth += {"open": 1, "close": -1}.get(found[at].kind, 0)
        at += 1
        if depth == 0:
            break
    return at


def _end_to_dissolve(found: list[Token], at: int) -> int:
    r"""The number of the closing brace if the braces are layout: around a relation, or behind ``\mathrlap``."""
    depth, seen = 0, at > 0 and found[at - 1].text in symbols.LAPS
    for number in range(at, len(found)):
        token = found[number]
        depth += {"open": 1, "begin": 1, "close": -1, "end": -1}.get(token.kind, 0)
        seen = seen or (depth == 1 and token.kind in ("relation", "row"))
        if depth == 0:
            return number if seen else 0
    return 0


def _with_words(found: list[Token], text: str, macros: Container[str]) -> list[Token]:
    """Bare words such as ``if`` and ``otherwise`` are prose; a formula inside prose that is a condition comes out."""
    made: list[Token] = []
    at = 0
    while at < len(found):
        token = found[at]
        word = _bare_word(found, at)
        if word:
            last = found[at + len(word) - 1]
            made.append(replace(token, kind="words", text=word, end=last.end))
            at += len(word)
            continue
        if token.kind == "words" and token.own and (inner := _inner_formula(token)):
            begin, end = inner
            offset = token.end - 1 - len(token.text)
            made.append(replace(token, text=token.text[: begin - offset].rstrip("$( \\"), end=begin))
            made += tokens(text, begin, end, macros)
            rest = token.text[end - offset :].strip("$) \\")
            if rest:
                made.append(replace(token, text=rest, start=end, gap=True))
        elif token.kind == "command" and token.text in ("forall", "because", "therefore", "exists"):
            made.append(replace(token, kind="words"))
        else:
            made.append(token)
        at += 1
    return made


def _bare_word(found: list[Token], at: int) -> str:
    """The word of prose that begins with this letter; "" if it is none."""
    if found[at].kind != "letter" or (at and found[at - 1].kind == "letter" and not found[at].gap):
        return ""
    end = at
    while end < len(found) and found[end].kind == "letter" and (end == at or not found[end].gap):
        end += 1
    word = "".join(token.text for token in found[at:end])
    if word.lower() not in symbols.PROSE_WORDS:
        return ""
    if end < len(found) and (found[end].kind in ("sub", "sup", "prime", "digit") and not found[end].gap):
        return ""
    if at > 1 and end < len(found) and found[at - 1].kind == "open" and found[end].kind == "close":
        return "" if found[at - 2].kind in ("sub", "sup") and len(word) == 2 else word  # q_{if} has two indices
    return word


def _inner_formula(token: Token) -> tuple[int, int] | None:
    r"""The characters of the formula in ``\text{if $x > 0$}``, or bare behind the ``if`` in it."""
    offset = token.end - 1 - len(token.text)
    word = re.match(r"[^\s,:$\\]*", token.text.strip())
    if word is None or word.group().lower() not in symbols.CONDITION_WORDS:
        return None
    found = _INNER.search(token.text)
    if found is not None:
        group = 1 if found[1] is not None else 2
        return offset + found.start(group), offset + found.end(group)
    begin = len(token.text) - len(token.text.lstrip()) + len(word.group())
    return (offset + begin, token.end - 1) if _RELATION.search(token.text[begin:]) else None


def _without_empty_groups(found: list[Token]) -> list[Token]:
    """Without the ``{}`` that only gives a sign something to stand behind."""
    made: list[Token] = []
    for number, token in enumerate(found):
        if token.kind == "close" and made and made[-1].kind == "open":
            before = made[-2].kind if len(made) > 1 else "row"
            after = found[number + 1].kind if number + 1 < len(found) else "row"
            if before in ("row", "amp", "quad", "sign", "relation") and after in ("sign", "relation", "row", "amp"):
                made.pop()
                continue
        made.append(token)
    return made


def _without_idle_space(found: list[Token]) -> list[Token]:
    r"""A ``\quad`` or ``&`` beside a sign or a relation separates nothing; inside an array ``&`` always does."""
    found = _without_empty_groups(found)
    made: list[Token] = []
    arrays = 0
    for number, token in enumerate(found):
        arrays += 0 if token.text in ALIGNED else {"begin": 1, "end": -1}.get(token.kind, 0)
        if token.kind == "quad" or (token.kind == "amp" and not arrays):
            before = made[-1].kind if made else "open"
            after = next((t.kind for t in found[number + 1 :] if t.kind not in ("quad", "amp")), "close")
            columns = number + 1 < len(found) and token.kind == found[number + 1].kind == "amp"
            if columns and before in ("row", "open", "begin"):  # the first columns are empty
                made.append(replace(token, text="wide"))
                continue
            if before in ("amp", "quad"):  # several of them are one wide one
                made[-1] = replace(made[-1], text="wide")
            if before in _TRANSPARENT_BEFORE or after in _TRANSPARENT_AFTER:
                continue
        made.append(token)
    return made
