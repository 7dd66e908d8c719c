"""Pages of HTML: whole in one file, drawn by a real browser without a network, on a desk and on a phone."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest

import derive
from derive.outputs import render

NAMES = ("layer_norm", "two_layer_net", "max_pool2d", "lstm_cell")
OUTSIDE = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//""")


def page(name: str, **options: object) -> str:
    return render(derive.derive(derive.load(name)), "html", **options)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_fetched(name):
    text = page(name)
    assert not OUTSIDE.search(text)
    assert "XMLHttpRequest" not in text and "@import" not in text
    assert text.count("data:font/woff2;base64,") == 20 and "url(fonts/" not in text


def test_words_of_the_user_stay_words():
    text = render(
        derive.derive(derive.parse("layer f\n\"<script>alert('x')</script> & more.\"\nx: input; y = x**2")), "html"
    )
    assert "<script>alert" not in text and "&lt;script&gt;alert" in text


def test_japanese_says_that_it_is():
    assert '<html lang="ja">' in page("affine", language="ja")


@pytest.mark.parametrize("name", NAMES)
def test_a_browser_draws_every_formula_and_nothing_runs_off_the_page(name, tmp_path: Path, browser: ModuleType):
    file = tmp_path / "page.html"
    file.write_text(page(name, code="dW = X.T @ dU"), encoding="utf-8")
    count = file.read_text(encoding="utf-8").count('class="math')
    dom = browser.opened(file, tmp_path, 1100)
    assert 'class="katex-error"' not in dom and dom.count('class="katex"') == count
    assert int(re.findall("<title>width ([0-9]+)</title>", dom)[0]) <= 1100
    found = browser.measured(file, tmp_path, 360)
    assert (found["width"], found["scrolls"], found["off"]) == (360, 360, [])
    assert (found["formulas"], found["errors"]) == (count, 0)


def test_what_runs_off_a_narrow_page_is_noticed(tmp_path: Path, browser: ModuleType):
    """The measure itself: a formula too wide is off, unless its box scrolls."""
    for style, off in (("", True), ("overflow-x: auto", False)):
        file = tmp_path / "wide.html"
        box = f'<div style="{style}"><span style="display: inline-block; width: 500px">wide</span></div>'
        file.write_text(f"<!doctype html><body>{box}</body>", encoding="utf-8")
        assert bool(browser.measured(file, tmp_path, 360)["off"]) == off


def test_a_picture_of_it_is_not_blank(tmp_path: Path, browser: ModuleType):
    file = tmp_path / "page.html"
    file.write_text(page("affine"), encoding="utf-8")
    assert len(browser.picture(file, tmp_path, 500)) > 20_000
