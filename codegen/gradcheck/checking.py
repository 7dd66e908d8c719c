"""The check of a layer: its code against every witness, on points chosen to be awkward, and how the code behaves."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from types import ModuleType

from codegen.gradcheck import conduct, kinks
from codegen.gradcheck.comparing import compare_gradients, compare_values
from codegen.gradcheck.gathering import Found, gathered
from codegen.gradcheck.points import Point, batch_of_one, folded, large, ordinary, other_hyperparameters
from codegen.gradcheck.report import WITNESSES, Checked, Finding, Note, Report, Witness
from codegen.gradcheck.subject import Subject, of_module
from derive.calculus.chain_rule import derive
from derive.ledger import Derivation
from derive.program import Program


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

    ``module``: a module in the shape of a generated one, of any style; ``subject``: any other code
    (`codegen.gradcheck.subject`). ``points``: random points with pairwise different sizes. ``thorough``
    adds a batch of one, folded axes, other hyperparameters, kinks, and the laws of `codegen.gradcheck.conduct`.

    Errors: `derive.errors.CannotJudge` if no point is found where the layer has a value.
    """
    derivation = layer if isinstance(layer, Derivation) else derive(layer, upstream=layer.outputs)
    program = derivation.program
    tested = subject or of_module(program, module or _built(program))
    chosen = list(ordinary(derivation, seed, points))
    if thorough:
        extra = (batch_of_one(derivation, seed), folded(derivation, seed), other_hyperparameters(derivation, seed))
        chosen += [p for p in extra if p is not None]
    found = [f for point in chosen for f in at_point(tested, derivation, point)]
    if thorough and not any(isinstance(f, Finding) for f in found):  # code that does not run has no manners
        found += at_large_inputs(tested, derivation, seed)
        found += conduct.findings(tested, chosen[0])
        found += at_kinks(tested, derivation, seed) if kinks.any_within(program) else ()
    return gathered(tested.name, seed, found, len(chosen))


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


def at_large_inputs(subject: Subject, derivation: Derivation, seed: int) -> Iterator[Found]:
    """Values and gradients must stay right and finite; differences have no digits left there."""
    point = large(derivation, seed)
    if point is not None:
        yield from at_point(subject, derivation, point, ("derivation",))


def at_kinks(subject: Subject, derivation: Derivation, seed: int) -> Iterator[Found]:
    """On kinks and right beside them.

    Beside one no central difference is taken, which would cross it; on it the derivation's formula, with the
    slope of the table, is the only witness, and the slopes of both sides the bounds.
    """
    met_exactly = False
    for kink in kinks.find(derivation, seed):
        for point in kink.beside:
            yield from at_point(subject, derivation, point, ("complex step", "derivation"))
        if kink.at is not None:
            met_exactly = True
            found = list(at_point(subject, derivation, kink.at, ("derivation",)))
            yield from found
            agrees = all(isinstance(f, Checked) and f.ok for f in found)
            yield from _between(subject, kink.at, kink.alone) if agrees else ()
    if not met_exactly:
        yield Note("no kink was found that floating-point numbers can meet exactly")


def _between(subject: Subject, at: Point, alone: bool) -> Iterator[Found]:
    """Where several kinks meet, the declared slopes of each need not make one of the whole."""
    for message in kinks.outside(subject, at):
        if alone:
            yield Finding("lies between the slopes of both sides", message, at.label)
        else:
            yield Note(f"several kinks meet {at.label}: {message}")
