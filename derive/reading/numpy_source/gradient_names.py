"""Whose gradient a name is: ``dW``, ``grad_W``, ``W_grad``, ``dinputs``; and what upstream gradients are called."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

PREFIXES = ("gradient_", "grad_", "delta_", "d_", "g_", "∂", "dL_d", "dl_d", "grad", "delta", "d")
SUFFIXES = ("_gradient", "_grads", "_grad", "_bar", "_grad_", "grad")
LOSS = re.compile(r"^d(?:[a-zA-Z]|loss|cost|out|err|error)_d_?(\w+)$")  # dj_dw, dL_dW, dloss_dx
BOOKS = re.compile(r"^_*(grads?|gradients?|dparams|d_params|grad_dict|param_grads)_*$", re.IGNORECASE)
UPSTREAM = re.compile(
    r"^(d|∂|g|grads?|gradients?|delta|upstream|up|dl|dloss|error|err)$"
    r"|^(d|∂|dl_d|grad_|gradient_|upstream_?|delta_?|d_|g_|output_grad|out_grad)",
    re.IGNORECASE,
)
KEPT = re.compile(r"cache|saved|ctx|residual|tape|memo|context|state|store|tmp|stash|intermediat", re.IGNORECASE)


def stems(name: str) -> Iterator[str]:
    """What a gradient's name says beyond that it is one.

    >>> list(stems("grad_W1"))[0], list(stems("dx"))
    ('W1', ['x'])
    """
    said = LOSS.match(name)
    if said is not None:
        yield said[1]
    for prefix in PREFIXES:
        if name.startswith(prefix) and len(name) > len(prefix):
            yield name.removeprefix(prefix).lstrip("_")
    for suffix in SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix):
            yield name.removesuffix(suffix)


def variable_of(gradient: str, names: Sequence[str]) -> str | None:
    """The variable among the names whose gradient goes by that name.

    >>> variable_of("dW", ("X", "W")), variable_of("dx", ("X",)), variable_of("out", ("X",))
    ('W', 'X', None)
    """
    found = list(stems(gradient))
    for stem in found:
        if stem in names:
            return stem
    folded = {n.casefold(): n for n in reversed(names)}
    return next((folded[s.casefold()] for s in found if s.casefold() in folded), None)
