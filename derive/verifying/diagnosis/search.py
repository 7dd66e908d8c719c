"""The search for a repair: label, then one edit, then two, each candidate judged like the claim itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from derive.effort import TooMuchWork
from derive.errors import ChainruleError
from derive.expression import Access, Expr
from derive.judging.evaluate import evaluate
from derive.judging.precision import Value, agreement
from derive.judging.world import World
from derive.rewriting import tensors_in
from derive.verifying.claims.evaluation import decided, world_for
from derive.verifying.claims.judging import readings
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Sides
from derive.verifying.diagnosis.additions import missing_factors, missing_terms, paths
from derive.verifying.diagnosis.edits import edits
from derive.verifying.diagnosis.entries import indexed
from derive.verifying.diagnosis.naming import Edit, Stock
from derive.verifying.elaborate.bounds import letters_below
from derive.verifying.elaborate.context import Slope, Unclear, slope_name
from derive.verifying.formula import Accent, Big, Derivative, Name, Node, Scripted

MOST_SINGLE, MOST_MISSING, MOST_DOUBLE, FIRST_OF_DOUBLE = 500, 400, 800, 60  # candidates, likeliest first


@dataclass(frozen=True)
class Repair:
    """What is wrong and the formula put right: its left side changed (``label``) or its right side."""

    kind: str
    words: str
    left: Node | None = None
    right: Node | None = None


@dataclass
class Search:
    """The search for one claim: candidates are dropped at the first entry that differs."""

    left: Node
    right: Node
    model: Model
    stock: Stock
    slope: Slope | None
    tried: int = 0

    def __post_init__(self) -> None:
        self.forbidden = self._forbidden()
        self.worlds: dict[tuple[str, ...], World] = {}

    def _forbidden(self) -> frozenset[str]:
        names = set()
        if self.slope is not None:
            names.add(slope_name(self.slope.of, self.slope.by))
        atom = self.model.context.lexicon.atom(self.left)
        if atom is not None:
            names.add(atom.name)
        return frozenset(names)

    def repair(self) -> Repair | None:
        """The first repair found, the fewest edits first."""
        single = edits(self.right, self.stock)
        if self.slope is not None:
            more = paths(self.right, self.slope.of, self.slope.by, self.stock, self.model.program)
            single = chain(single, more)
        seen: list[Edit] = []
        for edit in islice(single, MOST_SINGLE):
            if edit.node in (e.node for e in seen[-1:]):
                continue
            seen.append(edit)
            if self.holds(edit.node):
                return Repair(edit.kind, edit.words, right=edit.node)
        missing = chain(missing_terms(self.right, self.stock), missing_factors(self.right, self.stock))
        for edit in islice(missing, MOST_MISSING):
            if self.holds(edit.node):
                return Repair(edit.kind, edit.words, right=edit.node)
        return self._two(seen)

    def _two(self, seen: list[Edit]) -> Repair | None:
        """Two edits, each of a likely kind."""
        likely = sorted((e for e in seen if e.kind in LIKELY), key=lambda e: LIKELY.index(e.kind))
        for edit in islice(self._pairs(likely), MOST_DOUBLE):
            if self.holds(edit.node):
                return Repair(edit.kind, edit.words, right=edit.node)
        return None

    def _pairs(self, likely: list[Edit]) -> Iterator[Edit]:
        for first in likely[:FIRST_OF_DOUBLE]:
            for second in edits(first.node, self.stock):
                if second.kind in LIKELY and second.kind != "scale":
                    yield replace(second, kind=first.kind, words=f"{first.words}; {second.words}")

    def holds(self, candidate: Node) -> bool:
        """Whether the claim holds with this right side, and does not merely name what it has to show."""
        self.tried += 1
        try:
            sides, _ = readings(self.left, candidate, self.model, self.model.context)
            return any(self._agrees(s) for s in sides)
        except TooMuchWork:
            raise
        except (Unclear, ChainruleError):
            return False

    def _agrees(self, sides: Sides) -> bool:
        if self.forbidden & set(tensors_in(sides.right)) or _is_name(sides.right, self.model):
            return False
        for point in self.model.points[:1]:
            names = tuple(sorted({*tensors_in(sides.left), *tensors_in(sides.right)}))
            if names not in self.worlds or sides.made or sides.variables:
                self.worlds[names] = world_for(sides, point, self.model)
            world = self.worlds[names]
            for entry in world.entries(i.axis for i in sides.indices):
                binding = dict(zip(sides.indices, entry, strict=True))
                truth: Value = evaluate(sides.left, world, binding)
                if agreement(truth, evaluate(sides.right, world, binding)) is None:
                    return False
        return decided(sides, self.model).holds


LIKELY = (
    "gradient", "symbol", "transpose", "order", "elementwise", "sign", "derivative", "index", "missing-sum", "scale",
)  # fmt: skip


def _is_name(right: Expr, model: Model) -> bool:
    """Whether the right side is nothing but a name that the note gives a formula with gradients."""
    return isinstance(right, Access) and right.tensor in model.signals


def _entry_by_entry(left: Node, right: Node, model: Model, stock: Stock) -> Repair | None:
    """A gradient by a vector with a sum over its entries: the sum is too many, each entry has its own gradient."""
    if not isinstance(left, Derivative) or not isinstance(right, Big) or right.sub is None or len(left.by) != 1:
        return None
    letters = letters_below(right.sub)
    if len(letters) != 1 or not isinstance(left.by[0], (Name, Accent)):
        return None
    entry = Derivative(left.of, (Scripted(left.by[0], sub=Name(letters[0])),), left.mark, left.slash)
    search = Search(entry, right.body, model, stock, None)
    search.forbidden = frozenset()
    if search.holds(right.body):
        return Repair(
            "extra-sum", "the sum is too many: every entry has its own gradient", left=entry, right=right.body
        )
    return None


def label(left: Node, right: Node, model: Model, stock: Stock) -> Repair | None:
    """Another left side for which the right side is right: the gradient by another tensor, another symbol."""
    words = model.context.lexicon
    changed: Iterator[tuple[Node, str]]
    if isinstance(left, Derivative) and left.of is not None and len(left.by) == 1:
        of, below, mark, slash = left.of, words.atom(left.by[0]), left.mark, left.slash
        indices = below.indices if below is not None else ()
        changed = ((Derivative(of, (indexed(s, indices),), mark, slash), n) for n, s in stock.symbols.items())
    elif (atom := words.atom(left)) is not None:
        spelled = stock.gradients if atom.name not in stock.symbols else stock.symbols
        changed = ((indexed(s, atom.indices), n) for n, s in spelled.items() if n != atom.name)
    else:
        return None
    entry = _entry_by_entry(left, right, model, stock)
    if entry is not None:
        return entry
    for node, name in changed:
        if node in (left, right):
            continue
        search = Search(node, right, model, stock, None)
        search.forbidden = frozenset()
        if search.holds(right):
            return Repair("label", f"the right side belongs to {name}", left=node)
    return None
