"""The shapes of the arguments: axes that are all different at first, and the same where the code needs it."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TypeVar

from derive.expression import Axis
from derive.program import Role, Tensor
from derive.reading.numpy_source.definitions import Definition, arguments_of
from derive.reading.numpy_source.values import Same, Unreadable, Whole

LETTERS = ("N", "D", "H", "C", "K", "M", "P", "Q", "R", "S", "A", "B", "E", "F", "G")
VECTOR = re.compile(r"(b|bias(es)?|beta|gamma|gain|shift)[0-9a-z_]{0,3}", re.IGNORECASE)
PARAMETER = re.compile(r"(w|weights?|u|v|k|b|bias(es)?|beta|gamma)[0-9a-z_]{0,3}", re.IGNORECASE)
TARGET = re.compile(r"t|y_?true|targets?|labels?|truth|gt|one_?hot", re.IGNORECASE)


def guesses(chosen: Definition, known: Mapping[str, Tensor], sizes: Mapping[str, str]) -> Iterator[dict[str, Tensor]]:
    """Ranks for the arguments that nothing is known of, with axes that are all different."""
    constructor, forward = arguments_of(chosen)
    names = [n for n in (*forward, *constructor) if n not in sizes]
    free = [n for n in names if n not in known]
    ranks = [(1, 0, 2) if VECTOR.fullmatch(n) else (2, 1, 0, 3) for n in free]
    ordered = sorted(itertools.product(*(range(len(r)) for r in ranks)), key=lambda places: (sum(places), places))
    for places in ordered:
        letters = iter(f"_{k}" for k in range(1000))
        made = {
            n: Tensor(n, tuple(Axis(next(letters)) for _ in range(ranks[k][place])), _role(n, constructor))
            for k, (n, place) in enumerate(zip(free, places, strict=True))
        }
        yield {n: known[n] if n in known else made[n] for n in names}


def _role(name: str, constructor: list[str]) -> Role:
    if name in constructor or PARAMETER.fullmatch(name):
        return "param"
    return "target" if TARGET.fullmatch(name) else "input"


T = TypeVar("T")


def fitted(
    tree: ast.Module,
    chosen: Definition,
    tensors: dict[str, Tensor],
    sizes: dict[str, str],
    lines: tuple[str, ...],
    run: Callable[..., T],
) -> T:
    """What comes of the run (`running.ran`), after axes that have to be the same have been made so."""
    whole: frozenset[str] = frozenset(n for n, t in tensors.items() if t.integer)
    for _ in range(100):
        try:
            return run(tree, chosen, _lettered(tensors), sizes, lines, whole)
        except Same as needed:
            named = _names_of(tensors)
            left, right = named.get(needed.left.name, needed.left), named.get(needed.right.name, needed.right)
            if (left.extent is not None and right.extent is not None) or left == right:
                raise Unreadable(str(needed)) from None
            if not {left.name[:1], right.name[:1]} & {"_"}:
                raise Unreadable(str(needed)) from None
            old, new = (right, left) if right.name.startswith("_") else (left, right)
            tensors = {n: replace(t, axes=tuple(new if a == old else a for a in t.axes)) for n, t in tensors.items()}
        except Whole as needed_whole:
            if needed_whole.tensor not in tensors or needed_whole.tensor in whole:
                raise Unreadable(str(needed_whole)) from None
            whole |= {needed_whole.tensor}
            tensors = {n: _row(t) if n == needed_whole.tensor else t for n, t in tensors.items()}
    raise Unreadable("no shapes fit")


def _row(tensor: Tensor) -> Tensor:
    """Labels along one axis, if nothing is known of their axes."""
    return replace(tensor, axes=tensor.axes[:1]) if all(a.name.startswith("_") for a in tensor.axes) else tensor


def _lettered(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Axes found get letters, in the order in which they are met."""
    letters = _letters(tensors)
    return {
        n: replace(t, axes=tuple(Axis(letters[a.name]) if a.name in letters else a for a in t.axes))
        for n, t in tensors.items()
    }


def _letters(tensors: Mapping[str, Tensor]) -> dict[str, str]:
    found = dict.fromkeys(a.name for t in tensors.values() for a in t.axes)
    taken = {a for a in found if not a.startswith("_")} | set(tensors)
    free = [letter for letter in LETTERS if letter not in taken]
    unnamed = [a for a in found if a.startswith("_")]
    return dict(zip(unnamed, [*free, *(f"A{k}" for k in range(len(unnamed)))], strict=False))


def _names_of(tensors: Mapping[str, Tensor]) -> dict[str, Axis]:
    """The axis that goes by a letter."""
    return {letter: Axis(name) for name, letter in _letters(tensors).items()}
