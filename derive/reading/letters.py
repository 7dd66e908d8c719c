"""Which letter an index gets: ``n`` for the axis N; and which axis a letter that the user chose runs over."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from lark import Token

from derive.errors import LayerTextError
from derive.expression import Axis, Index
from derive.program import Tensor
from derive.reading.source import Node, Source

ARITHMETIC = "index arithmetic is not supported yet"


def axes_of_letters(
    source: Source,
    letters: Iterable[Token],
    body: Node,
    tensors: Mapping[str, Tensor],
    known: Mapping[str, Index],
) -> tuple[Index, ...]:
    """The index that each letter names: the axis is that of the places where the letter stands alone in ``body``.

    A letter that stands for two different axes, or for none, is an error.
    """
    wanted = {str(t): t for t in letters}
    found: dict[str, Axis] = {}
    for token, axis in _places(body, tensors):
        if str(token) not in wanted:
            continue
        first = found.setdefault(str(token), axis)
        if first != axis:
            raise source.error(
                f"the index {token} runs over {first.name} elsewhere, and here over {axis.name}",
                token,
                "use another letter, one for each axis",
            )
    equal = [(a, b) for pair in _equal_pairs(body) for a, b in (pair, pair[::-1])]
    for _ in wanted:
        for a, b in equal:
            other = found.get(b) or (known[b].axis if b in known else None)
            if a in wanted and a not in found and other is not None:
                found[a] = other
    for letter, token in wanted.items():
        if letter not in found:
            _explain(source, letter, body, tensors)
            raise source.error(
                f"the index {letter} stands on no tensor, so its axis is not known",
                token,
                f"use it as an index, as in X[{letter}], or leave it out",
            )
    return tuple(Index(letter, found[letter]) for letter in wanted)


def _explain(source: Source, letter: str, body: Node, tensors: Mapping[str, Tensor]) -> None:
    """Raise the error of the place that should have told the letter's axis, if there is one."""
    for node in body.within():
        if node.data != "entry" or not _mentions(node.children[1], letter):
            continue
        tensor, items = tensors.get(str(node.children[0])), node.children[1].children
        if tensor is not None and len(items) != len(tensor.axes):
            raise wrong_rank(source, node, tensor)
        for item in items:
            if item.data != "name" and _mentions(item, letter):
                raise source.error(ARITHMETIC, item, "an index is a letter alone, as in X[n, d]")


def _mentions(node: Node, letter: str) -> bool:
    return any(n.data == "name" and n.children[0] == letter for n in node.within())


def wrong_rank(source: Source, entry: Node, tensor: Tensor) -> LayerTextError:
    """The error for an entry with too many or too few indices."""
    axes, given = len(tensor.axes), len(entry.children[1].children)
    named = ", ".join(a.name for a in tensor.axes)
    return source.error(
        f"{tensor.name} has {axes} {'axis' if axes == 1 else 'axes'}, [{named}], "
        f"but {given} {'index is' if given == 1 else 'indices are'} given",
        entry,
    )


def _places(body: Node, tensors: Mapping[str, Tensor]) -> Iterator[tuple[Token, Axis]]:
    """Every place where a letter alone is the index of a tensor."""
    for node in body.within():
        if node.data != "entry":
            continue
        tensor = tensors.get(str(node.children[0]))
        items = node.children[1].children
        if tensor is None or len(items) != len(tensor.axes):
            continue
        for item, axis in zip(items, tensor.axes, strict=True):
            if item.data == "name":
                yield item.children[0], axis


def _equal_pairs(body: Node) -> Iterator[tuple[str, str]]:
    """The letters that ``delta(i, j)`` and ``[i == j]`` put side by side."""
    for node in body.within():
        pair: list[Node] = []
        if node.data == "call" and str(node.children[0]) == "delta" and len(node.children) == 2:
            pair = list(node.children[1].children)
        elif node.data == "comparison" and str(node.children[1]) == "==":
            pair = [node.children[0], node.children[2]]
        if len(pair) == 2 and all(p.data == "name" for p in pair):
            yield str(pair[0].children[0]), str(pair[1].children[0])
