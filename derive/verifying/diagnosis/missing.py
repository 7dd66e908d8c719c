"""What a note leaves out: gradients by parameters, and by what lies on the way to them, that it never states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from derive.calculus.chain_rule import derive
from derive.errors import ChainruleError
from derive.expression import Access, Index
from derive.index_names import indices_in_order, renamed, unused_letter
from derive.ledger import Gradient
from derive.notes.latex import one_line
from derive.notes.notation import Notation, Spelling, spelling
from derive.notes.symbols import own_symbol
from derive.program import Equation, Program, Tensor, needed_equations
from derive.rewriting import tensors_in
from derive.verifying.claims.model import Model
from derive.verifying.diagnosis.naming import Stock
from derive.verifying.elaborate.context import Slope
from derive.verifying.latex.writing import latex

WEIGHTS = ("W", "w", "b", "theta", "Theta", "gamma", "beta", "U", "V")

NUMBERED = re.compile(r"#|^k\d+$")


def missing(model: Model, stated: Iterable[str], stock: Stock, text: str) -> tuple[str, ...]:
    """Our own formulas, in the writer's names, for the gradients that are not stated, the loss's first.

    Nothing if there is no loss to differentiate, or if the note states no gradient at all.
    """
    known = set(stated)
    program = model.program
    if not known or program.equation(model.loss) is None:
        return ()
    part = _part(program, [model.loss], stock, text)
    wanted = [t.name for t in part.given if t.name.startswith(WEIGHTS) and t.name not in known]
    if not wanted:
        return ()
    try:
        derivation = derive(part, wanted)
    except ChainruleError:
        return ()
    found = [g for g in derivation.all_gradients if g.name not in known and g.name != model.loss]
    names = spelling(part, loss=model.loss)
    return tuple(_line(g, names) for g in found)


def ours(model: Model, slope: Slope, stock: Stock, text: str, notation: Notation) -> str:
    """Our own formula for a gradient, in the writer's names and notation; empty if it cannot be derived."""
    of = model.program.equation(slope.of)
    given = of is not None and not of.indices
    if not given and any(t.name == slope.of for t in model.program.tensors):
        return ""
    ends = [slope.of] if given else [n for n in model.program.outputs if n in model.context.flows]
    ends = ends or list(model.program.outputs)
    try:
        part = _part(model.program, ends, stock, text)
        derivation = derive(part, [slope.by], upstream=None if given else ends)
        named = part if given else replace(part, tensors=(*part.tensors, Tensor(slope.of, ())))
        names = replace(spelling(named, loss=slope.of), notation=notation)
        return _line(derivation.gradient(slope.by), names)
    except ChainruleError:
        return ""


def _line(gradient: Gradient, names: Spelling) -> str:
    """The gradient in one line: in matrix notation where there is one."""
    if gradient.matrix is None:
        return f"{one_line(gradient.left, names)} = {one_line(gradient.index, names)}"
    return f"{names.written_out(gradient.name)} = {one_line(gradient.matrix, names)}"


def _part(program: Program, ends: Sequence[str], stock: Stock, text: str) -> Program:
    """The equations that a loss or other results need, spelled as the writer does where that can be printed."""
    equations = needed_equations(program.equations, ends)
    names = {n for e in equations for n in (e.name, *tensors_in(e.right))}
    tensors = []
    for tensor in program.tensors:
        if tensor.name in names:
            node = stock.symbols.get(tensor.name)
            spelled = latex(node, text) if node is not None else None
            tensors.append(replace(tensor, latex=spelled if spelled and _printable(spelled) else None))
    return replace(program, tensors=tuple(tensors), equations=tuple(map(_lettered, equations)))


def _lettered(equation: Equation) -> Equation:
    """The equation with a letter for each index that the reading numbered: ``d`` for ``d#11``, ``n`` for ``k3``."""
    indices = indices_in_order(equation)
    names = {i.name for i in indices if not NUMBERED.search(i.name)}
    letters: dict[Index, Index] = {}
    for index in indices:
        if index.name not in names:
            plain = index.name.partition("#")[0]
            letter = plain if plain != index.name and plain not in names else unused_letter(index.axis, names)
            names.add(letter)
            letters[index] = Index(letter, index.axis)
    left = renamed(equation.left, letters)
    assert isinstance(left, Access)
    return Equation(left, renamed(equation.right, letters))


def _printable(spelled: str) -> bool:
    try:
        own_symbol(spelled, spelled)
    except ChainruleError:
        return False
    return True
