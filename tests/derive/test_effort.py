"""Work is counted; what many questions share is no single one's."""

from __future__ import annotations

import pytest

from derive.effort import TooMuchWork, at_most, worked


def test_work_inside_counts_outside() -> None:
    with at_most(10):
        with at_most(7):
            worked(6)
        worked(4)
        with pytest.raises(TooMuchWork):
            worked(1)


def test_work_aside_counts_for_the_whole_only() -> None:
    with at_most(100):
        with at_most(10):
            with at_most(50, aside=True):
                worked(40)
            worked(10)
            with pytest.raises(TooMuchWork):
                worked(1)
        with pytest.raises(TooMuchWork):
            worked(51)


def test_no_allowance_is_more_than_the_whole() -> None:
    with at_most(30), at_most(10), at_most(50, aside=True), pytest.raises(TooMuchWork):
        worked(31)
