"""From a name to the layer that is meant: a class, a function and the backward that belongs to it, an object."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from types import ModuleType
from typing import Any

from codegen.gradcheck.handwritten.autograd import in_tensors, is_autograd_function, marks_of, of_autograd_function
from codegen.gradcheck.handwritten.classes import methods_of, of_class, of_object
from codegen.gradcheck.handwritten.layer import Layer, NotALayer, arguments_of
from codegen.gradcheck.handwritten.pairs import of_derivative, of_derivative_by_output, of_pair
from codegen.gradcheck.handwritten.whole import is_whole, of_whole
from derive.errors import UnknownName
from derive.reading.numpy_source.gradient_names import KEPT, UPSTREAM

FORWARDS = ("", "_forward", "_fwd", "_prop", "_fprop", "_naive")
FORWARD_HEADS = ("forward_", "fwd_", "")
BACKWARDS = ("_backward", "_bwd", "_back", "_backprop", "_bprop", "_vjp")
BACKWARD_HEADS = ("backward_", "bwd_", "backprop_")
DERIVATIVES = ("_der", "_derivative", "_deriv", "_grad", "_gradient", "_prime", "_dash", "_diff")
DERIVATIVE_HEADS = ("d_", "grad_", "d", "derivative_of_", "derivative_", "der_")
SWAPS = (("forward", "backward"), ("fwd", "bwd"), ("fprop", "bprop"), ("Forward", "Backward"))
WHOLE = {"forward": "backward", "fwd": "bwd", "forward_prop": "back_prop", "fprop": "bprop", "loss": "gradient"}
Found = tuple[tuple[Layer, ...], tuple[Any, ...]]


def layers_of(name: str, namespace: Mapping[str, Any]) -> Found:
    """The ways in which the code of that name may be meant, and the things it is made of.

    ``name`` is that of a class, of a function or of its stem (``affine`` for ``affine_forward`` and
    ``affine_backward``), or both names with a comma. Errors: `UnknownName`, with what there is; `NotALayer`.
    """
    if "," in name:
        first, _, second = (part.strip() for part in name.partition(","))
        return of_things(_get(first, namespace), _get(second, namespace))
    thing = namespace.get(name)
    if isinstance(thing, type) or (thing is not None and not inspect.isroutine(thing)):
        return of_things(thing)
    forward, backward, derivative = _partners(name, namespace)
    if forward is None or backward is None:
        if is_whole(_get(name, namespace)):
            return (of_whole(namespace[name]),), (namespace[name],)
        raise NotALayer(
            f"{name} is a function, and no backward that belongs to it was found",
            hint=f"name both: FILE:{name},NAME_OF_BACKWARD, or give the forward by --forward SPEC",
        )
    return of_things(forward, backward, derivative=derivative)


def of_things(forward: Any, backward: Any = None, *, derivative: bool | None = None) -> Found:
    """As `layers_of`, for the functions, the class or the object itself."""
    if backward is None:
        if is_autograd_function(forward):
            return (of_autograd_function(forward),), (forward,)
        layer = of_class(forward) if isinstance(forward, type) else of_object(forward)
        return _also_in_tensors(layer, forward), (forward,)
    if derivative is None:
        derivative = _is_derivative(forward, backward)
    if derivative:
        ways = [of_derivative(forward, backward)]
        if len([a for a in arguments_of(backward) if a.required]) == 1:
            ways.append(of_derivative_by_output(forward, backward))
        return tuple(ways), (forward, backward)
    return _also_in_tensors(of_pair(forward, backward), forward), (forward, backward)


def _is_derivative(forward: Callable[..., Any], backward: Callable[..., Any]) -> bool:
    """Whether the second function is f'(x): it takes what the first takes, and nothing from above or kept."""
    needed = [a.name for a in arguments_of(backward) if a.required]
    inputs = {a.name for a in arguments_of(forward)}
    if not needed or set(needed) <= inputs:
        return bool(needed)
    told = any(UPSTREAM.match(n) or KEPT.search(n) for n in needed if n not in inputs)
    return not told and len(needed) <= len(inputs) and not backward.__name__.endswith(BACKWARDS)


