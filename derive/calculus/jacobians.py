"""Full Jacobians on request: the derivative of every entry of one tensor by every entry of another.

A Jacobian is the gradient for the upstream gradient that is 1 at one entry of the output and 0 elsewhere, so
it comes out of the same sweep: Kronecker deltas are put in for the upstream gradient and collapsed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from derive.calculus.algebra import agree_in_term
from derive.calculus.algebra import multiply_out_everywhere as multiply_out
from derive.calculus.chain_rule import derive
from derive.calculus.closed_form import put_in
from derive.calculus.rules import collapse_everywhere, factor_everywhere, pull_out_everywhere, reason
from derive.calculus.surroundings import Found
from derive.errors import UnknownName
from derive.expression import Access, Expr, Index, Partial, add, cotangent_name, delta, mul
from derive.ledger import Derivation, Step
from derive.program import Program, needed_equations
from derive.rewriting import bottom_up, fresh, rename_bound, substitute, tensors_in, terms_of, tidy


@dataclass(frozen=True)
class Jacobian:
    """``left = index``, the derivative of the entry ``left.of`` by the entry ``left.wrt``, with its steps."""

    program: Program
    left: Partial
    steps: tuple[Step, ...]

    @property
    def index(self) -> Expr:
        """The right side in index notation."""
        return self.steps[-1].after

    def _repr_latex_(self) -> str:
        from derive.notes.latex import latex  # the printer stands on a higher floor

        return rf"$\displaystyle {latex(self.left, self.program)} = {latex(self.index, self.program)}$"


def jacobian(program: Program, of: str, wrt: str) -> Jacobian:
    """The Jacobian of one tensor of the program by another that it depends on.

    >>> from derive.library import load
    >>> print(jacobian(load("softmax"), "P", "Z").index)
    P[n, c]*delta(n, n')*(delta(c, c') - P[n, c'])
    """
    part = _up_to(program, of)
    derivation = derive(part, [wrt], upstream=[of])
    if wrt not in _ancestors(part):
        raise UnknownName(f"{of} does not depend on {wrt}", hint=f"it depends on {', '.join(_ancestors(part))}")
    left, seeded = seed_one_entry(derivation, of, wrt)
    steps = [Step("seed_one_entry", left, seeded, reason(seed_one_entry))]
    for rule in (collapse, multiply_out, agree, factor):
        after = tidy(rule(steps[-1].after))
        if after != steps[-1].after:
            steps.append(Step(rule.__name__, steps[-1].after, after, reason(rule)))
    return Jacobian(program, left, tuple(steps))


def _up_to(program: Program, of: str) -> Program:
    """The program as far as it computes one tensor."""
    program.tensor(of)
    return replace(program, equations=needed_equations(program.equations, [of]))


def _ancestors(program: Program) -> tuple[str, ...]:
    """What the program's equations read, in the order declared."""
    read = {name for equation in program.equations for name in tensors_in(equation.right)}
    return tuple(t.name for t in program.tensors if t.name in read)


def seed_one_entry(derivation: Derivation, of: str, wrt: str) -> tuple[Partial, Expr]:
    """take the upstream gradient that is 1 at one entry of the output and 0 elsewhere"""
    gradient, equation = derivation.gradients[wrt], derivation.program.equation(of)
    assert equation is not None
    here = gradient.index
    for inner in reversed(derivation.all_gradients):
        if inner.left.tensor != gradient.left.tensor:
            here = put_in(here, Found(inner.left, inner.index))
    entry, primed = list(equation.indices), dict[Expr, Expr]()
    for index in gradient.indices:
        primed[index] = fresh(index, (*entry, *(i for i in primed.values() if isinstance(i, Index))))
    taken = {i for i in (*entry, *primed.values()) if isinstance(i, Index)}
    here = substitute(rename_bound(here, taken), primed)

    def one_hot(node: Expr) -> Expr:
        if not isinstance(node, Access) or node.tensor != cotangent_name(of):
            return node
        return mul(*(delta(i, j) for i, j in zip(entry, node.indices, strict=True)))

    by = Access(wrt, tuple(substitute(i, primed) for i in gradient.left.indices))
    return Partial(equation.left, by), bottom_up(here, one_hot)


def collapse(expr: Expr) -> Expr:
    """collapse the Kronecker deltas: only the term with equal indices stays"""
    return pull_out_everywhere(collapse_everywhere(expr))


def agree(expr: Expr) -> Expr:
    """where the delta is not zero both indices agree, so write the output's"""
    return add(*map(agree_in_term, terms_of(expr)))


def factor(expr: Expr) -> Expr:
    """factor out what all terms share"""
    return factor_everywhere(expr)
