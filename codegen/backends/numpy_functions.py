"""How NumPy spells the operators and the scalar functions: a row each."""

from __future__ import annotations

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
