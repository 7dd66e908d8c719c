"""A note judged from beginning to end: symbols, forward pass, truth, and a verdict on every relation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.errors import ChainruleError
from derive.program import Function
from derive.verifying.claims.definitions import EQUALS, UPDATES, Definition, definition
from derive.verifying.claims.judging import Outcome, add_signal, judged
from derive.verifying.claims.model import Model, model
from derive.verifying.claims.sections import Section, sections
from derive.verifying.claims.steps import Step, steps
from derive.verifying.claims.typing import Typed, line
from derive.verifying.diagnosis.diagnose import diagnosed
from derive.verifying.elaborate.context import Context, Slope, Unclear
from derive.verifying.elaborate.functions import GENERIC, function_of
from derive.verifying.elaborate.lexicon import Lexicon, lexicon
from derive.verifying.elaborate.names import written
from derive.verifying.elaborate.reader import read
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.sums import upper_end
from derive.verifying.elaborate.values import Maker
from derive.verifying.formula import (
    Big,
    Derivative,
    Juxtaposition,
    Nabla,
    Name,
    Node,
    Number,
    Scripted,
    children,
    within,
)
from derive.verifying.located import Note
from derive.verifying.report import Finding, Report
from derive.verifying.symbols import Declared, declared


@dataclass
class Reader:
    """The state while a note is judged: names of gradients found so far, models by what they are made of."""

    note: Note
    words: Lexicon
    candidates: Mapping[int, Definition]
    steps: tuple[Step, ...]
    declared: Shapes
    losses: frozenset[str]
    generic: frozenset[str]
    sizes: frozenset[str]
    gradients: dict[str, Slope] = field(default_factory=dict)
    relabelled: dict[tuple[int, int], Node] = field(default_factory=dict)
    models: dict[tuple[object, ...], Model] = field(default_factory=dict)


def verify(note: Note, *, symbols: str = "", forward: str | None = None) -> Report:
    """The report on a note. ``symbols`` is a further block of declarations, ``forward`` names a layer.

    Errors: `ChainruleError` for declarations that cannot be read.
    """
    found = steps(note)
    said = declared(note, symbols)
    words = lexicon_of(found, said)
    candidates = {k: d for k, s in enumerate(found) if s.first and (d := definition(s, words)) is not None}
    reader = Reader(
        note, words, candidates, found, said.shapes, losses_of(found, words),
        generic_of(found, words), sizes_of(found),
    )  # fmt: skip
    findings: list[Finding] = []
    last: Model | None = None
    place = 0
    for section in sections(found, candidates, words, lambda d, lines: agrees(d, lines, reader)):
        last = model_of(section, reader)
        for step in section.steps:
            findings.extend(finding(step, candidates.get(place), last, section, reader))
            place += 1
    known = {n: tuple(_axis(last, a) for a in axes) for n, axes in last.shapes.symbols.items()} if last else {}
    return Report(note.file, _convention(last), known, tuple(findings))


def _axis(model: Model, axis: int) -> str:
    return model.shapes.names.get(model.shapes.root(axis), "1")


def _convention(model: Model | None) -> str:
    if model is None:
        return ""
    return {"row": "samples are rows", "column": "samples are columns", "": ""}[model.shapes.batch]


def lexicon_of(found: Iterable[Step], said: Declared) -> Lexicon:
    """The lexicon of all sides; bare symbols that are set equal to defined ones are other names of these."""
    listed = list(found)
    sides = [s for step in listed for s in (step.left, step.right) if s is not None]
    lefts = [s.left for s in listed if s.first and s.left is not None and s.sign in EQUALS]
    words = lexicon(sides, lefts, said.spelled, said.letters)
    aliases: dict[str, str] = {}
    defined = {
        d.name for s in listed if s.first and (d := definition(s, words)) is not None and words.atom(d.right) is None
    }
    for step in listed:
        if step.first and step.left is not None and step.right is not None and step.sign in EQUALS:
            a, b = words.atom(step.left), words.atom(step.right)
            if a is None or b is None or a.name == b.name or any((a.indices, b.indices, a.samples, b.samples)):
                continue
            if a.transposed or b.transposed or a.power or b.power or isinstance(step.right, Number):
                continue
            if a.name in defined and b.name not in defined:
                aliases.setdefault(b.name, a.name)
            elif a.name not in defined:
                aliases.setdefault(a.name, b.name)
    return replace(words, aliases=aliases)


def index_counts(found: Iterable[Step], words: Lexicon) -> dict[str, tuple[int, ...]]:
    """The numbers of axes that the indices of a symbol speak for, the most likely first."""
    most: dict[str, int] = {}
    for node in _all_nodes(found):
        atom = words.atom(node) if isinstance(node, (Name, Scripted)) else None
        if atom is not None:
            count = sum(1 for i in atom.indices if not isinstance(i, Number)) + (
                2 if atom.samples and not atom.indices else len(atom.samples)
            )
            most[atom.name] = max(most.get(atom.name, 0), count)
    from derive.verifying.claims.model import preferred

    result: dict[str, tuple[int, ...]] = {}
    for name, count in most.items():
        if count:
            usual = [r for r in preferred(name) if r >= count]
            result[name] = tuple(dict.fromkeys((*usual, count, count + 1)))
    return result


def _all_nodes(found: Iterable[Step]) -> Iterator[Node]:
    """Every node of every side, but not what stands in the scripts of a symbol."""
    for step in found:
        stack = [s for s in (step.left, step.right) if s is not None]
        while stack:
            here = stack.pop()
            yield here
            if written(here) is None:
                stack.extend(children(here))


def losses_of(found: Iterable[Step], words: Lexicon) -> frozenset[str]:
    """The names that are differentiated and that nothing defines."""
    names = set()
    for node in _all_nodes(found):
        of = node.of if isinstance(node, (Derivative, Nabla)) else None
        if isinstance(of, Juxtaposition):
            of = of.factors[0]
        atom = words.atom(of) if of is not None else None
        if atom is not None and not atom.indices:
            names.add(atom.name)
    return frozenset(names)


def sizes_of(found: Iterable[Step]) -> frozenset[str]:
    """The symbols that sums run to: numbers of samples, features, classes."""
    ends = (upper_end(node) for node in _all_nodes(found) if isinstance(node, Big))
    return frozenset(end for end in ends if end is not None and not end.isdigit())


def generic_of(found: Iterable[Step], words: Lexicon) -> frozenset[str]:
    """The names that stand for a function which nothing defines: ``f'(z)``, ``g(x)``."""
    names = set()
    for node in _all_nodes(found):
        heads: list[Node] = []
        if isinstance(node, Juxtaposition):
            heads = [a for a, b in zip(node.factors, node.factors[1:], strict=False) if type(b).__name__ == "Bracketed"]
        elif isinstance(node, Scripted) and node.primes:
            heads = [node]
        for head in heads:
            atom = words.atom(head)
            if atom is not None and atom.name in GENERIC and function_of(atom.name) is None:
                names.add(atom.name)
    return frozenset(names)


