"""Overflow-safe forms: the same value, written so that no step of it overflows or loses all digits.

Each rewrite is an identity of real numbers (proved by the judge in the tests): a quotient of exponentials
does not change when the same number is taken from all exponents, a logarithm of it is a difference, and a
formula that is a table function written out becomes a call of that function, which the backend spells safely.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import chain, count

from codegen.naming import describe
from codegen.sharing import shape_key
from derive.calculus.matching import match
from derive.calculus.rules import same
from derive.expression import (
    Access,
    Call,
    Compare,
    Expr,
    Mul,
    Reduce,
    Where,
    add,
    base_and_exponent,
    mul,
    number,
    power,
)
from derive.program import Equation, Program, Tensor
from derive.rewriting import all_indices, bottom_up, factors_of, free_indices, rename_bound, substitute, tensors_in
from derive.scalar_functions import ROWS


def stabilised(program: Program) -> Program:
    """The program with its equations in forms that are safe to compute; a shifted exponent becomes a tensor."""
    work = Shifts(program)
    safe: dict[str, Equation] = {}
    for equation in program.equations:
        right = inline_functions(equation.right, program)
        right = log_of_definition(right, safe)
        for rewrite in (work.quotient, work.log_sum, recognise_functions, log_of_sigmoid, guard_branches):
            right = bottom_up(right, rewrite)
        safe.update(work.pending())
        safe[equation.name] = replace(equation, right=right)
    return replace(program, equations=tuple(safe.values()), tensors=(*program.tensors, *work.tensors))


class Shifts:
    """Takes the largest exponent off sums of exponentials: ``s = a - max a`` is computed once and named."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.tensors: list[Tensor] = []
        self._named: dict[Expr, Equation] = {}
        self._pending: dict[str, Equation] = {}

    def pending(self) -> dict[str, Equation]:
        """The equations named since the last call, which must come first."""
        found, self._pending = self._pending, {}
        return found

    def quotient(self, expr: Expr) -> Expr:
        """``exp(a)/Σ exp(a) = exp(s)/Σ exp(s)``."""
        for below in factors_of(expr):
            base, power_of = base_and_exponent(below)
            inner = _exponent_summed(base)
            if inner is None or power_of != number(-1) or not isinstance(base, Reduce):
                continue
            for above in factors_of(expr):
                bound = match(inner, exponent, base.indices) if (exponent := _exponent_of(above)) else None
                if bound is None:
                    continue
                shifted = self._shifted(base, inner)
                rest = [f for f in factors_of(expr) if f not in (below, above)]
                total = Reduce("sum", base.indices, Call("exp", (shifted,)))
                return mul(*rest, Call("exp", (substitute(shifted, bound),)), power(total, -1))
        return expr

    def log_sum(self, expr: Expr) -> Expr:
        """``log Σ exp(a) = max a + log Σ exp(s)``."""
        if not isinstance(expr, Call) or expr.function != "log" or not isinstance(expr.args[0], Reduce):
            return expr
        reduced = expr.args[0]
        inner = _exponent_summed(reduced)
        if inner is None or self._is_shifted(inner):
            return expr
        shifted = self._shifted(reduced, inner)
        return add(
            Reduce("max", reduced.indices, inner),
            Call("log", (Reduce("sum", reduced.indices, Call("exp", (shifted,))),)),
        )

    def _is_shifted(self, exponent: Expr) -> bool:
        return isinstance(exponent, Access) and any(exponent.tensor == t.name for t in self.tensors)

    def _shifted(self, reduced: Reduce, inner: Expr) -> Expr:
        """The entry of the tensor ``a - max a``, made the first time it is asked for."""
        if self._is_shifted(inner):
            return inner
        free = free_indices(inner)
        key = shape_key(Reduce("max", reduced.indices, inner))
        if key not in self._named:
            name = self._new_name(f"shifted_{describe(inner)}")
            largest = rename_bound(Reduce("max", reduced.indices, inner), free)
            equation = Equation(Access(name, free), inner - largest)
            self.tensors.append(Tensor(name, tuple(i.axis for i in free)))
            self._named[key] = self._pending[name] = equation
        return Access(self._named[key].name, free)

    def _new_name(self, wish: str) -> str:
        taken = {t.name for t in (*self.program.tensors, *self.tensors)}
        return next(n for n in chain([wish], (f"{wish}_{k}" for k in count(2))) if n not in taken)


def _exponent_of(expr: Expr) -> Expr | None:
    return expr.args[0] if isinstance(expr, Call) and expr.function == "exp" else None


def _exponent_summed(expr: Expr) -> Expr | None:
    """The exponent in a sum of exponentials; numbers alone are left as they are."""
    inner = _exponent_of(expr.body) if isinstance(expr, Reduce) and expr.op == "sum" else None
    return inner if inner is not None and tensors_in(inner) else None


def inline_functions(expr: Expr, program: Program) -> Expr:
    """Write out the scalar functions that the layer defines itself."""

    def change(here: Expr) -> Expr:
        own = program.function(here.function) if isinstance(here, Call) else None
        if own is None or not isinstance(here, Call):
            return here
        moved: dict[Expr, Expr] = dict(zip(map(Access, own.parameters), here.args, strict=True))
        return inline_functions(substitute(own.body, moved), program)

    return bottom_up(expr, change)


