"""Which slope is taken where there is none of its own: a sentence for each kind of kink in the forward equations."""

from __future__ import annotations

from collections.abc import Iterator

from derive.calculus.slopes import slope_formula
from derive.expression import ZERO, Access, Call, Compare, Expr, Reduce, Slope, Where, number
from derive.judging.evaluate import evaluate
from derive.judging.world import World
from derive.notes.document import Block, Maths, Paragraph, Words, sentence
from derive.notes.phrases import Phrases
from derive.program import Kink, Program
from derive.rewriting import walk
from derive.scalar_functions import TABLE


def kink_blocks(program: Program, words: Phrases) -> Iterator[Block]:
    """What the layer chooses, then the policy of `derive.scalar_functions` for the other kinks."""
    nodes = [n for e in (*(e.right for e in program.equations), *(f.body for f in program.functions)) for n in walk(e)]
    called = dict.fromkeys(n.function for n in nodes if isinstance(n, Call))
    for kink in program.kinks:
        yield _slope(words.slope_chosen, kink)
    chosen = {kink.function for kink in program.kinks}
    for kink in (_policy(name) for name in called if name not in chosen and _has_kink(name, program)):
        yield _slope(words.slope_taken, kink)
    if not {"maximum", "minimum"}.isdisjoint(called):
        yield Paragraph((Words(words.ties_of_two),))
    if any(isinstance(n, Reduce) and n.op in ("max", "min") for n in nodes):
        yield Paragraph((Words(words.ties_of_entries),))
    if any(_has_edge(n, program) for n in nodes):
        yield Paragraph((Words(words.branch_taken),))


def _slope(phrase: str, kink: Kink) -> Paragraph:
    return Paragraph(sentence(phrase, slope=Maths(Slope(kink.function, (kink.at,), 0)), value=Maths(kink.slope)))


def _has_kink(name: str, program: Program) -> bool:
    """Whether a function of one number in the table has a kink, which all of them have at 0."""
    return program.function(name) is None and name in TABLE and TABLE[name].arity == 1 and TABLE[name].kink is not None


def _policy(name: str) -> Kink:
    """The slope that the table has at 0."""
    slope = slope_formula(None, name, (ZERO,), 0)
    return Kink(name, ZERO, number(evaluate(slope, World(Program("", (), ()), {}, {}))))


def _has_edge(node: Expr, program: Program) -> bool:
    """Whether the node is a choice that hangs on numbers with a gradient."""
    if not isinstance(node, Where) or not isinstance(node.condition, Compare):
        return False
    read = {n.tensor for n in walk(node.condition) if isinstance(n, Access)}
    fixed = {t.name for t in program.tensors if t.integer or t.role in ("target", "constant")}
    return bool(read - fixed)