def _also_in_tensors(layer: Layer, thing: Any) -> tuple[Layer, ...]:
    """Code of a module that knows PyTorch may want tensors instead of arrays."""
    functions = [thing, *(f for _, f in inspect.getmembers(thing, callable))]
    spaces = [f.__globals__ for f in functions if inspect.isfunction(f)]
    modules = {v.__name__.partition(".")[0] for s in spaces for v in s.values() if isinstance(v, ModuleType)}
    return (layer, in_tensors(layer)) if "torch" in modules else (layer,)


def _get(name: str, namespace: Mapping[str, Any]) -> Any:
    if name in namespace:
        return namespace[name]
    there = [n for n, v in namespace.items() if not n.startswith("_") and _may_be_meant(v)]
    close = get_close_matches(name, there, 1, 0.5)
    raise UnknownName(
        f"there is no {name!r} in it",
        hint=f"did you mean {close[0]}?" if close else f"it has {', '.join(there) or 'neither classes nor functions'}",
    )


def _may_be_meant(thing: Any) -> bool:
    return inspect.isfunction(thing) or (isinstance(thing, type) and methods_of(thing) is not None)


def _partners(name: str, namespace: Mapping[str, Any]) -> tuple[Any, Any, bool | None]:
    """The forward of that name or stem, the backward that belongs to it, and whether that is a derivative."""
    backward = next((namespace[b] for b in _in_its_place(name) if inspect.isroutine(namespace.get(b))), None)
    if backward is not None and _is_forward(name, namespace):
        return namespace[name], backward, False
    stem = name
    for ending in (*FORWARDS[1:], *BACKWARDS):
        stem = stem.removesuffix(ending)
    for head in (*FORWARD_HEADS[:2], *BACKWARD_HEADS):
        stem = stem.removeprefix(head)
    forwards = [name, *(stem + f for f in FORWARDS), *(h + stem for h in FORWARD_HEADS)]
    forward = next((namespace[f] for f in forwards if _is_forward(f, namespace)), None)
    backwards = [WHOLE[name]] if name in WHOLE else []
    backwards += [stem + b for b in BACKWARDS] + [h + stem for h in BACKWARD_HEADS]
    backward = next((namespace[b] for b in backwards if inspect.isroutine(namespace.get(b))), None)
    if backward is not None:
        return forward, backward, False
    slopes = [stem + d for d in DERIVATIVES] + [h + stem for h in DERIVATIVE_HEADS]
    slope = next((namespace[s] for s in slopes if inspect.isroutine(namespace.get(s))), None)
    return forward, slope, None


def _in_its_place(name: str) -> list[str]:
    """The name with the word for backward in the place of that for forward, wherever it stands.

    >>> _in_its_place("conv_forward_naive")
    ['conv_backward_naive', 'conv_backward']
    """
    swapped = [name.replace(one, other) for one, other in SWAPS if one in name]
    ended = [re.sub(r"(?<=ward|prop)_[a-z0-9]+$", "", n) for n in swapped]  # conv_forward_fast, conv_backward
    return list(dict.fromkeys((*swapped, *ended)))


def _is_forward(name: str, namespace: Mapping[str, Any]) -> bool:
    backwards = any(b in name for b in ("backward", "bwd", "backprop")) or name.endswith(BACKWARDS)
    return not backwards and inspect.isroutine(namespace.get(name))


def marking(name: str, namespace: Mapping[str, Any]) -> Any:
    """The function of that name if it writes gradients onto its arguments, else None."""
    thing = namespace.get(name)
    return thing if inspect.isfunction(thing) and marks_of(thing) is not None else None
