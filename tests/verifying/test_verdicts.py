"""The verdicts on the notes written for the tests: the one wrong formula is found, nothing else is called wrong."""

from __future__ import annotations

from functools import cache

import pytest

from derive.verifying.documents.reading import read_note
from derive.verifying.located import Place
from derive.verifying.report import Report
from derive.verifying.verify import verify
from tests.verifying.test_notes import FOLDER, Row, rows

every_row = pytest.mark.parametrize("row", rows(), ids=lambda row: row.file)


@cache
def report(file: str) -> Report:
    """The report on a note."""
    return verify(read_note(FOLDER / file))


def shown(place: Place) -> str:
    """A place as the table spells it."""
    lines = f"{place.first}-{place.last}" if place.last > place.first else f"{place.first}"
    return f"{place.cell}:{lines}" if place.cell else lines


@every_row
def test_what_is_called_wrong_is_what_is_wrong(row: Row) -> None:
    wrong = [shown(f.place) for f in report(row.file).findings if f.verdict == "incorrect"]
    assert wrong == ([] if row.kind == "right" else [row.wrong])


@every_row
def test_everything_is_judged(row: Row) -> None:
    assert [f.message for f in report(row.file).findings if f.verdict == "cannot-judge"] == []


def test_most_wrong_formulas_are_repaired() -> None:
    wrong = [f for row in rows() for f in report(row.file).findings if f.verdict == "incorrect"]
    assert sum(bool(f.fix) for f in wrong) >= 0.7 * len(wrong)
