"""A note judged from beginning to end: symbols, forward pass, truth, and a verdict on every relation."""

from __future__ import annotations

from derive.verifying.claims.definitions import definition, with_names, with_signals
from derive.verifying.claims.layers import unrolled
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader, agrees, model_of
from derive.verifying.claims.sections import sections
from derive.verifying.claims.steps import steps
from derive.verifying.claims.vocabulary import generic_of, lexicon_of, losses_of, sizes_of, spoken_shapes
from derive.verifying.declarations import FORM
from derive.verifying.diagnosis.diagnose import stock_of
from derive.verifying.diagnosis.missing import missing
from derive.verifying.findings import finding
from derive.verifying.located import Note
from derive.verifying.report import Finding, Report
from derive.verifying.symbols import known_symbols


def verify(note: Note, *, symbols: str = "", forward: str | None = None) -> Report:
    """The report on a note. ``symbols`` is a further block of declarations, ``forward`` names a layer.

    Errors: `ChainruleError` for declarations that cannot be read.
    """
    found = unrolled(steps(note))
    said = known_symbols(note, symbols, forward)
    words = lexicon_of(found, said)
    spoken_shapes(found, words, said)
    stated = {e.name for e in said.program.equations} if said.program is not None else set()
    candidates = {
        k: d
        for k, s in enumerate(found)
        if s.first and (d := definition(s, words)) is not None and d.name not in stated
    }
    candidates = with_names(with_signals(candidates, words))
    reader = Reader(
        note, words, candidates, found, said, losses_of(found, words), generic_of(found, words), sizes_of(found)
    )
    findings: list[Finding] = []
    last: Model | None = None
    place = 0
    for section in sections(found, candidates, words, lambda d, lines: agrees(d, lines, reader)):
        last = model_of(section, reader)
        for step in section.steps:
            told = list(finding(step, candidates.get(place), last, section, reader))
            findings = with_layer(findings, told, step.layer)
            place += 1
    for_all = any(s.layer for s in found)
    left_out = _missing(last, findings, reader) if last is not None and not for_all else ()
    known = {n: tuple(_axis(last, a) for a in axes) for n, axes in last.shapes.symbols.items()} if last else {}
    return Report(note.file, _convention(last), known, tuple(findings), left_out, _requests(findings))


ORDER = ("incorrect", "cannot-judge", "correct", "update-rule", "definition")


def with_layer(findings: list[Finding], told: list[Finding], layer: int) -> list[Finding]:
    """The findings with those on one more layer: of one formula for all layers the worst verdict counts."""
    made = list(findings)
    for new in told:
        same = [k for k, f in enumerate(made) if layer > 0 and _same(f, new)]
        if not same:
            made.append(new)
        elif ORDER.index(new.verdict) < ORDER.index(made[same[-1]].verdict):
            made[same[-1]] = new
    return made


def _same(one: Finding, other: Finding) -> bool:
    return (one.place, one.latex, one.relation) == (other.place, other.latex, other.relation)


def _axis(model: Model, axis: int) -> str:
    return model.shapes.names.get(model.shapes.root(axis), "1")


def _convention(model: Model | None) -> str:
    if model is None:
        return ""
    return {"row": "samples are rows", "column": "samples are columns", "": ""}[model.shapes.batch]


def _requests(findings: list[Finding]) -> tuple[str, ...]:
    """What to declare so that more can be judged, with the form of the block."""
    start = "nothing says what "
    names = dict.fromkeys(f.message.removeprefix(start).split(" ")[0] for f in findings if f.message.startswith(start))
    if not names:
        return ()
    return (f"to have more judged, say in the note or with --symbols what {', '.join(names)} is, as in\n{FORM}",)


def _missing(model: Model, findings: list[Finding], reader: Reader) -> tuple[str, ...]:
    sides = [s for step in reader.steps for s in (step.left, step.right) if s is not None]
    unit = reader.note.units[0].text if len(reader.note.units) == 1 else ""
    stated = [f.gradient_of for f in findings if f.gradient_of and f.verdict in ("correct", "incorrect")]
    return missing(model, stated, stock_of(sides, (), model), unit)
