"""The notes in styles and languages of real ones: every formula is found where it stands, and read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from derive.verifying.claim import Unread
from derive.verifying.documents.reading import read_note

FOLDER = Path(__file__).parent / "notes"


class Row(NamedTuple):
    """What ``expected.txt`` says of a note."""

    file: str
    display: int
    inline: int
    wrong: str
    kind: str


def rows() -> list[Row]:
    """The table beside the notes."""
    lines = (FOLDER / "expected.txt").read_text(encoding="utf-8").splitlines()
    cut = [line.split() for line in lines if not line.startswith("#")]
    return [Row(file, int(display), int(inline), wrong, kind) for file, display, inline, wrong, kind in cut]


every_row = pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)


def test_the_table_names_every_note_once() -> None:
    named = [row.file for row in rows()]
    assert sorted(named) == sorted(path.name for path in FOLDER.iterdir() if path.name != "expected.txt")
    assert len(named) >= 60
    assert sum(row.kind == "right" for row in rows()) >= 25


@every_row
def test_every_formula_of_a_note_is_found_and_read(row: Row) -> None:
    formulas = read_note(FOLDER / row.file).formulas
    assert [part for f in formulas for part in f.parts if isinstance(part, Unread)] == []
    assert sum(f.display is not None for f in formulas) == row.display
    assert sum(f.display is None for f in formulas) == row.inline


@every_row
def test_the_wrong_formula_stands_where_the_table_says(row: Row) -> None:
    if row.kind == "right":
        assert row.wrong == "-"
        return
    places = [f.place for f in read_note(FOLDER / row.file).formulas]
    shown = {f"{f'{p.cell}:' if p.cell else ''}{p.first}{f'-{p.last}' if p.last > p.first else ''}" for p in places}
    assert row.wrong in shown
