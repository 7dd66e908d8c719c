"""One part of what a person wrote is replaced, and nothing else changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from derive.verifying.claim import Statement
from derive.verifying.documents.reading import note
from derive.verifying.formula import Addition, Fraction, Juxtaposition, Name, Node, Number, Scripted, within
from derive.verifying.latex.editing import replacing
from derive.verifying.latex.reading import read
from derive.verifying.latex.writing import latex

GENERATED = Path(__file__).parents[2] / "generated" / "markdown"
A, SUM, FRACTION = Name("a"), Addition((Name("a"), Name("beta")), ("+", "-")), Fraction(Name("a"), Name("b"))
TRANSPOSED = Scripted(Name("W"), sup=Name("top"))


def part(text: str, name: str) -> tuple[Statement, Node]:
    """The claim in a text, and the first part of it that is a name."""
    claim = read(text)[0].parts[0]
    assert isinstance(claim, Statement)
    return claim, next(n for n in within(claim) if isinstance(n, (Name, Number)) and n.text == name)


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (r"z = \mathbf{x}\,y", "x", A, r"z = a\,y"),
        (r"z = x \, y", "x", SUM, r"z = (a - \beta) \, y"),
        (r"z = x + y", "x", SUM, r"z = (a - \beta) + y"),
        (r"z = x y", "x", FRACTION, r"z = \frac{a}{b} y"),
        (r"z = x^2", "x", FRACTION, r"z = \left(\frac{a}{b}\right)^2"),
        (r"z = x^2", "x", TRANSPOSED, r"z = (W^{\top})^2"),
        (r"z = x^T", "T", Name("top"), r"z = x^{\top}"),
        (r"z = x^{T}", "T", Name("top"), r"z = x^{\top}"),
        (r"z = \frac12", "1", SUM, r"z = \frac{a - \beta}2"),
        (r"z = \frac{\partial L}{\partial x}", "x", TRANSPOSED, r"z = \frac{\partial L}{\partial W^{\top}}"),
        (r"z = f(x)", "x", SUM, r"z = f(a - \beta)"),
        (r"z = x y", "x", Name("beta"), r"z = \beta y"),
        (r"z = 2x{}y", "2", Name("beta"), r"z = \beta x{}y"),
    ],
)
def test_a_part_is_replaced_with_the_brackets_that_its_place_needs(
    text: str, old: str, new: Node, expected: str
) -> None:
    claim, here = part(text, old)
    assert replacing(claim, here, new, text) == expected


def test_a_part_keeps_the_writers_spelling_inside_a_new_one() -> None:
    text = r"z = \mathbf{W_3} {\bm x}"
    claim = read(text)[0].parts[0]
    assert isinstance(claim, Statement)
    product = claim.sides[1]
    assert isinstance(product, Juxtaposition)
    first, second = product.factors
    swapped = Juxtaposition((second, first))
    assert latex(swapped, text) == r"\bm x \mathbf{W_3}"


def test_a_part_of_a_macro_has_no_place_of_its_own() -> None:
    text = r"\def\p{x y} $z = \p$"
    formula = note(text).formulas[0]
    claim = formula.parts[0]
    inner = next(n for n in within(claim) if isinstance(n, Name) and n.text == "y")
    assert replacing(claim, inner, A, text) is None


@pytest.mark.parametrize("layer", ["layer_norm", "lstm_cell", "max_pool2d"])
def test_what_is_printed_by_structure_reads_back_to_the_same_tree(layer: str) -> None:
    page = note((GENERATED / f"{layer}.md").read_text(encoding="utf-8"))
    sides = [s for f in page.formulas for p in f.parts if isinstance(p, Statement) for s in p.sides if s is not None]
    assert len(sides) > 25
    for side in sides:
        [line] = read(latex(side))
        [claim] = line.parts
        assert isinstance(claim, Statement)
        assert claim.sides == (side,)
