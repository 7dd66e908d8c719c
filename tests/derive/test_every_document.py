"""Every notation, detail and language with every other one, and every layer in several: nothing runs off the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from derive import library
from tests.derive.every_document import CHOICES, Choice, covering, every, pairs, source, too_wide

FEW = 9  # each layer stands in every ninth document: in three of them
COVERING = covering()
NUMBERED = [pytest.param(k, c, id=" ".join(c.values())) for k, c in enumerate(COVERING)]


def test_every_two_choices_meet_and_every_layer_is_there() -> None:
    assert set().union(*map(pairs, COVERING)) == set().union(*map(pairs, every()))
    assert len(COVERING) <= 30
    met = [name for k in range(len(COVERING)) for name in library.names()[k % FEW :: FEW]]
    assert set(met) == set(library.names()) and all(met.count(name) == len(COVERING) // FEW for name in library.names())


@pytest.mark.parametrize(("number", "choice"), [p for p in NUMBERED if p.values[1]["language"] == "en"])
def test_pdflatex_has_room_for_every_line(number: int, choice: Choice, tmp_path: Path, tex: Any) -> None:
    assert list(too_wide(library.names()[number % FEW :: FEW], choice, tmp_path)) == []


@pytest.mark.parametrize(("number", "choice"), [p for p in NUMBERED if p.values[1]["language"] == "ja"])
def test_lualatex_has_room_for_every_line(number: int, choice: Choice, tmp_path: Path, japanese_tex: Any) -> None:
    assert list(too_wide(library.names()[number % FEW :: FEW], choice, tmp_path)) == []


def test_a_line_too_wide_is_noticed(tmp_path: Path, tex: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The measure itself."""
    choice = {option: values[0] for option, values in CHOICES.items()}
    text = source(["affine"], choice).replace(r"\end{document}", "\\noindent\\rule{600pt}{1pt}\n\\end{document}")
    monkeypatch.setattr("tests.derive.every_document.source", lambda *_: text)
    assert len(list(too_wide(["affine"], choice, tmp_path))) == 1
