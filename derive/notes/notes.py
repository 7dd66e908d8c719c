"""A derivation as notes: what the layer is, its symbols, the forward pass, each gradient step by step, a summary.

`notes` chooses and orders. What a gradient's lines are is said in `derive.notes.gradient_lines`, what a forward
equation's are in `derive.notes.forward_lines`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from derive.expression import Hyper
from derive.ledger import Derivation, Gradient
from derive.notes.conventions import conventions, named_gradients
from derive.notes.cost_lines import cost_blocks
from derive.notes.document import (
    Blank,
    Block,
    Code,
    Display,
    Document,
    Heading,
    Line,
    Listing,
    Maths,
    Paragraph,
    Picture,
    Shape,
    Table,
    Text,
    Words,
    name,
    sentence,
)
from derive.notes.example import example
from derive.notes.exercise import Exercise, blanked
from derive.notes.forward_lines import forward_blocks
from derive.notes.gradient_lines import gradient_blocks, result_line
from derive.notes.graph import graph
from derive.notes.literature import Place, cited, entries, in_words
from derive.notes.notation import Spelling, spelling
from derive.notes.numbers import worked
from derive.notes.phrases import Phrases
from derive.notes.respelling import respelled
from derive.notes.telling import Detail, Notation, Telling, telling
from derive.notes.worked_lines import worked_blocks
from derive.program import Law, Program, Tensor


def notes(
    derivation: Derivation,
    *,
    notation: Notation = "both",
    detail: Detail = "steps",
    profile: str = "partial",
    language: str = "en",
    values: Mapping[str, object] | None = None,
    exercise: str = "",
    solutions: bool = False,
    code: str = "",
    spell: Mapping[str, str] | None = None,
) -> Document:
    """The notes of a derivation.

    ``notation``: matrix, index or both. ``detail``: brief (results), steps (with reasons), full (every rewrite).
    ``profile``: a row of `derive.notes.notation`. ``language``: a row of `derive.notes.phrases`. ``values``: numbers
    for the worked example, see `derive.notes.numbers`; None: numbers are found where few are enough.
    ``exercise``: which lines are left blank, see `derive.notes.exercise`; ``solutions``: what belongs into the blanks
    instead. ``code``: generated code, to stand beside the summary. ``spell``: LaTeX for tensors by name.
    Errors: `ChainruleError` for an option's value that does not exist.
    """
    if spell:
        derivation = replace(derivation, program=respelled(derivation.program, spell))
    tell = telling(derivation, notation, detail, language)
    program, words = tell.program, tell.words
    gradients = tuple(g for g in derivation.all_gradients if g.name != tell.loss or g.name in derivation.wrt)
    sources = cited(derivation)
    backward = tuple(_backward(gradients, sources, tell))
    spelled = spelling(program, profile, tell.loss)
    if exercise:
        sheet = _exercise(blanked(backward, exercise, words), solutions, derivation, spelled, tell)
        return sheet if solutions else replace(sheet, blocks=(*sheet.blocks, *_references(sources, words)))
    world = worked(derivation, values) if values is not None else example(derivation) if detail != "brief" else None
    blocks = (
        Heading(1, sentence(words.title, name=Code(program.name))),
        *_statement(tell),
        Picture((Words(words.graph),), graph(derivation, values, profile)),
        Heading(2, (Words(words.backward),)),
        *named_gradients(derivation, spelled, words),
        *conventions(derivation, backward, tell),
        *backward,
        Heading(2, (Words(words.summary),)),
        Display(tuple(result_line(g, tell) for g in gradients)),
        *((Paragraph((Words(words.in_python),)), Listing("python", code.strip("\n"))) if code else ()),
        *(worked_blocks(derivation, world, tell) if world is not None else ()),
        *(cost_blocks(derivation, tell) if detail != "brief" else ()),
        *_references(sources, words),
    )
    return Document(blocks, spelled, language)


def _statement(tell: Telling) -> Iterator[Block]:
    """What the layer is: its sentence, its symbols, the forward equations."""
    program, words = tell.program, tell.words
    if program.summary:
        yield Paragraph((Words(words.text(program.summary)),))
    yield Heading(2, (Words(words.symbols),))
    yield _symbols(program, words)
    yield Heading(2, (Words(words.forward),))
    yield from forward_blocks(tell)


def _exercise(
    exercise: Exercise, solutions: bool, derivation: Derivation, spelled: Spelling, tell: Telling
) -> Document:
    """The exercise, or its solutions, without what would give them away."""
    words, name = tell.words, Code(tell.program.name)
    title = words.solutions if solutions else words.exercise
    answers = tuple(block for number, line in exercise.answers.items() for block in _answer(number, line))
    shown = answers if solutions else exercise.blocks
    blocks = (
        Heading(1, sentence(title, name=name)),
        *_statement(tell),
        Heading(2, (Words(words.backward),)),
        *(() if solutions else (Paragraph(sentence(words.fill_in, count=str(len(exercise.answers)))),)),
        *named_gradients(derivation, spelled, words),
        *conventions(derivation, shown, tell),
        *shown,
    )
    return Document(blocks, spelled, words.language)


def _answer(number: int, line: Line) -> tuple[Paragraph, Display]:
    return Paragraph((Maths(Blank(number)),)), Display((line,))


def _symbols(program: Program, words: Phrases) -> Table:
    header = tuple((Words(w),) for w in (words.symbol, words.in_code, words.shape, words.meaning))
    rows = [_symbol_row(tensor, words) for tensor in program.tensors]
    for hyper in program.hyperparameters:
        meaning = sentence(words.hyperparameter, value=Maths(hyper.default))
        rows.append(((Maths(Hyper(hyper.name)),), (Code(hyper.name),), (Words(words.scalar),), meaning))
    return Table(header, tuple(rows))


def _symbol_row(tensor: Tensor, words: Phrases) -> tuple[Text, ...]:
    shape: Text = (Maths(Shape(tensor.axes)),) if tensor.axes else (Words(words.scalar),)
    meaning: list[Text] = [(Words(words.text(tensor.meaning) or words.roles[tensor.role]),)]
    meaning += [_law(law, words) for law in tensor.laws]
    if tensor.integer:
        meaning.append((Words(words.integer),))
    joined: Text = meaning[0]
    for part in meaning[1:]:
        joined = (*joined, Words(words.comma), *part)
    return (name(tensor.name),), (Code(tensor.name),), shape, joined


def _law(law: Law, words: Phrases) -> Text:
    if law.kind == "symmetric" or law.axis is None:
        return (Words(words.symmetric),)
    if law.kind == "one-hot" or law.value is None:
        return sentence(words.one_hot, axis=Code(law.axis.name))
    return sentence(words.law_sum, value=Maths(law.value), axis=Code(law.axis.name))


def _backward(
    gradients: tuple[Gradient, ...], sources: Mapping[str, tuple[Place, ...]], tell: Telling
) -> Iterator[Block]:
    """One numbered section for each gradient, in the order computed."""
    for count, gradient in enumerate(gradients, 1):
        yield Heading(3, sentence(tell.words.gradient_by, operand=name(gradient.name)), f"{count}.")
        yield from gradient_blocks(gradient, tell)
        if sources[gradient.name]:
            yield Paragraph(sentence(tell.words.literature, places=in_words(sources[gradient.name], tell.words)))


def _references(sources: Mapping[str, tuple[Place, ...]], words: Phrases) -> Iterator[Block]:
    """The sources that are cited, under their heading."""
    listed = [place for places in sources.values() for place in places]
    if listed:
        yield Heading(2, (Words(words.references),))
    for entry in entries(listed):
        yield Paragraph((Words(entry),))
