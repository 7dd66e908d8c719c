"""One claim against the truth: every way to read both sides, evaluated at points with pairwise different sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from derive.errors import CannotJudge
from derive.expression import ZERO, Access, Expr, Index, Size, mul
from derive.judging.verdict import Claim, Counterexample, compare
from derive.program import Equation, Tensor
from derive.rewriting import tensors_in
from derive.verifying.claims.evaluation import decided, world_for
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Misfit, Outcome, Sides
from derive.verifying.elaborate.application import arguments
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.functions import function_of
from derive.verifying.elaborate.shapes import UNIT, Axes, Letter, Shapes
from derive.verifying.elaborate.values import Maker, Value
from derive.verifying.formula import Bracketed, Derivative, Juxtaposition, Node

MOST = 24  # readings of one side


def judged(left: Node, right: Node, model: Model) -> Outcome:
    """The outcome for one relation. Raises `Unclear` or `CannotJudge` where there is no answer."""
    outcome = _judged(left, right, model, model.context)
    if not outcome.holds and outcome.counterexample is not None and outcome.sides is not None:
        law = lawful(outcome.sides, model)
        if law:
            outcome = replace(outcome, holds=True, tier="numeric", reading=(*outcome.reading, law))
    if outcome.holds:
        if outcome.sides is not None:  # what N counts here, it counts in what follows
            model.shapes = replace(model.shapes, counts={**dict(outcome.sides.counts), **model.shapes.counts})
        return outcome
    pairs = _two_ways(model)
    if pairs:
        other = _judged(left, right, model, replace(model.context, local=frozenset(pairs)))
        if other.holds:
            note = "partial derivatives with the other variables held"
            return replace(other, reading=(*other.reading, note))
    return outcome


def times_samples(outcome: Outcome, model: Model) -> str:
    """The number of samples that the left side has to be multiplied by, so that both agree; empty if none does."""
    sides = outcome.sides
    if sides is None or outcome.counterexample is None:
        return ""
    for axis in model.program.axes:
        if axis.name in model.shapes.counts or axis.name in ("m", "N", "n", "B"):
            scaled = replace(sides, left=mul(Size(axis), sides.left))
            if decided(scaled, model).holds:
                return axis.name
    return ""


def lawful(sides: Sides, model: Model) -> str:
    """The law of probabilities under which the two sides agree, in words; empty if there is none."""
    claim = Claim("", "", sides.left, sides.right, sides.indices)
    for name, points in model.lawful_points():
        found = [compare(claim, world_for(sides, p, model)) for p in points]
        if found and not any(isinstance(f, Counterexample) for f in found):
            return f"equal if the entries of {name} sum to 1 for each sample"
    return ""


def _two_ways(model: Model) -> set[tuple[str, str]]:
    """Pairs of tensors where one depends on the other directly and through others, or through other steps, as well."""
    program = model.program
    reads = {e.name: set(tensors_in(e.right)) for e in program.equations}
    found = set()
    for e in program.equations:
        if e.name == model.context.loss:
            continue
        for name in reads[e.name]:
            others = reads[e.name] - {e.name, name}
            if _depends(name, name, reads) or any(_depends(other, name, reads) for other in others):
                found.add((e.name, name))
    return found


def _depends(of: str, by: str, reads: dict[str, set[str]]) -> bool:
    stack = [of]
    seen: set[str] = set()
    while stack:
        here = stack.pop()
        for name in reads.get(here, set()) - seen:
            if name == by:
                return True
            seen.add(name)
            stack.append(name)
    return False


def _judged(left: Node, right: Node, model: Model, context: Context) -> Outcome:
    sides, misfits = readings(left, right, model, context)
    if not sides:
        return Outcome(False, misfits=tuple(misfits))
    outcomes = [decided(s, model) for s in sides]
    held = [(o, s) for o, s in zip(outcomes, sides, strict=True) if o.holds]
    if held:
        best, chosen = held[0]
        several = len({s.right for s in sides}) > 1
        return replace(best, reading=chosen.reading if several or chosen.reading else (), sides=chosen)
    return replace(outcomes[0], reading=sides[0].reading, misfits=tuple(misfits), sides=sides[0])


def readings(left: Node, right: Node, model: Model, context: Context) -> tuple[list[Sides], list[Misfit]]:
    """All ways to read both sides that have one shape, and those that have not."""
    found: list[Sides] = []
    misfits: list[Misfit] = []
    shapes = model.shapes
    variables = variables_of(left, context)
    for name in variables:
        shapes = shapes.with_symbol(name, ())
    for a, middle in islice(context.read(left, context, shapes), MOST):
        letters = tuple(x for x in middle.letters.values() if not x.bound)
        for b, state in islice(context.read(right, context, middle), MOST):
            here = _paired(a, b, letters, state)
            if isinstance(here, Misfit):
                misfits.append(here)
            elif here not in found:
                found.append(replace(here, variables=variables))
    return found, misfits


def variables_of(left: Node, context: Context) -> tuple[str, ...]:
    """The letters that an identity between functions holds for: ``x`` in ``f'(x) = ...``."""
    if isinstance(left, Derivative) and left.of is not None:
        left = left.of
    match left:
        case Juxtaposition((Node() as first, Bracketed() as inside)):
            atom = context.lexicon.atom(first)
            known = atom is not None and (atom.name in context.functions or function_of(atom.name) is not None)
            names = [context.lexicon.atom(a) for a in arguments(inside)]
            if known and all(n is not None for n in names):
                return tuple(n.name for n in names if n is not None and not n.indices)
    return ()


