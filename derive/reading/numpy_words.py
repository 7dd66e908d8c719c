"""What people know from NumPy and Python, and how it is written here: for the hints of errors alone.

Each row of `INSTEAD` is an equation that can be read; a test reads them all.
"""

from __future__ import annotations

import re

INSTEAD: dict[str, str] = {
    "clip": "Y = minimum(maximum(A, 0), 1)",
    "clamp": "Y = minimum(maximum(A, 0), 1)",
    "pow": "Y = A**2",
    "power": "Y = A**2",
    "var": "Y = mean((A - mean(A, axis=D))**2, axis=D)",
    "std": "Y = sqrt(mean((A - mean(A, axis=D))**2, axis=D))",
    "matmul": "Y = A @ B",
    "multiply": "Y = A * A",
    "subtract": "Y = A - A",
    "divide": "Y = A / A",
    "einsum": "Y[n, h] = sum[d](A[n, d] * B[d, h])",
    "tensordot": "Y[n, h] = sum[d](A[n, d] * B[d, h])",
    "eye": "Y[i, j] = S[i, j] + delta(i, j)",
    "identity_matrix": "Y[i, j] = S[i, j] + delta(i, j)",
    "zeros_like": "Y = 0 * A",
    "ones_like": "Y = 1 + 0 * A",
    "diag": "y[i] = S[i, i]",
    "diagonal": "y[i] = S[i, i]",
    "tril": "Y[i, j] = where(j <= i, S[i, j], 0)",
    "triu": "Y[i, j] = where(j >= i, S[i, j], 0)",
    "cumprod": "y[n] = prod[m <= n](x[m])",
    "flip": "y = x[::-1]",
    "roll": "y = concat(x[1:], x[:1])",
    "diff": "y = x[1:] - x[:-1]",
    "one_hot": "Y[n, d] = A[n, d] * [t[n] == d]",
    "take": "y[n] = A[n, t[n]]",
    "gather": "y[n] = A[n, t[n]]",
    "log2": "Y = log(A) / log(2)",
    "log10": "Y = log(A) / log(10)",
    "log1p": "Y = log(1 + A)",
    "expm1": "Y = exp(A) - 1",
    "logsumexp": "y = log_sum_exp(A, axis=D)",
    "rsqrt": "Y = 1 / sqrt(A)",
    "squeeze": "y[n] = x[n]",
    "expand_dims": "Y[n, d] = A[n, d] + x[n]",
    "repeat": "y[i: 2*N] = x[i // 2]",
    "tile": "y[i: 2*N] = x[i % N]",
}
WORDS: dict[str, str] = {
    "and": "multiply conditions: (x > 0) * (x < 1)",
    "or": "add conditions: ((x < 0) + (x > 1)) > 0",
    "not": "write the opposite comparison, or 1 less the condition",
    "if": "a choice is written where(condition, a, b)",
    "for": "nothing is written step by step: Y[n] = sum[d](X[n, d]), or a recurrence h[t] = h[t - 1] + x[t]",
    "return": "the last tensors, which no equation reads, are the outputs",
    "over": "a law names its axis, as in sum over C = 1",
    "def": "a function of numbers is written f(x) = x * sigmoid(x)",
}
CHARACTERS: dict[str, str] = {"&": WORDS["and"], "|": WORDS["or"], "'": 'a text stands between "', "{": "use ( and )"}


def instead(name: str) -> str:
    """How a function of NumPy is written here, "" for one that is not known."""
    return f"write it out: {INSTEAD[name]}" if name in INSTEAD else ""


def remedy(before: str, token: str) -> str:
    """The next action at a token that Python has and this language has not, "" for any other."""
    last = before.split()[-1] if before.split() else ""
    word = next(iter(reversed(re.findall(r"\w+", last))), "")
    if token in WORDS or (word in WORDS and before.endswith(word)):
        return WORDS[token if token in WORDS else word]
    if token == "'" and word == "einsum":
        return instead(word)
    if token == "(" and ("np." in last or "torch." in last or "math." in last):
        return "functions stand alone, without np: exp(x)"
    if token == "(" and "." in last:
        return "write it as a function: sum(A, axis=C)"
    if token == "[" and last.endswith(".shape"):
        return "the name of an axis is its size, as in X / N"
    if token in "+-*/" and last and before[-1:] != "=":
        return "give the new value a name of its own"
    return ""
