"""Sums of exponentials without overflow: the largest exponent is taken out in front.

``S = exp(peak) * rest`` for any sum, product or choice of exponentials, where no exponent of the rest is above zero.
In a quotient the peaks cancel, in a logarithm the peak stands outside.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field

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
    Number,
    Pow,
    Reduce,
    Where,
    add,
    base_and_exponent,
    mul,
    power,
)
from derive.rewriting import factors_of, free_indices, rename_bound, tensors_in, terms_of, walk
from derive.scalar_functions import definition


@dataclass(frozen=True)
class Scaling:
    """The rewrites; ``settled`` names tensors that are never above zero, so that their exponentials do not grow.

    ``done`` holds the exponents from which a peak has been taken off, so that it is taken off once.
    """

    settled: Container[str] = ()
    done: set[Expr] = field(default_factory=set, compare=False)

    def quotient(self, expr: Expr) -> Expr:
        """``A / S = exp(peak A - peak S) * rest A / rest S``."""
        factors = [base_and_exponent(f) for f in factors_of(expr)]
        if any(isinstance(k, Number) and k.value > 0 and self.grows(base) for base, k in factors):
            factors = [base_and_exponent(_written_out(base) ** k) for base, k in factors]
        if not any(isinstance(k, Number) and k.value < 0 and self.grows(base) for base, k in factors):
            return expr
        level: Expr = ZERO
        parts = []
        for base, exponent in factors:
            if isinstance(exponent, Number) and self.grows(base):
                top = self.peak(base)
                level = add(level, *(mul(exponent, t) for t in terms_of(top)))
                base = self.scaled(base, top)
            parts.append(power(base, exponent))
        there = [_not_zero(base, True) for base, _ in factors if self.grows(base) or tensors_in(base)]
        if any(isinstance(n, Reduce) and n.op == "min" for n in walk(level)):  # where a term is zero it may be larger
            for condition in there:
                level = level if condition is None else Where(condition, level, ZERO)
        return mul(*parts, self._exp(level))

    def logarithm(self, expr: Expr) -> Expr:
        """``log S = peak S + log (rest S)``."""
        if not isinstance(expr, Call) or expr.function != "log" or not self.grows(expr.args[0]):
            return expr
        top = self.peak(expr.args[0])
        rest = self.scaled(expr.args[0], top)
        return top if rest == ONE else add(top, Call("log", (rest,)))

    def grows(self, expr: Expr) -> bool:
        """Whether it is made of exponentials that may overflow."""
        match expr:
            case Call("exp" | "cosh" | "sinh", (exponent,)):
                return bool(tensors_in(exponent)) and not self._is_settled(exponent)
            case Add(parts) | Mul(parts):
                return any(map(self.grows, parts))
            case Pow(base, Number()):
                return self.grows(base)
            case Reduce("sum", _, body):
                return self.grows(body)
            case Where(_, then, otherwise):
                return self.grows(then) or self.grows(otherwise)
            case _:
                return False

    def _is_settled(self, exponent: Expr) -> bool:
        """Whether a largest value has been taken off."""
        if exponent in self.done:
            return True
        if isinstance(exponent, Access):
            return exponent.tensor in self.settled
        return any(_is_largest(-term) for term in terms_of(exponent))

    def _exp(self, exponent: Expr) -> Expr:
        self.done.add(exponent)
        return ONE if exponent == ZERO else Call("exp", (exponent,))

    def _exp_below(self, exponent: Expr, top: Expr, masked: bool) -> Expr:
        """``exp(exponent - top)``, which is at most 1; where ``masked`` it is made so."""
        rest = add(*terms_of(exponent), *(-t for t in terms_of(top)))
        return self._exp(Call("minimum", (rest, ZERO)) if masked and rest != ZERO else rest)

    def peak(self, expr: Expr) -> Expr:
        """The largest exponent."""
        match expr:
            case Call("exp", (exponent,)):
                return exponent
            case Call("cosh" | "sinh", (argument,)):
                return Call("maximum", (argument, -argument))
            case Pow(base, exponent) if self.grows(base):
                return mul(exponent, self.peak(base))
            case Mul(factors):
                return add(*(self.peak(f) for f in factors if self.grows(f)))
            case Add(terms):
                return _largest([self.peak(t) if self.grows(t) else ZERO for t in terms])
            case Where(condition, then, otherwise) if ZERO not in (then, otherwise):
                return Where(condition, self.peak(then), self.peak(otherwise))
            case Where(_, then, otherwise):
                return self.peak(then if otherwise == ZERO else otherwise)
            case Reduce("sum", indices, body) if self.grows(body):
                return Reduce("max", indices, self._among(body, indices))
            case _:
                return ZERO

    def _among(self, body: Expr, indices: tuple[Index, ...]) -> Expr:
        """The exponent of a term of a sum; a term that is zero must not win."""
        top = self.peak(body)
        there = _not_zero(body, self.grows(body))
        if there is None:
            return top
        return Where(there, top, rename_bound(Reduce("min", indices, top), indices))

    def scaled(self, expr: Expr, top: Expr, masked: bool = False) -> Expr:
        """``expr * exp(-top)``, the exponents taken together; where ``masked`` some may be above ``top``, unseen."""
        match expr:
            case Call("exp", (exponent,)):
                return self._exp_below(exponent, top, masked)
            case Call("cosh" | "sinh" as name, (argument,)):
                both = [self.scaled(Call("exp", (a,)), top, masked) for a in (argument, -argument)]
                return (both[0] + both[1] if name == "cosh" else both[0] - both[1]) / 2
            case Add(terms):
                return add(*(self.scaled(t, top, masked) for t in terms))
            case Pow(base, Number(value) as exponent) if self.grows(base) and value < 0:
                own = self.peak(base)
                return mul(self._exp_below(mul(exponent, own), top, masked), power(self.scaled(base, own), exponent))
            case Pow(base, exponent) if self.grows(base):
                return power(self.scaled(base, mul(top, power(exponent, -1)), masked), exponent)
            case Mul(factors) if self.grows(expr):
                growing = [f for f in factors if self.grows(f)]
                others = [f for f in factors if not self.grows(f)]
                masked = masked or _not_zero(expr, True) is not None
                first = add(top, *(-self.peak(f) for f in growing[1:]))
                others += [self.scaled(f, self.peak(f), masked) for f in growing[1:]]
                return mul(self.scaled(growing[0], first, masked), *others)
            case Where(condition, then, otherwise):
                masked = masked or ZERO in (then, otherwise)
                branches = (b if b == ZERO else self.scaled(b, top, masked) for b in (then, otherwise))
                return Where(condition, *branches)
            case Reduce("sum", _, _) if self.grows(expr):
                apart = rename_bound(expr, free_indices(top))
                assert isinstance(apart, Reduce)
                return Reduce("sum", apart.indices, self.scaled(apart.body, top, masked))
            case _:
                return mul(expr, self._exp(mul(-1, top)))


def _written_out(expr: Expr) -> Expr:
    """A sigmoid as a quotient, where other exponentials are multiplied by it."""
    return definition("sigmoid", *expr.args) or expr if isinstance(expr, Call) and expr.function == "sigmoid" else expr


def _is_largest(expr: Expr) -> bool:
    return (isinstance(expr, Reduce) and expr.op == "max") or (isinstance(expr, Call) and expr.function == "maximum")


def _largest(exponents: list[Expr]) -> Expr:
    """The larger of all, zero standing last."""
    different = sorted(dict.fromkeys(exponents), key=lambda e: e == ZERO)
    found = different[0]
    for other in different[1:]:
        found = Call("maximum", (found, other))
    return found


def _not_zero(term: Expr, grows: bool) -> Expr | None:
    """The condition for a term of a sum not to be zero, None where it never is."""
    if not grows:
        return None
    if isinstance(term, Where):
        if term.otherwise == ZERO:
            return term.condition
        return Compare("==", term.condition, ZERO) if term.then == ZERO else None
    weights = [f for f in factors_of(term) if tensors_in(f) and not Scaling().grows(f)]
    return Compare("!=", mul(*weights), ZERO) if weights else None
