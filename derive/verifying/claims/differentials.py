r"""Notes in differentials, ``df = \operatorname{tr}(R^T dR)``: there ``dX`` is any change of ``X``, not its gradient.

A change of what is given is one direction; of what is computed, what that direction makes of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial

from derive.expression import Access, Expr, Index, add, mul, number, total
from derive.program import Equation, Program, Tensor
from derive.verifying.claims.definitions import has_gradients
from derive.verifying.claims.model import Model
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.steps import Step
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.elaborate.context import slope_name
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.spelled import written
from derive.verifying.formula import Differential, Juxtaposition, Name, Node, within
from derive.verifying.rebuilding import mapped


def in_differentials(found: Iterable[Step], words: Lexicon, losses: frozenset[str]) -> frozenset[str]:
    """What changes, if a line says what the change of the loss is in terms of other changes; else nothing."""
    found = list(found)
    plain = [s.right for s in found if s.right is not None and not has_gradients(s.right, words)]
    used = {name for right in plain for name in symbols_of(right, words)}  # no loss: something is computed from it
    wanted = {f"d{loss}" for loss in {*losses, *LOSS_NAMES, "f"} - used}
    changing: set[str] = set()
    about_loss = False
    for step in found:
        if step.left is not None and step.right is not None:
            of = words.atom(spelled_out(step.left, words))
            here = changes(spelled_out(step.right, words), words)
            changing |= here
            about_loss = about_loss or (of is not None and of.name in wanted and bool(here))
    return frozenset(changing) if about_loss else frozenset()


def changes(node: Node, words: Lexicon) -> set[str]:
    """The symbols whose changes stand in a formula."""
    atoms = (words.atom(n) for n in within(node) if isinstance(n, Name))
    return {a.name[1:] for a in atoms if a is not None and a.name[:1] == "d" and a.name[1:] in words.known}


def spelled_out(node: Node, words: Lexicon) -> Node:
    r"""The formula with ``\mathrm{d}W`` and ``d\mathbf{W}`` as the one name ``dW``."""
    made = mapped(node, partial(spelled_out, words=words))
    if isinstance(made, Differential) and made.mark == "d" and written(made.body) is not None:
        return _change(made.body, words, made)
    if isinstance(made, Juxtaposition):
        kept: list[Node] = []
        for factor in made.factors:
            if kept and isinstance(kept[-1], Name) and kept[-1].text == "d" and written(factor) is not None:
                kept[-1] = _change(factor, words, kept[-1])
            else:
                kept.append(factor)
        return kept[0] if len(kept) == 1 else replace(made, factors=tuple(kept))
    return made


def _change(of: Node, words: Lexicon, otherwise: Node) -> Node:
    atom = words.atom(of)
    if atom is None or atom.indices or atom.transposed:
        return otherwise
    return Name(f"d{atom.name}", whole=True)


def with_differentials(model: Model, changing: Collection[str]) -> Model:
    """The model with a change of every tensor, under its name with a d before it; given things change if named."""
    program = model.program
    made = model.apart()
    given = [t for t in program.given if not t.integer]
    if not {t.name for t in given} & set(changing):
        changing = [t.name for t in given]
    symbols = dict(made.shapes.symbols)
    for n, tensor in enumerate(given):
        indices = _indices(tensor, "a")
        moved = _direction(n, indices) if tensor.name in changing else number(0)
        made.signals[f"d{tensor.name}"] = _signal(tensor, indices, moved)
    for equation in program.equations:
        tensor = program.tensor(equation.name)
        made.signals[f"d{tensor.name}"] = _signal(tensor, _indices(tensor, "a"), _followed(tensor, given, program))
    symbols |= {f"d{t.name}": symbols[t.name] for t in program.tensors if t.name in symbols}
    made.shapes = replace(made.shapes, symbols=symbols)
    return made


def _signal(tensor: Tensor, indices: tuple[Index, ...], right: Expr) -> tuple[Tensor, Equation]:
    name = f"d{tensor.name}"
    return Tensor(name, tensor.axes, "constant"), Equation(Access(name, indices), right)


def _indices(tensor: Tensor, letter: str) -> tuple[Index, ...]:
    return tuple(Index(f"{letter}{k}", axis) for k, axis in enumerate(tensor.axes))


def _direction(n: int, indices: tuple[Index, ...]) -> Expr:
    """Numbers that differ from entry to entry and from tensor to tensor."""
    terms = [mul(2 * k + n + 1, i) for k, i in enumerate(indices)]
    return add(number(n + 1), *terms, *(mul(-1, i, i, number(k + 2)) for k, i in enumerate(indices)))


def _followed(tensor: Tensor, given: list[Tensor], program: Program) -> Expr:
    above = _indices(tensor, "a")
    terms = []
    for below in given:
        inner = _indices(below, "b")
        slope = Access(slope_name(tensor.name, below.name), (*above, *inner))
        terms.append(total(inner, mul(slope, Access(f"d{below.name}", inner))))
    return add(*terms)
