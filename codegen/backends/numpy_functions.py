"""How NumPy spells operators and scalar functions, a row each, and numbers and subscripts."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from codegen.kernel import Array, Axes
from derive.expression import Index

LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
Spelled = tuple[str, int]

# How tightly a spelling binds.
COMPARE, ADD, MUL, NEG, POW, ATOM = 1, 2, 3, 4, 5, 6
OPERATORS = {"+": ADD, "-": ADD, "*": MUL, "/": MUL, "**": POW}

# Spelling, how tightly it binds, how tightly its argument must. All are free of overflow and keep the dtype. A complex
# step through them is right, as minima and maxima of complex numbers go by the real part; but for abs and sign, which
# NumPy takes of a complex number as such: the check has its own for them (`codegen.gradcheck.dual`).
FUNCTIONS: dict[str, tuple[str, int, int]] = {
    "exp": ("np.exp({0})", ATOM, 0),
    "log": ("np.log({0})", ATOM, 0),
    "sqrt": ("np.sqrt({0})", ATOM, 0),
    "sin": ("np.sin({0})", ATOM, 0),
    "cos": ("np.cos({0})", ATOM, 0),
    "tan": ("np.tan({0})", ATOM, 0),
    "sinh": ("np.sinh({0})", ATOM, 0),
    "cosh": ("np.cosh({0})", ATOM, 0),
    "tanh": ("np.tanh({0})", ATOM, 0),
    "atan": ("np.arctan({0})", ATOM, 0),
    "erf": ("_erf({0})", ATOM, 0),  # NumPy has none: see codegen/backends/numpy_helpers.py
    "sigmoid": ("_sigmoid({0})", ATOM, 0),
    "softplus": ("np.maximum({0}, 0) + np.log1p(np.exp(np.minimum({0}, -{0})))", ADD, ATOM),
    "less_one_hot": ("_less_one_hot({0}, {1}, {2})", ATOM, 0),
    "relu": ("np.maximum({0}, 0)", ATOM, 0),
    "abs": ("np.abs({0})", ATOM, 0),
    "sign": ("np.sign({0})", ATOM, 0),
    "maximum": ("np.maximum({0}, {1})", ATOM, 0),
    "minimum": ("np.minimum({0}, {1})", ATOM, 0),
    "floor_div": ("{0} // {1}", MUL, NEG),
    "floor_mod": ("{0} % {1}", MUL, NEG),
}
UFUNCS = {"+": "np.add", "-": "np.subtract", "*": "np.multiply", "/": "np.divide", "neg": "np.negative"}
LINEAR = {"inv": "np.linalg.inv({0})", "det": "np.linalg.det({0})", "log_det": "np.linalg.slogdet({0})[1]"}
WHOLE = frozenset({"floor_div", "floor_mod"})  # functions of whole numbers, to whole numbers


def literal(value: Fraction, real: bool = False) -> Spelled:
    """A number as people write it: whole (``real``: with a point), decimal where that is exact, else a quotient."""
    if value.denominator == 1:
        return f"{value.numerator}.0" if real else str(value.numerator), ATOM if value >= 0 else NEG
    decimal = float(value)
    if Fraction(repr(decimal)) == value:
        return repr(decimal).replace("e-0", "e-"), ATOM if value >= 0 else NEG
    return f"{value.numerator} / {value.denominator}", MUL


def subscripts(axes: Axes, args: Sequence[Array]) -> str:
    """The subscripts of an einsum, with the first letter of each index where no other has it."""
    letters: dict[Index, str] = {}
    for index in (i for arg in args for i in arg.axes):
        wishes = (index.name[0].lower(), *sorted(LETTERS))
        letters.setdefault(index, next(w for w in wishes if w in LETTERS and w not in letters.values()))
    spelled = ("".join(letters[i] for i in part) for part in (*(a.axes for a in args), axes))
    *given, result = spelled
    return f"{','.join(given)}->{result}"
