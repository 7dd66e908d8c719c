"""Arguments that are dictionaries of arrays: ``params["W1"]`` in the text makes ``W1`` an argument of its own."""

from __future__ import annotations

import ast
import functools
import inspect
import textwrap
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Function = Callable[..., Any]
Bundles = Mapping[str, tuple[str, ...]]


def bundles_of(*functions: Function) -> dict[str, tuple[str, ...]]:
    """The arguments that functions read with words as keys, with the keys that must be there, in order."""
    found: dict[str, dict[str, None]] = {}
    for function in functions:
        try:
            tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        except (OSError, TypeError, SyntaxError, ValueError):
            continue
        names = inspect.signature(function).parameters
        asked = {
            n.left.value for n in ast.walk(tree) if isinstance(n, ast.Compare) and isinstance(n.left, ast.Constant)
        }
        for name, key in _read(tree):
            if name in names and key not in asked:  # one that it asks for first need not be there
                keys = found.setdefault(name, {})
                keys |= {key: None} if key else {}
    others = {n for f in functions for n in inspect.signature(f).parameters} - set(found)
    return {n: tuple(k) for n, k in found.items() if all(x.isidentifier() and x not in others for x in k)}


def _read(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each name with a key that it is read at; without one for ``get``, which has a default."""
    for node in ast.walk(tree):
        match node:
            case ast.Subscript(value=ast.Name(id=name), slice=ast.Constant(value=str(key)), ctx=ast.Load()):
                yield name, key
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id=name), attr="get"), args=[ast.Constant(value=str()), *_]
            ):
                yield name, ""


def spread(function: Function, bundles: Bundles) -> Function:
    """The function with the arrays themselves as arguments, in the place of the dictionaries that hold them."""
    signature = inspect.signature(function)
    mine = {n: bundles[n] for n in signature.parameters if n in bundles}
    if not mine:
        return function

    @functools.wraps(function)
    def with_arrays(*args: Any, **given: Any) -> Any:
        bound = made.bind(*args, **given).arguments
        whole = {n: {k: bound.pop(k) for k in keys if k in bound} for n, keys in mine.items()}
        return function(**bound, **whole)

    places = []
    for name, parameter in signature.parameters.items():
        keys = mine.get(name)
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        places += [parameter] if keys is None else [inspect.Parameter(k, kind) for k in keys]
    needed = [p for p in places if p.default is p.empty]
    made = signature.replace(parameters=[*needed, *(p for p in places if p.default is not p.empty)])
    with_arrays.__signature__ = made  # type: ignore[attr-defined]
    return with_arrays
