"""A layer with another backward: the same class or pair of functions, as if that had been written."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from codegen.gradcheck.handwritten.autograd import is_autograd_function
from codegen.gradcheck.handwritten.classes import methods_of
from codegen.gradcheck.handwritten.layer import Layer
from codegen.gradcheck.handwritten.naming import of_things
from codegen.gradcheck.handwritten.repairs import Build

Remake = tuple[Any, Build]  # the backward as it is, and the layer with another one


def remake_of(things: Sequence[Any], way: int) -> Remake | None:
    """How to make the layer again; ``way``: which of the ways in which the things may be meant."""
    if len(things) == 2:
        forward, backward = things
        return backward, lambda function: _chosen(of_things(forward, _like(function, backward))[0], way)
    if len(things) != 1 or is_autograd_function(things[0]):
        return None
    owner = things[0]
    methods = methods_of(owner)
    if methods is None:
        return None

    def build(function: Callable[..., Any]) -> Layer:
        cls = owner if isinstance(owner, type) else type(owner)
        edited = type(cls.__name__, (cls,), {methods[1]: function})
        if isinstance(owner, type):
            return _chosen(of_things(edited)[0], way)
        made = copy.copy(owner)
        made.__class__ = edited
        return _chosen(of_things(made)[0], way)

    backward = getattr(owner, methods[1])
    return getattr(backward, "__func__", backward), build


def _like(function: Callable[..., Any], other: Callable[..., Any]) -> Callable[..., Any]:
    function.__defaults__ = other.__defaults__
    return function


def _chosen(layers: Sequence[Layer], way: int) -> Layer:
    return layers[min(way, len(layers) - 1)]
