r"""The functions that a formula may name: ``\sigma``, ``ReLU``, ``\ln``, ``softmax``, in the usual spellings."""

from __future__ import annotations

from derive.scalar_functions import is_function

SPELLINGS = {
    "relu": "relu",
    "sigmoid": "sigmoid",
    "sigma": "sigmoid",
    "logistic": "sigmoid",
    "sigm": "sigmoid",
    "tanh": "tanh",
    "ln": "log",
    "log": "log",
    "exp": "exp",
    "sqrt": "sqrt",
    "softplus": "softplus",
    "sign": "sign",
    "sgn": "sign",
    "abs": "abs",
    "arctan": "atan",
    "identity": "identity",
    "id": "identity",
    "linear": "identity",
    "erf": "erf",
    "max": "maximum",
    "min": "minimum",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "sinh": "sinh",
    "cosh": "cosh",
    "square": "square",
}
ARRAYS = {
    "softmax": "softmax", "diag": "diag", "sum": "sum", "rowsum": "rowsum", "colsum": "colsum",
    "mean": "mean", "vec": "vec", "tr": "trace", "trace": "trace", "det": "det",
}  # fmt: skip
GENERIC = frozenset({"f", "g", "phi", "varphi", "psi", "h", "act", "activation"})  # a function if brackets follow


def function_of(text: str) -> str | None:
    """The name in our own table, ``identity``, or None."""
    low = text.lower()
    if low in SPELLINGS:
        return SPELLINGS[low]
    return low if is_function(low) else None


def is_function_name(text: str) -> bool:
    """Whether a word of several letters is a function."""
    return len(text) > 1 and (function_of(text) is not None or text.lower() in ARRAYS)
