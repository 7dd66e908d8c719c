"""The outputs: the folder is the registry, options are checked, and KaTeX, LaTeX and Mermaid accept all of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

import derive
from derive.errors import ChainruleError, UnknownName
from derive.ledger import Derivation
from derive.notes.notation import TABLE as PROFILES
from derive.notes.phrases import languages
from derive.outputs import names, render

LIBRARY = derive.names()
AFFINE = derive.derive(derive.load("affine"))
SOFTMAX_VALUES = {"Z": [[0.3, 2.9, 4.0], [0.1, 0.2, 0.7]], "T": [[0, 0, 1], [0, 1, 0]]}
WIDE = """
layer layer_norm(eps = 1e-5)
X: input [N, D]
gamma, beta: param [D]
mu[n] = sum[d](X[n, d]) / D
v[n] = sum[d]((X[n, d] - mu[n])**2) / D
Xhat[n, d] = (X[n, d] - mu[n]) / sqrt(v[n] + eps)
Y = gamma * Xhat + beta
"""


def formulas(markdown: str) -> tuple[list[str], list[str]]:
    """The displayed formulas and those in the text."""
    display = re.findall(r"^\$\$\n(.*?)\n\$\$$", markdown, flags=re.DOTALL | re.MULTILINE)
    rest = re.sub(r"^\$\$\n.*?\n\$\$$", "", markdown, flags=re.DOTALL | re.MULTILINE)
    return display, re.findall(r"(?<!\\)\$(.+?)(?<!\\)\$", rest)


def test_the_folder_is_the_registry() -> None:
    """A file is an output."""
    assert names() == ("html", "latex", "markdown", "mermaid", "pdf", "svg", "typst")
    with pytest.raises(UnknownName, match="no output 'docx'") as error:
        render(AFFINE, "docx")
    assert "html, latex, markdown, mermaid, pdf, svg, typst" in str(error.value)


@pytest.mark.parametrize("output", names())
def test_an_unknown_option_is_refused(output: str) -> None:
    """By name, with those that there are."""
    with pytest.raises(ChainruleError, match=f"{output} has no option 'colour'") as error:
        render(AFFINE, output, colour="red")
    assert "origin" in str(error.value)


@pytest.mark.parametrize(
    ("output", "head"),
    [("html", "<!-- "), ("latex", "% "), ("markdown", "<!-- "), ("mermaid", "%% "), ("svg", "<!-- "), ("typst", "// ")],
)
def test_the_origin_is_a_comment(output: str, head: str) -> None:
    """On the first line; it cannot end the comment early."""
    text = render(AFFINE, output, origin="affine.layer\n--> <b> -- made by")
    first, rest = text.split("\n", 1)
    assert first.startswith(head + "affine.layer")
    assert "-->" not in first.removesuffix(" -->") and rest == render(AFFINE, output)


def test_only_what_is_asked_for() -> None:
    """``wrt`` as a list or as one string."""
    text = render(AFFINE, "markdown", wrt="W, b")
    assert (
        "Gradient with respect to $W$" in text
        and "Gradient with respect to $b$" in text
        and "Gradient with respect to $X$" not in text
    )
    assert text == render(AFFINE, "markdown", wrt=["W", "b"])
    with pytest.raises(UnknownName):
        render(AFFINE, "markdown", wrt="V")
    with pytest.raises(ChainruleError, match="wrt cannot be 7"):
        render(AFFINE, "markdown", wrt=7)


@pytest.mark.parametrize("layer", [*LIBRARY, "layer_norm"])
def test_katex_accepts_every_formula(layer: str, katex: Any) -> None:
    """In every detail, notation and language, and in every profile, at its strictest."""
    derivation = derived(layer)
    display: dict[str, None] = {}
    inline: dict[str, None] = {}
    choices: list[dict[str, str]] = [{"profile": profile} for profile in PROFILES]
    choices += [{"language": language} for language in languages()]
    choices += [{"detail": d, "notation": n} for d in ("brief", "steps", "full") for n in ("matrix", "index", "both")]
    for chosen in choices:
        found = formulas(render(derivation, "markdown", **chosen))
        display |= dict.fromkeys(found[0])
        inline |= dict.fromkeys(found[1])
    assert [c for c in katex(list(display)) if c] == []
    assert [c for c in katex(list(inline), display=False) if c] == []
    assert display and inline


def derived(layer: str) -> Derivation:
    """A layer of the library, or the layer norm."""
    return derive.derive(derive.parse(WIDE) if layer == "layer_norm" else derive.load(layer))


@pytest.mark.parametrize("layer", [*LIBRARY, "layer_norm"])
def test_latex_compiles_and_fits(layer: str, tex: Any) -> None:
    """Every standalone document, with all its steps; no line is wider than the page by more than 2 pt."""
    compiled = tex(render(derived(layer), "latex", standalone=True, detail="full", origin=layer))
    assert [line for line in compiled.overfull if float(re.findall(r"\(([\d.]+)pt", line)[0]) > 2] == []


@pytest.mark.parametrize("detail", ["brief", "steps"])
def test_other_details_compile_too(detail: str, tex: Any) -> None:
    """With numbers."""
    derivation = derive.derive(derive.load("softmax_cross_entropy"))
    compiled = tex(render(derivation, "latex", standalone=True, detail=detail, values=SOFTMAX_VALUES))
    assert compiled.overfull == []


def test_a_fragment_has_no_preamble() -> None:
    """It is there to be ``\\input``."""
    text = AFFINE.to_latex()
    assert "documentclass" not in text and text.startswith(r"\section*{\texttt{affine}")
    assert "\n\n\\end{alignat*}" not in text


def test_markdown_is_what_github_and_jupyter_read() -> None:
    """Dollar signs on lines of their own, no empty line inside; tables; the graph in a fence."""
    text = derive.derive(derive.load("two_layer_net")).to_markdown()
    for display in formulas(text)[0]:
        assert "\n\n" not in display and display.startswith(r"\begin{aligned}")
    assert "```mermaid\ngraph LR\n" in text
    assert "| Symbol | In code | Shape | Meaning |\n| --- | --- | --- | --- |\n" in text
    assert r"\_" not in text, "Markdown would eat the backslash"


def test_words_of_the_user_stay_words() -> None:
    """What a summary or a meaning holds is text in every output."""
    program = derive.parse('layer p\n"100% of $x_1$ & <b>#1</b> | `code`"\nx: input "a|b_c"\ny = x * 2\n')
    derivation = derive.derive(program)
    assert r"100\% of \$x\_1\$ \& <b>\#1</b> | `code`" in derivation.to_latex()
    markdown = derivation.to_markdown()
    assert r"of \$x\_1\$" in markdown and r"a\|b\_c" in markdown and r"\<b\>" in markdown


def test_jupyter_shows_the_notes(katex: Any) -> None:
    """The nouns' rich forms are display mathematics that KaTeX accepts."""
    gradient = AFFINE.gradients["W"]
    shown = [AFFINE.program._repr_latex_(), gradient._repr_latex_()]
    assert all(s.startswith("$$\n") and s.endswith("\n$$") for s in shown)
    assert katex([s.strip("$\n") for s in shown]) == [None, None]
    assert katex([gradient.index._repr_latex_().strip("$")], display=False) == [None]
    assert AFFINE._repr_markdown_() == AFFINE.to_markdown()
