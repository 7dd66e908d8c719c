"""Layers that are two functions: ``forward(...) -> out, cache`` and ``backward(dout, cache)``, in any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from codegen.gradcheck.handwritten.bundles import bundles_of, spread
from codegen.gradcheck.handwritten.gradient_names import from_returned, returned_names
from codegen.gradcheck.handwritten.layer import (
    Argument,
    Given,
    Layer,
    arguments_of,
    as_outputs,
    documentation_of,
)
from codegen.gradcheck.subject import Outputs
from derive.reading.numpy_source.gradient_names import KEPT, UPSTREAM, variable_of

Function = Callable[..., Any]


@dataclass(frozen=True)
class Kept:
    """What one forward pass was given and what it gave."""

    given: Given
    returned: tuple[Any, ...]


@dataclass(frozen=True)
class Wiring:
    """What each argument of backward is: an input, a returned piece, what was kept, or an upstream gradient."""

    inputs: tuple[str, ...]
    pieces: dict[str, int]
    kept: tuple[str, ...]
    upstream: tuple[str, ...]


def wire(backward: Sequence[Argument], inputs: Sequence[str], returned: Sequence[str]) -> Wiring:
    """Tell the arguments of backward apart by their names; those that tell nothing fill what is still missing."""
    taken, pieces, kept, upstream, unknown = [], {}, [], [], []
    for name in (a.name for a in backward if a.required or a.name in inputs or UPSTREAM.match(a.name)):
        if name in inputs:
            taken.append(name)
        elif name in returned:
            pieces[name] = list(returned).index(name)
        elif KEPT.search(name):
            kept.append(name)
        elif UPSTREAM.match(name) or (returned and variable_of(name, list(returned))):
            upstream.append(name)
        else:
            unknown.append(name)
    for name in unknown:
        more_returned = len(returned) != 1 and not kept and not pieces
        if not upstream and (taken or pieces or kept or not more_returned):
            upstream.append(name)
        elif more_returned:
            kept.append(name)
        elif not upstream:
            upstream.append(name)
        else:
            kept.append(name)
    return Wiring(tuple(taken), pieces, tuple(kept), tuple(upstream))


def of_pair(forward: Function, backward: Function, name: str = "", *, derivative: bool = False) -> Layer:
    """Two functions. ``derivative``: the second is f'(x), which is multiplied by the upstream gradient."""
    bundles = bundles_of(forward, backward)
    forward, backward = spread(forward, bundles), spread(backward, bundles)
    arguments = arguments_of(forward, False, backward)
    inputs = [a.name for a in arguments]
    names_out = returned_names(forward)
    wiring = wire(arguments_of(backward), inputs, names_out)
    if derivative:
        wiring = Wiring((), {}, (), ())
    names_back = returned_names(backward)
    needed = [a.name for a in arguments_of(backward) if a.required]
    count = max(1, len(wiring.upstream))
    whole = not wiring.kept and not wiring.pieces and len(wiring.upstream) > 1

    def run_forward(given: Given) -> tuple[Outputs, Kept]:
        result = forward(**{n: given[n] for n in inputs if n in given})
        pieces = result if isinstance(result, tuple) else (result,)
        return as_outputs(pieces if whole else pieces[:count]), Kept(given, pieces)

    def run_backward(kept: Kept, upstream: Outputs) -> dict[str, Any]:
        arguments: dict[str, Any] = {n: kept.given[n] for n in wiring.inputs if n in kept.given}
        arguments |= {n: kept.returned[k] for n, k in wiring.pieces.items()}
        rest = kept.returned[count:]
        for place, slot in enumerate(wiring.kept):
            arguments[slot] = rest if len(rest) != len(wiring.kept) else rest[place]
            if len(rest) == 1 and len(wiring.kept) == 1:
                arguments[slot] = rest[0]
            elif not rest:
                arguments[slot] = tuple(kept.given[n] for n in inputs if n in kept.given)
        arguments |= dict(zip(wiring.upstream, upstream, strict=False))
        values = [kept.given[n] for n in inputs if n in kept.given]
        result = backward(*values[: len(needed)]) if derivative else backward(**arguments)
        first = [n for n in inputs if n in kept.given]
        return from_returned(result, names_back, first, inputs)

    def again(_: Any, given: Given) -> tuple[Outputs, Kept]:
        return run_forward(given)

    title = name or forward.__name__
    text = documentation_of(forward, backward)
    weighted = bool(wiring.upstream)
    is_loss = not weighted and not derivative
    return Layer(title, arguments, run_forward, run_backward, again, weighted, text, is_loss)


def of_derivative(function: Function, derivative: Function, name: str = "") -> Layer:
    """A scalar function and its derivative, both applied entry by entry: ``sigmoid`` and ``sigmoid_der``."""
    return of_pair(function, derivative, name, derivative=True)


def of_derivative_by_output(function: Function, derivative: Function, name: str = "") -> Layer:
    """As `of_derivative`, where the derivative is written in the function's output: ``y * (1 - y)``."""
    layer = of_derivative(function, derivative, name)
    only = next(a.name for a in arguments_of(derivative) if a.required)
    first = layer.arguments[0].name

    def backward(kept: Kept, upstream: Outputs) -> dict[str, Any]:
        return {first: derivative(**{only: np.array(kept.returned[0])})}

    return Layer(layer.name, layer.arguments, layer.forward, backward, layer.again, False, layer.documentation)