def log_of_definition(expr: Expr, known: Mapping[str, Equation]) -> Expr:
    """A logarithm of a tensor, or of 1 less it, with the definition put in where the logarithm of that is safe."""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Call) or here.function != "log":
            return here
        for inner, whole in ((here.args[0], True), (1 - here.args[0], False)):
            equation = known.get(inner.tensor) if isinstance(inner, Access) else None
            if equation is None or not isinstance(inner, Access):
                continue
            body = rename_bound(equation.right, all_indices(expr))
            body = substitute(body, dict(zip(equation.left.indices, inner.indices, strict=True)))
            if isinstance(body, Call) and body.function == "sigmoid":
                return Call("log", (body if whole else 1 - body,))
            if whole and any(_exponent_of(f) is not None for f in factors_of(body)):
                return log_of_product(body)
        return here

    return bottom_up(expr, change)


def log_of_product(expr: Expr) -> Expr:
    """The logarithm of a product of exponentials and powers, as a sum."""
    terms = []
    for factor in factors_of(expr):
        base, exponent = base_and_exponent(factor)
        inner = _exponent_of(base)
        terms.append(mul(exponent, inner if inner is not None else Call("log", (base,))))
    return add(*terms)


def recognise_functions(expr: Expr) -> Expr:
    """``1/(1 + exp(-x))`` is the sigmoid of ``x``: any table function written out becomes a call of it."""
    for row in ROWS:
        if row.value is None or row.arity != 1 or row.kink is not None:
            continue
        argument = _argument(row.value(Access("#x")), expr)
        if argument is not None:
            return Call(row.name, (argument,))
    return expr


def _argument(pattern: Expr, expr: Expr) -> Expr | None:
    """The argument that makes the pattern equal the expression."""
    found: list[Expr] = []
    if not _unify(pattern, expr, found):
        return None
    candidate = found[0]
    return candidate if same(substitute(pattern, {Access("#x"): candidate}), expr) else None


def _unify(pattern: Expr, expr: Expr, found: list[Expr]) -> bool:
    if pattern == Access("#x"):
        found.append(expr)
        return True
    if isinstance(pattern, Mul) and pattern == -Access("#x"):
        found.append(-expr)
        return True
    if type(pattern) is not type(expr):
        return False
    left, right = pattern.parts(), expr.parts()
    return all(_unify_part(a, b, found) for a, b in zip(left, right, strict=True)) and bool(found)


def _unify_part(a: object, b: object, found: list[Expr]) -> bool:
    if isinstance(a, Expr) and isinstance(b, Expr):
        return _unify(a, b, found) or a == b
    if isinstance(a, tuple) and isinstance(b, tuple):
        return len(a) == len(b) and all(_unify_part(x, y, found) for x, y in zip(a, b, strict=True))
    return a == b


def logistic_quotient(expr: Expr) -> Expr:
    """``exp(x)/(1 + exp(x))`` is the sigmoid of ``x``."""
    for below in factors_of(expr):
        base, exponent = base_and_exponent(below)
        for above in factors_of(expr):
            if exponent == number(-1) and _exponent_of(above) is not None and same(base, 1 + above):
                inner = _exponent_of(above)
                assert inner is not None
                rest = (f for f in factors_of(expr) if f not in (above, below))
                return mul(*rest, Call("sigmoid", (inner,)))
    return expr


def log_of_sigmoid(expr: Expr) -> Expr:
    """``log sigmoid(x) = -softplus(-x)`` and ``log(1 - sigmoid(x)) = -softplus(x)``."""
    if not isinstance(expr, Call) or expr.function != "log":
        return expr
    inner = expr.args[0]
    if isinstance(inner, Call) and inner.function == "sigmoid":
        return -Call("softplus", (-inner.args[0],))
    rest = 1 - inner
    if isinstance(rest, Call) and rest.function == "sigmoid":
        return -Call("softplus", rest.args)
    return expr


def guard_branches(expr: Expr) -> Expr:
    """``where(x > b, p(x), q(x)) = where(x > b, p(max(x, b)), q(min(x, b)))``: a branch not taken must not overflow."""
    if not isinstance(expr, Where) or not isinstance(expr.condition, Compare):
        return expr
    op, tested, bound = expr.condition.op, expr.condition.left, expr.condition.right
    if not isinstance(tested, Access) or free_indices(bound) or op not in ("<", "<=", ">", ">="):
        return expr
    above, below = (Call(f, (tested, bound)) for f in ("maximum", "minimum"))
    then, otherwise = (above, below) if op in (">", ">=") else (below, above)
    return Where(expr.condition, _guarded(expr.then, tested, then), _guarded(expr.otherwise, tested, otherwise))


def _guarded(expr: Expr, tested: Expr, safe: Expr) -> Expr:
    """The argument kept within its branch inside exponentials, which are what overflows."""

    def change(here: Expr) -> Expr:
        growing = isinstance(here, Call) and here.function in ("exp", "sinh", "cosh")
        return substitute(here, {tested: safe}) if growing else here

    return bottom_up(expr, change)
