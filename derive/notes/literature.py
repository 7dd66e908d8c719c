"""Where the literature states a gradient: the rows of ``literature.toml``, recognised by their forward equations."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from derive.calculus.recognising import Found, Readers, readers, recognised
from derive.expression import cotangent_name, is_cotangent
from derive.ledger import Derivation, Gradient
from derive.notes.phrases import Phrases
from derive.program import Equation, Program
from derive.reading import parse
from derive.recurrence import in_order
from derive.rewriting import tensors_in


@dataclass(frozen=True)
class Place:
    """A source by its key, and where in it: ``kind`` is section, equation, chapter or appendix, or "" for all of it."""

    source: str
    kind: str = ""
    number: str = ""


@dataclass(frozen=True)
class Form:
    """A row: known equations (None: the recurrences) whose gradients ``by`` these tensors the places state."""

    equations: Program | None
    by: tuple[str, ...]
    upstream: tuple[str, ...]
    batch: bool
    places: tuple[Place, ...]


@cache
def _rows() -> dict[str, object]:
    return tomllib.loads(files("derive.notes").joinpath("literature.toml").read_text(encoding="utf-8"))


@cache
def sources() -> dict[str, tuple[str, str]]:
    """Each source by its key: authors and year, and the whole entry."""
    listed = _rows()["sources"]
    assert isinstance(listed, dict)
    return {key: (short, whole) for key, (short, whole) in listed.items()}


@cache
def forms() -> tuple[Form, ...]:
    """The rows, in order."""
    listed = _rows()["forms"]
    assert isinstance(listed, list)
    return tuple(map(_form, listed))


def _form(row: dict[str, object]) -> Form:
    equations = None if row.get("recurrent") else parse(str(row["equations"]))
    by, upstream, places = (_strings(row.get(key, [])) for key in ("by", "upstream", "sources"))
    if equations is not None and not upstream:
        upstream = equations.outputs
    return Form(equations, by, upstream, bool(row.get("batch")), tuple(Place(*place.split()) for place in places))


def _strings(listed: object) -> tuple[str, ...]:
    assert isinstance(listed, list)
    return tuple(map(str, listed))


def cited(derivation: Derivation) -> dict[str, tuple[Place, ...]]:
    """Where the literature states each gradient, by the name of its tensor; what was cited above is left out."""
    program = derivation.program
    reading = readers(program)
    looped = _looped(derivation)
    found: dict[str, tuple[Place, ...]] = {}
    for gradient in derivation.all_gradients:
        known = _closed(gradient, program, reading)
        if gradient.left.tensor in looped:
            known += tuple(p for form in forms() if form.equations is None for p in form.places)
        above = {place for places in found.values() for place in places}
        found[gradient.name] = tuple(place for place in known if place not in above)
    return found


def _closed(gradient: Gradient, program: Program, reading: Readers) -> tuple[Place, ...]:
    """Where the closed form is stated; of several forms, the one that most equations lead to."""
    longest = 0
    listed: tuple[Place, ...] = ()
    for form in forms():
        length = len(form.equations.equations) if form.equations is not None else 0
        if length > longest and _fits(form, gradient, program, reading):
            longest, listed = length, form.places
    return listed


def _fits(form: Form, gradient: Gradient, program: Program, reading: Readers) -> bool:
    if form.equations is None:
        return False
    for argument in form.by:
        found = recognised(form.equations, argument, gradient.name, reading)
        if found is not None and _is_batched(form, found, argument) and _is_reached(form, found, gradient):
            return _is_lawful(form.equations, found, program)
    return False


def _is_lawful(equations: Program, found: Found, program: Program) -> bool:
    """Whether what must be declared of the tensors is declared."""
    for tensor in equations.given:
        declared = {law.value for law in program.tensor(found.tensors[tensor.name]).laws} if tensor.laws else set()
        if not {law.value for law in tensor.laws} <= declared:
            return False
    return True


def _is_reached(form: Form, found: Found, gradient: Gradient) -> bool:
    """Whether all paths are those of the known equations, and of their gradients just those given are left."""
    equations = form.equations
    assert equations is not None
    inside = {found.tensors[e.name] for e in equations.equations}
    given = {cotangent_name(found.tensors[name]) for name in form.upstream}
    needed = {cotangent_name(found.tensors[name]) for name in form.upstream if equations.tensor(name).axes}
    read = {name for name in tensors_in(gradient.index) if is_cotangent(name)}
    return {path.consumer for path in gradient.contributions} <= inside and needed <= read <= given


def _is_batched(form: Form, found: Found, argument: str) -> bool:
    """Whether the first axis is the batch's, where that tells two forms apart."""
    many, *_ = found.places[argument] or ((),)
    return not form.batch or 0 in many


def _looped(derivation: Derivation) -> frozenset[str]:
    """The gradients that are worked out back in time."""
    lines = tuple(Equation(g.left, g.index) for g in derivation.all_gradients)
    return frozenset(e.name for loop in in_order(lines) if loop.time is not None for e in loop.equations)


def in_words(places: Iterable[Place], words: Phrases) -> str:
    """The places in words: ``Bishop (2006), equation (4.106)``."""
    return words.between_sources.join(_cited(place, words) for place in places)


def _cited(place: Place, words: Phrases) -> str:
    source = sources()[place.source][0]
    if not place.kind:
        return source
    return words.places[place.kind].format(source=source, number=place.number)


def entries(places: Iterable[Place]) -> list[str]:
    """The entry of each source, in the order of their names."""
    return [whole for _, whole in sorted({sources()[place.source] for place in places})]
