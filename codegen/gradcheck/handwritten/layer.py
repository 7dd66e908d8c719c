"""A hand-written layer as it is found: what it has to be given, its forward and its backward, whatever its style."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.words import indices_in, switches_in, words_in
from codegen.gradcheck.subject import Array, Outputs
from derive.errors import CannotJudge

Given = Mapping[str, Any]


class NotALayer(CannotJudge):
    """The object has no forward and backward that we know how to call."""


@dataclass(frozen=True)
class Argument:
    """Something that the caller gives: to the constructor, or to the forward pass.

    ``words``: the words that it is compared with, if it is one; ``switch``: whether the code asks if it is true;
    ``index``: whether it is used as an index.
    """

    name: str
    required: bool = True
    annotation: str = ""
    to_constructor: bool = False
    words: tuple[str, ...] = ()
    switch: bool = False
    index: bool = False


@dataclass(frozen=True)
class Layer:
    """``forward(given)`` gives the outputs and what is kept; ``backward(kept, upstream)`` gradients by name.

    ``again(kept, given)`` is another forward pass of the same object. ``weighted``: backward takes an upstream
    gradient; one that takes none is multiplied by it from outside. ``documentation``: the docstrings.
    ``is_loss``: the output is to be one number, since backward takes nothing from above.
    """

    name: str
    arguments: tuple[Argument, ...]
    forward: Callable[[Given], tuple[Outputs, Any]]
    backward: Callable[[Any, Outputs], Mapping[str, Any]]
    again: Callable[[Any, Given], tuple[Outputs, Any]]
    weighted: bool = True
    documentation: str = ""
    is_loss: bool = False
    notes: tuple[str, ...] = field(default=())


def arguments_of(
    function: Callable[..., Any], to_constructor: bool = False, *others: Callable[..., Any]
) -> tuple[Argument, ...]:
    """The positional arguments of a callable, ``self`` and ``ctx`` left out by Python itself or by the caller.

    ``others``: what also says which words they may be, as the backward pass.
    """
    found = []
    words, switches, indices = words_in(function, *others), switches_in(function), indices_in(function)
    for p in inspect.signature(function).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        annotation = p.annotation if p.annotation is not p.empty else ""
        said = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
        told = words.get(p.name, ()), p.name in switches, p.name in indices
        found.append(Argument(p.name, p.default is p.empty, said, to_constructor, *told))
    return tuple(found)


def as_outputs(value: Any) -> Outputs:
    """What a forward pass gave as arrays; numbers are arrays without axes."""
    pieces = value if isinstance(value, tuple) else (value,)
    return tuple(_array(p) for p in pieces)


def _array(value: Any) -> Array:
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, (bool, str, bytes)) or value is None or callable(value):
        raise TypeError(f"the forward pass gives {type(value).__name__}, not an array")
    array: Array = np.asarray(value)
    if array.dtype.kind not in "iufc":
        raise TypeError(f"the forward pass gives {type(value).__name__}, not an array")
    return array


def documentation_of(*objects: Any) -> str:
    """The docstrings of several functions or classes, one after another."""
    return "\n".join(d for o in objects if (d := inspect.getdoc(o)))


def weighted_gradients(layer: Layer, kept: Any, upstream: Outputs) -> dict[str, Any]:
    """The gradients; where backward takes no upstream gradient, what it gives times the upstream gradient."""
    if layer.weighted:
        return dict(layer.backward(kept, upstream))
    found = layer.backward(kept, ())
    return {n: _times(upstream[0], np.asarray(g)) for n, g in found.items()}


def _times(upstream: Array, gradient: Array) -> Array:
    product: Array = upstream * gradient
    return product if product.shape == gradient.shape else gradient
