"""Typst and PDF: every formula has a translation, every page holds what is on it, nothing is looked up outside."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import derive
from codegen.cli import run
from derive.book import bound, chapters
from derive.errors import CannotJudge
from derive.notes.notation import TABLE as PROFILES
from derive.notes.typst_maths import maths
from derive.outputs import pdf, render, rendered, typst
from derive.reading.spelling import SYMBOLS, WITH_ARGUMENT
from derive.scalar_functions import TABLE as FUNCTIONS

MARGIN, PAGE, FOOT = 62.3, 595.3, 815.0  # 2.2 cm, the width of A4, and the lower edge of the page number, in points
AFFINE = derive.derive(derive.load("affine"))
AWKWARD = r"""
layer awkward
"100% = #raw $x_1$ *b* `c` <d> @e // no /* comment */ [f] \g -- 1. - + ~ 重み Привет"
x: input [N, D] "a_b"
w: param [D] "#panic()"
y[n] = sum[d](x[n, d] * w[d])
"""


def compiled(source: str) -> tuple[bytes, list[str]]:
    """The PDF of a text in Typst, and the warnings that are not about fonts that another machine may have."""
    import typst as compiler

    made, warnings = compiler.compile_with_warnings(source.encode(), timestamp=0)
    return made, [w.message for w in warnings if not w.message.startswith("unknown font family")]


def test_all_that_a_spelling_may_hold_has_a_translation_that_compiles(pages: ModuleType) -> None:
    shown = [maths(rf"\{name}") for name in SYMBOLS.split()] + [maths(rf"\{sign}") for sign in ",;:!|"]
    shown += [maths(rf"\{name}{{{letter}}}_{{1}}'") for name in WITH_ARGUMENT.split() for letter in ("W", "ab", "xi")]
    shown += [maths(f.latex) for f in FUNCTIONS.values()]
    shown += [maths(x) for x in (r"{W_{1}}_{d}", "a.b|c+-*/=<>(x)[y]", r"\hat{\bm{W}}^{[l]}_{1,d}''", r"x^2_12")]
    made, warnings = compiled("".join(f"${formula}$ \\\n" for formula in shown))
    assert warnings == [] and made.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"\frac{1}{N} \sum_{n,d} \hat{X}_{nd}", r"frac(1, N) sum_(n \, d) hat(X)_(n d)"),
        (r"\mathit{apple} x_{\mathrm{price}}", 'italic("apple")x_(upright("price"))'),
        (r"\left. \frac{x}{y} \right|_{z}", "lr(frac(x, y) bar.v)_(z)"),
        (r"{\left\lvert x \right\rvert}^{2}", 'attach(lr(bar.v x bar.v), tr: "")^(2)'),
        (r'\text{a \& b of $\Sigma$ \textbackslash "q"} c', r'"a & b of "Sigma" \\\"q\""c'),
        (r"x^2_12", "x_(1)^(2) 2"),
    ],
)
def test_a_formula_is_translated(latex: str, expected: str) -> None:
    assert maths(latex) == expected


@pytest.mark.parametrize("latex", [r"\input{x}", r"x }", r"\unknown"])
def test_what_has_no_translation_is_refused(latex: str) -> None:
    with pytest.raises(ValueError, match=r"no Typst|without what opens it"):
        maths(latex)


def outside(words: Iterable[Any]) -> list[Any]:
    """The words that leave the margins; a full stop of Japanese is half empty, and may hang out by that half."""
    return [w for w in words if w.left < MARGIN - 2 or w.right > PAGE - MARGIN + (6 if w.text[-1] in "。、" else 2)]


@pytest.mark.parametrize(
    "options",
    [{"language": "en", "detail": "full"}, {"language": "ja", "notation": "both", "profile": "d-square"}],
    ids=["en", "ja"],
)
def test_the_book_of_the_library_stays_on_its_pages(options: dict[str, str], pages: ModuleType) -> None:
    """Every layer with all its steps, compiled at once: the contents name the pages where the chapters begin."""
    source = typst.of_documents(bound(chapters(**options), options["language"]))
    made, warnings = compiled(source)
    assert warnings == []
    words = pages.words(made)
    assert outside(words) == [] and max(w.bottom for w in words) < FOOT
    fonts = pages.fonts(made)
    assert all(fonts.values())
    assert any("Mincho" in name or "CJK" in name for name in fonts) == (options["language"] == "ja")
    titles = {w.text.rstrip(":：").partition("：")[0]: w.page for w in words if w.top < 80 and w.left < MARGIN + 2}
    contents = " ".join(w.text for w in words if w.page < 5)
    for name in derive.names():
        assert f"({titles[name]})" in contents


@pytest.mark.parametrize("profile", PROFILES)
def test_every_notation_compiles(profile: str, pages: ModuleType) -> None:
    some = chapters(("layer_norm", "lstm_cell", "apples_and_oranges", "flatten"), profile=profile, notation="both")
    made, warnings = compiled(typst.of_documents([chapter.document for chapter in some]))
    assert warnings == [] and outside(pages.words(made)) == []


def test_blanks_and_code_compile(pages: ModuleType) -> None:
    code = "def forward(X):\n    return X  # x_1\n"
    made = [compiled(render(AFFINE, "typst", **options)) for options in ({"exercise": "results"}, {"code": code})]
    blanks, listing = (" ".join(w.text for w in pages.words(pdf)) for pdf, _ in made)
    assert "( 1 )" in blanks and "return X # x_1" in listing
    assert [warnings for _, warnings in made] == [[], []]


def test_words_of_the_user_stay_words(pages: ModuleType) -> None:
    program = derive.parse(AWKWARD)
    made = rendered(derive.derive(program), "pdf")
    assert isinstance(made, bytes)
    text = "".join(w.text for w in pages.words(made)).replace("&lt;", "<").replace("&gt;", ">")
    for word in program.summary.replace('"', "").replace("--", "").split():
        assert word.strip("\\") in text.replace("“", "").replace("”", "")
    assert "#panic()" in text


def test_the_same_bytes_again(pages: ModuleType) -> None:
    first = rendered(AFFINE, "pdf", origin="here")
    assert first == rendered(AFFINE, "pdf", origin="here")
    assert isinstance(first, bytes) and first.endswith(b"\n% here\n")


def test_japanese_without_a_font_cannot_be_printed(monkeypatch: pytest.MonkeyPatch, pages: ModuleType) -> None:
    monkeypatch.setattr(typst, "SERIF", ("No Such Font",))
    monkeypatch.setattr(typst, "BOLD", ())
    with pytest.raises(CannotJudge, match="needs a font") as error:
        rendered(AFFINE, "pdf", language="ja")
    assert "fonts-ipaexfont" in str(error.value) and error.value.exit_code == 3
    assert rendered(AFFINE, "pdf")


def test_without_a_compiler_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run(["derive", "affine", "-o", str(tmp_path / "a.pdf")]) == 3
    with pytest.raises(CannotJudge, match="neither is here") as error:
        rendered(AFFINE, "pdf")
    assert "pip install typst" in str(error.value)


def test_tex_makes_it_where_typst_is_not(monkeypatch: pytest.MonkeyPatch, tex: Any) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda name: None)
    first = rendered(AFFINE, "pdf")
    assert isinstance(first, bytes) and first.startswith(b"%PDF") and first == rendered(AFFINE, "pdf")


def test_a_file_of_someone_else_is_kept(tmp_path: Path, pages: ModuleType) -> None:
    mine, yours = tmp_path / "mine.pdf", tmp_path / "yours.pdf"
    assert run(["derive", "affine", "-o", str(mine)]) == 0
    assert run(["derive", "affine", "-d", "brief", "-o", str(mine)]) == 0, "ours may be written again"
    yours.write_bytes(b"%PDF-1.7\n...")
    assert run(["derive", "affine", "-o", str(yours)]) == 2
    assert yours.read_bytes() == b"%PDF-1.7\n..."


def test_letters_without_a_font_do_not_stop_pdflatex(tex: Any) -> None:
    compiled = tex(render(derive.derive(derive.parse(AWKWARD)), "latex", standalone=True))
    text = subprocess.run(["pdftotext", compiled.pdf, "-"], capture_output=True, check=True, timeout=60).stdout.decode()
    assert "U+91CD" in text


@pytest.mark.parametrize("engine", ["lualatex", "uplatex"])
def test_latex_in_japanese(engine: str, japanese_tex: Any) -> None:
    """With both engines that its preamble knows; nothing is wider than the page by more than 2 pt."""
    derivation = derive.derive(derive.load("layer_norm"))
    source = render(derivation, "latex", standalone=True, language="ja", detail="full")
    done = japanese_tex(source, engine=engine)
    assert [line for line in done.overfull if float(re.findall(r"\(([\d.]+)pt", line)[0]) > 2] == []
