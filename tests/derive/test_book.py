"""The book: every chapter is reached, links lead somewhere, every formula of it is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from codegen.cli import run
from derive.book import bound, chapters
from derive.outputs import html

SOME = ("affine", "relu", "softmax_cross_entropy", "two_layer_net")


def test_links_lead_to_chapters_and_every_chapter_is_reached():
    text = html.of_documents(bound(chapters(SOME)))
    anchors = set(re.findall('<section id="([a-z_0-9]+)"', text))
    assert anchors == set(SOME) == set(re.findall('href="#([a-z_0-9]+)"', text))
    assert 'Made of <a href="#affine"><code>affine</code></a>, <a' in text


def test_the_index_says_what_each_symbol_means_and_where():
    *_, index = bound(chapters(SOME))
    text = html.section(index)
    row = next(row for row in text.split("<tr>") if '<span class="math">W_{1}</span>' in row)
    assert "two_layer_net" in row and "affine" not in row.replace("two_layer_net", "")


def test_in_japanese():
    first, *_ = bound(chapters(["affine"], language="ja"), "ja")
    assert "目次" in html.section(first)


def test_the_same_bytes_again():
    assert html.of_documents(bound(chapters(SOME))) == html.of_documents(bound(chapters(SOME)))


def test_a_browser_draws_the_whole_library(tmp_path: Path, browser: ModuleType):
    assert run(["book", "-o", str(tmp_path / "book"), "-d", "brief"]) == 0
    dom = browser.opened(tmp_path / "book" / "book.html", tmp_path, 500)
    assert 'class="katex-error"' not in dom
    assert int(re.findall("<title>width ([0-9]+)</title>", dom)[0]) <= 500
