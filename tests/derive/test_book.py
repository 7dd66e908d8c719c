"""The book: every chapter is reached, links lead somewhere, every formula of it is drawn."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

from derive.book import bound, chapters
from derive.library import names
from derive.notes.document import Display
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


def test_a_phone_shows_the_whole_library(tmp_path: Path, browser: ModuleType):
    """Every layer in one load: nothing runs off 360 px but in boxes that scroll by themselves."""
    documents = bound(chapters(names()))
    page = tmp_path / "book.html"
    page.write_text(html.of_documents(documents), encoding="utf-8")
    found = browser.measured(page, tmp_path, 360)
    assert (found["width"], found["scrolls"], found["off"], found["errors"]) == (360, 360, [], 0)
    assert found["formulas"] == page.read_text(encoding="utf-8").count('class="math')
    assert found["displays"] == sum(isinstance(b, Display) for d in documents for b in d.blocks)
