"""Exercises: the same derivation with blanks to fill in, and the sheet of solutions that goes with it.

What is blanked is a right side; the reason beside it stays, as the hint. The blanks are numbered through the document,
and the same choice gives the same blanks: the exercise and its solutions match.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from derive.errors import ChainruleError
from derive.notes.document import Blank, Block, Display, Line, Words
from derive.notes.phrases import Phrases

DIGITS = 5  # of the number of a step
Chooser = Callable[[Display, int, Phrases], bool]
Place = tuple[int, int]  # of a line: the number of its block, and its own in there


def _last(display: Display, at: int, words: Phrases) -> bool:
    return at == len(display.lines) - 1


def _local(display: Display, at: int, words: Phrases) -> bool:
    return display.lines[at].reason == (Words(words.local_derivative),)


def _step(display: Display, at: int, words: Phrases) -> bool:
    return display.lines[at].reason != (Words(words.forward_line),)


CHOICES: dict[str, Chooser] = {"results": _last, "local": _local, "steps": _step}


@dataclass(frozen=True)
class Exercise:
    """The blocks with blanks, and by the number of each blank the line that it stands in as it should be."""

    blocks: tuple[Block, ...]
    answers: Mapping[int, Line]


def blanked(blocks: Sequence[Block], choice: str, words: Phrases) -> Exercise:
    """Put blanks for what is chosen: ``results`` (the last line of each display), ``local`` (local derivatives),
    ``steps`` (everything but the forward equations), or the numbers of steps, such as ``2,5``.

    Errors: `ChainruleError` for another choice, or one that blanks nothing.
    """
    places = _chosen(choice, blocks, words)
    if not places:
        raise ChainruleError(f"there is nothing to blank by {choice!r}", hint=f"choose {', '.join(CHOICES)}")
    numbers = {place: number for number, place in enumerate(places, 1)}
    answers = {number: _line(blocks, place) for place, number in numbers.items()}
    found = tuple(_with_blanks(b, k, numbers) if isinstance(b, Display) else b for k, b in enumerate(blocks))
    return Exercise(found, answers)


def _line(blocks: Sequence[Block], place: Place) -> Line:
    """The line, with the left side that it goes on from if it has none of its own."""
    display = blocks[place[0]]
    assert isinstance(display, Display), "places are those of lines"
    lines = display.lines[: place[1] + 1]
    return replace(lines[-1], left=next((line.left for line in reversed(lines) if line.left is not None), None))


def _with_blanks(display: Display, block: int, numbers: Mapping[Place, int]) -> Display:
    lines = (
        replace(line, right=Blank(numbers[block, at])) if (block, at) in numbers else line
        for at, line in enumerate(display.lines)
    )
    return Display(tuple(lines))


def _chosen(choice: str, blocks: Sequence[Block], words: Phrases) -> list[Place]:
    """The places to blank, in reading order."""
    if choice in CHOICES:
        return _places(blocks, words, CHOICES[choice])
    parts = [part.strip() for part in choice.split(",")]
    if not all(part.isdecimal() and len(part) <= DIGITS for part in parts):
        raise ChainruleError(
            f"exercise cannot be {choice!r}", hint=f"choose {', '.join(CHOICES)}, or numbers of steps: 2,5"
        )
    steps = _places(blocks, words, _step)
    return [place for number, place in enumerate(steps, 1) if number in {int(part) for part in parts}]


def _places(blocks: Sequence[Block], words: Phrases, chooser: Chooser) -> list[Place]:
    displays = [(k, block) for k, block in enumerate(blocks) if isinstance(block, Display)]
    return [(k, at) for k, here in displays for at in range(len(here.lines)) if chooser(here, at, words)]
