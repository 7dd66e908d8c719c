"""Damaged notes: nothing crashes, nothing hangs, no formula is lost without a word."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derive.verifying.claim import Statement, Unread
from derive.verifying.documents.reading import note
from derive.verifying.latex.reading import read
from derive.verifying.latex.writing import latex

ROOT = Path(__file__).parents[2]
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((ROOT / "generated" / "markdown").glob("[ls]*.md"))]
TEXTS += [p.read_text(encoding="utf-8") for p in sorted((ROOT / "tests" / "verifying" / "notes").glob("*.md"))]
# fmt: off
PIECES = [
    "{", "}", r"\left(", r"\right)", r"\left.", "$", "$$", r"\begin{align}", r"\end{align}", r"\begin{cases}", "&",
    r"\\", "^", "_", "|", "||", r"\|", r"\frac", r"\sum", r"\partial", "∂", "(", ")", "[", "]", "<", ">", "=", r"\b",
    r"\text{", r"\newcommand{\a}{\a\a}", r"\def\b#1{#1#1}", r"\in \mathbb{R}^", r"\quad", r"\over", r"\mathrm{", "、",
    "の", r"\not", r"\stackrel{", r"\substack{", r"\sqrt[", "'", ".", ",", "%", "\\", "`", "```\n", "\x00", "𝐖", "²",
    "ŷ", "In [3]:\n", r"\tag{", "{}^", r"\nabla_", "d", r"\mathrm{d}", "/", r"\xrightarrow[", r"\underbrace{", r"\max_",
    r"\arg\max",
]
# fmt: on


def damaged(rnd: random.Random) -> str:
    """A stretch of a note with pieces put in, cut out, doubled and repeated."""
    text = rnd.choice(TEXTS)
    begin = rnd.randrange(len(text))
    text = text[begin : begin + rnd.choice((40, 200, 600))]
    for _ in range(rnd.choice((1, 3, 8))):
        at, kind = rnd.randrange(len(text) + 1), rnd.random()
        if kind < 0.5:
            text = text[:at] + rnd.choice(PIECES) + text[at:]
        elif kind < 0.75:
            text = text[:at] + text[at + rnd.choice((1, 2, 5, 20)) :]
        else:
            text = text[:at] + rnd.choice(PIECES) * rnd.choice((2, 50, 400)) + text[at:]
    return f"$${text}$$" if rnd.random() < 0.4 else text


@pytest.mark.parametrize("seed", range(4))
def test_damaged_notes_are_read_or_refused_in_no_time(seed: int) -> None:
    rnd = random.Random(seed)
    slowest = 0.0
    for _ in range(300):
        text = damaged(rnd)
        begun = time.process_time()
        here = note(text, "a", rnd.choice((".md", ".tex", ".txt")))
        for formula in here.formulas:
            assert formula.parts
            for part in formula.parts:
                for side in part.sides if isinstance(part, Statement) else ():
                    assert side is None or latex(side) is not None
        slowest = max(slowest, time.process_time() - begun)
    assert slowest < 5


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*"abW1=+-^_{}()[]|<>&\\$%.,' ∂Σの、", r"\frac ", r"\\ ", r"\sum "]), max_size=60))
def test_any_text_is_read_or_refused(pieces: list[str]) -> None:
    text = "".join(pieces)
    for line in read(text):
        assert line.parts
        for part in line.parts:
            if isinstance(part, Unread):
                assert part.reason
                assert 0 <= part.span.start <= part.span.end <= len(text)


@pytest.mark.parametrize(
    "text",
    ["$" * 20_000, r"\(" * 20_000, r"\begin{align}" * 3_000, "`" * 20_000, "<!--" * 10_000, "$a" * 10_000,
     "> " * 20_000, "In [1]:\n" + "x = 1\n\n" * 3_000, "```\n" * 5_000,
     r"$$\def\a{\b\b}\def\b{\c\c}\def\c{\d\d}\def\d{x}\a$$" * 50],
)  # fmt: skip
def test_long_texts_of_one_kind_take_no_longer(text: str) -> None:
    begun = time.process_time()
    note(text)
    assert time.process_time() - begun < 5
