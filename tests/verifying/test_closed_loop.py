"""Every formula that we print is read: one claim a line, nothing left over, in every layer, notation and detail."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive import derive, load
from derive.notes.notation import TABLE
from derive.outputs import render
from derive.verifying.claim import Statement
from derive.verifying.documents.reading import note, read_note
from derive.verifying.formula import Words, within
from derive.verifying.located import Formula

GENERATED = Path(__file__).parents[2] / "generated"
PAGES = sorted((GENERATED / "markdown").glob("*.md")) + sorted((GENERATED / "latex").glob("l*.tex"))


def is_one_claim(formula: Formula) -> bool:
    """Whether a line of a display is one claim, without prose in its sides; a formula in prose may be several."""
    if not all(isinstance(part, Statement) for part in formula.parts):
        return False
    if all(isinstance(part, Statement) and not part.sides and part.annotations for part in formula.parts):
        return True  # a reason below a line that left it no room
    sides = [side for part in formula.parts if isinstance(part, Statement) for side in part.sides if side is not None]
    prose = any(isinstance(node, Words) for side in sides for node in within(side))
    return not prose and (
        formula.display is None or (len(formula.parts) == 1 and len(sides) >= 2 - _continues(formula))
    )


def _continues(formula: Formula) -> bool:
    [part] = formula.parts
    return isinstance(part, Statement) and part.sides[:1] == (None,)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_our_own_notes_are_read_without_remainder(page: Path) -> None:
    formulas = read_note(page).formulas
    assert len(formulas) > 5
    assert [f.source for f in formulas if not is_one_claim(f)] == []


@pytest.mark.parametrize("profile", TABLE)
@pytest.mark.parametrize("layer", ["affine", "softmax_cross_entropy", "two_layer_net"])
def test_so_are_they_in_every_notation_and_detail(layer: str, profile: str) -> None:
    derivation = derive(load(layer))
    for notation, detail in (("both", "full"), ("matrix", "steps"), ("index", "brief")):
        text = render(derivation, "markdown", notation=notation, detail=detail, profile=profile)
        formulas = note(text, layer).formulas
        assert formulas
        assert [f.source for f in formulas if not is_one_claim(f)] == []
