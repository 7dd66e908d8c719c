"""Forward mode: how every tensor changes when the given ones move, from the same local partials.

A tangent ``dot_X`` is given for every tensor that moves; the tangent of an equation's left side is the sum over
its operands of the local partial times the operand's tangent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derive.calculus.shifts import start_at_the_end
from derive.calculus.vjp import worked_out
from derive.expression import Access, Expr, Index, Partial, add, mul, total
from derive.index_names import indices_for
from derive.ledger import Step
from derive.program import DIFFERENTIABLE, Equation, Program, Tensor
from derive.recurrence import blocks
from derive.rewriting import all_indices, fresh, tensors_in


def tangent_name(tensor: str) -> str:
    """The name of a tensor's tangent."""
    return f"dot_{tensor}"


def jvp(program: Program, wrt: Iterable[str] | None = None) -> Program:
    """The program with its tangents: inputs ``dot_X`` for what moves, and the tangent of every equation.

    ``wrt``: what moves; None means every input and parameter. The outputs' tangents are the Jacobian-vector product;
    an output that no tangent reads stays an output, before them.

    >>> from derive.library import load
    >>> print(jvp(load("tanh")).equation("dot_Z").right)
    (1 - Z[n, h]**2)*dot_U[n, h]
    """
    moving = [t.name for t in program.given if t.role in DIFFERENTIABLE and not t.integer]
    moving = list(wrt) if wrt is not None else moving
    tensors, equations = list(program.tensors), []
    for name in moving:
        of = program.tensor(name)
        meaning = f"tangent of {name}"
        tensors.append(Tensor(tangent_name(name), of.axes, "input", meaning=meaning, flattened=of.flattened))
    for block in blocks(program):
        if any(n in moving for e in block.equations for n in tensors_in(e.right)):
            moving += [e.name for e in block.equations if e.name not in moving]
    for equation in program.equations:
        equations.append(equation)
        operands = [n for n in tensors_in(equation.right) if n in moving]
        if operands:
            tensors.append(Tensor(tangent_name(equation.name), program.tensor(equation.name).axes))
            left = Access(tangent_name(equation.name), equation.left.indices)
            right = start_at_the_end(add(*(pushed(program, equation, n)[-1].after for n in operands)))
            equations.append(Equation(left, right, equation.layer))
    return replace(program, name=f"jvp_of_{program.name}", tensors=tuple(tensors), equations=tuple(equations))


def pushed(program: Program, equation: Equation, operand: str) -> tuple[Step, ...]:
    """The steps from the chain rule to what one operand's tangent adds to the equation's."""
    taken = set(all_indices(equation.left))
    indices: list[Index] = []
    for index in indices_for(program.tensor(operand).axes):
        indices.append(fresh(index, taken))
        taken.add(indices[-1])
    entry = Access(operand, tuple(indices))
    local: Expr = Partial(equation.left, entry)
    here = total(tuple(indices), mul(local, Access(tangent_name(operand), entry.indices)))
    return worked_out(Access(tangent_name(equation.name), equation.left.indices), here, equation, program)
