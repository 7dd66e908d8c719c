"""Which axis a letter runs over: the one that is said, the one of the places where it stands alone, or a new one.

In ``Y[n, i] = sum[r](X[n, 2*i + r] * K[r])`` n and r stand alone on an axis, and i runs as often as the window fits;
in ``max[r: 3](X[n, 2*i + r])`` it is said how far r runs.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from lark import Token

from derive.calculus.whole_numbers import sign
from derive.errors import LayerTextError
from derive.expression import Axis, Expr, Number
from derive.program import Tensor
from derive.reading.extents import MAX_EXTENT
from derive.reading.reader import Reader
from derive.reading.scope import UNKNOWN
from derive.reading.slots import whole_number
from derive.reading.source import Node, Source
from derive.rewriting import free_indices

BINDING = ("name", "ranged")


@dataclass(frozen=True)
class Letter:
    """A letter where it is bound, and how far it runs if that is said, as in ``r: 3``."""

    token: Token
    extent: Node | None = None

    @property
    def name(self) -> str:
        """The letter."""
        return str(self.token)


def letters_in(items: Node) -> list[Letter]:
    """The letters among the items between brackets."""
    return [Letter(item.children[0], *item.children[1:2]) for item in items.children if item.data in BINDING]


def apart(reader: Reader, items: Node, around: Container[str] = ()) -> tuple[Node, list[Node]]:
    """The letters that a reduction binds, and its conditions: ``sum[s <= t](...)`` binds s, which is at most t."""
    binding: list[Any] = []
    guards = [item for item in items.children if item.data == "comparison"]
    for item in items.children:
        if item.data != "comparison":
            binding.append(item)
            continue
        named = {str(b.children[0]) for b in binding if b.data in BINDING}
        names = (str(c.children[0]) for c in item.children[::2] if c.data == "name")
        if not named.isdisjoint(names):
            continue
        for side in item.children[::2]:
            if side.data == "name" and str(side.children[0]) not in around and _means_nothing(reader, side.children[0]):
                binding.append(side)
                break
    return Node("items", binding, items.meta), guards


def _means_nothing(reader: Reader, token: Token) -> bool:
    scope, name = reader.scope, str(token)
    return not any(name in known for known in (scope.letters, scope.hypers, scope.axes, scope.draft.tensors))


def bound_letters(reader: Reader, items: Node, example: str) -> list[Letter]:
    """The letters that a left side or a reduction binds: nothing but letters, each a new one."""
    for item in items.children:
        if item.data not in BINDING:
            raise reader.fault("only plain letters can stand between these brackets", item, example)
    letters = letters_in(items)
    names = [x.name for x in letters]
    for place, letter in enumerate(letters):
        _check_new(reader, letter.token)
        if letter.name in names[:place]:
            raise reader.fault(f"the letter {letter.name} stands twice", letter.token, "take a letter for each axis")
    return letters


def _check_new(reader: Reader, token: Token) -> None:
    scope, name = reader.scope, str(token)
    if name in scope.letters:
        raise reader.fault(f"the index {name} is in use already", token, "take another letter inside")
    tensor = scope.draft.tensors.get(name)
    if name in scope.hypers or (tensor is not None and not tensor.axes):
        raise reader.fault(f"{name} is the name of a tensor or hyperparameter", token, "take another letter")


def plain_axes(reader: Reader, letters: Sequence[Letter], body: Node) -> dict[str, Axis]:
    """The axes that are said, or seen from the places where a letter stands alone or is compared with another."""
    wanted = {x.name for x in letters}
    found = {x.name: _said(reader, x.name, x.extent) for x in letters if x.extent is not None}
    said = set(found)
    for token, axis in _places(body, reader):
        first = found.setdefault(str(token), axis) if str(token) in wanted else axis
        if first != axis and str(token) not in said:
            raise reader.fault(
                f"the index {token} runs over {first.name} elsewhere, and here over {axis.name}",
                token,
                f"use another letter, one for each axis, or say how far it runs, as in {token}: {first.name}",
            )
    if len(found) == len(wanted):
        return found
    pairs = [pair for node in body.within() for pair in compared(node)]
    for _ in wanted:
        for a, b in pairs:
            other = found.get(b) or (reader.scope.letters[b].axis if b in reader.scope.letters else None)
            if a in wanted and other is not None:
                found.setdefault(a, other)
    return found


def _said(reader: Reader, letter: str, extent: Node) -> Axis:
    """The axis of a letter whose range is said: a number, a hyperparameter, or the name of an axis."""
    scope = reader.scope
    name = str(extent.children[0]) if extent.data == "name" else ""
    if name in scope.axes or isinstance(scope.hypers.get(name), str):
        return scope.axis(extent.children[0])
    length = whole_number(reader, extent)
    if free_indices(length):
        raise reader.fault("how far a letter runs cannot depend on another letter", extent, "as in sum[r: 3](...)")
    return axis_of(reader, letter, length, extent)


def axis_of(reader: Reader, letter: str, extent: Expr, at: Node) -> Axis:
    """The axis of that many entries for a letter."""
    if sign(extent) in ("zero", "negative"):
        raise reader.fault(f"{letter} would have {extent} values here", at, "an axis has 1 entry or more")
    if isinstance(extent, Number) and extent.value > MAX_EXTENT:
        raise reader.fault(f"an axis has at most {MAX_EXTENT} entries", at)
    axis = reader.scope.draft.axis(letter.upper(), extent)
    reader.scope.axes.setdefault(axis.name, axis)
    return axis


def places(reader: Reader, entry: Node) -> Iterator[tuple[Node, Tensor, Axis]]:
    """What stands on each axis of a tensor, the first ones of an array for one step; nothing if it is not known.

    ``t - 1`` in a recurrence is counted as ``t``, which runs over ``T`` where nothing else has said so yet.
    """
    tensor = reader.scope.tensor(str(entry.children[0]))
    state = reader.scope.states.get(str(entry.children[0]))
    items = entry.children[1].children
    if tensor is not None and len(items) <= len(tensor.axes):
        for n, (item, axis) in enumerate(zip(items, tensor.axes, strict=False)):
            names = [x for x in item.within() if x.data == "name"]
            back = state is not None and n == state.place and len(names) == 1
            if axis == UNKNOWN and back:
                axis = reader.scope.axes.get(str(names[0].children[0]).upper(), UNKNOWN)
            if axis != UNKNOWN:
                yield (names[0] if back else item), tensor, axis


def wrong_rank(source: Source, entry: Node, tensor: Tensor) -> LayerTextError:
    """The error for an entry with too many or too few indices."""
    axes, given = len(tensor.axes), len(entry.children[1].children)
    named = ", ".join(a.name for a in tensor.axes)
    return source.error(
        f"{tensor.name} has {axes} {'axis' if axes == 1 else 'axes'}, [{named}], "
        f"but {given} {'index is' if given == 1 else 'indices are'} given",
        entry,
    )


def _places(body: Node, reader: Reader) -> Iterator[tuple[Token, Axis]]:
    """Every place where a letter alone is the index of a tensor."""
    for node in body.within():
        if node.data == "entry":
            for item, _, axis in places(reader, node):
                if item.data == "name":
                    yield item.children[0], axis
        elif node.data == "part" and node.children[0].data == "call":
            axes, items = _axes_of_call(reader, node.children[0]), node.children[1].children
            for item, axis in zip(items, axes, strict=False):
                if item.data == "name" and len(items) == len(axes):
                    yield item.children[0], axis


def _axes_of_call(reader: Reader, call: Node) -> tuple[Axis, ...]:
    """The axes of what is called, found by reading it for trial."""
    scope = reader.scope
    trial = replace(reader, scope=replace(scope, letters={}, draft=deepcopy(scope.draft), used=set(scope.used)))
    try:
        return trial.read(call).axes
    except LayerTextError:  # which is told where the call is read in earnest
        return ()


def compared(node: Node) -> list[tuple[str, str]]:
    """The letters that ``delta(i, j)``, ``[i == j]`` or ``s <= t`` put side by side, both ways round."""
    pair: list[Node] = []
    if node.data == "call" and str(node.children[0]) == "delta" and len(node.children) == 2:
        pair = list(node.children[1].children)
    elif node.data == "comparison":
        pair = [node.children[0], node.children[2]]
    if len(pair) != 2 or any(p.data != "name" for p in pair):
        return []
    left, right = (str(p.children[0]) for p in pair)
    return [(left, right), (right, left)]