def _paired(a: Value, b: Value, letters: tuple[Letter, ...], state: Shapes) -> Sides | Misfit:
    free = tuple(x.name for x in state.letters.values() if not x.bound and x not in letters)
    left, right = _without_units(a.axes, state), _without_units(b.axes, state)
    joined = state.all_same(left, right)
    if joined is None and a.over is not None and b.over is None and len(left) == 2 == len(right):
        a = transposed_jacobian(a)
        left = _without_units(a.axes, state)
        joined = state.all_same(left, right)
    jacobian = a.over is not None and b.over is None and len(left) == 2
    if free or joined is None or (a.over != b.over and not jacobian):
        return Misfit(shown(a.axes, state), shown(b.axes, state), free)
    maker = Maker(joined)
    indices = {x: maker.index(x) for x in left}
    over = [*(maker.letter(x) for x in letters), *indices.values()]
    first = tuple(indices[x] for x in left)
    return Sides(
        a.at(_spread(a.axes, first, maker), maker),
        b.at(_spread(b.axes, first, maker), maker),
        tuple(over),
        tuple(dict.fromkeys((*a.reading, *b.reading))),
        _made(joined, maker),
        letters=bool(letters),
        counts=tuple((n, joined.root(a)) for n, a in joined.counts.items() if joined.root(a) in joined.names),
    )


def transposed_jacobian(jacobian: Value) -> Value:
    """The derivative of one vector by another in denominator layout."""
    said = "denominator layout: rows for what is differentiated by"
    axes, at = jacobian.axes[::-1], jacobian.at
    return replace(jacobian, axes=axes, at=lambda places, maker: at(places[::-1], maker)).noted(said)


def _made(shapes: Shapes, maker: Maker) -> tuple[tuple[Tensor, Equation], ...]:
    found = []
    for name, value in shapes.made.items():
        indices = tuple(maker.index(a) for a in value.axes)
        right = value.at(tuple(maker.place(a, i) for a, i in zip(value.axes, indices, strict=True)), maker)
        found.append((Tensor(name, tuple(i.axis for i in indices)), Equation(Access(name, indices), right)))
    return tuple(found)


def _without_units(axes: Axes, shapes: Shapes) -> Axes:
    return tuple(a for a in axes if shapes.root(a) != UNIT)


def _spread(axes: Axes, indices: Sequence[Index], maker: Maker) -> tuple[Expr, ...]:
    """The indices with 0 put in along axes with one entry."""
    rest = iter(indices)
    return tuple(ZERO if maker.shapes.root(a) == UNIT else next(rest) for a in axes)


def shown(axes: Axes, shapes: Shapes) -> tuple[str, ...]:
    """A shape for people."""
    return tuple("1" if shapes.root(a) == UNIT else shapes.names.get(shapes.root(a), "?") for a in axes)


def add_signal(name: str, value: Value, letters: tuple[Letter, ...], shapes: Shapes, model: Model) -> None:
    """Make a name for a formula with gradients in it known to the model."""
    maker = Maker(shapes)
    rest = tuple(maker.index(a) for a in value.axes)
    places = tuple(maker.place(a, i) for a, i in zip(value.axes, rest, strict=True))
    indices = (*map(maker.letter, letters), *rest)
    axes = (*(x.axis for x in letters), *value.axes)
    tensor = Tensor(name, tuple(i.axis for i in indices), "constant", outside="zero")
    model.signals[name] = (tensor, Equation(Access(name, indices), value.at(places, maker)))
    kept = shapes.without_letters({})
    model.shapes = replace(kept, letters={}, made={}).with_symbol(name, axes)


__all__ = ["CannotJudge", "Outcome", "Sides", "Unclear", "add_signal", "decided", "judged", "readings", "world_for"]
