"""The check of a layer: its code against every witness, on points chosen to be awkward, and how the code behaves."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from types import ModuleType

from codegen.gradcheck import conduct, kinks
from codegen.gradcheck.comparing import compare_gradients, compare_values
from codegen.gradcheck.points import Point, batch_of_one, folded, ordinary, other_hyperparameters
from codegen.gradcheck.report import WITNESSES, Checked, Finding, Note, Report, Witness
from codegen.gradcheck.subject import Subject, of_functions
from derive.chain_rule import derive
from derive.ledger import Derivation
from derive.program import Program

Found = Checked | Finding | Note


def check(
    layer: Program | Derivation,
    *,
    module: ModuleType | None = None,
    subject: Subject | None = None,
    seed: int = 0,
    points: int = 2,
    thorough: bool = True,
) -> Report:
    """Check code for a layer: by default the code that is generated for it.

    ``module``: a module with ``forward`` and ``backward`` in the generated shape; ``subject``: code of any other
    style (`codegen.gradcheck.subject`). ``points``: random points with pairwise different sizes. ``thorough``
    adds a batch of one, folded axes, other hyperparameters, kinks, and the laws of `codegen.gradcheck.conduct`.

    Errors: `derive.errors.CannotJudge` if no point is found where the layer has a value.
    """
    derivation = layer if isinstance(layer, Derivation) else derive(layer, upstream=layer.outputs)
    program = derivation.program
    tested = subject or of_functions(program, module or _built(program))
    chosen = list(ordinary(derivation, seed, points))
    if thorough:
        extra = (batch_of_one(derivation, seed), folded(derivation, seed), other_hyperparameters(derivation, seed))
        chosen += [p for p in extra if p is not None]
    found = [f for point in chosen for f in at_point(tested, derivation, point)]
    if thorough:
        found += conduct.findings(tested, chosen[0])
        found += at_kink(tested, derivation, seed) if kinks.any_within(chosen[0]) else ()
    return _gathered(tested.name, seed, found, len(chosen))


def _built(program: Program) -> ModuleType:
    from codegen.generate import build  # not needed to check code that is there

    return build(program)


def at_point(
    subject: Subject, derivation: Derivation, point: Point, witnesses: tuple[Witness, ...] = WITNESSES
) -> Iterator[Found]:
    """Values and gradients at one point; code that raises, or that makes NumPy warn, is a finding."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)
            outputs, gradients = subject.run(point.given, point.hyper, point.upstream)
    except Exception as error:  # the code under test may raise anything
        yield Finding("runs", f"{type(error).__name__}: {error}", point.label)
        return
    yield from compare_values(point, outputs)
    yield from compare_gradients(subject, derivation, point, gradients, witnesses)


def at_kink(subject: Subject, derivation: Derivation, seed: int) -> Iterator[Found]:
    """On a kink and right beside it.

    Beside it no central difference is taken, which would cross it; on it the derivation's formula, with the
    slope of the table, is the only witness, and the slopes of both sides the bounds.
    """
    kink = kinks.find(derivation, seed)
    if kink is None:
        yield Note("no kink was found that floating-point numbers can meet exactly")
        return
    for point in kink.beside:
        yield from at_point(subject, derivation, point, ("complex step", "derivation"))
    yield from at_point(subject, derivation, kink.at, ("derivation",))
    for message in kinks.outside(subject, kink):
        if kink.alone:
            yield Finding("lies between the slopes of both sides", message, kink.at.label)
        else:
            yield Note(f"several kinks meet {kink.at.label}: {message}")


def _gathered(name: str, seed: int, found: Iterable[Found], points: int) -> Report:
    """Of each array the first failure, or the least exact point; of each finding and note the first."""
    checked: dict[tuple[str, str], Checked] = {}
    findings: dict[tuple[str, str], Finding] = {}
    notes: dict[Note, None] = {}
    for here in found:
        match here:
            case Checked(kind, title):
                before = checked.setdefault((kind, title), here)
                if before.ok and (not here.ok or here.excess > before.excess):
                    checked[kind, title] = here
            case Finding(rule, message):
                findings.setdefault((rule, message), here)
            case Note():
                notes.setdefault(here)
    return Report(name, seed, points, tuple(checked.values()), tuple(findings.values()), tuple(n.text for n in notes))
