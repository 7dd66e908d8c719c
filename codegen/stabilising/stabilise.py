"""Overflow-safe forms: the same value, written so that no step of it overflows or loses all digits.

Each rewrite is an identity of real numbers (proved by the judge in the tests): a quotient of exponentials
does not change when the same number is taken from all exponents, a logarithm of it is a difference, and a
formula that is a table function written out becomes a call of that function, which the backend spells safely.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from codegen.naming import describe, unused
from codegen.stabilising.log_sums import exp_of_log_sum
from codegen.stabilising.positive import is_positive
from codegen.stabilising.scaling import Scaling
from codegen.stabilising.softplus import softplus_in_parts
from codegen.stabilising.zero_weights import logs_weighed
from codegen.tuning.sharing import entry_order, shape_key
from derive.calculus.matching import match
from derive.calculus.rules import same
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Expr,
    Mul,
    Number,
    Pow,
    Reduce,
    Where,
    add,
    base_and_exponent,
    mul,
    number,
    power,
)
from derive.program import Equation, Program, Tensor
from derive.rewriting import (
    all_indices,
    bottom_up,
    children,
    factors_of,
    free_indices,
    rebuild,
    rename_bound,
    substitute,
    tensors_in,
    terms_of,
    top_down,
    walk,
)
from derive.scalar_functions import ROWS

INFINITY = Constant("inf")


def stabilised(program: Program) -> Program:
    """The program with its equations in forms that are safe to compute; a shifted exponent becomes a tensor."""
    work, given = Shifts(program), [t.name for t in program.given]
    safe: dict[str, Equation] = {}
    for equation in program.equations:
        right = exp_of_log_sum(inline_functions(equation.right, program), program)
        right = logs_weighed(work.safe(log_of_definition(right, safe)), given)
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

    def safe(self, expr: Expr) -> Expr:
        """The expression in its safe form."""
        scaling = Scaling(self)
        for rewrite in (recognise_functions, log_of_sigmoid, log_of_quotient, self.quotient, self.log_sum):
            expr = bottom_up(expr, rewrite)
        return bottom_up(top_down(expr, lambda e: scaling.logarithm(scaling.quotient(e))), guard_branches)

    def __contains__(self, name: object) -> bool:
        """Whether a tensor of that name was made here."""
        return any(name == t.name for t in self.tensors)

    def quotient(self, expr: Expr) -> Expr:
        """``exp(a)/Σ exp(a) = exp(s)/Σ exp(s)``."""
        for below in factors_of(expr):
            base, power_of = base_and_exponent(below)
            inner = _exponent_summed(base, _exponent_among)
            if inner is None or power_of != number(-1) or not isinstance(base, Reduce):
                continue
            for above in factors_of(expr):
                bound = match(inner, exponent, base.indices) if (exponent := _exponent_among(above)) else None
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
        return isinstance(exponent, Access) and exponent.tensor in self

    def _shifted(self, reduced: Reduce, inner: Expr) -> Expr:
        """The entry of the tensor ``a - max a``, made the first time it is asked for."""
        if self._is_shifted(inner):
            return inner
        exponent = inner
        if isinstance(inner, Where):
            exponent = inner.then
            inner = self._entry(f"masked_{describe(exponent)}", inner)
        largest = rename_bound(Reduce("max", reduced.indices, inner), free_indices(inner))
        return self._entry(f"shifted_{describe(exponent)}", inner - largest)

    def _entry(self, wish: str, value: Expr) -> Access:
        """The entry of a tensor that has this value, made the first time it is asked for."""
        free, key = entry_order(value), shape_key(value)
        if key not in self._named:
            name = unused(wish, {t.name for t in (*self.program.tensors, *self.tensors)})
            self.tensors.append(Tensor(name, tuple(i.axis for i in free)))
            self._named[key] = self._pending[name] = Equation(Access(name, free), value)
        return Access(self._named[key].name, free)


def _exponent_of(expr: Expr) -> Expr | None:
    return expr.args[0] if isinstance(expr, Call) and expr.function == "exp" else None


def _exponent_among(expr: Expr) -> Expr | None:
    """The exponent of an exponential, minus infinity where a condition has 0 in its place, as a mask does."""
    if isinstance(expr, Where) and expr.otherwise == ZERO and (inner := _exponent_of(expr.then)) is not None:
        return Where(expr.condition, inner, -INFINITY)
    return _exponent_of(expr)


def _exponent_summed(expr: Expr, exponent_of: Callable[[Expr], Expr | None] = _exponent_of) -> Expr | None:
    """The exponent in a sum of exponentials; numbers alone are left as they are."""
    inner = exponent_of(expr.body) if isinstance(expr, Reduce) and expr.op == "sum" else None
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


def recognised(expr: Expr, program: Program) -> Expr:
    """The expression with own functions and table functions as the table has them."""
    return bottom_up(inline_functions(expr, program), recognise_functions)


def log_of_definition(expr: Expr, known: Mapping[str, Equation]) -> Expr:
    """A logarithm of a tensor, or of 1 less it, with the definition put in where the logarithm of that is safe."""

    def change(here: Expr) -> Expr:
        if not isinstance(here, Call) or here.function != "log":
            return here
        for inner, whole in ((here.args[0], True), (complement(here.args[0]), False)):
            equation = known.get(inner.tensor) if isinstance(inner, Access) else None
            if equation is None or not isinstance(inner, Access):
                continue
            body = rename_bound(equation.right, all_indices(expr))
            body = substitute(body, dict(zip(equation.left.indices, inner.indices, strict=True)))
            if isinstance(body, Call) and body.function == "sigmoid":
                return log_of_sigmoid(Call("log", (body if whole else 1 - body,)))
            if whole and any(_exponent_of(f) is not None for f in factors_of(body)):
                return log_of_product(body)
        return here

    return bottom_up(expr, change)


def log_of_product(expr: Expr) -> Expr:
    """The logarithm of a product, as a sum: of what is positive for certain, each factor alone.

    What stands alone below an exponential is positive, too, where the logarithm has a value.
    """
    terms: list[Expr] = []
    rest: list[Expr] = []
    for factor in factors_of(expr):
        base, exponent = base_and_exponent(factor)
        inner = _exponent_of(base)
        if inner is not None:
            terms += [mul(exponent, t) for t in terms_of(inner)]
        elif is_positive(base) or (exponent == number(-1) and len(factors_of(expr)) == 2):
            terms.append(mul(exponent, Call("log", (base,))))
        else:
            rest.append(factor)
    return add(*terms, *([Call("log", (mul(*rest),))] if rest else []))


def log_of_quotient(expr: Expr) -> Expr:
    """``log(exp(a)/S) = a - log S``, before the quotient is taken."""
    if not isinstance(expr, Call) or expr.function != "log" or not isinstance(expr.args[0], Mul):
        return expr
    return log_of_product(expr.args[0]) if any(_exponent_of(f) is not None for f in expr.args[0].factors) else expr


PATTERNS = {row.name: row.value(Access("#x")) for row in ROWS if row.value and row.arity == 1 and row.kink is None}


def recognise_functions(expr: Expr) -> Expr:
    """``1/(1 + exp(-x))`` is the sigmoid of ``x``: any table function written out becomes a call of it."""
    product = logistic_product(softplus_in_parts(expr))
    if product != expr:
        return product
    found = rebuild(expr, tuple(map(_number_first, children(expr)))) if isinstance(expr, (Call, Pow)) else expr
    for name, pattern in PATTERNS.items():
        argument = _argument(pattern, found)
        if argument is not None:
            return Call(name, (argument,))
    return expr


def _number_first(expr: Expr) -> Expr:
    """A sum as the table has it."""
    return add(*sorted(expr.terms, key=lambda t: not isinstance(t, Number))) if isinstance(expr, Add) else expr


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


def logistic_product(expr: Expr) -> Expr:
    """``exp(x) sigmoid(-x) = sigmoid(x)``, and ``1 - (1 - a) = a``."""
    if isinstance(expr, Add) and len(expr.terms) == 2 and expr.terms[0] == number(1):
        taken = -expr.terms[1]
        return complement(taken) if isinstance(taken, Add) and number(1) in taken.terms else expr
    factors = factors_of(expr)
    for above in factors:
        inner = _exponent_of(above)
        for other in factors if inner is not None else ():
            if inner is not None and other == Call("sigmoid", (-inner,)):
                return mul(*(f for f in factors if f not in (above, other)), Call("sigmoid", (inner,)))
    return expr


def complement(expr: Expr) -> Expr:
    """``1 - expr``, term by term."""
    return add(1, *(-t for t in terms_of(expr)))


def log_of_sigmoid(expr: Expr) -> Expr:
    """``log sigmoid(x) = -softplus(-x)`` and ``log(1 - sigmoid(x)) = -softplus(x)``."""
    if not isinstance(expr, Call) or expr.function != "log":
        return expr
    inner = expr.args[0]
    if isinstance(inner, Call) and inner.function == "sigmoid":
        return -Call("softplus", (-inner.args[0],))
    rest = complement(inner)
    if isinstance(rest, Call) and rest.function == "sigmoid":
        return -Call("softplus", rest.args)
    return expr


def guard_branches(expr: Expr) -> Expr:
    """``where(c, f(a), b) = where(c, f(where(c, a, 1)), b)``: a branch not taken must not overflow or leave its domain.

    An exponential keeps within its branch at less cost: ``where(x > b, exp(x), q) = where(x > b, exp(max(x, b)), q)``.
    """
    if not isinstance(expr, Where) or not isinstance(expr.condition, Compare):
        return expr
    op, tested, bound = expr.condition.op, expr.condition.left, expr.condition.right
    then, otherwise = expr.then, expr.otherwise
    if isinstance(tested, Access) and not free_indices(bound) and op in ("<", "<=", ">", ">="):
        above, below = (Call(f, (tested, bound)) for f in ("maximum", "minimum"))
        first, second = (above, below) if op in (">", ">=") else (below, above)
        then, otherwise = _within(then, tested, first), _within(otherwise, tested, second)
    yes, no = (lambda a: Where(expr.condition, a, ONE)), (lambda a: Where(expr.condition, ONE, a))
    return Where(expr.condition, _in_domain(then, expr.condition, yes), _in_domain(otherwise, expr.condition, no))


def _within(expr: Expr, tested: Expr, safe: Expr) -> Expr:
    """The argument kept within its branch inside exponentials, which are what overflows."""

    def change(here: Expr) -> Expr:
        growing = isinstance(here, Call) and here.function in ("exp", "sinh", "cosh")
        return substitute(here, {tested: safe}) if growing else here

    return bottom_up(expr, change)


def _is_kept_within(exponent: Expr) -> bool:
    return any(isinstance(n, Call) and n.function in ("maximum", "minimum") for n in walk(exponent))


def _in_domain(expr: Expr, condition: Expr, safe: Callable[[Expr], Expr]) -> Expr:
    """Exponentials, logarithms, roots and quotients of what the condition is about: of 1 where it is not taken."""
    about = set(tensors_in(condition))

    def risky(inner: Expr) -> bool:
        return bool(about & set(tensors_in(inner))) and not is_positive(inner) and not isinstance(inner, Where)

    def change(here: Expr) -> Expr:
        if isinstance(here, Call) and here.function in ("log", "exp", "sinh", "cosh") and risky(here.args[0]):
            return here if _is_kept_within(here.args[0]) else Call(here.function, (safe(here.args[0]),))
        if isinstance(here, Pow) and isinstance(here.exponent, Number) and risky(here.base):
            value = here.exponent.value
            return power(safe(here.base), here.exponent) if value < 0 or value.denominator != 1 else here
        return here

    return bottom_up(expr, change)
