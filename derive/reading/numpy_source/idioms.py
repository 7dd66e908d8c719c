"""What code does only to be safe, undone: a largest entry taken off before exponentials, a sigmoid written out.

The program then says what a lecture says, and its gradients have their short forms. Each rule is an identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Call,
    Compare,
    Expr,
    Index,
    Mul,
    Pow,
    Reduce,
    Where,
    add,
    mul,
    number,
    total,
)
from derive.program import Equation, Program, needed_equations
from derive.rewriting import all_indices, bottom_up, free_indices, rename_bound, substitute, tensors_in, tidy, walk

LARGEST = 2000  # nodes of an expression


def plain(program: Program) -> Program:
    """The program without the idioms."""
    outputs = program.outputs
    inlined = _without_shifts(program)
    equations = tuple(replace(e, right=tidy(bottom_up(e.right, _rule))) for e in inlined.equations)
    kept = needed_equations(equations, outputs)
    used = {t for e in kept for t in (e.name, *tensors_in(e.right))}
    return replace(program, tensors=tuple(t for t in program.tensors if t.name in used), equations=kept)


def _without_shifts(program: Program) -> Program:
    """Tensors that hold a largest entry, or exponentials of what it was taken off, put where they are used."""
    shifted: dict[str, Equation] = {}
    equations = []
    for equation in program.equations:
        taken = all_indices(equation.right) | set(equation.indices)
        right = bottom_up(equation.right, lambda n, taken=taken: _entry(n, shifted, taken))  # type: ignore[misc]
        if sum(1 for _ in walk(right)) > LARGEST:
            return program  # written out it would grow beyond all bounds
        here = replace(equation, right=right)
        if _has_shift(right) and not any(isinstance(n, Pow) and n.exponent == number(-1) for n in walk(right)):
            shifted[here.name] = here
        equations.append(here)
    return replace(program, equations=tuple(equations))


def _entry(node: Expr, shifted: Mapping[str, Equation], taken: set[Index]) -> Expr:
    """An access to one of the tensors as what stands for it there, its bound indices apart from those around."""
    if not (isinstance(node, Access) and node.tensor in shifted):
        return node
    equation = shifted[node.tensor]
    right = rename_bound(equation.right, taken | set(equation.indices))
    return substitute(right, dict(zip(equation.left.indices, node.indices, strict=True)))


def _has_shift(expr: Expr) -> bool:
    return any(isinstance(n, Reduce) and n.op == "max" for n in walk(expr))


def _rule(expr: Expr) -> Expr:
    for rule in (_exponential, _pulled_out, _logarithm, _opened, _sigmoid, _relu):
        expr = rule(expr)
    return expr


def _exponential(expr: Expr) -> Expr:
    """exp(x - max) = exp(x) exp(-max)."""
    if not (isinstance(expr, Call) and expr.function == "exp" and isinstance(expr.args[0], Add)):
        return expr
    terms = expr.args[0].terms
    shifts = [tidy(t) for t in terms if _is_shift(t)]
    rest = [t for t in terms if not _is_shift(t)]
    if not shifts or not rest:
        return expr
    return mul(Call("exp", (add(*rest),)), Call("exp", (add(*shifts),)))


def _is_shift(term: Expr) -> bool:
    factors = term.factors if isinstance(term, Mul) else (term,)
    return any(isinstance(f, Reduce) and f.op == "max" for f in factors)


def _is_shift_factor(factor: Expr) -> bool:
    base = factor.base if isinstance(factor, Pow) else factor
    if not (isinstance(base, Call) and base.function == "exp"):
        return False
    terms = base.args[0].terms if isinstance(base.args[0], Add) else (base.args[0],)
    return all(_is_shift(t) for t in terms)


def _pulled_out(expr: Expr) -> Expr:
    """A factor that the sum does not run over stands in front of it."""
    if not (isinstance(expr, Reduce) and expr.op == "sum" and isinstance(expr.body, Mul)):
        return expr
    bound = set(expr.indices)
    out = [f for f in expr.body.factors if _is_shift_factor(f) and not bound & set(free_indices(f))]
    rest = [f for f in expr.body.factors if f not in out]
    return mul(*(tidy(f) for f in out), total(expr.indices, mul(*rest))) if out else expr


def _logarithm(expr: Expr) -> Expr:
    """log(exp(-max) x) = log(x) - max."""
    if not (isinstance(expr, Call) and expr.function == "log" and isinstance(expr.args[0], Mul)):
        return expr
    factors = expr.args[0].factors
    out = [f.args[0] for f in factors if isinstance(f, Call) and _is_shift_factor(f)]
    rest = [f for f in factors if not (isinstance(f, Call) and _is_shift_factor(f))]
    return add(Call("log", (mul(*rest),)), *out) if out else expr


def _opened(expr: Expr) -> Expr:
    """A bracket with a largest entry in it is opened after a minus sign, so that it can cancel."""
    if isinstance(expr, Mul) and len(expr.factors) == 2 and expr.factors[0] == number(-1):
        inner = expr.factors[1]
        if isinstance(inner, Add) and any(_is_shift(t) for t in inner.terms):
            return add(*(mul(-1, t) for t in inner.terms))
    return expr


def _sigmoid(expr: Expr) -> Expr:
    """1/(1 + exp(-x)) = σ(x)."""
    if not (isinstance(expr, Pow) and expr.exponent == number(-1) and isinstance(expr.base, Add)):
        return expr
    terms = expr.base.terms
    exponentials = [t for t in terms if isinstance(t, Call) and t.function == "exp"]
    if len(terms) == 2 and ONE in terms and len(exponentials) == 1:
        return Call("sigmoid", (mul(-1, exponentials[0].args[0]),))
    return expr


def _relu(expr: Expr) -> Expr:
    """The greater of x and 0, however it is written."""
    match expr:
        case Call("maximum", (x, other)) if ZERO in (x, other):
            return Call("relu", (other if x == ZERO else x,))
        case Where(Compare(op, x, low), then, otherwise) if low == ZERO:
            if (op in (">", ">=") and (then, otherwise) == (x, ZERO)) or (
                op in ("<", "<=") and (then, otherwise) == (ZERO, x)
            ):
                return Call("relu", (x,))
    return expr
