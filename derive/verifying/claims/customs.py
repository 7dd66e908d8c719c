"""What names mean by custom: error signals, gradients that leave out the average, functions that nothing defines."""

from __future__ import annotations

from dataclasses import replace

from derive.expression import Reduce, Size, mul
from derive.rewriting import tensors_in, walk
from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.evaluation import decided, slopes_in
from derive.verifying.claims.judging import times_samples
from derive.verifying.claims.model import Model
from derive.verifying.claims.outcome import Outcome
from derive.verifying.claims.reader import Reader
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.context import Slope, named_slope
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    Derivative,
    Fraction,
    Juxtaposition,
    Mark,
    Nabla,
    Name,
    Node,
    Scripted,
    within,
)


def by_custom(d: Definition, model: Model) -> Slope | None:
    """What an error signal differentiates by: what an activation is applied to, with the number of the signal."""
    label = d.name.removeprefix("delta")
    if label == d.name or model.program.equation(model.loss) is None:
        return None
    for name in model.shapes.symbols:
        kept = name.removesuffix(label)
        if name.endswith(label) and kept in ("z", "Z", "u", "U", "a", "A", "net", "s", "o"):
            equation = model.program.equation(name)
            if equation is not None and any(isinstance(n, Reduce) for n in walk(equation.right)):
                return Slope(model.loss, name)
    return None


def without_average(left: Node, outcome: Outcome, model: Model, reader: Reader) -> str:
    """The number of samples, if a name such as dZ is used for that many times the gradient."""
    atom = model.context.lexicon.atom(left)
    if outcome.holds or atom is None or atom.indices or not atom.name.startswith(("d", "delta")):
        return ""
    slope = named_slope(atom.name, model.context, model.shapes)
    if slope is None or slope.times or model.program.equation(slope.by) is None:
        return ""
    times = times_samples(outcome, model)
    if times:
        reader.gradients[atom.name] = replace(slope, times=times)
        model.context = replace(model.context, gradients=dict(reader.gradients))
    return times


def averaged_later(left: Node, step: Step, model: Model, reader: Reader) -> bool:
    """Whether a later line divides by the number of samples what stands on the left here: it leaves that out then."""
    atom = model.context.lexicon.atom(left)
    slope = named_slope(atom.name, model.context, model.shapes) if atom is not None else None
    if atom is None or slope is None or slope.times or model.program.equation(slope.by) is None:
        return False
    for later in reader.steps:
        if later.place > step.place and later.right is not None and atom.name in symbols_of(later.right, reader.words):
            for node in within(later.right):
                size = text_of(node.bottom) if isinstance(node, Fraction) else ""
                if size in model.shapes.counts or size in model.shapes.names.values():
                    reader.gradients[atom.name] = replace(slope, times=model.shapes.size_name(size))
                    model.context = replace(model.context, gradients=dict(reader.gradients))
                    return True
    return False


def is_open_function(left: Node, model: Model) -> bool:
    r"""Whether the left side is ``\sigma'(z)`` where nothing in the note says what σ is."""
    match left:
        case Juxtaposition((Scripted(Name("sigma" | "g" | "f" | "phi" | "h" as name), primes=primes), _)) if primes:
            return name not in model.context.functions or name in model.context.generic
        case Juxtaposition((Scripted(Name("sigma" as name), None, Mark()), _)):
            return name not in model.context.functions
    return False


def slope_of(node: Node, model: Model) -> Slope | None:
    """The derivative that a left side is."""
    slope = written_slope(node, model) if isinstance(node, (Derivative, Nabla)) else None
    if slope is None:
        atom = model.context.lexicon.atom(node)
        if atom is None:
            return None
        slope = named_slope(atom.name, model.context, model.shapes)
    return slope


def written_slope(node: Node, model: Model) -> Slope | None:
    """The derivative that is written out."""
    of, by = (node.of, node.by) if isinstance(node, (Derivative, Nabla)) else (None, None)
    by = by[0] if isinstance(by, tuple) else by
    words = model.context.lexicon
    above = words.atom(of) if of is not None else None
    below = words.atom(by) if by is not None else None
    if below is None or (above is None and of is not None):
        return None
    return Slope(above.name if above is not None else model.loss, below.name)


def gradient_of(node: Node, model: Model) -> str:
    """The tensor whose gradient a left side is."""
    slope = slope_of(node, model)
    return slope.by if slope is not None else ""


def mean_of_losses(left: Node, outcome: Outcome, model: Model) -> str:
    """How the losses of all samples and of one are related, where a claim speaks of both and nothing defines them.

    ``dW`` may be the gradient of the mean beside ``dZ``, which is that of each sample's own loss.
    """
    sides = outcome.sides
    if sides is None or outcome.counterexample is None:
        return ""
    named = {of for of, _, _ in slopes_in((*tensors_in(sides.left), *tensors_in(sides.right)))}
    atom = model.context.lexicon.atom(left)
    slope = named_slope(atom.name, model.context, model.shapes) if atom is not None else None
    of_mean = atom is not None and slope is not None and atom.name == f"d{slope.by}" and _is_given(slope.by, model)
    if (len(named) < 2 and not of_mean) or any(model.program.equation(of) is not None for of in named):
        return ""
    for axis in model.program.axes:
        scaled = replace(sides, right=mul(Size(axis), sides.right))
        if decided(scaled, model).holds:
            if len(named) < 2:
                return f"read as the gradient of the mean over {axis.name} of what the others are gradients of"
            return f"{' and '.join(sorted(named))}: one is read as the mean of the other over {axis.name}"
    return ""


def _is_given(name: str, model: Model) -> bool:
    return any(t.name == name for t in model.program.given)
