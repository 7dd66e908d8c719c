"""The table of scalar functions: value, slope (in the output ``y`` where that is shorter), slope at the kink, LaTeX.

A row states facts and nothing else; the tests prove each one: the slope against SymPy's derivative of the
value, the slope at a kink against the declared policy, the form in the output against the form in the input.
A function without a stated slope gets SymPy's derivative. Adding a function is adding a row.

Kink policy: where a function is not differentiable the slope is the one of the branch taken, and the
branch is open on the right: ``relu'(0) = 0``, ``abs'(0) = 0``; where ``maximum`` ties, its second argument
has slope 1, so that the slopes always sum to 1. A layer may choose another slope (`derive.reading.kinks`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from derive.errors import UnknownName
from derive.expression import ZERO, Call, Compare, Expr, Number, Where, number, power

Formula = Callable[..., Expr]


@dataclass(frozen=True)
class ScalarFunction:
    """One row. ``value`` defines the function by others; None: SymPy and mpmath know it under ``name``.

    ``slopes`` has one formula per argument, called with the arguments and then the output.
    ``slope_by_output`` gives the same slope from the output alone, where that saves keeping the input.
    ``kink`` is an expression of the arguments that is zero exactly where the function is not differentiable.
    """

    name: str
    latex: str
    arity: int = 1
    value: Formula | None = None
    slopes: tuple[Formula, ...] | None = None
    slope_by_output: Formula | None = None
    kink: Formula | None = None
    domain: str = "real"


FLIPPED = {">": "<", "<": ">", ">=": "<=", "<=": ">="}


def _bracket(op: str, left: Expr, right: Expr | int) -> Expr:
    """A comparison, the number on the right."""
    if isinstance(left, Number):
        return Compare(FLIPPED[op], number(right), left)
    return Compare(op, left, number(right))


def _call(name: str, *args: Expr) -> Expr:
    return Call(name, args)


# fmt: off
ROWS = (
    ScalarFunction("exp", r"\exp", slopes=(lambda x, y: y,), slope_by_output=lambda y: y),
    ScalarFunction("log", r"\log", slopes=(lambda x, y: 1 / x,), domain="positive"),
    ScalarFunction("sin", r"\sin"),
    ScalarFunction("cos", r"\cos"),
    ScalarFunction("tan", r"\tan", slopes=(lambda x, y: 1 + y**2,), slope_by_output=lambda y: 1 + y**2),
    ScalarFunction("sinh", r"\sinh"),
    ScalarFunction("cosh", r"\cosh"),
    ScalarFunction("tanh", r"\tanh", slopes=(lambda x, y: 1 - y**2,), slope_by_output=lambda y: 1 - y**2),
    ScalarFunction("atan", r"\arctan"),
    ScalarFunction("erf", r"\operatorname{erf}"),
    ScalarFunction("sigmoid", r"\sigma",
                   value=lambda x: 1 / (1 + _call("exp", -x)),
                   slopes=(lambda x, y: y * (1 - y),), slope_by_output=lambda y: y * (1 - y)),
    ScalarFunction("softplus", r"\operatorname{softplus}",
                   value=lambda x: _call("log", 1 + _call("exp", x)),
                   slopes=(lambda x, y: _call("sigmoid", x),)),
    ScalarFunction("relu", r"\operatorname{ReLU}",
                   value=lambda x: Where(_bracket(">", x, 0), x, ZERO),
                   slopes=(lambda x, y: _bracket(">", x, 0),),
                   slope_by_output=lambda y: _bracket(">", y, 0), kink=lambda x: x),
    ScalarFunction("abs", r"\operatorname{abs}",
                   value=lambda x: x * _call("sign", x),
                   slopes=(lambda x, y: _call("sign", x),), kink=lambda x: x),
    ScalarFunction("sign", r"\operatorname{sign}",
                   value=lambda x: _bracket(">", x, 0) - _bracket("<", x, 0),
                   slopes=(lambda x, y: ZERO,), kink=lambda x: x),
    ScalarFunction("maximum", r"\max", arity=2,
                   value=lambda a, b: Where(_bracket(">", a, b), a, b),
                   slopes=(lambda a, b, y: _bracket(">", a, b), lambda a, b, y: _bracket("<=", a, b)),
                   kink=lambda a, b: a - b),
    ScalarFunction("minimum", r"\min", arity=2,
                   value=lambda a, b: Where(_bracket("<", a, b), a, b),
                   slopes=(lambda a, b, y: _bracket("<", a, b), lambda a, b, y: _bracket(">=", a, b)),
                   kink=lambda a, b: a - b),
)
# fmt: on

TABLE = {row.name: row for row in ROWS}

# Spellings that are powers in the tree, so that the rules for powers see them.
POWERS: dict[str, Fraction] = {"sqrt": Fraction(1, 2), "square": Fraction(2), "reciprocal": Fraction(-1)}


def is_function(name: str) -> bool:
    """Whether layer text may call a scalar function of this name without defining it."""
    return name in TABLE or name in POWERS


def arity(name: str) -> int:
    """How many arguments the function takes."""
    return 1 if name in POWERS else row(name).arity


def names() -> tuple[str, ...]:
    """Every function that layer text may call, sorted."""
    return tuple(sorted((*TABLE, *POWERS)))


def row(name: str) -> ScalarFunction:
    """The row of the function."""
    if name not in TABLE:
        raise UnknownName(f"no scalar function {name!r}", hint=f"there are {', '.join(names())}")
    return TABLE[name]


def apply(name: str, *args: Expr) -> Expr:
    """The function applied to scalars, as it stands in the tree.

    >>> from derive.expression import Access, Pow, Number
    >>> apply("sqrt", Access("x")) == Pow(Access("x"), Number(Fraction(1, 2)))
    True
    """
    if name in POWERS:
        return power(args[0], number(POWERS[name]))
    return Call(name, args)


def definition(name: str, *args: Expr) -> Expr | None:
    """The function's value written out by other functions, None for a primitive of SymPy's."""
    formula = row(name).value
    return None if formula is None else formula(*args)
