"""Messy notes by many hands: nothing right is called wrong, nearly every mistake is found, and repaired at once."""

from __future__ import annotations

from collections import Counter
from functools import cache

import pytest

from tests.verifying.marked import Marked, notes, score

EVERY = {note.name: note for note in notes()}
# a gradient that nothing explains (dh_prev), one rating e_ij for fixed i and j
NOT_FOUND = {
    "rnn_ja_row.md": 1,
    "mf_rec.md": 1,
}


@cache
def counts(name: str) -> Counter[str]:
    """How a note and its right twin are judged."""
    return score(EVERY[name])[0]


def test_there_are_many() -> None:
    assert len(EVERY) >= 70
    assert {name.rpartition(".")[2] for name in EVERY} == {"md", "tex", "txt", "ipynb"}


@pytest.mark.parametrize("note", EVERY.values(), ids=lambda note: note.name)
def test_what_is_right_is_not_called_wrong_and_mistakes_are_found(note: Marked) -> None:
    found = counts(note.name)
    assert (found["false alarms"], found["false alarms in twins"]) == (0, 0)
    assert found["mistakes"] - found["found"] == NOT_FOUND.get(note.name, 0)


def test_most_is_judged_and_repaired_by_the_first_suggestion() -> None:
    sums: Counter[str] = Counter()
    for name in EVERY:
        sums.update(counts(name))
    assert sums["repaired"] >= 0.9 * sums["found"]
    assert sums["cannot-judge"] <= 0.05 * sums["relations"]
