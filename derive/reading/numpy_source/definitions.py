"""Which class or function of a file is the forward pass, and what it takes."""

from __future__ import annotations

import ast

from derive.reading.numpy_source.values import Unreadable

FORWARDS = ("forward", "__call__", "loss")
Definition = ast.ClassDef | ast.FunctionDef


def chosen(tree: ast.Module, name: str) -> Definition:
    """The class or function of that name; without one the last class with a forward, else the last function."""
    found = [n for n in tree.body if isinstance(n, (ast.ClassDef, ast.FunctionDef))]
    if name:
        named = [n for n in found if n.name in (name, f"{name}_forward", f"{name}_fwd")]
    else:
        named = [n for n in found if isinstance(n, ast.ClassDef) and method_of(n)] or [
            n for n in reversed(found) if isinstance(n, ast.FunctionDef) and "backward" not in n.name
        ]
    if not named:
        raise Unreadable(f"there is no {name or 'forward pass'} in it")
    return named[-1]


def method_of(cls: ast.ClassDef) -> ast.FunctionDef | None:
    """The forward pass of a class."""
    methods = methods_of(cls)
    return next((methods[f] for f in FORWARDS if f in methods), None)


def methods_of(cls: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """The methods of a class by name."""
    return {n.name: n for n in cls.body if isinstance(n, ast.FunctionDef)}


def arguments_of(chosen: Definition) -> tuple[list[str], list[str]]:
    """The required arguments of the constructor and of the forward pass."""
    if isinstance(chosen, ast.FunctionDef):
        return [], _required(chosen)
    method, init = method_of(chosen), methods_of(chosen).get("__init__")
    if method is None:
        raise Unreadable(f"{chosen.name} has no forward")
    return _required(init)[1:] if init is not None else [], _required(method)[1:]


def _required(function: ast.FunctionDef) -> list[str]:
    arguments = function.args.args
    return [a.arg for a in arguments[: len(arguments) - len(function.args.defaults)]]
