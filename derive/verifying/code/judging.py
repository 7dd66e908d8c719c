"""The backward passes of a note's code against the truth: each gradient, and what backward does to what it is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from derive.effort import TooMuchWork, at_most
from derive.errors import ChainruleError
from derive.reading.numpy_source.changes import KEPT_ATTRIBUTES
from derive.reading.numpy_source.edits import Edit, edits
from derive.reading.numpy_source.values import Unreadable
from derive.verifying.code.backward import gradients
from derive.verifying.code.comparing import Judged
from derive.verifying.code.listing import Listing, listing
from derive.verifying.code.passes import Layer, Passes, layers, passes
from derive.verifying.code.writing import written_into
from derive.verifying.located import Note, Place
from derive.verifying.report import Finding, Verdict

LAYER, REPAIR = 150_000, 150_000  # units of work
MOST = 300  # edits tried


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
            judged = _judged(tried)
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
            yield _finding(code, file, j.line, "correct", state.called(j.variable), reading=j.words, proved=j.tier)
        elif not j.known:
            yield _finding(code, file, j.line, "cannot-judge", j.variable, j.words)
        else:
            fix = _repair(state, j.variable)
            line, text = (j.line, "") if fix is None else (fix.line, fix.text)
            name = state.called(j.variable)
            said = f"the gradient by {name}: {j.words}" if name else j.words
            yield _finding(code, file, line, "incorrect", name, said, text, kind="code")
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


def _judged(state: Passes) -> list[Judged]:
    """The gradients by what is given; those on the way where a mistake in one of them makes others wrong."""
    backward, given = state.layer.backward, {t.name for t in state.program.given}
    found = gradients(state, backward)
    last = [j for j in found.values() if j.variable in given or not j.variable]
    between = frozenset(j.variable for j in found.values() if j.variable not in given and not j.holds and j.known)
    right = [j for j in found.values() if j.variable not in given and j.holds]
    if not between or not _wrong(last):
        return [*right, *last]
    again = gradients(state, backward, between)
    now = [j for j in again.values() if j.variable in given or not j.variable]
    if _wrong(now) >= _wrong(last):
        return [*right, *last]
    return [*right, *(again[v] for v in again if v in between and not again[v].holds), *now]


def _repair(state: Passes, variable: str) -> Edit | None:
    """The one small edit of backward with which the gradient by the variable is right."""
    setattr(state.layer.backward, KEPT_ATTRIBUTES, tuple(state.run.attributes))
    try:
        with at_most(REPAIR):
            for edit in islice(edits(state.layer.backward, state.layer.upstream, [state.called(variable)]), MOST):
                if _right(state, edit, variable):
                    return edit
    except TooMuchWork:
        pass
    return None


def _right(state: Passes, edit: Edit, variable: str) -> bool:
    try:
        found = gradients(state, edit.tree, only=variable)
        return variable in found and found[variable].holds
    except TooMuchWork:
        raise
    except ChainruleError:
        return False