def agrees(line: Definition, others: Sequence[Definition], reader: Reader) -> bool:
    """Whether a line says again what the others say already."""
    try:
        return judged(line.left, line.right, model_of(Section((line.step,), tuple(others)), reader)).holds
    except (Unclear, ChainruleError):
        return False


def model_of(section: Section, reader: Reader) -> Model:
    """The model of a section: made once for the same lines."""
    tensors = {d.name for d in section.lines}
    functions = functions_of(section, reader, tensors)
    headings = {s.section for s in section.steps} | {d.step.section for d in section.lines}
    ranks = index_counts((s for s in reader.steps if s.section in headings), reader.words)
    key = (tuple(id(d) for d in section.lines), tuple(sorted(functions.items(), key=str)), tuple(ranks.items()))
    if key not in reader.models:
        generic = reader.generic - tensors - set(functions)
        reader.models[key] = model(
            section.lines,
            reader.words,
            functions,
            ranks,
            reader.declared,
            reader.losses,
            generic,
            reader.sizes,
        )
    found = reader.models[key]
    found.context = replace(found.context, gradients=dict(reader.gradients))
    return found


def functions_of(section: Section, reader: Reader, tensors: set[str]) -> dict[str, Function]:
    """The functions that the note has defined up to here, the last definition of each."""
    found: dict[str, Function] = {}
    end = section.steps[-1]
    for d in reader.candidates.values():
        if d.kind != "function" or _later(d.step, end) or d.name in tensors:
            continue
        function = _function(d, reader)
        if function is not None:
            found[d.name] = function
    return found


def _later(step: Step, end: Step) -> bool:
    return step.formula.number > end.formula.number


def _function(d: Definition, reader: Reader) -> Function | None:
    """A function from its formula in its parameters, None where that is not understood."""
    shapes = Shapes(symbols={p: () for p in d.parameters})
    context = Context(reader.words, {}, {}, read=read, open=False)
    try:
        for value, state in read(d.right, context, shapes):
            if not value.axes:
                return Function(d.name, d.parameters, value.at((), Maker(state)))
    except Unclear:
        pass
    return None


def finding(
    step: Step, candidate: Definition | None, model: Model, section: Section, reader: Reader
) -> Iterator[Finding]:
    """What is said about one step; nothing about a symbol that is only mentioned."""
    base = Finding(step.formula.place, _source(step), "cannot-judge", step.number)
    if step.unread:
        yield replace(base, message=step.unread)
        return
    if step.right is None or step.left is None:
        return
    if step.sign in UPDATES:
        yield replace(base, verdict="update-rule")
        return
    if candidate is not None:
        yield from _defined(base, candidate, model, section, reader)
        return
    if step.sign not in EQUALS:
        yield replace(base, message=f"a relation with {step.sign} is not judged")
        return
    if _is_update(step, reader):
        yield replace(base, verdict="update-rule")
        return
    yield _claimed(base, step, model, reader)


def _source(step: Step) -> str:
    return step.formula.source.strip()


