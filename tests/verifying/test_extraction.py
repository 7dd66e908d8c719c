r"""Formulas are found in real notes, at their lines: in prose of any language, in quotations, cells and macros."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derive.errors import ChainruleError
from derive.verifying.claim import Unread
from derive.verifying.documents.reading import note, read_note
from derive.verifying.located import Note
from tests.verifying.sketch import sketch

SEEDS = Path("/work/shared/seeds")


def found(text: str, ending: str = ".md") -> list[tuple[int, int, str]]:
    """First line, last line and source of each formula."""
    return [(f.place.first, f.place.last, f.source) for f in note(text, "a", ending).formulas]


@pytest.mark.parametrize(
    ("text", "sources"),
    [
        ("It costs $5, or $6 for two; US$7 and $8.", []),
        ("第$l$層の$W_{ij}$と$x_1$、$x_2$など", ["l", "W_{ij}", "x_1", "x_2"]),
        ("the layer$l$has $n$ units at $3 each", ["l", "n"]),
        ("$ z = x * y $ について", ["z = x * y"]),
        ("is $x=\\left(\n\\begin{array}{c}\na \\\\\nb\n\\end{array}\n\\right)$ here", None),
        ("$$a = b$$ and \\[c\\] and \\(d\\) and $`e`$", ["a = b", "c", "d", "e"]),
        (r"\\( q \\) and \\[ r = s \\]", ["q", "r = s"]),
        ("`$no$` ``$no`$`` <code>$no$</code> <!-- $no$ --> \\$no\\$ $x$", ["x"]),
        ("```\n$no$\n```\n~~~py\n$no$\n~~~\n$x$", ["x"]),
        ("```math\na = b\n```\n```latex\n\\frac{a}{b}\n```\n```latex\n$c$\n```", ["a = b", "\\frac{a}{b}", "c"]),
        ("\\begin{align*}\na &= b \\\\\n&= c\n\\end{align*}", ["a &= b", "= c"]),
        ("\\begin{equation}\n\\begin{split} a &= b \\\\ c &= d \\end{split}\n\\end{equation}", ["a &= b", "c &= d"]),
        ("> quoted\n> $$\n> a = b\n> $$", ["a = b"]),
        ("$$\nx\n> 0\n$$", ["x\n> 0"]),
        ("- in a list\n  $$\n  x^{<t>} = z^{[1](i)}\n  $$", ["x^{<t>} = z^{[1](i)}"]),
        (r"$a \text{ if $b$ } c$ then $d$", None),
        ("\\begin{align} a = b\n\nand $c$", None),
        ("$$a = b", []),
        ("100 % of $x$ % of $y$", ["x", "y"]),
        ("a\r\n$x$\r\n", ["x"]),
        ("the state $$h$$ at $$t$$ is", ["h", "t"]),
        ("$A$*$B$=$C$ and $x$ - $y$", ["A$*$B$=$C", "x", "y"]),
        ("$\\frac{a}{b}=$ $c$", ["\\frac{a}{b}=$ $c"]),
    ],
)
def test_what_is_a_formula_and_what_is_not(text: str, sources: list[str] | None) -> None:
    here = [source for _, _, source in found(text)]
    if sources is None:
        assert here
    else:
        assert here == sources


def test_a_display_that_is_never_closed_is_refused_not_dropped() -> None:
    first, second = note("\\begin{align} a = b\n\nand $c$").formulas
    assert isinstance(first.parts[0], Unread)
    assert second.source == "c"


def test_two_dollars_in_a_sentence_are_no_display() -> None:
    text = "the state $$h$$ at\n$$a = b$$\n**Cost**: $$J = c$$\n"
    assert [f.display for f in note(text).formulas] == [None, 0, 1]


def test_lines_are_those_of_the_file() -> None:
    text = "# T\n\n$$\n\\begin{aligned}\na &= b \\\\\n  &= \\frac{c}\n  {d} \\\\\n\\end{aligned}\n$$\n"
    assert found(text) == [(5, 5, "a &= b"), (6, 7, "= \\frac{c}\n  {d}")]


def test_a_chain_goes_on_over_lines_and_displays_but_not_under_a_new_heading() -> None:
    text = "# A\n$$a = b$$\nso\n$$= c$$\n\n$$\\text{a remark}$$\n$$= d$$\n# B\n$$= e$$"
    assert [f.continues for f in note(text).formulas] == [None, 0, None, 1, None]


def test_context_is_the_heading_and_the_prose_around() -> None:
    text = "# One\n\nThe loss is\n\n$$L = 1$$\n\n## Two $z$\nhence $x$ holds\n"
    first, heading, inline = note(text).formulas
    assert (first.context.heading, first.context.heading_line, first.context.before) == ("One", 1, "The loss is")
    assert heading.source == "z"
    assert (inline.context.heading, inline.context.before) == ("Two $z$", "hence $x$ holds")


def test_macros_are_put_in_and_their_places_are_the_calls() -> None:
    text = (
        "\\documentclass{a}\n\\newcommand{\\pd}[2]{\\frac{\\partial #1}{\\partial #2}}\n\\def\\W{\\mathbf{W}}\n"
        "\\DeclareMathOperator{\\relu}{ReLU}\n% $no$\n\\begin{document}\n\\section{S}\n\\input{other}\n"
        "\\[ \\pd{L}{\\W} = \\relu(z) \\]\n\\begin{verbatim}$no$\\end{verbatim}\n\\end{document} $no$"
    )
    [formula] = note(text, "a", ".tex").formulas
    assert formula.macros
    assert formula.place.first == 9
    assert formula.context.heading == "S"
    sides = "Derivative(L [W:bf]) Juxtaposition([ReLU:operatorname Bracketed(( ) z)])"
    assert sketch(formula.parts[0]) == f"Statement([{sides}] [Relation(=)])"


@pytest.mark.parametrize(
    "definition", ["\\def\\a{\\a\\a}", "\\def\\a{\\b\\b}\\def\\b{\\a\\a}", "\\def\\a#1{\\a{#1#1}}"]
)
def test_macros_that_do_not_end_are_refused(definition: str) -> None:
    [formula] = note(f"{definition} $x = \\a{{y}}$").formulas
    assert isinstance(formula.parts[0], Unread)


def test_cells_of_a_notebook_are_counted_from_one_code_included() -> None:
    cells = [
        {"cell_type": "code", "source": ["# $no$\n"]},
        {"cell_type": "markdown", "source": ["# H\n", "$x$\n"]},
        {"cell_type": "markdown", "source": "a\n\n$$y = z$$"},
    ]
    here = note(json.dumps({"cells": cells}), "n.ipynb", ".ipynb")
    assert [str(f.place) for f in here.formulas] == ["n.ipynb:cell 2:2", "n.ipynb:cell 3:3"]
    assert here.formulas[1].context.heading == "H"
    assert here.units[here.formulas[1].unit].text[slice(*here.formulas[1].span)] == "y = z"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"cells": 3}', '{"cells": [1]}', "[" * 100_000])
def test_what_is_no_notebook_is_refused_with_its_name(text: str) -> None:
    with pytest.raises(ChainruleError, match=r"n\.ipynb is not a Jupyter notebook"):
        note(text, "n.ipynb", ".ipynb")


def test_files_that_cannot_be_read_say_why(tmp_path: Path) -> None:
    with pytest.raises(ChainruleError, match="No such file"):
        read_note(tmp_path / "missing.md")
    (tmp_path / "a.docx").write_bytes(b"")
    with pytest.raises(ChainruleError, match=r"not from \.docx"):
        read_note(tmp_path / "a.docx")
    (tmp_path / "a.md").write_bytes(b"\xff\xfe")
    with pytest.raises(ChainruleError, match="not UTF-8"):
        read_note(tmp_path / "a.md")


def test_the_plain_text_of_a_notebook_is_told_from_its_code() -> None:
    text = (
        "In [1]:\nimport numpy as np\n\n# a comment with $no$\ndef f():\n    '''$no$\n\n    $no$'''\n\n    return 1\n\n"
        "# Heading $x$\n\nProse $y$ here.\n\nIn [None]:\n%matplotlib inline\nx = '$no$'\n\nOut[2]: $no$\n\n$$z$$"
    )
    assert [source for _, _, source in found(text, ".txt")] == ["x", "y", "z"]


@pytest.mark.skipif(not SEEDS.exists(), reason="the seed documents are not here")
@pytest.mark.parametrize(
    ("seed", "displays", "rows", "inline"),
    [("000", 11, 46, 0), ("001", 14, 14, 6), ("002", 18, 51, 92), ("003", 8, 8, 1), ("004", 8, 8, 8)],
)
def test_every_formula_of_the_seeds_is_found_and_read(seed: str, displays: int, rows: int, inline: int) -> None:
    here = read_note(next(SEEDS.glob(f"{seed}_*.txt")))
    assert len({f.display for f in here.formulas} - {None}) == displays
    assert sum(f.display is not None for f in here.formulas) == rows
    assert sum(f.display is None for f in here.formulas) == inline
    assert not unread(here)


def unread(here: Note) -> list[Unread]:
    """What of a note cannot be read."""
    return [part for formula in here.formulas for part in formula.parts if isinstance(part, Unread)]
