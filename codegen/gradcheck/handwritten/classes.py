"""Layers that are classes: parameters from the constructor or made there, gradients returned or kept."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from codegen.gradcheck.handwritten.gradient_names import announced, from_attributes, from_returned, returned_names
from codegen.gradcheck.handwritten.layer import (
    Argument,
    Given,
    Layer,
    NotALayer,
    arguments_of,
    as_outputs,
    documentation_of,
)
from codegen.gradcheck.handwritten.pairs import of_pair
from codegen.gradcheck.handwritten.parameters import box, held, lists_of, parts
from codegen.gradcheck.subject import Outputs
from derive.reading.numpy_source.gradient_names import KEPT

METHODS = (("forward", "backward"), ("__call__", "backward"), ("forward", "grad"), ("loss", "gradient"), ("f", "df"))
OUTPUTS = ("output", "out", "y", "outputs", "a", "z", "Z", "Y", "A", "loss")


@dataclass
class Kept:
    """One object after its forward pass."""

    made: Any
    given: Given
    held: Mapping[str, Any] = field(default_factory=dict)
    cache: tuple[Any, ...] = ()


def methods_of(owner: Any) -> tuple[str, str] | None:
    """The names of the two methods, None if the class is no layer."""
    return next(((f, b) for f, b in METHODS if _own(owner, f) and callable(getattr(owner, b, None))), None)


def _own(owner: Any, name: str) -> bool:
    cls = owner if isinstance(owner, type) else type(owner)
    return any(name in vars(base) for base in cls.__mro__[:-1])


def of_class(cls: type[Any]) -> Layer:
    """A class: an object is made for every forward pass, with the arrays that are given."""
    methods = methods_of(cls)
    if methods is not None and all(_static(cls, m) for m in methods):
        return of_pair(getattr(cls, methods[0]), getattr(cls, methods[1]), cls.__name__)
    takes_any = cls.__init__ is object.__init__
    constructor = () if takes_any else arguments_of(cls, to_constructor=True)

    def make(given: Given) -> Any:
        named = {a.name: given[a.name] for a in constructor if a.name in given}
        return cls(**_flipped(named, constructor))

    return _layer(cls.__name__, cls, make, constructor)


def of_object(made: Any) -> Layer:
    """An object: a copy of it is used for every forward pass."""
    return _layer(type(made).__name__, made, lambda _: copy.deepcopy(made), ())


def _flipped(named: dict[str, Any], constructor: tuple[Argument, ...]) -> dict[str, Any]:
    return {a.name: named[a.name] for a in constructor if a.name in named}


def _layer(name: str, owner: Any, make: Callable[[Given], Any], constructor: tuple[Argument, ...]) -> Layer:
    methods = methods_of(owner)
    if methods is None:
        raise NotALayer(
            f"{name} has no forward and backward",
            hint="a class needs the methods forward and backward (or loss and gradient)",
        )
    first, second = (getattr(owner, m) for m in methods)
    skip = 1 if isinstance(owner, type) and not _static(owner, methods[0]) else 0
    passed = tuple(a for a in arguments_of(first)[skip:])
    taken = {a.name for a in constructor}
    inputs = {a.name: (a.name if a.name not in taken else f"{a.name}_in") for a in passed}
    backward_takes = arguments_of(second)[1 if isinstance(owner, type) and not _static(owner, methods[1]) else 0 :]
    data_again = tuple(a.name for a in backward_takes if a.name in inputs)
    caches = tuple(a.name for a in backward_takes if KEPT.search(a.name))
    weighted = any(a.name not in inputs and a.name not in caches for a in backward_takes)
    returned = returned_names(second)

    def forward(given: Given) -> tuple[Outputs, Kept]:
        made = make(given)
        found = {h.name: h for h in held(made, given)}
        for variable, array in given.items():
            if variable in found and variable not in taken:
                found[variable].put(array)
        return again(Kept(made, given, found), given)

    def again(kept: Kept, given: Given) -> tuple[Outputs, Kept]:
        named = {n: given[v] for n, v in inputs.items() if v in given}
        out = getattr(kept.made, methods[0])(*_in_order(named, inputs), **_by_name(named, inputs))
        if out is None:
            out = next((vars(kept.made)[o] for o in OUTPUTS if vars(kept.made).get(o) is not None), None)
        cache: tuple[Any, ...] = ()
        if isinstance(out, tuple) and caches:
            out, *rest = out
            cache = tuple(rest)
        return as_outputs(out), Kept(kept.made, given, kept.held, cache)

    def backward(kept: Kept, upstream: Outputs) -> dict[str, Any]:
        arguments = {n: kept.given[inputs[n]] for n in data_again if inputs[n] in kept.given}
        arguments |= dict(zip(caches, kept.cache if len(kept.cache) == len(caches) else (kept.cache,), strict=False))
        slots = [a.name for a in backward_takes if a.name not in inputs and a.name not in caches]
        arguments |= dict(zip(slots, upstream, strict=False))
        result = getattr(kept.made, methods[1])(**arguments)
        variables = (*(inputs[a.name] for a in passed), *taken, *kept.held)
        found = from_attributes(kept.made, variables, lists_of(kept.made, held(kept.made, kept.given)))
        found = _inside(kept) | found
        return found | from_returned(result, returned, [inputs[a.name] for a in passed], variables)

    renamed = tuple(replace(a, name=inputs[a.name]) for a in passed)
    text = documentation_of(owner, first, second, *((owner.__init__,) if constructor else ()))
    return Layer(name, (*constructor, *renamed), forward, backward, again, weighted, text, not weighted)


def _inside(kept: Kept) -> dict[str, Any]:
    """The gradients that the parts of an object keep: its layers, its parameters."""
    found: dict[str, Any] = {}
    for prefix, part in parts(kept.made):
        if box(part):
            names, name = [prefix[:-1]], prefix[:-1]
            found |= from_attributes(part, names, {}) if name in kept.held else {}
            continue
        names = [n.removeprefix(prefix) for n in kept.held if n.startswith(prefix)]
        ours = from_attributes(part, names, lists_of(part, held(part, {}))) if names else {}
        found |= {prefix + n: g for n, g in ours.items() if n in names}
    return found


def _in_order(named: Mapping[str, Any], inputs: Mapping[str, str]) -> list[Any]:
    """The values of the leading inputs that are all there: user code may take them by position only."""
    values = []
    for name in inputs:
        if name not in named:
            break
        values.append(named[name])
    return values


def _by_name(named: Mapping[str, Any], inputs: Mapping[str, str]) -> dict[str, Any]:
    names = list(inputs)
    gap = next((k for k, n in enumerate(names) if n not in named), len(names))
    return {n: named[n] for n in names[gap:] if n in named}


def _static(owner: type[Any], method: str) -> bool:
    return isinstance(inspect.getattr_static(owner, method), staticmethod)


def inner_variables(layer: Layer, kept: Any) -> dict[str, Any]:
    """The arrays that an object made by itself and for which it has, or announces, a gradient."""
    if not isinstance(kept, Kept):
        return {}
    named = {a.name for a in layer.arguments}
    return {n: h.value for n, h in kept.held.items() if n not in named}


def expected_gradients(layer: Layer, kept: Any) -> tuple[str, ...]:
    """The variables for whose gradient an object has an attribute."""
    if not isinstance(kept, Kept):
        return ()
    return announced(kept.made, [a.name for a in layer.arguments] + list(kept.held))
