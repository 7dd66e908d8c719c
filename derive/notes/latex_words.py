r"""Words for LaTeX: plain text escaped, and the reason beside a formula, on as many lines as it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby

from derive.notes.document import Formula, Inline, Maths, Text, Words
from derive.notes.latex_width import width
from derive.notes.symbols import base

LETTER, WIDE_LETTER = 0.47, 1.0  # ems of an average letter of text, and of one of Chinese or Japanese
WORD = re.compile(r"\s*(?:[\u2e80-\uffef]|[^\s\u2e80-\uffef]+)\s*")  # a word, or one letter of Chinese or Japanese
CLOSING = "。、：；）」』ー・"  # must not begin a line


def words_in_maths(text: Text, room: float, spelled: Callable[[Formula], str]) -> str:
    """A reason beside a formula: words and formulas, each line at most ``room`` ems wide."""
    rows: list[list[Inline]] = []
    used = 0.0
    for part in (atom for inline in text for atom in _atoms(inline)):
        size = width(spelled(part.formula)) if isinstance(part, Maths) else text_width(part.text)
        closes = isinstance(part, Words) and part.text[0] in CLOSING
        if rows and (used + size <= room or closes):
            rows[-1].append(part)
            used += size
        else:
            rows.append([part])
            used = size
    shown = [_row_of_words(row, spelled) for row in rows]
    if len(shown) < 2:
        return "".join(shown)
    return r"\begin{aligned} &" + r" \\ &".join(shown) + r" \end{aligned}"


def _atoms(part: Inline) -> list[Inline]:
    """Words one by one, each with the space after it, Chinese and Japanese letter by letter; a formula whole."""
    return [part] if isinstance(part, Maths) else [Words(word) for word in WORD.findall(part.text)]


def text_width(text: str) -> float:
    """About how wide plain text is, in ems."""
    return sum(WIDE_LETTER if letter >= "\u2e80" else LETTER for letter in text)


def _row_of_words(row: list[Inline], spelled: Callable[[Formula], str]) -> str:
    shown = ""
    for is_formula, group in groupby(row, lambda part: isinstance(part, Maths)):
        if is_formula:
            shown += " ".join(spelled(part.formula) for part in group if isinstance(part, Maths))
        else:
            words = "".join(part.text for part in group if not isinstance(part, Maths))
            shown += rf"\text{{{escaped(words)}}}"
    return shown


SPECIAL = {"\\": r"\textbackslash ", "^": r"\textasciicircum ", "~": r"\textasciitilde "}
SPECIAL |= {c: "\\" + c for c in "#$%&_{}"}
SIGNS = {"−": "-", "×": r"\times", "÷": r"\div", "·": r"\cdot", "±": r"\pm", "≤": r"\le", "≥": r"\ge", "≠": r"\ne"}
SIGNS |= {"ᵀ": r"^{\mathsf T}", "ℒ": r"\mathcal{L}", **{c: rf"^{{{k}}}" for k, c in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}}
SIGNS |= {"→": r"\to", "←": r"\gets", "∂": r"\partial", "Σ": r"\Sigma", "∈": r"\in", "⊙": r"\odot", "√": r"\surd"}
SIGNS |= {"∞": r"\infty"}


def escaped(text: str) -> str:
    """Plain text for LaTeX, outside mathematics or in ``\\text``; Greek letters and signs as formulas."""
    return "".join(_escaped(c) for c in text)


def _escaped(character: str) -> str:
    sign = SIGNS.get(character) or (base(character) if "Ͱ" <= character <= "Ͽ" else "")
    return f"${sign}$" if sign and not sign.startswith(r"\text") else SPECIAL.get(character, character)
