"""Every word of the notes that a reader sees, in one file a language: ``languages/en.toml`` and its translations.

A language is added as one more file. Its ``[phrases]``, ``[roles]`` and ``[places]`` (in a book) are those of
English, with the same words in braces; ``[texts]`` maps what the ledger and the library say in English, reasons,
summaries and meanings, to its own words, ``{name}`` in them for any name. What is not there stays English.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from derive.errors import UnknownName
from derive.ledger import Step

SUFFIX = ".toml"
NAME = "{name}"  # in a text: any name


@dataclass(frozen=True)
class Phrases:
    """The words of one language; ``texts`` translates whole English texts."""

    language: str
    title: str
    symbols: str
    symbol: str
    in_code: str
    shape: str
    meaning: str
    scalar: str
    one_hot: str
    law_sum: str
    symmetric: str
    integer: str
    hyperparameter: str
    forward: str
    graph: str
    stop: str
    ranges: str
    row_repeated: str
    column_repeated: str
    ones: str
    own_function: str
    backward: str
    given: str
    loss: str
    through_time: str
    same_shape: str
    error_signal: str
    gradient_name: str
    kronecker: str
    iverson: str
    slope_taken: str
    slope_chosen: str
    ties_of_two: str
    ties_of_entries: str
    branch_taken: str
    share: str
    gradient_by: str
    forward_line: str
    local_derivative: str
    chain_rule: str
    through: str
    gradients_in: str
    equations_in: str
    in_matrix: str
    has_shape: str
    jacobian: str
    tangents: str
    tangent: str
    summary: str
    numbers: str
    matrices: str
    name: str
    value: str
    gradient: str
    cost: str
    operations: str
    kept: str
    nothing_kept: str
    comma: str
    exercise: str
    solutions: str
    fill_in: str
    in_python: str
    book: str
    contents: str
    chapters: str
    index: str
    made_of: str
    literature: str
    references: str
    between_sources: str
    roles: Mapping[str, str]
    places: Mapping[str, str]
    texts: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def text(self, english: str) -> str:
        """What the ledger or the library says, in this language if it has words for it."""
        if english in self.texts:
            return self.texts[english]
        for pattern, words in self.texts.items():
            before, place, after = pattern.partition(NAME)
            if place and english.startswith(before) and english.endswith(after):
                return words.replace(NAME, english[len(before) : len(english) - len(after)])
        return english

    def reason(self, step: Step) -> str:
        """Why the step holds."""
        return self.text(step.reason)


PHRASES = tuple(f.name for f in fields(Phrases) if f.name not in ("language", "roles", "places", "texts"))


def languages() -> tuple[str, ...]:
    """The languages that the notes can be in: the files of the folder."""
    folder = files("derive.notes").joinpath("languages")
    return tuple(sorted(f.name.removesuffix(SUFFIX) for f in folder.iterdir() if f.name.endswith(SUFFIX)))


@cache
def phrases(language: str) -> Phrases:
    """The words of a language."""
    if language not in languages():
        raise UnknownName(f"no language {language!r}", hint=f"there are {', '.join(languages())}")
    file = files("derive.notes").joinpath("languages").joinpath(language + SUFFIX)
    said = tomllib.loads(file.read_text(encoding="utf-8"))
    texts = MappingProxyType(said.get("texts", {}))
    words = {p: said["phrases"][p] for p in PHRASES}
    roles, places = (MappingProxyType(said[table]) for table in ("roles", "places"))
    return Phrases(language=language, **words, roles=roles, places=places, texts=texts)
