"""What a derivation is asked for: the tensors to differentiate by, and the outputs with a gradient from outside."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import count

from derive.errors import LayerTextError, UnknownName
from derive.expression import Access
from derive.program import DIFFERENTIABLE, Equation, Program, Tensor
from derive.rewriting import tensors_in


def targets(program: Program, wrt: Iterable[str] | None) -> tuple[str, ...]:
    """The tensors to differentiate by, each of which must have a gradient; None means every input and parameter."""
    if wrt is None:
        return tuple(t.name for t in program.given if differentiable(t))
    names = tuple(dict.fromkeys(wrt))
    for name in names:
        tensor = program.tensor(name)
        if not differentiable(tensor):
            raise UnknownName(
                f"{name} is a {tensor.role} of {program.name} and has no gradient",
                hint="declare it as input or param to differentiate by it",
            )
    return names


def differentiable(tensor: Tensor) -> bool:
    """Whether gradients by this tensor are meant: inputs, parameters and intermediates of real numbers."""
    return tensor.role in DIFFERENTIABLE and not tensor.integer


def seeds_of(program: Program, upstream: Iterable[str] | None) -> tuple[str, ...]:
    """The outputs whose gradient is given from outside; None means every output that is no scalar."""
    if upstream is None:
        return tuple(name for name in program.outputs if program.tensor(name).axes)
    names = tuple(upstream)
    for name in names:
        if program.tensor(name).name not in program.outputs:
            raise LayerTextError(
                f"{name} is no output of {program.name}, so its gradient cannot be given from outside",
                hint=f"the outputs are {', '.join(program.outputs)}",
            )
    for name in program.outputs:
        if program.tensor(name).axes and name not in names:
            raise LayerTextError(
                f"{name} is an output of {program.name} and no scalar: its upstream gradient must be given",
                hint=f"name it in upstream, or reduce it to a loss, such as sum({name})",
            )
    return names


def outputs_apart(program: Program, seeds: tuple[str, ...]) -> tuple[Program, tuple[str, ...]]:
    """The program with a name of its own for each output that a loop reads on: ``h_out[t, k] = h[t, k]``.

    The gradient given from outside is that of ``h_out``; what flows back from the next step is added to it.
    """
    read = {name for e in program.equations for name in tensors_in(e.right)}
    names = {t.name for t in program.tensors}
    found: list[str] = []
    for seed in seeds:
        equation = program.equation(seed)
        if seed not in read or equation is None:
            found.append(seed)
            continue
        name = next(n for n in (f"{seed}_out" + "_" * k for k in count()) if n not in names)
        tensor = Tensor(name, program.tensor(seed).axes, meaning="output of the recurrence")
        out = Equation(Access(name, equation.left.indices), equation.left, equation.layer)
        here = program.equations.index(equation) + 1
        equations = (*program.equations[:here], out, *program.equations[here:])
        program = replace(program, tensors=(*program.tensors, tensor), equations=equations)
        found.append(name)
    return program, tuple(found)
