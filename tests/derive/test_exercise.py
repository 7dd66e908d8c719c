"""Exercises and their solutions: the blanks match, nothing gives them away, choices are checked; own spellings."""

from __future__ import annotations

from itertools import pairwise

import pytest

import derive
from codegen.cli import run
from derive.errors import ChainruleError, UnknownName
from derive.notes.document import Blank, Display, Document, Heading, Line, Maths, Paragraph
from derive.notes.notes import notes
from derive.notes.phrases import phrases

NET = derive.derive(derive.load("two_layer_net"))


def lines(document: Document) -> list[Line]:
    return [line for block in document.blocks if isinstance(block, Display) for line in block.lines]


def blanks(document: Document) -> list[int]:
    return [line.right.number for line in lines(document) if isinstance(line.right, Blank)]


def answers(sheet: Document) -> dict[int, Line]:
    """The lines of a sheet of solutions, by the number of the blank that stands before each."""
    found = {}
    for mark, block in pairwise(sheet.blocks):
        match mark, block:
            case Paragraph((Maths(Blank(number)),)), Display((line,)):
                found[number] = line
    return found


@pytest.mark.parametrize("choice", ["results", "local", "steps", "2,5,7"])
@pytest.mark.parametrize("language", ["en", "ja"])
def test_the_solutions_fill_the_blanks_of_the_exercise(choice, language):
    exercise, sheet, whole = (
        notes(NET, language=language, exercise=e, solutions=s)
        for e, s in ((choice, False), (choice, True), ("", False))
    )
    numbers = blanks(exercise)
    assert numbers == list(range(1, len(numbers) + 1))
    solved = answers(sheet)
    assert list(solved) == numbers
    assert all(line.left is not None for line in solved.values())
    filled = [solved[x.right.number].right if isinstance(x.right, Blank) else x.right for x in lines(exercise)]
    assert filled == [line.right for line in lines(whole)][: len(filled)]


def test_nothing_gives_a_result_away():
    exercise = notes(NET, exercise="results")
    headings = [block.text[0].text for block in exercise.blocks if isinstance(block, Heading) and block.level == 2]
    words = phrases("en")
    assert words.summary not in headings and words.numbers not in headings
    results = [line.right for line in answers(notes(NET, exercise="results", solutions=True)).values()]
    shown = [line.right for line in lines(exercise)]
    assert len(results) >= 8 and not [result for result in results if result in shown]


def test_results_steps_and_local_derivatives_are_counted():
    affine = derive.derive(derive.load("affine"))
    assert len(blanks(notes(affine, exercise="results"))) == 3
    assert len(blanks(notes(affine, exercise="local"))) == 3
    assert len(blanks(notes(affine, exercise="steps"))) == 12
    assert len(blanks(notes(affine, exercise="1, 12"))) == 2


@pytest.mark.parametrize("choice", ["all", "0", "2;3", "-1", "999999"])
def test_other_choices_are_refused(choice):
    with pytest.raises(ChainruleError):
        notes(NET, exercise=choice)


def test_a_spelling_of_one_s_own():
    text = NET.to_latex(spell={"W1": r"\bm{W}_{1}"})
    assert r"\frac{\partial L}{\partial \bm{W}_{1}}" in text
    for wrong, error in (({"W1": r"\input{x}"}, ChainruleError), ({"V9": "V"}, UnknownName)):
        with pytest.raises(error):
            NET.to_latex(spell=wrong)


def test_on_the_command_line(capsys):
    assert run(["derive", "affine", "-x", "results", "-S", "-s", r"W=\bm{W}"]) == 0
    out = capsys.readouterr().out
    assert r"$\boxed{\;(1)\;}$" in out
    assert r"\frac{\partial L}{\partial \bm{W}} &= X^{\mathsf T}" in out
    assert run(["derive", "affine", "-s", "W"]) == 2
    assert "NAME=LATEX" in capsys.readouterr().err
    assert run(["derive", "affine", "-c"]) == 0
    assert "dW = X.T @ dU" in capsys.readouterr().out
