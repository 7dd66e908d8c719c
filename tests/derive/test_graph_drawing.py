"""The drawing of a graph: cut into sheets nothing is lost, all stands on its sheet, and LaTeX draws it."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from typing import Any

import pytest

import derive
from derive.notes.document import Picture
from derive.notes.graph import graph
from derive.notes.graph_drawing import Sheet, sheets
from derive.notes.notes import notes
from derive.outputs import render

MOST = 620.0
NAMES = ("affine", "three_layer_net", "lstm", "transformer_block")


def cut(name: str) -> tuple[Sheet, tuple[Sheet, ...]]:
    drawn = graph(derive.derive(derive.load(name)))
    (whole,) = sheets(drawn)
    return whole, sheets(drawn, MOST)


@pytest.mark.parametrize("name", NAMES)
def test_sheets_hold_every_box_label_and_arrow_once(name: str) -> None:
    whole, parts = cut(name)
    assert Counter(b.label for b in whole.boxes) == Counter(b.label for s in parts for b in s.boxes)
    assert Counter(t.text for t in whole.labels) == Counter(t.text for s in parts for t in s.labels)
    assert sum(s.arrow for s in whole.strokes) == sum(s.arrow for p in parts for s in p.strokes)
    assert (len(parts) > 1) == (whole.width > MOST)


@pytest.mark.parametrize("name", NAMES)
def test_everything_stands_on_its_sheet(name: str) -> None:
    whole, parts = cut(name)
    for sheet in (whole, *parts):
        across = [x for s in sheet.strokes for x, _ in s.points]
        across += [b.x + side * b.width / 2 for b in sheet.boxes for side in (-1, 1)]
        down = (
            [y for s in sheet.strokes for _, y in s.points] + [b.y for b in sheet.boxes] + [t.y for t in sheet.labels]
        )
        assert min(across) >= 0 and max(across) <= sheet.width
        assert min(down) >= 0 and max(down) <= sheet.height


@pytest.mark.parametrize("name", NAMES)
def test_an_edge_goes_on_where_it_was_cut(name: str) -> None:
    """As many strokes leave a sheet at its right side as come into the next one at its left."""
    _, parts = cut(name)
    for before, after in pairwise(parts):
        right = max(x for s in before.strokes for x, _ in s.points)
        left = min(x for s in after.strokes for x, _ in s.points)
        leaving = sorted(s.points[-1][1] for s in before.strokes if not s.arrow and s.points[-1][0] == right)
        coming = sorted(s.points[0][1] for s in after.strokes if s.points[0][0] == left)
        assert leaving and len(leaving) == len(coming)
        moved = {round(a - b, 6) for a, b in zip(leaving, coming, strict=True)}
        assert len(moved) == 1, "at the same heights, but for where the sheets begin"


@pytest.mark.parametrize("name", NAMES)
def test_latex_draws_it(name: str, tex: Any) -> None:
    derivation = derive.derive(derive.load(name))
    assert any(isinstance(block, Picture) for block in notes(derivation).blocks)
    text = render(derivation, "latex", standalone=True, detail="brief")
    assert r"\begin{picture}" in text
    assert re.findall(r"Overfull .*\((?!0\.)\S+pt too", tex(text).log) == []
