"""Layers of PyTorch: ``torch.autograd.Function``, and code that writes gradients onto its tensors (``W.grad_``)."""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from codegen.gradcheck.dual import Dual, ImaginaryPartLost
from codegen.gradcheck.handwritten.layer import Argument, Given, Layer, arguments_of, as_outputs, documentation_of
from codegen.gradcheck.subject import Array, Outputs


def is_autograd_function(thing: Any) -> bool:
    """Whether a class is a ``torch.autograd.Function``; PyTorch is not loaded to find out."""
    return isinstance(thing, type) and any(
        b.__module__.startswith("torch.autograd") and b.__name__ == "Function" for b in thing.__mro__
    )


def to_torch(array: Any) -> Any:
    """An array as a tensor; a Dual has no counterpart."""
    if isinstance(array, Dual) or np.iscomplexobj(array):
        raise ImaginaryPartLost("PyTorch code is checked by central differences")
    if isinstance(array, np.ndarray):
        return importlib.import_module("torch").from_numpy(np.array(array))
    return array


def to_numpy(value: Any) -> Any:
    """A tensor as an array; anything else as it is."""
    if type(value).__module__.startswith("torch") and hasattr(value, "detach"):
        found: Array = value.detach().cpu().resolve_conj().numpy().copy()
        return found
    if isinstance(value, tuple):
        return tuple(to_numpy(v) for v in value)
    if isinstance(value, Mapping):
        return {k: to_numpy(v) for k, v in value.items()}
    return value


def of_autograd_function(function: type[Any]) -> Layer:
    """``Function.apply`` forwards, PyTorch's engine calls the backward that was written by hand."""
    apart = any("setup_context" in vars(c) for c in function.__mro__ if c.__module__ == function.__module__)
    arguments = arguments_of(vars(function)["forward"].__func__)[0 if apart else 1 :]  # a context of its own

    def forward(given: Given) -> tuple[Outputs, Any]:
        tensors = {a.name: to_torch(given[a.name]) for a in arguments if a.name in given}
        leaves = {n: t.requires_grad_() for n, t in tensors.items() if _real(t)}
        out = function.apply(*tensors.values())
        outputs = out if isinstance(out, tuple) else (out,)
        return as_outputs(tuple(to_numpy(o) for o in outputs)), (outputs, leaves)

    def backward(kept: Any, upstream: Outputs) -> dict[str, Any]:
        outputs, leaves = kept
        seeds = [to_torch(np.asarray(u)) for u in upstream]
        torch = importlib.import_module("torch")
        found = torch.autograd.grad(outputs, list(leaves.values()), seeds, allow_unused=True, retain_graph=True)
        return {n: to_numpy(g) for n, g in zip(leaves, found, strict=True) if g is not None}

    text = documentation_of(function)
    return Layer(function.__name__, arguments, forward, backward, lambda _, g: forward(g), True, text)


def _real(tensor: Any) -> bool:
    return bool(hasattr(tensor, "is_floating_point") and tensor.is_floating_point())


def in_tensors(layer: Layer) -> Layer:
    """The layer given tensors instead of arrays, for code that calls PyTorch's functions."""

    def forward(given: Given) -> tuple[Outputs, Any]:
        outputs, kept = layer.forward({n: to_torch(v) for n, v in given.items()})
        return outputs, kept

    def backward(kept: Any, upstream: Outputs) -> Mapping[str, Any]:
        found = layer.backward(kept, tuple(to_torch(np.asarray(u)) for u in upstream))
        return {n: to_numpy(g) for n, g in found.items()}

    def again(kept: Any, given: Given) -> tuple[Outputs, Any]:
        return layer.again(kept, {n: to_torch(v) for n, v in given.items()})

    return replace(layer, forward=forward, backward=backward, again=again)


class Marked(np.ndarray[Any, Any]):
    """An array that things can be written onto, as onto a tensor: ``W.grad_ = ...``."""


@dataclass(frozen=True)
class Marks:
    """Which attribute holds gradients, whose are read (the upstream ones) and whose are written."""

    attribute: str
    read: tuple[str, ...]
    written: tuple[str, ...]


def marks_of(function: Callable[..., Any]) -> Marks | None:
    """How a function uses the gradients of its arguments; None if it writes none onto them."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    except (OSError, TypeError, SyntaxError, ValueError):
        return None
    names = [a.name for a in arguments_of(function)]
    used = [
        n
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute) and isinstance(n.value, ast.Name) and n.value.id in names and "grad" in n.attr
    ]
    stored = [n for n in used if isinstance(n.ctx, ast.Store)]
    if not stored:
        return None
    written = tuple(dict.fromkeys(_owner(n) for n in stored))
    read = tuple(dict.fromkeys(_owner(n) for n in used if isinstance(n.ctx, ast.Load)))
    return Marks(stored[0].attr, tuple(r for r in read if r not in written), written)


def _owner(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else ""


def of_marking(function: Callable[..., Any], forward: Layer) -> Layer:
    """A backward that reads and writes its arguments' gradients; ``forward`` is given, its inputs by position."""
    marks = marks_of(function)
    if marks is None:
        raise ValueError("the function writes no gradients")
    names = [a.name for a in arguments_of(function)]
    given_names = [n for n in names if n not in marks.read]
    with_torch = "torch" in getattr(function, "__globals__", {}) or "torch" in sys.modules
    renamed = dict(zip(given_names, (a.name for a in forward.arguments), strict=False))

    def run_forward(given: Given) -> tuple[Outputs, Any]:
        outputs, _ = forward.forward({renamed[n]: given[n] for n in renamed})
        return outputs, (given, outputs)

    def run_backward(kept: Any, upstream: Outputs) -> dict[str, Any]:
        given, outputs = kept
        arrays = {**{n: given[n] for n in given_names}, **dict(zip(marks.read, outputs, strict=False))}
        made = {n: to_torch(np.asarray(a)) if with_torch else np.array(a).view(Marked) for n, a in arrays.items()}
        for name, u in zip(marks.read, upstream, strict=False):
            setattr(made[name], marks.attribute, to_torch(np.asarray(u)) if with_torch else np.asarray(u))
        function(*(made[n] for n in names))
        return {n: to_numpy(getattr(made[n], marks.attribute)) for n in marks.written}

    arguments = tuple(Argument(n) for n in renamed)
    return Layer(function.__name__, arguments, run_forward, run_backward, lambda _, g: run_forward(g))
