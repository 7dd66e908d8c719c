"""From NumPy code to a `Program`: the forward pass of a class or function, read from its text and never executed.

>>> code = "import numpy as np\\ndef forward(X, W, b):\\n    U = X @ W + b\\n    return U"
>>> program = read_numpy(code)
>>> print(program.tensor("W").axes[0].name, program.equations[0].right)
D sum[d](X[n, d]*W[d, h]) + b[h]

Shapes that are not given are found: all that the code needs is that some axes are the same.
"""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Iterable, Mapping

from derive.program import Program, Tensor
from derive.reading.numpy_source.definitions import chosen
from derive.reading.numpy_source.fitting import fitted, guesses
from derive.reading.numpy_source.running import ran
from derive.reading.numpy_source.values import Unreadable

__all__ = ["Unreadable", "read_numpy"]

LARGEST = 200_000
TRIES = 40


def read_numpy(
    source: str, name: str = "", tensors: Iterable[Tensor] = (), sizes: Mapping[str, str] | None = None
) -> Program:
    """The program that the forward pass of NumPy code computes.

    ``name``: the class or function, else the last class with a forward, else the first function. ``tensors``: what is
    known of the arrays, by name; ``sizes``: arguments that are the size of an axis, by its name.

    Errors: `Unreadable`, with the line and the reason, for what is not plain NumPy or fits no shapes.
    """
    tree = _parsed(source)
    layer = chosen(tree, name)
    known = {t.name: t for t in tensors}
    reason: Unreadable | None = None
    for guess in itertools.islice(guesses(layer, known, dict(sizes or {})), TRIES):
        try:
            return fitted(tree, layer, guess, dict(sizes or {}), tuple(source.splitlines()), ran)
        except Unreadable as fault:
            reason = reason or fault
        except RecursionError:
            raise Unreadable("an expression in it is nested too deeply") from None
    raise reason or Unreadable("there is no forward pass in it")


def _parsed(source: str) -> ast.Module:
    if len(source) > LARGEST:
        raise Unreadable(f"the code is longer than {LARGEST} letters")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as fault:
        raise Unreadable(f"it is not Python: {fault}") from None
