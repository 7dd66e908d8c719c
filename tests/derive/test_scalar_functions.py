"""Every row of the table proved by SymPy's derivative of the value and by the judge's difference quotient."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import sympy as sp

from derive.calculus.slopes import slope_formula
from derive.errors import UnknownName
from derive.expression import Access, Add, Call, Compare, Constant, Expr, Mul, Number, Pow, Where
from derive.judging.differences import function_slope
from derive.judging.evaluate import evaluate, function_value
from derive.judging.precision import HIGH, OutOfDomain, Value, agreement, lift
from derive.judging.world import AtKink, World
from derive.program import Program
from derive.scalar_functions import POWERS, ROWS, ScalarFunction, apply, arity, is_function, names, row

EMPTY = Program("empty", (), ())
NOWHERE = World(EMPTY, {}, {})
POINTS = (Fraction(-9, 4), Fraction(-1), Fraction(-1, 7), Fraction(1, 5), Fraction(1), Fraction(8, 3))
SLOPES = [pytest.param(f, k, id=f"{f.name}-{k}") for f in ROWS for k in range(f.arity)]
KINKED = [f for f in ROWS if f.kink is not None]


def points(fact: ScalarFunction) -> list[tuple[Fraction, ...]]:
    """Arguments inside the domain and off the kink."""
    usable = [p for p in POINTS if fact.domain == "real" or p > 0]
    return [args for args in product(usable, repeat=fact.arity) if kink_at(fact, args) != 0]


def kink_at(fact: ScalarFunction, args: tuple[Value, ...]) -> Value:
    """The row's kink expression, which is zero exactly on the kink."""
    kink = fact.kink
    return 1 if kink is None else at(kink(*holes(fact)), args)


def holes(fact: ScalarFunction) -> list[Access]:
    return [Access(f"a{k}") for k in range(fact.arity)]


def at(expr: Expr, args: tuple[Value, ...]) -> Value:
    """The expression's value with the arguments in the holes."""
    return evaluate(expr, World(EMPTY, {}, {f"a{k}": {(): v} for k, v in enumerate(args)}))


def by_sympy(expr: Expr, symbols: Mapping[str, Any]) -> Any:
    """SymPy's reading of a row, brackets and branches too: written here, apart from the calculus."""
    match expr:
        case Number(value):
            return sp.Rational(value.numerator, value.denominator)
        case Constant(name):
            return {"pi": sp.pi, "e": sp.E}[name]
        case Access(name, ()):
            return symbols[name]
        case Add(terms):
            return sp.Add(*(by_sympy(t, symbols) for t in terms))
        case Mul(factors):
            return sp.Mul(*(by_sympy(f, symbols) for f in factors))
        case Pow(base, exponent):
            return by_sympy(base, symbols) ** by_sympy(exponent, symbols)
        case Compare(op, left, right):
            holds = sp.Rel(by_sympy(left, symbols), by_sympy(right, symbols), op)
            return sp.Piecewise((1, holds), (0, True))
        case Where(Compare(op, left, right), then, otherwise):
            holds = sp.Rel(by_sympy(left, symbols), by_sympy(right, symbols), op)
            return sp.Piecewise((by_sympy(then, symbols), holds), (by_sympy(otherwise, symbols), True))
        case Call(name, args):
            formula = row(name).value
            if formula is not None:
                return by_sympy(formula(*args), symbols)
            return getattr(sp, name)(*(by_sympy(a, symbols) for a in args))
    raise TypeError(type(expr).__name__)


def digits(value: Any, args: tuple[Fraction, ...], symbols: Mapping[str, Any]) -> Value:
    """SymPy's number at the arguments, to 60 digits."""
    point = {symbols[f"a{k}"]: sp.Rational(a.numerator, a.denominator) for k, a in enumerate(args)}
    return HIGH.mpf(str(sp.N(value.subs(point), 60)))


@pytest.mark.parametrize(("fact", "position"), SLOPES)
def test_slope_is_the_derivative_of_the_value(fact: ScalarFunction, position: int) -> None:
    symbols = {h.tensor: sp.Symbol(h.tensor, real=True) for h in holes(fact)}
    derivative = sp.diff(by_sympy(Call(fact.name, tuple(holes(fact))), symbols), symbols[f"a{position}"])
    stated = slope_formula(EMPTY, fact.name, tuple(holes(fact)), position)
    for args in points(fact):
        slope = at(stated, args)
        assert agreement(lift(slope), digits(derivative, args, symbols)), f"SymPy at {args}"
        assert agreement(slope, function_slope(NOWHERE, fact.name, args, position)), f"quotient at {args}"


