"""The backward passes of a note's code against the truth: each gradient, and what backward does to what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from derive.effort import TooMuchWork, at_most
from derive.errors import ChainruleError
from derive.expression import ZERO, Access, Expr, Index, cotangent_name
from derive.judging.verdict import Claim, decide
from derive.reading.arrays import is_unit
from derive.reading.numpy_source.changes import KEPT_ATTRIBUTES
from derive.reading.numpy_source.edits import Edit, edits
from derive.reading.numpy_source.values import Unreadable
from derive.rewriting import tensors_in
from derive.verifying.code.backward import Fault, Gradient, gradients
from derive.verifying.code.listing import Listing, listing
from derive.verifying.code.passes import Layer, Passes, layers, passes
from derive.verifying.code.writing import written_into
from derive.verifying.located import Note, Place
from derive.verifying.report import Finding, Verdict

LAYER, REPAIR = 150_000, 150_000  # units of work
MOST = 300  # edits tried


@dataclass(frozen=True)
class Judged:
    """One gradient of one layer: whether it is right, what is wrong in words, and the line."""

    variable: str
    line: int
    holds: bool
    words: str = ""
    tier: str = ""
    known: bool = True  # False: the code is not understood


def findings_on_code(note: Note) -> list[Finding]:
    """What is said about the layers in the code of a note; nothing is executed."""
    code = listing(note.code)
    found: list[Finding] = []
    for layer in layers(code):
        try:
            with at_most(LAYER):
                found += _layer(layer, code, note.file)
        except (TooMuchWork, ChainruleError) as error:
            found.append(_finding(code, note.file, layer.backward.lineno, "cannot-judge", message=error.message))
    return found


def _layer(layer: Layer, code: Listing, file: str) -> Iterator[Finding]:
    best: tuple[Passes, list[Judged]] | None = None
    reason: ChainruleError | None = None
    for tried in passes(layer, code):
        try:
            judged = list(_judged(tried))
        except TooMuchWork:
            raise
        except ChainruleError as error:
            reason = reason or error
            continue
        if best is None or not _wrong(judged):
            best = (tried, judged)
        if not _wrong(judged):
            break
    if best is None:
        raise reason or Unreadable("its gradients are not understood")
    state, judged = best
    for j in judged:
        if j.holds:
            yield _finding(code, file, j.line, "correct", j.variable, reading=j.words, proved=j.tier)
        elif not j.known:
            yield _finding(code, file, j.line, "cannot-judge", j.variable, j.words)
        else:
            fix = _repair(state, j.variable)
            line, text = (j.line, "") if fix is None else (fix.line, fix.text)
            said = f"the gradient by {j.variable}: {j.words}" if j.variable else j.words
            yield _finding(code, file, line, "incorrect", j.variable, said, text, kind="code")
    place, name = written_into(layer.backward, layer.upstream)
    if place:
        said = f"the upstream gradient {layer.upstream} is written into: whoever passed it finds another one in it"
        told = f"{name} = {name}.copy()  # before this line"
        yield _finding(code, file, place, "incorrect", "", said, told, kind="in-place")


def _finding(
    code: Listing, file: str, line: int, verdict: Verdict, of: str = "", message: str = "", fix: str = "",
    proved: str = "", kind: str = "", reading: str = "",
) -> Finding:  # fmt: skip
    cell, number = code.places[line - 1]
    place = Place(file, number, number, cell)
    return Finding(place, code.line(line), verdict, 1, of, kind, message, fix, proved, reading)


def _wrong(judged: Sequence[Judged]) -> int:
    return sum(1 for j in judged if not j.holds and j.known)


def _judged(state: Passes) -> Iterator[Judged]:
    for variable, gradient in gradients(state, state.layer.backward).items():
        yield _verdict(state, variable, gradient)


def _verdict(state: Passes, variable: str, gradient: Gradient | Fault) -> Judged:
    if isinstance(gradient, Fault):
        return Judged(variable, gradient.line, False, gradient.words, known=gradient.misfit)
    indices = _indices(state, gradient)
    if indices is None:
        axes = ", ".join(a.name for a in gradient.array.axes)
        words = f"its shape is ({axes}), that of {variable} is ({_shape(state, variable)})"
        return Judged(variable, gradient.line, False, words)
    claim = _claim(state, gradient, indices)
    verdict = decide(claim, state.points)
    if not verdict.holds and state.lawful_points:
        lawful = decide(claim, state.lawful_points)
        if lawful.holds:
            return Judged(variable, gradient.line, True, "equal if the targets of each row sum to 1", lawful.tier)
    words = "" if verdict.holds else f"the values differ: {verdict.counterexample}"
    if not verdict.holds and not _uses(claim, cotangent_name(state.output)):
        words = f"the upstream gradient {state.layer.upstream} is ignored"
    return Judged(variable, gradient.line, verdict.holds, words, verdict.tier if verdict.holds else "")


def _uses(claim: Claim, name: str) -> bool:
    return isinstance(claim.right, Expr) and name in tensors_in(claim.right)


def _shape(state: Passes, variable: str) -> str:
    return ", ".join(a.name for a in state.program.tensor(variable).axes)


def _indices(state: Passes, gradient: Gradient) -> tuple[Index, ...] | None:
    """Letters for the axes of the variable; None if the gradient has other axes."""
    axes = state.program.tensor(gradient.variable).axes
    real = tuple(a for a in gradient.array.axes if not is_unit(a))
    if real != tuple(a for a in axes if not is_unit(a)):
        return None
    return tuple(Index(f"k{n}", a) for n, a in enumerate(axes))


def _claim(state: Passes, gradient: Gradient, indices: tuple[Index, ...]) -> Claim:
    letters = iter(i for i in indices if not is_unit(i.axis))
    at = tuple(ZERO if is_unit(a) else next(letters) for a in gradient.array.axes)
    left = Access(cotangent_name(gradient.variable), indices)
    return Claim(gradient.variable, state.layer.name, left, gradient.array.at(at), indices)


def _repair(state: Passes, variable: str) -> Edit | None:
    """The one small edit of backward with which the gradient by the variable is right."""
    setattr(state.layer.backward, KEPT_ATTRIBUTES, tuple(state.run.attributes))
    try:
        with at_most(REPAIR):
            for edit in islice(edits(state.layer.backward, state.layer.upstream, [variable]), MOST):
                if _right(state, edit, variable):
                    return edit
    except TooMuchWork:
        pass
    return None


def _right(state: Passes, edit: Edit, variable: str) -> bool:
    try:
        found = gradients(state, edit.tree)
        return variable in found and _verdict(state, variable, found[variable]).holds
    except TooMuchWork:
        raise
    except ChainruleError:
        return False
