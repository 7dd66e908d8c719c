"""The writer's own forward pass as a `Program`, with what formulas are read against once all shapes are known."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType

from derive.effort import at_most
from derive.errors import CannotJudge
from derive.program import Equation, Function, Program, Tensor
from derive.rewriting import tensors_in
from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.forward import (
    all_named,
    any_function,
    assembled,
    elementwise_pairs,
    equation,
    loss_of,
    with_base,
    with_exits,
    with_hypers,
    with_laws,
    with_symmetric,
)
from derive.verifying.claims.letters import batch_of, has_matrices, preferred
from derive.verifying.claims.outcome import Outcome
from derive.verifying.claims.points import sample, sampled
from derive.verifying.claims.truth import Point
from derive.verifying.claims.typing import Typed, typed_lines
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.elaborate.reader import read
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Maker
from derive.verifying.formula import Addition, Node

POINTS = 500_000  # units of work to find the points of one forward pass


@dataclass
class Model:
    """One forward pass: its program, shapes and context; the points it is judged at are found once."""

    program: Program
    shapes: Shapes
    context: Context
    typed: tuple[Typed, ...]
    left_out: Mapping[str, str]
    signals: dict[str, tuple[Tensor, Equation]] = field(default_factory=dict)
    decisions: dict[Hashable, Outcome] = field(default_factory=dict)
    _points: list[Point] = field(default_factory=list)
    _pointless: list[CannotJudge] = field(default_factory=list)  # why there are no points
    _lawful: list[tuple[str, list[Point]]] = field(default_factory=list)

    @property
    def points(self) -> list[Point]:
        """Where claims are evaluated. Raises `CannotJudge`."""
        if not self._points and not self._pointless:
            try:
                with at_most(POINTS, aside=True):
                    found = sampled(self.program, tuple(self.context.least.items()), self.context.flows)
                self._points.extend(p.afresh() for p in found)
            except CannotJudge as error:
                self._pointless.append(error)
        if self._pointless:
            raise self._pointless[0]
        return self._points

    def lawful_points(self) -> Iterator[tuple[str, list[Point]]]:
        """Points where the entries of one given array sum to 1, for each array that may hold probabilities."""
        if not self._lawful:
            least, flows = self.context.least, self.context.flows
            laws = with_laws(self.program, self.shapes.batch)
            self._lawful.extend((n, sample(p, count=2, sizes=least, flows=flows)) for n, p in laws)
        yield from self._lawful

    def maker(self, shapes: Shapes) -> Maker:
        """What builds expressions in these shapes."""
        return Maker(shapes)

    @cached_property
    def _start(self) -> Shapes:
        return self.shapes

    def __post_init__(self) -> None:
        _ = self._start  # before claims add to the shapes

    def apart(self, anew: bool = False) -> Model:
        """A model of its own with the same points; ``anew``: as it was before any claim was judged."""
        made = copy(self)
        made.signals = {} if anew else dict(self.signals)
        made.shapes = self._start if anew else self.shapes
        return made

    @property
    def loss(self) -> str:
        """What a bare gradient differentiates."""
        return self.context.loss


def model(
    lines: Sequence[Definition],
    lexicon: Lexicon,
    functions: Mapping[str, Function],
    ranks: Mapping[str, tuple[int, ...]],
    declared: Shapes,
    losses: Iterable[str],
    generic: Iterable[str] = (),
    sizes: Iterable[str] = (),
    base: Program | None = None,
    loss: str = "",
    hypers: Iterable[str] = (),
    whole: Mapping[str, int | None] = MappingProxyType({}),
    flows: frozenset[str] = frozenset(),
    most: Mapping[tuple[str, int], int] | None = None,
    entered: frozenset[str] = frozenset(),
    symmetric: frozenset[str] = frozenset(),
) -> Model:
    """The forward pass of the lines given, as far as they can be understood."""
    lines = in_order(lines, lexicon)
    named = dict(functions)
    for n, name in enumerate(sorted(set(generic) - set(named))):
        named[name] = any_function(name, n)
    matrices = has_matrices(lines, lexicon)
    context = Context(
        lexicon,
        named,
        {},
        lambda name: ranks.get(name) or preferred(name, matrices),
        losses=frozenset(losses),
        sizes=frozenset(sizes),
        bars=lexicon.bars,
        hypers=frozenset(hypers) | whole.keys(),
        generic=frozenset(generic) - set(functions),
        read=read,
    )
    declared = replace(declared, batch=declared.batch or batch_of(lines, lexicon))
    typed, shapes, left_out = typed_lines(lines, context, declared)
    shapes = all_named(shapes, lexicon.words)
    maker = Maker(shapes)
    equations = list(base.equations if base is not None else ())
    for t in typed:
        try:
            equations.append(equation(t, maker))
        except Unclear as error:
            left_out[t.definition.name] = error.reason
    own = base.functions if base is not None else ()
    program = assembled(equations, shapes, maker, (*own, *named.values()), frozenset(declared.symbols))
    if base is not None:
        program = with_base(program, base)
    program = with_hypers(with_symmetric(program, symmetric), hypers, whole)
    program, shapes = with_exits(program, shapes, entered)
    of = {e.name: set(tensors_in(e.right)) for e in program.equations}
    elementwise = elementwise_pairs(program)
    loss = loss or loss_of(program, losses)
    closed = replace(
        context,
        open=False,
        loss=loss,
        losses=frozenset(n for n in (*losses, loss) if n not in of and n not in shapes.symbols),
        elementwise=lambda a, b: (a, b) in elementwise,
        flows=frozenset() if entered else flows,
        least=least_sizes(program, most or {}),
    )
    return Model(program, shapes, closed, typed, left_out)


def least_sizes(program: Program, most: Mapping[tuple[str, int], int]) -> dict[str, int]:
    """The sizes of axes along which entries are named by number: as many as there are names."""
    found: dict[str, int] = {}
    for (name, place), number in most.items():
        axes = next((t.axes for t in program.tensors if t.name == name), ())
        if place < len(axes) and number > 1:
            found[axes[place].name] = max(number, found.get(axes[place].name, 0))
    return found


def in_order(lines: Sequence[Definition], lexicon: Lexicon) -> list[Definition]:
    """The lines, each behind those that it speaks of, as far as that goes; else as they stand in the note."""
    by_name = {d.name: d for d in lines}
    made: dict[str, Definition] = {}

    def put(d: Definition, above: frozenset[str]) -> None:
        for name in sorted(_spoken_of(d.right, lexicon) & set(by_name)):
            if name not in made and name not in above:
                put(by_name[name], above | {name})
        made.setdefault(d.name, d)

    for d in lines:
        put(d, frozenset({d.name}))
    return list(made.values())


def _spoken_of(node: Node, lexicon: Lexicon) -> set[str]:
    """The symbols of a formula, but not those of a step before."""
    now = set()
    for here in symbols_under(node):
        atom = lexicon.atom(here)
        if atom is not None and not any(isinstance(i, Addition) for i in atom.indices):
            now.add(atom.name)
    return now
