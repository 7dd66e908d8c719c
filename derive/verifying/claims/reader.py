"""The state while a note is judged, and the models of its sections."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from derive.effort import at_most
from derive.errors import ChainruleError
from derive.expression import Access, Expr, Hyper
from derive.program import Function
from derive.rewriting import substitute, tensors_in
from derive.scalar_functions import TABLE, apply
from derive.verifying.claims.choices import Choices, Failed
from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.judging import judged
from derive.verifying.claims.letters import has_matrices
from derive.verifying.claims.model import Model, model
from derive.verifying.claims.sections import Section, symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.claims.vocabulary import index_counts
from derive.verifying.elaborate.context import Context, Slope, Unclear
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.reader import read
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Maker
from derive.verifying.formula import Bracketed, Node
from derive.verifying.located import Note
from derive.verifying.rebuilding import replaced
from derive.verifying.symbols import Known

AGAIN = 60_000  # units of work


@dataclass
class Reader:
    """The state while a note is judged: names of gradients found so far, models by what they are made of."""

    note: Note
    words: Lexicon
    candidates: Mapping[int, Definition]
    steps: tuple[Step, ...]
    said: Known
    losses: frozenset[str]
    generic: frozenset[str]
    sizes: frozenset[str]
    flows: frozenset[str] = frozenset()
    numbered: Mapping[tuple[str, int], int] = field(default_factory=dict)
    gradients: dict[str, Slope] = field(default_factory=dict)
    hypers: dict[str, None] = field(default_factory=dict)
    patterns: dict[str, tuple[str, str]] = field(default_factory=dict)
    relabelled: dict[tuple[int, int], Node] = field(default_factory=dict)
    models: dict[tuple[object, ...], Model] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)
    failed: list[Failed] = field(default_factory=list)
    diagnosing: bool = True
    differential: frozenset[str] = frozenset()
    undecided: set[str] = field(default_factory=set)
    held: dict[Node, Node] = field(default_factory=dict)

    def __post_init__(self) -> None:
        loss = self.said.loss or "L"
        self.gradients |= {name: Slope(loss, by) for name, by in self.said.gradients.items()}


def trying(reader: Reader, choices: Choices, diagnosing: bool, tried: Reader | None = None) -> Reader:
    """The state to judge a section anew in, with other choices; what it finds is not found for this one.

    ``tried`` is a state in which that was done before: its models are used again.
    """
    made = {key: m.apart(anew=True) for key, m in tried.models.items()} if tried is not None else {}
    return replace(
        reader,
        models=made | {key: m.apart() for key, m in reader.models.items()},
        choices=choices,
        diagnosing=diagnosing,
        gradients=dict(reader.gradients),
        patterns=dict(reader.patterns),
        relabelled=dict(reader.relabelled),
        undecided=set(reader.undecided),
        held=dict(reader.held),
        failed=[],
    )


def agrees(line: Definition, others: Sequence[Definition], reader: Reader) -> bool:
    """Whether a line says again what the others say already."""
    try:
        with at_most(AGAIN):
            return judged(line.left, line.right, model_of(Section((line.step,), tuple(others)), reader)).holds
    except (Unclear, ChainruleError):
        return False


def claim_holds(claim: Failed, section: Section, reader: Reader) -> bool:
    """Whether a claim fits better with the choices of this state; it cannot be told before gradients have names."""
    try:
        outcome = judged(claim.left, claim.right, model_of(section, reader))
        return outcome.holds or (claim.misfit and outcome.counterexample is not None)
    except Unclear:
        return True
    except ChainruleError:
        return False


def model_of(section: Section, reader: Reader) -> Model:
    """The model of a section: made once for the same lines."""
    tensors = {d.name for d in section.lines}
    functions = functions_of(section, reader, tensors)
    headings = {s.section for s in section.steps} | {d.step.section for d in section.lines}
    matrices = has_matrices(section.lines, reader.words)
    ranks = index_counts((s for s in reader.steps if s.section in headings), reader.words, matrices)
    lines = tuple(d.step.place for d in section.lines)
    ranks |= {name: (rank,) for name, rank in reader.choices.ranks.items()}
    key = (lines, tuple(sorted(functions.items(), key=str)), tuple(ranks.items()), reader.choices.entered)
    if key not in reader.models:
        generic = reader.generic - tensors - set(functions)
        reader.models[key] = model(
            section.lines,
            reader.words,
            functions,
            ranks,
            reader.said.shapes,
            reader.losses,
            generic,
            reader.sizes,
            reader.said.program,
            reader.said.loss,
            tuple(reader.hypers),
            {name: reader.said.defaults.get(name) for name in sorted(reader.said.whole)},
            reader.flows,
            reader.numbered,
            reader.choices.entered,
            frozenset(n for n, laws in reader.said.laws.items() if "symmetric" in laws),
        )
    found = reader.models[key]
    found.context = replace(found.context, gradients=dict(reader.gradients), patterns=dict(reader.patterns))
    return found


def functions_of(section: Section, reader: Reader, tensors: set[str]) -> dict[str, Function]:
    """The functions that the note has defined up to here, the last definition of each."""
    found = {
        name: _named(name, of)
        for name, of in {**reader.choices.functions, **reader.said.functions}.items()
        if of in TABLE or of == "identity"
    }
    end = section.steps[-1]
    counts = Counter(d.name for d in reader.candidates.values() if d.kind == "function")
    here = {s.section for s in section.steps}
    for d in reader.candidates.values():
        if counts[d.name] > 1 and d.step.section not in here:
            continue  # the letter is used anew under every heading
        if d.kind != "function" or _later(d.step, end) or d.name in tensors:
            continue
        function = _function(d, reader)
        if function is not None:
            found[d.name] = function
    return found


def _named(name: str, of: str) -> Function:
    """A letter for a function of the table."""
    return Function(name, ("x",), Access("x") if of == "identity" else apply(of, Access("x")))


def inlined(node: Node, variables: Sequence[str], reader: Reader) -> Node:
    """The formula with what is computed from its variables put in: ``g(x) = x (1 + tanh(s))`` with ``s`` of ``x``."""
    for d in reader.candidates.values():
        if d.kind == "tensor" and not d.atom.indices and set(variables) & symbols_of(d.right, reader.words):
            node = replaced(node, d.left, Bracketed("(", ")", d.right))
    return node


def _later(step: Step, end: Step) -> bool:
    return step.formula.number > end.formula.number


def _function(d: Definition, reader: Reader) -> Function | None:
    """A function from its formula in its parameters, None where that is not understood."""
    shapes = Shapes(symbols={p: () for p in d.parameters})
    context = Context(reader.words, {}, {}, ranks=lambda _: (0,), read=read)
    try:
        for value, state in read(inlined(d.right, d.parameters, reader), context, shapes):
            if not value.axes:
                body = value.at((), Maker(state))
                free = [n for n in tensors_in(body) if n not in d.parameters]
                reader.hypers.update(dict.fromkeys(free))
                named: dict[Expr, Expr] = {Access(n): Hyper(n) for n in free}
                return Function(d.name, d.parameters, substitute(body, named))
    except Unclear:
        pass
    return None
