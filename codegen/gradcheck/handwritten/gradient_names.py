"""Whose gradient a name is: ``dW``, ``grad_W``, ``W_grad``, ``dinputs``; and where a layer keeps its gradients."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from derive.reading.numpy_source.gradient_names import BOOKS, variable_of


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
            elif is_array(value) and len(variables) == 1:
                found[variables[0]] = value
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
