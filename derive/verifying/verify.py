"""A note judged from beginning to end: symbols, forward pass, truth, and a verdict on every relation."""

from __future__ import annotations

from derive.effort import TooMuchWork, at_most
from derive.verifying.claims.model import Model
from derive.verifying.claims.reader import Reader
from derive.verifying.code.judging import findings_on_code
from derive.verifying.declarations import FORM
from derive.verifying.diagnosis.diagnose import stock_of
from derive.verifying.diagnosis.missing import missing
from derive.verifying.located import Note
from derive.verifying.passed_on import contradictions
from derive.verifying.report import Finding, Report
from derive.verifying.turns import Turn, turns

NOTE, EACH, MISSING = 400_000, 6_000, 100_000  # units of work: for all, for each formula more, for what is left out


def verify(note: Note, *, symbols: str = "", forward: str | None = None) -> Report:
    """The report on a note. ``symbols`` is a further block of declarations, ``forward`` names a layer.

    Errors: `ChainruleError` for declarations that cannot be read.
    """
    findings: list[Finding] = []
    turn: Turn | None = None
    for_all = False
    with at_most(NOTE + EACH * len(note.formulas)):
        for turn in turns(note, symbols, forward):
            findings = with_layer(findings, turn.findings(), turn.step.layer)
            for_all = for_all or bool(turn.step.layer)
    code = [*findings_on_code(note), *contradictions(note)]
    if turn is None:
        return Report(note.file, "", {}, tuple(code))
    last = turn.model
    left_out = () if for_all else _missing(last, findings, turn.reader)
    known = {n: tuple(_axis(last, a) for a in axes) for n, axes in last.shapes.symbols.items()}
    told = (
        tuple(sorted((*findings, *code), key=lambda f: (f.place.cell or 0, f.place.first))) if code else tuple(findings)
    )
    return Report(note.file, _convention(last), known, tuple(told), left_out, _requests(findings))


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


def _convention(model: Model) -> str:
    return {"row": "samples are rows", "column": "samples are columns", "": ""}[model.shapes.batch]


def _requests(findings: list[Finding]) -> tuple[str, ...]:
    """What to declare so that more can be judged, with the form of the block."""
    start = "nothing says what "
    names = dict.fromkeys(f.message.removeprefix(start).split(" ")[0] for f in findings if f.message.startswith(start))
    if not names:
        return ()
    return (f"to have more judged, say in the note or with --symbols what {', '.join(names)} is, as in\n{FORM}",)


def _missing(model: Model, findings: list[Finding], reader: Reader) -> tuple[str, ...]:
    try:
        with at_most(MISSING):
            return _left_out(model, findings, reader)
    except TooMuchWork:
        return ()


def _left_out(model: Model, findings: list[Finding], reader: Reader) -> tuple[str, ...]:
    sides = [s for step in reader.steps for s in (step.left, step.right) if s is not None]
    unit = reader.note.units[0].text if len(reader.note.units) == 1 else ""
    stated = [f.gradient_of for f in findings if f.gradient_of and f.verdict in ("correct", "incorrect")]
    return missing(model, stated, stock_of(sides, (), model), unit)
