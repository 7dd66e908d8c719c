r"""Formulas in a text: ``$$``, ``\[``, ``\(``, ``$``, bare environments; dollars that are money are left alone."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.verifying.documents.stretches import Stretch
from derive.verifying.latex.symbols import each

ENVIRONMENTS = frozenset(
    each(
        "align align* alignat alignat* aligned alignedat equation equation* gather gather* gathered multline multline* "
        "eqnarray eqnarray* flalign flalign* split math displaymath dmath dmath* cases dcases array matrix pmatrix "
        "bmatrix vmatrix Bmatrix smallmatrix subequations IEEEeqnarray IEEEeqnarray* xalignat empheq numcases"
    )
)
_OPENING = re.compile(
    r"""(?P<environment>\\begin\s*\{(?P<name>[A-Za-z]+\*?)\})
      | (?<!\\)\$\$ | \\\\?\[ | \\\\?\( | (?<!\\)\$`(?!`) | (?<!\\)\$""",
    re.VERBOSE,
)
_CLOSING = {"$$": "$$", r"\[": r"\]", r"\\[": r"\\]", r"\(": r"\)", r"\\(": r"\\)", "$`": "`$"}
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
_MONEY = re.compile(r"\s*\d[\d,.]*\s*(?:[kKMB]\b|[^\W\d_]{2,}|[,;.]\s|and\b|[-–]\s*$|per\b)")
_SENTENCE = re.compile(r"(?:^|\s)[^\W\d_]{2,},?\s+[^\W\d_]{2,}(?:[\s,.]|$)")
_MATHEMATICAL = re.compile(r"[\\^_=+*/<>{}|]|[-−]\s*\w|∂|∇|∑|·|×")
_OPERATOR = re.compile(r"[ \t]*[=*×+≠≈←][ \t]*")
_WORD = re.compile(r"[^\W\d_]")
NEAR = 200  # characters of the line that are looked at
_DISPLAY = re.compile(r"\$\$.*?\$\$")
LONGEST_INLINE = 4000


def stretches(text: str) -> Iterator[Stretch]:
    """All formulas of a text in which everything else is blanked, in order; none overlaps another."""
    held: Stretch | None = None
    for found in _single(text):
        if held is None:
            held = found
        elif _goes_on(text, held, found):
            held = Stretch(held.start, found.end, (held.inner[0], found.inner[1]), False)
        else:
            yield held
            held = found
    if held is not None:
        yield held


def _goes_on(text: str, one: Stretch, two: Stretch) -> bool:
    """``$a$ = $b$``: one formula, whose dollars stand around its parts."""
    between = text[one.end : two.start]
    if one.display or two.display or len(between) > 8 or two.end - one.start > LONGEST_INLINE:
        return False
    ends_in_relation = text[slice(*one.inner)].rstrip()[-1:] == "="
    return bool(_OPERATOR.fullmatch(between)) or (ends_in_relation and not between.strip())


def _single(text: str) -> Iterator[Stretch]:
    at = 0
    unclosed: set[str] = set()  # what is nowhere closed any more is not looked for again
    while (match := _OPENING.search(text, at)) is not None:
        found = _stretch(text, match, unclosed)
        if found is None:
            at = match.end()
        else:
            yield found
            at = found.end


def _stretch(text: str, match: re.Match[str], unclosed: set[str]) -> Stretch | None:
    if match["environment"] is not None:
        return _environment(text, match, unclosed)
    opening = match.group()
    if opening == "$":
        return _inline(text, match)
    closing = _CLOSING[opening]
    close = -1 if closing in unclosed else _unescaped(text, closing, match.end())
    if close < 0:
        unclosed.add(closing)
        return None
    display = opening[-1] in "[$" and not (opening == "$$" and _in_sentence(text, match.start(), close + 2))
    if not display and close - match.end() > LONGEST_INLINE:
        return None
    return _between(match, close, len(closing), display)


def _in_sentence(text: str, start: int, end: int) -> bool:
    """Whether a sentence goes on around it: ``the state $$h$$ at``, as Jekyll writes formulas in prose."""
    before = text[max(0, start - NEAR) : start].rpartition("\n")[2]
    after = text[end : end + NEAR].partition("\n")[0]
    if _WORD.search(_DISPLAY.sub("", after)):
        return True
    return bool(_WORD.search(_DISPLAY.sub("", before))) and "=" not in text[start:end]


def _between(match: re.Match[str], close: int, width: int, display: bool) -> Stretch:
    return Stretch(match.start(), close + width, (match.end(), close), display)


def _unescaped(text: str, mark: str, at: int) -> int:
    r"""Where a mark stands next without a backslash before it; ``\\\\$$`` is a line break and the mark."""
    while (at := text.find(mark, at)) >= 0:
        before = at
        while before > 0 and text[before - 1] == "\\":
            before -= 1
        if (at - before) % 2 == 0:
            return at
        at += 1
    return -1


def _environment(text: str, match: re.Match[str], unclosed: set[str]) -> Stretch | None:
    r"""A bare environment, to the ``\end`` that belongs to it; one never closed, to the end of its paragraph."""
    name = match["name"]
    if name not in ENVIRONMENTS:
        return None
    depth, at = 1, match.end()
    edge = re.compile(rf"\\(begin|end)\s*\{{{re.escape(name)}\}}")
    while depth and name not in unclosed and (found := edge.search(text, at)) is not None:
        depth += 1 if found[1] == "begin" else -1
        at = found.end()
    if depth:
        unclosed.add(name)
        blank = _BLANK_LINE.search(text, match.end())
        at = len(text) if blank is None else blank.start()
    return Stretch(match.start(), at, (match.start(), at), True)


def _inline(text: str, match: re.Match[str]) -> Stretch | None:
    """``$...$`` inside a paragraph, also over several lines; None for money and for a lone dollar."""
    limit = _BLANK_LINE.search(text, match.end())
    stop = min(len(text) if limit is None else limit.start(), match.end() + LONGEST_INLINE)
    close = _closing_dollar(text, match.end(), stop)
    if close < 0:
        return None
    content = text[match.end() : close]
    before = text[match.start() - 1 : match.start()]
    if not _is_formula(content, before, text[close + 1 : close + 2]):
        return None
    return _between(match, close, 1, False)


def _closing_dollar(text: str, at: int, stop: int) -> int:
    r"""The dollar that closes: not one inside ``\text{...}``, unless braces do not match."""
    depth, plain, here = 0, -1, at
    while here < stop:
        character = text[here]
        if character == "\\":
            here += 2
            continue
        if character == "$":
            if depth <= 0:
                return here
            plain = here if plain < 0 else plain
        depth += {"{": 1, "}": -1}.get(character, 0)
        here += 1
    return plain


def _is_formula(content: str, before: str, after: str) -> bool:
    r"""Whether what stands between two dollars is mathematics, not ``5 and `` of ``$5 and $6``."""
    if not content.strip() or content.lstrip()[0] in ",.;:!?)" or "\\$" in content:
        return False
    if content.lstrip()[0] in "^_" and "=" not in content:
        return False  # a script that prose speaks of: "the superscript $^{(1)}$"
    if "\\" in content:
        return not (after.isdigit() and after.isascii() and content[-1:].isspace())
    if _MONEY.match(content) and not re.search(r"[=^_{}]", content):
        return False
    if _SENTENCE.search(content) and not _MATHEMATICAL.search(content):
        return False
    if before.isascii() and before.isalnum() and not _MATHEMATICAL.search(content) and len(content) > 3:
        return False
    return not (content[-1:].isspace() and after.isascii() and after.isdigit())
