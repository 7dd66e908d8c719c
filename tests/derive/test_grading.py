"""Grading: a copy of an exercise, filled in rightly, wrongly and in part, gets the verdict that each blank deserves."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

import derive
from codegen.cli import run
from derive.notes.latex import one_line
from derive.notes.notes import notes
from derive.outputs import render
from derive.verifying.documents.reading import read_note
from derive.verifying.verify import verify
from tests.derive.test_exercise import answers as solved

SHEETS = [
    ("affine", "steps", {"detail": "full"}, ".md"),
    ("log_softmax", "results", {"language": "ja"}, ".tex"),
    ("softmax_cross_entropy", "steps", {"detail": "steps", "language": "ja"}, ".md"),
    ("two_layer_net", "results", {"detail": "brief", "notation": "matrix"}, ".tex"),
    ("two_layer_net", "local", {"notation": "index", "profile": "d"}, ".md"),
    ("layer_norm", "3,5,8,13,17,20", {"detail": "full", "language": "ja"}, ".tex"),
    ("tanh", "steps", {"notation": "index"}, ".tex"),
]
VERDICTS = ("correct", "incorrect", "cannot-judge")  # of a right answer, of a wrong one, of none
EXIT = {"correct": 0, "incorrect": 1, "cannot-judge": 3}


def blank(number: int) -> str:
    return rf"\boxed{{\;({number})\;}}"


def answers(name: str, choice: str, options: Mapping[str, str]) -> dict[int, str]:
    """What belongs into each blank, from the sheet of solutions."""
    sheet = notes(derive.derive(derive.load(name)), exercise=choice, solutions=True, **options)  # type: ignore[arg-type]
    return {number: one_line(line.right, sheet.names) for number, line in solved(sheet).items()}


def graded(text: str, file: Path) -> dict[int, tuple[str, str]]:
    """The verdict and the message of each line, the last relation's if there are several."""
    file.write_text(text, encoding="utf-8")
    return {f.place.first: (f.verdict, f.message) for f in verify(read_note(file)).findings}


@pytest.mark.parametrize(("name", "choice", "options", "suffix"), SHEETS, ids=lambda x: x if isinstance(x, str) else "")
def test_right_wrong_and_blank(name: str, choice: str, options: dict[str, str], suffix: str, tmp_path: Path) -> None:
    form = {".md": "markdown", ".tex": "latex"}[suffix]
    sheet = render(derive.derive(derive.load(name)), form, exercise=choice, **options)
    right = answers(name, choice, options)
    lines = sheet.splitlines()
    expected: dict[int, str] = {}
    for number, answer in right.items():
        at = next(k for k, line in enumerate(lines) if blank(number) in line)
        verdict = VERDICTS[number % 3]
        filled = {"correct": answer, "incorrect": rf"2 \left({answer}\right)", "cannot-judge": blank(number)}[verdict]
        lines[at] = lines[at].replace(blank(number), filled)
        expected[at + 1] = verdict
    found = graded("\n".join(lines), tmp_path / f"sheet{suffix}")
    assert {line: found[line][0] for line in expected} == expected
    assert all(found[line][1].startswith("blank (") for line, v in expected.items() if v == "cannot-judge")
    assert {v for line, (v, _) in found.items() if line not in expected} <= {"definition", "correct"}
    assert len(set(expected.values())) > 1


@pytest.mark.parametrize(("name", "choice", "options", "suffix"), SHEETS, ids=lambda x: x if isinstance(x, str) else "")
def test_the_solutions_are_judged_right(
    name: str, choice: str, options: dict[str, str], suffix: str, tmp_path: Path
) -> None:
    form = {".md": "markdown", ".tex": "latex"}[suffix]
    sheet = render(derive.derive(derive.load(name)), form, exercise=choice, solutions=True, **options)
    verdicts = [verdict for verdict, _ in graded(sheet, tmp_path / f"sheet{suffix}").values()]
    assert set(verdicts) == {"definition", "correct"}
    assert verdicts.count("correct") >= len(answers(name, choice, options))


@pytest.mark.parametrize("fill", VERDICTS)
def test_the_command_grades(fill: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sheet = tmp_path / "sheet.md"
    assert run(["derive", "affine", "-x", "results", "-o", str(sheet)]) == 0
    text = sheet.read_text(encoding="utf-8")
    for number, answer in answers("affine", "results", {}).items():
        filled = {"correct": answer, "incorrect": f"-({answer})", "cannot-judge": blank(number)}[fill]
        text = text.replace(blank(number), filled)
    sheet.write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert run(["verify", "--json", str(sheet)]) == EXIT[fill]
    [report] = json.loads(capsys.readouterr().out)["documents"]
    told = [step for step in report["steps"] if "matrix notation" in step["latex"]]
    assert [s["verdict"] for s in told] == [fill] * 3
    if fill == "cannot-judge":
        assert [s["message"] for s in told] == ["blank (1)", "blank (2)", "blank (3)"]


def test_the_chain_goes_on_behind_a_blank(tmp_path: Path) -> None:
    text = (
        "$$\n\\begin{aligned}\nU_{nh} &= \\sum_{d} X_{nd} W_{dh} \\\\\n\\frac{\\partial L}{\\partial W_{dh}} &= "
        "\\boxed{(1)} \\\\\n&= \\sum_{n} \\frac{\\partial L}{\\partial U_{nh}} X_{nd} \\\\\n&= \\sum_{n} X_{nd}\n"
        "\\end{aligned}\n$$\n"
    )
    found = graded(text, tmp_path / "note.md")
    assert [found[line][0] for line in (4, 5, 6)] == ["cannot-judge", "correct", "incorrect"]
    assert found[4][1] == "blank (1)"
    boxed = graded(
        text.replace("\\boxed{(1)}", "\\boxed{\\sum_n X_{nd} \\frac{\\partial L}{\\partial U_{nh}}}"), tmp_path / "b.md"
    )
    assert boxed[4][0] == "correct", "an answer may stand in a box"
