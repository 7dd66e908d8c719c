"""The README is true: its commands run, its Python runs, its code is what is generated, its table of gradients, too."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import codegen
import derive

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


COMMANDS = [
    line.removeprefix(".venv/bin/")
    for block in blocks("sh")
    for line in block.splitlines()
    if line.startswith(".venv/bin/chainrule")
]


def without_docstrings(source: str) -> str:
    """The code alone, comments and docstrings gone."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse([n for n in tree.body if isinstance(n, ast.FunctionDef)])


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_of_the_readme_runs(command: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "from codegen.cli import main; main()", *shlex.split(command)[1:]],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip()


def test_there_are_commands_to_run() -> None:
    assert len(COMMANDS) >= 4


def test_the_two_commands_for_a_newcomer_are_there() -> None:
    first = blocks("sh")[0].splitlines()
    assert first[0] == 'python -m venv .venv && .venv/bin/pip install -e ".[dev]" && .venv/bin/chainrule demo'
    assert first[1] == ".venv/bin/pytest -q"


def test_the_python_of_the_readme_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = [b for b in blocks("python") if "import derive" in b]
    exec(compile(block, "README.md", "exec"), {})
    assert "sum[n](" in capsys.readouterr().out


def test_the_code_shown_is_the_code_generated() -> None:
    (shown,) = [b for b in blocks("python") if b.startswith("def forward")]
    assert without_docstrings(codegen.source(derive.load("affine"))) == without_docstrings(shown)


def test_the_formulas_shown_pass_katex(katex) -> None:  # type: ignore[no-untyped-def]
    shown = re.findall(r"\$\$\n(.*?)\n\$\$", README, re.DOTALL)
    shown += re.findall(r"(?<!\$)\$([^$\n]+)\$(?!\$)", re.sub(r"```.*?```|\$\$.*?\$\$", "", README, flags=re.DOTALL))
    assert len(shown) >= 5
    assert [None] * len(shown) == katex(shown)


def test_the_folders_named_are_there() -> None:
    named = re.findall(r"`((?:derive|codegen|tests)/[\w/]+\.(?:py|layer))`", README)
    assert [name for name in named if "NAME" not in name and not (ROOT / name).exists()] == []
