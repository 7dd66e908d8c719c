"""What a random term may be made of: operations entry by entry, alike in array notation, index notation and functions.

Every production is one small function. Where there is a choice the simplest stands first, since Hypothesis shrinks
towards it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from tests.random_layers.terms import FUNCTIONS, Term, applied, combined

NUMBERS = ("2", "1", "3", "0.5", "1/3", "-1", "-2")
ANYWHERE = ("tanh", "sigmoid", "sin", "cos", "atan", "softplus", "erf", "square", "relu", "abs")
GROWING = ("exp", "sinh", "cosh", "tan")
COMPARISONS = {">": "greater", "<": "less", ">=": "greater_equal", "<=": "less_equal"}
GIVEN = {"X": "ND", "b": "D", "W": "DC", "a": "", "Z": "NC", "v": "N", "V": "NDC", "A": "DD", "u": "C"}
LAWS = {"T": ("NC", "sum over C = 1"), "H": ("NC", "one-hot"), "S": ("DD", "symmetric")}
WHOLE = {"t": ("N", "D"), "q": ("C", "N")}  # integer tensors: their axis, and the axis whose places they name

Part = Callable[[], Term]


@dataclass
class Draft:
    """A layer being drawn: the axes of its tensors by name, its functions, and what it has used of what is given."""

    draw: Callable[[st.SearchStrategy[Any]], Any]
    axes: dict[str, str] = field(default_factory=lambda: dict(GIVEN) | {n: a for n, (a, _) in LAWS.items()})
    outside: dict[str, str] = field(default_factory=dict)
    functions: dict[str, tuple[tuple[str, ...], Term]] = field(default_factory=dict)

    def one(self, *choices: Any) -> Any:
        """One of the choices."""
        return choices[0] if len(choices) == 1 else self.draw(st.sampled_from(choices))


def of_scalars(draft: Draft, part: Part) -> Term:
    """An operation entry by entry."""
    productions = [plus, times, function, minus, over, power, growing, of_positive, of_two, choice]
    return draft.one(*productions, *([own_function] if draft.functions else []))(draft, part)


def plus(draft: Draft, part: Part) -> Term:
    a, b = part(), part()
    return combined(f"{a.text} + {b}", lambda xp, x, y: x + y, a, b)


def minus(draft: Draft, part: Part) -> Term:
    a, b = part(), part()
    return combined(f"{a.text} - {b}", lambda xp, x, y: x - y, a, b)


def times(draft: Draft, part: Part) -> Term:
    a, b = part(), part()
    return combined(f"{a}*{b}", lambda xp, x, y: x * y, a, b)


def over(draft: Draft, part: Part) -> Term:
    a, b = part(), above_zero(draft, part())
    return combined(f"{a}/{b}", lambda xp, x, y: x / y, a, b)


def power(draft: Draft, part: Part) -> Term:
    a, n = part(), draft.one(2, 3)
    return combined(f"{a}**{n}", lambda xp, x: x**n, a)


def function(draft: Draft, part: Part) -> Term:
    name, a = draft.one(*ANYWHERE), part()
    return combined(f"{name}({a.text})", FUNCTIONS[name], a, atom=True)


def growing(draft: Draft, part: Part) -> Term:
    """A function that grows, of something that does not."""
    name, a = draft.one(*GROWING), part()
    return combined(f"{name}(tanh({a.text}))", lambda xp, x: FUNCTIONS[name](xp, xp.tanh(x)), a, atom=True)


def of_two(draft: Draft, part: Part) -> Term:
    name, a, b = draft.one("maximum", "minimum"), part(), part()
    return combined(f"{name}({a.text}, {b.text})", FUNCTIONS[name], a, b, atom=True)


def above_zero(draft: Draft, x: Term) -> Term:
    """A term that is positive: for logarithms, roots, powers and what stands below the line."""
    match draft.one("square", "exp", "softplus", "abs"):
        case "exp":
            return combined(f"exp(tanh({x.text}))", lambda xp, y: xp.exp(xp.tanh(y)), x, atom=True)
        case "softplus":
            return combined(f"softplus({x.text}) + 0.5", lambda xp, y: FUNCTIONS["softplus"](xp, y) + 0.5, x)
        case "abs":
            return combined(f"abs({x.text}) + 1", lambda xp, y: FUNCTIONS["abs"](xp, y) + 1, x)
    return combined(f"1 + {x}**2", lambda xp, y: 1 + y * y, x)


def of_positive(draft: Draft, part: Part) -> Term:
    """What needs a positive argument."""
    x, name = above_zero(draft, part()), draft.one("log", "sqrt", "reciprocal", "0.5", "-1", "-2", "1.5", "power")
    if name == "power":
        y = part()
        return combined(f"{x}**{y}", lambda xp, a, b: a**b, x, y)
    if name in FUNCTIONS:
        return combined(f"{name}({x.text})", FUNCTIONS[name], x, atom=True)
    shown = f"({name})" if name.startswith("-") else name
    return combined(f"{x}**{shown}", lambda xp, a: a ** float(name), x)


def choice(draft: Draft, part: Part) -> Term:
    """``where`` one is larger than the other."""
    op, a, b, then, otherwise = draft.one(*COMPARISONS), part(), part(), part(), part()
    return combined(
        f"where({a} {op} {b}, {then.text}, {otherwise.text})",
        lambda xp, w, x, y, z: xp.where(getattr(xp, COMPARISONS[op])(w, x), y, z),
        *(a, b, then, otherwise),
        atom=True,
    )


def own_function(draft: Draft, part: Part) -> Term:
    """A function that the layer defines."""
    name = draft.one(*draft.functions)
    parameters, body = draft.functions[name]
    return applied(name, body, parameters, tuple(part() for _ in parameters))
