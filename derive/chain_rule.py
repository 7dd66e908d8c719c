"""The chain rule: one joint reverse sweep over a program, each gradient computed once, every rewrite in the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

from derive.closed_form import close
from derive.errors import UnknownName
from derive.expression import (
    ONE,
    Access,
    Expr,
    Index,
    Partial,
    add,
    cotangent_name,
    mul,
    primal_name,
    total,
)
from derive.kinds import numbering
from derive.ledger import Derivation, Gradient, Step, Vjp
from derive.matrix_form import matrix_form
from derive.program import DIFFERENTIABLE, Equation, Function, Program, Tensor
from derive.rewriting import all_indices, fresh, substitute, tensors_in, walk
from derive.rules import (
    collapse_deltas,
    factor_out,
    pull_out,
    reason,
    reuse_output,
    take_local_derivative,
    write_slope,
)

Rule = Callable[[Expr, Equation, Program], Expr]
PIPELINE: tuple[Rule, ...] = (
    take_local_derivative,
    collapse_deltas,
    write_slope,
    reuse_output,
    pull_out,
    factor_out,
)


def derive(
    program: Program,
    wrt: Iterable[str] | None = None,
    *,
    upstream: Iterable[str] | None = None,
) -> Derivation:
    """Every gradient that ``wrt`` needs, from the outputs backwards.

    ``wrt``: names of tensors, intermediate ones too; None means every input and parameter.
    ``upstream``: the outputs whose gradient is given from outside. None means: every output that is not a
    scalar; a scalar output is the loss itself and has gradient 1.
    """
    names = _targets(program, wrt)
    seeds = _seeds(program, upstream)
    needed = _needed(program, names)
    consumers = _consumers(program)
    found: dict[str, Gradient] = {}
    for equation in reversed(program.equations):
        if equation.name in needed:
            _settle(program, equation.name, consumers, seeds, found)
        for tensor in _last_read_here(program, equation, consumers):
            if tensor.name in names:
                _settle(program, tensor.name, consumers, seeds, found)
    return Derivation(program, names, seeds, tuple(found.values()))


def _last_read_here(program: Program, equation: Equation, consumers: dict[str, list[Equation]]) -> list[Tensor]:
    """The given tensors whose paths are all known once this equation is passed on the way back, parameters first."""
    here = [program.tensor(n) for n in tensors_in(equation.right) if consumers[n][0] is equation]
    return sorted((t for t in here if t.role != "intermediate"), key=lambda t: t.role != "param")


def _targets(program: Program, wrt: Iterable[str] | None) -> tuple[str, ...]:
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


def _seeds(program: Program, upstream: Iterable[str] | None) -> tuple[str, ...]:
    if upstream is None:
        return tuple(name for name in program.outputs if program.tensor(name).axes)
    names = tuple(upstream)
    for name in names:
        program.tensor(name)
    return names


def _needed(program: Program, names: tuple[str, ...]) -> set[str]:
    """The tensors that depend on a target, targets included: only their gradients are computed."""
    needed = set(names)
    for equation in program.equations:
        if needed & set(tensors_in(equation.right)):
            needed.add(equation.name)
    return needed


def _consumers(program: Program) -> dict[str, list[Equation]]:
    consumers: dict[str, list[Equation]] = {}
    for equation in program.equations:
        for name in tensors_in(equation.right):
            consumers.setdefault(name, []).append(equation)
    return consumers


def _settle(
    program: Program,
    name: str,
    consumers: dict[str, list[Equation]],
    seeds: tuple[str, ...],
    found: dict[str, Gradient],
) -> None:
    """Add the gradient by one tensor, unless it is given from outside or no output depends on it."""
    tensor = program.tensor(name)
    left = Access(cotangent_name(name), entry_indices(program, tensor, consumers.get(name, [])))
    if name in seeds:
        return
    if name in program.outputs:
        step = Step("seed", left, ONE, "the loss changes by as much as itself")
        found[left.tensor] = Gradient(tensor, left, (), (step,), ONE, matrix_form(ONE, left.indices, program))
        return
    contributions = tuple(
        contribution(program, equation, tensor, left)
        for equation in reversed(consumers.get(name, []))
        if equation.name in seeds or cotangent_name(equation.name) in found
    )
    if not contributions:
        return
    joined = _join(left, contributions)
    joined += close(joined[-1].after if joined else contributions[0].result, found, program)
    index = joined[-1].after if joined else contributions[0].result
    matrix = matrix_form(index, left.indices, program)
    found[left.tensor] = Gradient(tensor, left, contributions, joined, index, matrix)


def entry_indices(program: Program, tensor: Tensor, readers: Sequence[Equation]) -> tuple[Expr, ...]:
    """The indices of a tensor's general entry: those of its equation, of a reader, else named after the axes."""
    equation = program.equation(tensor.name)
    if equation is not None:
        return equation.left.indices
    for reader in readers:
        for here in walk(reader.right):
            if isinstance(here, Access) and here.tensor == tensor.name:
                plain = [i for i in here.indices if isinstance(i, Index)]
                if len(set(plain)) == len(here.indices):
                    return tuple(plain)
    chosen: list[Index] = []
    for axis in tensor.axes:
        chosen.append(fresh(Index(axis.name.lower(), axis), chosen))
    return tuple(chosen)


def contribution(program: Program, equation: Equation, tensor: Tensor, left: Access) -> Vjp:
    """What one equation passes back to one operand; derived once for each kind of equation."""
    to_kind = numbering(equation)
    kind = Equation(to_kind(equation.left), to_kind(equation.right))  # type: ignore[arg-type]
    steps = _contribution_of_kind(program.functions, kind, to_kind(left))
    back = to_kind.inverse()
    first = Step("chain_rule", left, back(steps[0].after), chain_reason(equation, tensor))
    rest = (Step(s.rule, back(s.before), back(s.after), s.reason) for s in steps[1:])
    return Vjp(equation.name, (first, *rest))


@lru_cache(maxsize=4096)
def _contribution_of_kind(functions: tuple[Function, ...], equation: Equation, left: Expr) -> tuple[Step, ...]:
    """The steps for one kind of equation, from the chain rule to the last rewrite; ``left`` is the gradient's entry."""
    assert isinstance(left, Access)
    taken = set(all_indices(left))
    moved: dict[Expr, Expr] = {}
    for index in equation.indices:
        moved[index] = new = fresh(index, taken)
        taken.add(new)
    of = substitute(equation.left, moved)
    assert isinstance(of, Access)
    bound = tuple(i for i in of.indices if isinstance(i, Index))
    upstream = Access(cotangent_name(equation.name), of.indices)
    wrt = Access(primal_name(left.tensor), left.indices)
    here = total(bound, mul(upstream, Partial(of, wrt)))
    steps = [Step("chain_rule", left, here, "chain rule")]
    scope = Program("", (), (equation,), functions)
    for rule in PIPELINE:
        after = rule(here, equation, scope)
        if after != here:
            steps.append(Step(rule.__name__, here, after, reason(rule)))
            here = after
    return tuple(steps)


def chain_reason(equation: Equation, tensor: Tensor) -> str:
    """Why the first line of a contribution holds."""
    return f"chain rule: {tensor.name} acts through {equation.name}"


def _join(left: Access, contributions: tuple[Vjp, ...]) -> tuple[Step, ...]:
    if len(contributions) == 1:
        return ()
    after = add(*(v.result for v in contributions))
    return (Step("add_paths", left, after, "add up all the paths"),)
