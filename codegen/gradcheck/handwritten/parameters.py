"""The arrays that an object holds: found by name, and replaced wherever the object keeps the same array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from derive.reading.numpy_source.gradient_names import BOOKS

DEPTH = 4  # a network that holds a dictionary of layers that hold parameters
BREADTH = 64


@dataclass(frozen=True)
class Place:
    """Where an array stands: ``holder.key`` or ``holder[key]``; ``name`` is what people call it."""

    name: str
    holder: Any
    key: Any

    @property
    def value(self) -> Any:
        """What stands there now."""
        return vars(self.holder)[self.key] if hasattr(self.holder, "__dict__") else self.holder[self.key]

    def put(self, value: Any) -> None:
        """Replace it."""
        if hasattr(self.holder, "__dict__"):
            setattr(self.holder, self.key, value)
        else:
            self.holder[self.key] = value


def places(holder: Any, depth: int = DEPTH, prefix: str = "") -> Iterator[Place]:
    """Every place in an object, its dictionaries, lists and parts where an array of real numbers stands."""
    for key, value in _entries(holder):
        name = f"{prefix}{key}"
        if BOOKS.match(str(key)):
            continue  # gradients are no parameters
        boxed = box(value)
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            yield Place(name, holder, key)
        elif boxed:
            yield Place(name, value, boxed)
        elif depth and _is_container(value):
            inner = "" if isinstance(value, dict) and not prefix and _holds_arrays(value) else f"{name}."
            yield from places(value, depth - 1, inner)


def box(value: Any) -> str:
    """The attribute in which an object holds one array beside its gradient, as a Parameter does; "" if it is none."""
    if not hasattr(value, "__dict__") or isinstance(value, type):
        return ""
    own = vars(value)
    arrays = [k for k, v in own.items() if isinstance(v, np.ndarray) and not BOOKS.match(k)]
    return arrays[0] if len(arrays) == 1 and any(BOOKS.match(k) for k in own) and not hasattr(value, "forward") else ""


def parts(holder: Any, depth: int = DEPTH, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The objects inside an object that may hold gradients, each with what their arrays' names begin with."""
    for key, value in _entries(holder):
        if BOOKS.match(str(key)) or not depth or not _is_container(value):
            continue
        if hasattr(value, "__dict__"):
            yield f"{prefix}{key}.", value
        if not box(value):
            yield from parts(value, depth - 1, f"{prefix}{key}.")


def _entries(holder: Any) -> list[tuple[Any, Any]]:
    if isinstance(holder, dict):
        return list(holder.items())[:BREADTH]
    if isinstance(holder, list):
        return list(enumerate(holder))[:BREADTH]
    return list(vars(holder).items())[:BREADTH] if hasattr(holder, "__dict__") else []


def _is_container(value: Any) -> bool:
    ours = hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value)
    return isinstance(value, (dict, list)) or ours or (callable(value) and hasattr(value, "backward"))


def _holds_arrays(value: dict[Any, Any]) -> bool:
    return any(isinstance(v, np.ndarray) for v in value.values())


@dataclass(frozen=True)
class Held:
    """One array of an object under its shortest name, and all the places where the very same array stands."""

    name: str
    places: tuple[Place, ...]

    @property
    def value(self) -> Any:
        """The array."""
        return self.places[0].value

    def put(self, value: Any) -> None:
        """Replace it everywhere."""
        for place in self.places:
            place.put(value)


def held(holder: Any, known: Mapping[str, Any]) -> tuple[Held, ...]:
    """The arrays of an object; one that stands in several places is one array, one that is known keeps its name."""
    groups: list[list[Place]] = []
    for place in places(holder):
        group = next((g for g in groups if g[0].value is place.value), None)
        if group is None:
            groups.append([place])
        else:
            group.append(place)
    names = [next((n for n, a in known.items() if a is g[0].value), "") for g in groups]
    return tuple(Held(n or min((p.name for p in g), key=len), tuple(g)) for n, g in zip(names, groups, strict=True))


def lists_of(holder: Any, found: Sequence[Held]) -> dict[str, tuple[str, ...]]:
    """For each list of an object that holds nothing but arrays: their names, in its order."""
    named = [(h.name, h.value) for h in found]
    result: dict[str, tuple[str, ...]] = {}
    for attribute, value in vars(holder).items():
        if isinstance(value, (list, tuple)) and value:
            names = [next((n for n, a in named if a is v), "") for v in value]
            if all(names):
                result[attribute] = tuple(names)
    return result
