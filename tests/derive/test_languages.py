"""The languages of the notes: each says all that English says, with the same places, and translates every text."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from string import Formatter

import pytest

import derive
from derive import library
from derive.errors import UnknownName
from derive.notes.notes import notes
from derive.notes.phrases import PHRASES, languages, phrases

TRANSLATIONS = [language for language in languages() if language != "en"]


def places(phrase: str) -> set[str]:
    return {place for _, place, _, _ in Formatter().parse(phrase) if place is not None}


@pytest.mark.parametrize("language", languages())
def test_a_language_says_all_and_nothing_else(language):
    file = files("derive.notes").joinpath("languages").joinpath(f"{language}.toml")
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    assert set(said["phrases"]) == set(PHRASES)
    for phrase in PHRASES:
        assert places(said["phrases"][phrase]) == places(getattr(phrases("en"), phrase)), phrase
    assert set(said["roles"]) == set(phrases("en").roles)
    assert set(said["places"]) == set(phrases("en").places)
    assert all(places(said["places"][kind]) == {"source", "number"} for kind in said["places"])


@pytest.mark.parametrize("language", TRANSLATIONS)
@pytest.mark.parametrize("name", library.names())
def test_every_text_of_the_library_and_every_reason_is_translated(language, name):
    words, derivation = phrases(language), derive.derive(library.load(name))
    texts = {derivation.program.summary, *(t.meaning for t in derivation.program.tensors)}
    steps = [step for gradient in derivation.all_gradients for step in gradient.steps if step.rule != "chain_rule"]
    missing = sorted(text for text in {*texts, *(s.reason for s in steps)} if text and words.text(text) == text)
    assert not missing


def test_no_english_word_is_left_in_japanese():
    text = derive.derive(library.load("layer_norm")).to_markdown(language="ja")
    for word in ("Symbol", "Shape", "forward", "Gradient", "chain rule", "Cost", "numbers", "sample"):
        assert word not in text.replace("layer_norm", "")


def test_an_unknown_language_is_refused():
    with pytest.raises(UnknownName, match="no language 'tlh'") as caught:
        notes(derive.derive(library.load("add")), language="tlh")
    assert "en, ja" in caught.value.hint
