"""Whose gradient a name is: ``dW``, ``grad_W``, ``W_grad``, ``dinputs``; and where a layer keeps its gradients."""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

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


def returned_names(function: Callable[..., Any]) -> tuple[str, ...]:
    """The names in the last ``return`` of a function, "" for what is no plain name; () if it cannot be read."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return ()
    returns = [n for n in ast.walk(tree) if isinstance(n, ast.Return) and n.value is not None]
    if not returns:
        return ()
    value = returns[-1].value
    pieces = value.elts if isinstance(value, ast.Tuple) else [value]
    return tuple(_plain_name(p) for p in pieces)


def _plain_name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def from_returned(
    returned: Any, names: tuple[str, ...], inputs: Sequence[str], variables: Sequence[str]
) -> dict[str, Any]:
    """Gradients that backward returned: a dictionary by its keys, a tuple by its names, else in order of the inputs."""
    if returned is None:
        return {}
    if isinstance(returned, Mapping):
        return {_key(str(k), variables): v for k, v in returned.items() if v is not None}
    pieces = list(returned) if isinstance(returned, (tuple, list)) else [returned]
    said = [variable_of(n, variables) or _book(n) for n in names] if len(names) == len(pieces) else []
    found: dict[str, Any] = {}
    booked = {_key(str(k), variables) for p in pieces if isinstance(p, Mapping) for k in p}
    waiting = [v for v in inputs if v not in said and v not in booked]
    for place, piece in enumerate(pieces):
        name = said[place] if said else None
        if isinstance(piece, Mapping):
            found |= {_key(str(k), variables): v for k, v in piece.items()}
            continue
        if name is None or name in found or name == "*":
            name = waiting.pop(0) if waiting else None
        if name is not None and piece is not None:
            found[name] = piece
    return found


def _book(name: str) -> str | None:
    return "*" if BOOKS.match(name) else None


def _key(key: str, variables: Sequence[str]) -> str:
    return key if key in variables else variable_of(key, variables) or key


def from_attributes(holder: Any, variables: Sequence[str], lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Gradients that an object keeps: in attributes ``dW``, in a dictionary ``grads``, in a list beside ``params``.

    ``lists`` names, for a list of parameters, which variable each place holds.
    """
    found: dict[str, Any] = {}
    for attribute, value in vars(holder).items():
        if BOOKS.match(attribute):
            if isinstance(value, Mapping):
                found |= {n: v for k, v in value.items() if (n := _key(str(k), variables)) in variables}
            elif isinstance(value, (list, tuple)):
                for order in lists.values():
                    if len(order) == len(value):
                        found |= dict(zip(order, value, strict=True))
        elif (name := variable_of(attribute, variables)) and is_array(value):
            found.setdefault(name, value)
    return found


def is_array(value: Any) -> bool:
    """Whether the value is one that could be a gradient."""
    return isinstance(value, (np.ndarray, np.generic, float)) or type(value).__name__ == "Tensor"


def announced(holder: Any, variables: Iterable[str]) -> tuple[str, ...]:
    """The variables for whose gradient the object has an attribute, filled or not."""
    names = tuple(variables)
    return tuple(dict.fromkeys(v for a in vars(holder) if (v := variable_of(a, names))))
