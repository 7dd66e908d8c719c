"""The whole library as one document: contents, a chapter for each layer and what it is made of, an index of symbols."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from derive import library
from derive.calculus.chain_rule import derive
from derive.ledger import Derivation
from derive.notes.document import (
    Document,
    Heading,
    Inline,
    Link,
    Maths,
    Paragraph,
    Spelled,
    Table,
    Text,
    Words,
    sentence,
)
from derive.notes.document import name as whole
from derive.notes.latex import one_line
from derive.notes.notes import notes
from derive.notes.phrases import Phrases, phrases


@dataclass(frozen=True)
class Chapter:
    """A layer's notes, under its name."""

    name: str
    derivation: Derivation
    document: Document


def chapters(names: Iterable[str] | None = None, **options: object) -> Iterator[Chapter]:
    """A chapter for each layer, those of the library if none are named; ``options`` as in `derive.notes.notes`."""
    for name in library.names() if names is None else names:
        derivation = derive(library.load(name))
        yield Chapter(name, derivation, notes(derivation, **options))  # type: ignore[arg-type]


def bound(found: Iterable[Chapter], language: str = "en") -> tuple[Document, ...]:
    """The book: its title and contents, the chapters, the index; each with its own spelling of names."""
    listed, words = tuple(found), phrases(language)
    return (
        Document(tuple(_contents(listed, words)), language=language),
        *(_chapter(chapter, {c.name for c in listed}, words) for chapter in listed),
        Document((Heading(1, (Words(words.index),)), _index(listed, words)), language=language),
    )


def _contents(listed: tuple[Chapter, ...], words: Phrases) -> Iterator[Heading | Paragraph | Table]:
    yield Heading(1, (Words(words.book),))
    yield Heading(2, (Words(words.contents),))
    rows = tuple(
        ((Link(c.name, c.name),), (Words(words.text(c.derivation.program.summary)),)) for c in listed
    )  # fmt: skip
    yield Table(((Words(words.name),), (Words(words.meaning),)), rows)


def _chapter(chapter: Chapter, known: set[str], words: Phrases) -> Document:
    """The notes, and after their title where each part has a chapter of its own."""
    title, *rest = chapter.document.blocks
    parts = dict.fromkeys(e.layer for e in chapter.derivation.program.equations if e.layer != chapter.name)
    links = _links((p for p in parts if p in known), words)
    before, after = words.made_of.split("{layers}")
    made_of = (Paragraph((*sentence(before), *links, *sentence(after))),) if links else ()
    document = chapter.document
    return Document((title, *made_of, *rest), document.names, document.language, anchor=chapter.name)


def _index(listed: tuple[Chapter, ...], words: Phrases) -> Table:
    """Every symbol with what it means, and in which chapters."""
    found: dict[tuple[str, str], list[Chapter]] = {}
    for chapter in listed:
        for tensor in chapter.derivation.program.tensors:
            spelled = one_line(whole(tensor.name).formula, chapter.document.names)
            meaning = words.text(tensor.meaning) or words.roles[tensor.role]
            found.setdefault((spelled, meaning), []).append(chapter)
    rows: list[tuple[Text, ...]] = []
    for (spelled, meaning), where in sorted(found.items(), key=lambda item: (item[0][0].lower(), item[0])):
        rows.append(((Maths(Spelled(spelled)),), (Words(meaning),), _links((c.name for c in where), words)))
    return Table(((Words(words.symbol),), (Words(words.meaning),), (Words(words.chapters),)), tuple(rows))


def _links(names: Iterable[str], words: Phrases) -> Text:
    found: list[Inline] = []
    for name in names:
        found += [Words(words.comma), Link(name, name)] if found else [Link(name, name)]
    return tuple(found)