def _is_update(step: Step, reader: Reader) -> bool:
    """The same symbol on both sides: ``W = W - η ∂L/∂W``."""
    atom = reader.words.atom(step.left) if step.left is not None else None
    if atom is None or step.right is None:
        return False
    return any(here == step.left for here in within(step.right))


def _defined(base: Finding, d: Definition, model: Model, section: Section, reader: Reader) -> Iterator[Finding]:
    if d.kind == "gradient":
        yield from _named_gradient(base, d, model, reader)
    elif d.kind == "signal":
        yield from _signal(base, d, model, reader)
    elif d.kind == "function":
        yield replace(base, verdict="definition")
    elif any(d is x for x in section.lines) or any(d.right == x.right for x in section.lines if x.name == d.name):
        reason = model.left_out.get(d.name, "")
        yield replace(base, verdict="cannot-judge" if reason else "definition", message=reason)
    else:
        yield _claimed(base, d.step, model, reader)


def _named_gradient(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    """A name for a derivative; where the line says more, that is judged."""
    slope = _slope(d.right, model)
    if slope is None:
        yield replace(base, message="what this names is not understood")
        return
    reader.gradients[d.name] = slope
    model.context = replace(model.context, gradients=dict(reader.gradients))
    if d.right == d.step.right:
        yield replace(base, verdict="definition", gradient_of=slope.by)
    else:
        yield _claimed(base, d.step, model, reader)


def _slope(node: Node, model: Model) -> Slope | None:
    of, by = (node.of, node.by) if isinstance(node, (Derivative, Nabla)) else (None, None)
    by = by[0] if isinstance(by, tuple) else by
    words = model.context.lexicon
    above = words.atom(of) if of is not None else None
    below = words.atom(by) if by is not None else None
    if below is None or (above is None and of is not None):
        return None
    return Slope(above.name if above is not None else model.loss, below.name)


def _signal(base: Finding, d: Definition, model: Model, reader: Reader) -> Iterator[Finding]:
    if d.name in model.context.gradients or d.name in model.shapes.symbols:
        yield _claimed(base, d.step, model, reader)
        return
    try:
        context = replace(model.context, open=True, ranks=lambda name: (0, 1, 2) if name == d.name else ())
        typed = next(line(d, context, model.shapes), None)
    except (Unclear, ChainruleError) as error:
        yield replace(base, message=str(error))
        return
    if typed is None:
        yield replace(base, message="the shapes on its right side do not fit together")
        return
    here, state = typed
    add_signal(d.name, here.value, here.letters, state, model)
    yield replace(base, verdict="definition")


def _claimed(base: Finding, step: Step, model: Model, reader: Reader) -> Finding:
    assert step.left is not None and step.right is not None
    left = reader.relabelled.get(step.chain, step.left)
    try:
        outcome = judged(left, step.right, model)
    except Unclear as error:
        return replace(base, message=error.reason)
    except ChainruleError as error:
        return replace(base, message=error.message)
    gradient = gradient_of(left, model)
    reading = "; ".join(outcome.reading)
    faults = [r[1:] for r in outcome.reading if r.startswith("!")]
    if outcome.holds and faults:
        return replace(base, verdict="incorrect", error_class="range", message=faults[0], gradient_of=gradient)
    if outcome.holds:
        return replace(base, verdict="correct", proved=outcome.tier, reading=reading, gradient_of=gradient)
    sides = [s for other in reader.steps for s in (other.left, other.right) if s is not None]
    text = reader.note.units[step.formula.unit].text
    found = diagnosed(left, step.right, outcome, slope_of(left, model), model, sides, text)
    if found.left is not None:
        reader.relabelled[step.chain] = found.left
    return replace(
        base,
        verdict="incorrect",
        reading=reading,
        gradient_of=gradient,
        error_class=found.kind,
        message="; ".join(p for p in (found.words, wrong(outcome)) if p),
        fix=found.fix,
    )


def wrong(outcome: Outcome) -> str:
    """Why a claim does not hold, before any diagnosis."""
    if outcome.counterexample is not None:
        return f"the two sides differ: {outcome.counterexample}"
    if outcome.misfits:
        m = outcome.misfits[0]
        if m.free:
            return f"the index {', '.join(m.free)} stands on the right side only"
        return f"the left side has the shape ({', '.join(m.left)}), the right side ({', '.join(m.right)})"
    return "the shapes on the right side do not fit together"


def slope_of(node: Node, model: Model) -> Slope | None:
    """The derivative that a left side is."""
    slope = _slope(node, model) if isinstance(node, (Derivative, Nabla)) else None
    if slope is None:
        atom = model.context.lexicon.atom(node)
        if atom is None:
            return None
        slope = model.context.gradients.get(atom.name)
        if slope is None and atom.name[1:] in model.shapes.symbols and atom.name not in model.shapes.symbols:
            return Slope(model.loss, atom.name[1:]) if atom.name[0] == "d" else None
    return slope


def gradient_of(node: Node, model: Model) -> str:
    """The tensor whose gradient a left side is."""
    slope = slope_of(node, model)
    return slope.by if slope is not None else ""


Judge = Callable[[Step, Model], Finding]
__all__ = ["Typed", "verify"]
