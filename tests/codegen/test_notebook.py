"""Notebooks have been run and can be run again; the cell magic derives its cell."""

from __future__ import annotations

import json

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell

import derive
from codegen.cli import run
from codegen.notebook import render
from derive.errors import ChainruleError


@pytest.mark.parametrize("name", ["affine", "softmax_cross_entropy", "embedding", "lstm_cell"])
def test_a_notebook_is_one_and_its_cells_have_run(name):
    text = render(derive.derive(derive.load(name)), f"derive.load({name!r})")
    book = nbformat.reads(text, as_version=4)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    printed = "".join(o.get("text", "") for cell in code for o in cell.outputs)
    assert "every check passed" in printed
    by_gradients, by_differences = printed.split("slope by the gradients ")[1].split(", by differences ")
    assert float(by_gradients) == pytest.approx(float(by_differences), rel=1e-4)
    pictures = [o for cell in code for o in cell.outputs if "image/png" in o.get("data", {})]
    assert len(pictures) == 1
    again: dict[str, object] = {}
    for cell in code[:-1]:
        exec(cell.source, again)
    assert "## Backward pass" in "\n".join(c.source for c in book.cells if c.cell_type == "markdown")


def test_the_same_bytes_again():
    derivation = derive.derive(derive.load("tanh"))
    assert render(derivation, "derive.load('tanh')") == render(derivation, "derive.load('tanh')")


def test_a_layer_of_one_s_own_brings_its_text(tmp_path):
    file = tmp_path / "mine.ipynb"
    assert run(["derive", "-e", "layer mine\nx: input [N]; y = x * sigmoid(x)", "-o", str(file), "-l", "ja"]) == 0
    book = json.loads(file.read_text())
    sources = [cell["source"] for cell in book["cells"]]
    assert any("derive.parse('layer mine\\nx: input" in source for source in sources)
    assert any("順伝播" in source for source in sources)
    assert run(["derive", "affine", "-o", str(file)]) == 0  # it is ours, and may be written anew


@pytest.fixture
def shell():
    found = InteractiveShell()
    found.run_line_magic("load_ext", "derive.jupyter")
    return found


def test_a_cell_that_is_a_layer_shows_its_derivation(shell):
    text = "X: input [N, D]; W: param [D, H]\nY = tanh(X @ W)"
    shown = shell.run_cell_magic("layer", "--wrt W --profile d --name mine", text)
    assert r"\mathrm{d}W" in shown._repr_markdown_()
    assert shell.user_ns["mine"].wrt == ("W",)


def test_what_the_magic_cannot_take_is_said(shell):
    with pytest.raises(ChainruleError, match="cannot take '--colour'"):
        shell.run_cell_magic("layer", "--colour red", "x: input; y = x**2")


def test_a_mistake_in_a_cell_is_shown_without_a_traceback(shell, capsys):
    assert not shell.run_cell("%%layer\nx: input; y = x**2 + z").success
    shown = capsys.readouterr().out
    assert "LayerTextError: z is not defined" in shown and "^" in shown and "Traceback" not in shown