@pytest.mark.parametrize("fact", ROWS, ids=lambda f: f.name)
def test_value_is_what_sympy_means_by_it(fact: ScalarFunction) -> None:
    known = {
        "sigmoid": lambda x: 1 / (1 + sp.exp(-x)),
        "softplus": lambda x: sp.log(1 + sp.exp(x)),
        "relu": lambda x: sp.Max(x, 0),
        "abs": sp.Abs,
        "sign": sp.sign,
        "maximum": sp.Max,
        "minimum": sp.Min,
    }
    formula = known.get(fact.name) or getattr(sp, fact.name)
    symbols = {h.tensor: sp.Symbol(h.tensor, real=True) for h in holes(fact)}
    for args in points(fact):
        value = function_value(NOWHERE, fact.name, args)
        assert agreement(lift(value), digits(formula(*symbols.values()), args, symbols))


@pytest.mark.parametrize("fact", [f for f in ROWS if f.slope_by_output], ids=lambda f: f.name)
def test_slope_by_output_is_the_slope(fact: ScalarFunction) -> None:
    assert fact.slope_by_output is not None
    kink = [(Fraction(0),)] if fact.kink else []
    for args in points(fact) + kink:
        output = function_value(NOWHERE, fact.name, args)
        slope = at(slope_formula(EMPTY, fact.name, tuple(holes(fact)), 0), args)
        assert agreement(at(fact.slope_by_output(Access("a0")), (output,)), slope)


# The policy of the table's docstring: the branch is open on the right, the second argument wins a tie.
POLICY = {"relu": (0,), "abs": (0,), "sign": (0,), "maximum": (0, 1), "minimum": (0, 1)}


@pytest.mark.parametrize("fact", KINKED, ids=lambda f: f.name)
def test_slope_at_the_kink_is_the_declared_one(fact: ScalarFunction) -> None:
    for height in (Fraction(0), Fraction(3, 4)) if fact.arity == 2 else (Fraction(0),):
        args = (height,) * fact.arity
        assert kink_at(fact, args) == 0
        slopes = [slope_formula(EMPTY, fact.name, tuple(holes(fact)), k) for k in range(fact.arity)]
        assert tuple(at(slope, args) for slope in slopes) == POLICY[fact.name]


@pytest.mark.parametrize("fact", KINKED, ids=lambda f: f.name)
def test_kink_is_where_the_two_sides_disagree(fact: ScalarFunction) -> None:
    """The judge, which knows nothing of the row's ``kink``, refuses a slope there and nowhere else."""
    for args in product((Fraction(0), *POINTS), repeat=fact.arity):
        for position in range(fact.arity):
            if kink_at(fact, args) == 0:
                with pytest.raises(AtKink):
                    function_slope(NOWHERE, fact.name, args, position)
            else:
                function_slope(NOWHERE, fact.name, args, position)


@pytest.mark.parametrize("fact", [f for f in ROWS if f.kink is None], ids=lambda f: f.name)
def test_a_row_without_a_kink_has_none(fact: ScalarFunction) -> None:
    for args in product((Fraction(0), *POINTS), repeat=fact.arity):
        if fact.domain == "real":
            function_slope(NOWHERE, fact.name, args, 0)


@pytest.mark.parametrize("fact", [f for f in ROWS if f.domain == "positive"], ids=lambda f: f.name)
def test_outside_the_domain_there_is_no_value(fact: ScalarFunction) -> None:
    for args in ((Fraction(0),), (Fraction(-1),)):
        with pytest.raises(OutOfDomain):
            function_value(NOWHERE, fact.name, args)


@pytest.mark.parametrize("name", POWERS)
def test_spellings_of_powers(name: str) -> None:
    four = at(apply(name, Access("a0")), (Fraction(4),))
    assert agreement(lift(four), lift({"sqrt": 2, "square": 16, "reciprocal": Fraction(1, 4)}[name]))
    assert agreement(four, function_value(NOWHERE, name, (Fraction(4),)))


def test_names() -> None:
    assert list(names()) == sorted({*POWERS, *(f.name for f in ROWS)})
    assert all(is_function(name) and arity(name) in (1, 2) for name in names())
    assert not is_function("__import__")
    with pytest.raises(UnknownName, match="no scalar function 'sinus'"):
        row("sinus")
