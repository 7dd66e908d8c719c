"""The steps of a note one by one, each with what is known when its turn comes; another formula may stand there instead.

Judging one formula anew costs a thousandth of judging the note: names, forward pass, truth and points stay.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, replace

from derive.effort import TooMuchWork, at_most
from derive.verifying.charitable import settled
from derive.verifying.claims.activations import one_activation
from derive.verifying.claims.averages import with_ends
from derive.verifying.claims.bracketed import with_indices_below
from derive.verifying.claims.counting import count
from derive.verifying.claims.definitions import Definition, definition, with_signals
from derive.verifying.claims.depending import without_arguments
from derive.verifying.claims.differentials import in_differentials
from derive.verifying.claims.fixed import of_one_sample
from derive.verifying.claims.layers import unrolled
from derive.verifying.claims.lettered import told_apart
from derive.verifying.claims.mentions import differentiated_by, generic_of, losses_of, numbered, sizes_of
from derive.verifying.claims.model import Model
from derive.verifying.claims.naming import with_names
from derive.verifying.claims.open_losses import with_open_losses
from derive.verifying.claims.reader import Reader, agrees, model_of
from derive.verifying.claims.restated import solved, with_arguments, with_circle, with_expressions
from derive.verifying.claims.sections import Section, sections
from derive.verifying.claims.solutions import without_inverses, without_solutions
from derive.verifying.claims.spoken import spoken_laws, spoken_shapes, with_columns
from derive.verifying.claims.steps import Step, implied, of_formula, steps
from derive.verifying.claims.turned import turned
from derive.verifying.claims.twice import hessians
from derive.verifying.claims.vocabulary import lexicon_of
from derive.verifying.findings import finding
from derive.verifying.latex.reading import read
from derive.verifying.located import Note
from derive.verifying.report import Finding
from derive.verifying.symbols import known_symbols

SECTION = 500_000  # units of work to choose what a section leaves open


@dataclass(frozen=True)
class Turn:
    """A step, what it may define, and the state of the reading just before it. Judging it moves that state on."""

    step: Step
    candidate: Definition | None
    model: Model
    section: Section
    reader: Reader

    def findings(self) -> list[Finding]:
        """What is said about the step: nothing about a symbol that is only mentioned."""
        return list(finding(self.step, self.candidate, self.model, self.section, self.reader))

    def instead(self, source: str) -> Turn:
        """The turn of the same relation in another spelling of its formula; judging it changes nothing for others.

        ``source`` stands for the whole formula (the line). It takes no part in what the note defines, so it must not
        be one of the lines that the forward pass is made of. Raises `ValueError` if it has no such relation.
        """
        old = self.step.formula
        text = f"{self.reader.note.units[old.unit].text}\n"
        lines = read(text + source, len(text))
        if len(lines) != 1:
            raise ValueError(f"one line was expected, not {len(lines)}")
        formula = replace(old, source=source, span=lines[0].span, parts=lines[0].parts)
        start = replace(self.step, formula=formula)
        found = [s for s in of_formula(formula, start) if (s.part, s.number) == (self.step.part, self.step.number)]
        if not found:
            raise ValueError("the formula has no such relation")
        step = replace(found[0], layer=self.step.layer)
        return Turn(step, None, self.model.apart(), self.section, _apart(self.reader, self.step, step, text + source))


def _apart(reader: Reader, old: Step, new: Step, text: str) -> Reader:
    """A reader of its own, in whose note the one step is another one."""
    made = copy(reader)
    units = list(reader.note.units)
    units[old.formula.unit] = replace(units[old.formula.unit], text=text)
    made.note = replace(reader.note, units=tuple(units))
    made.steps = tuple(new if s is old else s for s in reader.steps)
    made.gradients, made.hypers, made.patterns = dict(reader.gradients), dict(reader.hypers), dict(reader.patterns)
    made.relabelled, made.models = dict(reader.relabelled), dict(reader.models)
    made.undecided, made.failed, made.held = set(reader.undecided), [], dict(reader.held)
    return made


def turns(note: Note, symbols: str = "", forward: str | None = None) -> Iterator[Turn]:
    """The turns of all steps, in reading order; each is to be judged before the next one is asked for.

    Errors: `ChainruleError` for declarations that cannot be read.
    """
    told = with_arguments(solved(with_circle(with_expressions(one_activation(steps(note))))))
    plain = turned(without_arguments(with_indices_below(told)))
    alone = of_one_sample(hessians(plain))
    found = unrolled(with_open_losses(implied(told_apart(with_ends(alone)))))
    said = known_symbols(note, symbols, forward)
    words = with_columns(note, lexicon_of(found, said))
    spoken_shapes(found, words, said)
    spoken_laws(note, words, said)
    count(found, words, said)
    stated = {e.name for e in said.program.equations} if said.program is not None else set()
    candidates = {
        k: d
        for k, s in enumerate(found)
        if s.first and (d := definition(s, words)) is not None and d.name not in stated
    }
    candidates = with_names(with_signals(without_solutions(without_inverses(candidates, words), found, words), words))
    first = reader = Reader(
        note,
        words,
        candidates,
        found,
        said,
        losses_of(found, words),
        generic_of(found, words),
        sizes_of(found),
        differentiated_by(found, words),
        numbered(found, words),
        differential=in_differentials(found, words, losses_of(found, words)),
    )
    place = 0
    for section in sections(found, candidates, words, lambda d, lines: agrees(d, lines, first)):
        section, known, reader = _opened(section, place, reader)
        for step in section.steps:
            yield Turn(step, candidates.get(place), known, section, reader)
            place += 1


def _opened(section: Section, place: int, reader: Reader) -> tuple[Section, Model, Reader]:
    """The section with its model, and what it leaves open chosen; without its lines if they take too much work."""
    try:
        with at_most(SECTION):
            reader = settled(section, place, reader)
        return section, model_of(section, reader), reader
    except TooMuchWork:
        without = Section(section.steps, ())
        return without, model_of(without, reader), reader
