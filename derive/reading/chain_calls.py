"""``chain(X, affine, relu, ...)`` in a layer's text: layers one after the other, as many times as a number says.

What the layers need besides becomes the layer's own, numbered where it occurs again; what is passed by name goes to
every one of them that has that name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lark import Token

from derive.errors import ChainruleError
from derive.expression import Axis, Expr, Number
from derive.program import Program
from derive.reading import shelf
from derive.reading.arguments import arguments
from derive.reading.arrays import Array, of_tensor
from derive.reading.calls import Layers
from derive.reading.chaining import Link, chained, fed, linked
from derive.reading.header import number_of
from derive.reading.passing import as_tensor, readable_outside, unified
from derive.reading.reader import Reader
from derive.reading.scope import HyperValue
from derive.reading.source import Node, did_you_mean

WORD, AGAIN, TIMES = "chain", "repeat", "times"
MAX_LINKS = 1000
EXAMPLE = "as in chain(X, affine, relu)"
COUNTING = f"as in chain(X, {AGAIN}(affine, relu, {TIMES}=3))"


class LayersAndChains(Layers):
    """The library as a layer sees it that is being read, single layers and chains of them."""

    def names(self) -> tuple[str, ...]:
        return (*super().names(), WORD)

    def output(self, reader: Reader, call: Node, target: str | None = None) -> Array:
        if str(call.children[0]) != WORD:
            return super().output(reader, call, target)
        return _output(self, reader, call, target)


def counted(equations: Iterable[Node]) -> set[str]:
    """The names that say how many times layers are repeated: hyperparameters that must be known to read the text."""
    found: set[str] = set()
    for node in equations:
        for here in node.iter_subtrees():
            if here.data == "keyword" and str(here.children[0]) == TIMES:
                found |= {str(n.children[0]) for n in here.iter_subtrees() if n.data == "name"}
    return found


@dataclass(frozen=True)
class _Passed:
    """What a chain is given: tensors and numbers by name, for every layer that has that name."""

    tensors: dict[str, Node]
    hypers: dict[str, Expr]


def _output(layers: Layers, reader: Reader, call: Node, target: str | None) -> Array:
    """Write the chained layers into the program."""
    token = call.children[0]
    if reader.scope.letters:
        raise reader.fault("layers cannot be chained among indices", token, "name the output on a line before")
    by_position, by_name = arguments(reader, call)
    if len(by_position) < 2:
        raise reader.fault("chain takes an array and the layers that it goes through", token, EXAMPLE)
    nodes = list(_repeated(reader, by_position[1:]))
    if not nodes:
        return reader.read(by_position[0])
    links = [_link(layers, reader, node) for node in nodes]
    passed = _passed(reader, by_name, [link.program_for(None) for link in links])
    draft, layer = reader.scope.draft, layers.callers[-1]
    try:
        formal = fed(links[0].program_for(None)).name
        actual = as_tensor(reader, by_position[0], formal, layer)
        program = chained(links, len(actual.axes), frozenset(passed.tensors))
    except ChainruleError as fault:
        if fault.source == reader.scope.source.text:
            raise
        raise reader.fault(f"the layers do not fit: {fault.message}", token, fault.hint) from None
    given = {fed(program).name: by_position[0], **passed.tensors}
    tensors = {fed(program).name: actual}
    tensors |= {name: as_tensor(reader, node, name, layer) for name, node in passed.tensors.items()}
    axes = unified(reader, program, given, tensors)
    for name, tensor in tensors.items():
        tensors[name] = readable_outside(reader, tensor, program.tensor(name), layer)
    for axis in program.axes:
        if axis not in axes and axis.extent is None:
            axes[axis] = Axis(draft.unique(axis.name))
            reader.scope.axes[axes[axis].name] = axes[axis]
    own = [t for t in program.given if t.name not in tensors]
    names = {name: t.name for name, t in tensors.items()} | {t.name: draft.unique(t.name) for t in own}
    return of_tensor(draft.write(program, names, axes, passed.hypers, target, given=own))


def _repeated(reader: Reader, nodes: list[Node]) -> Iterator[Node]:
    """The layers in order, those in ``repeat(...)`` as often as it says."""
    count = 0
    for node in nodes:
        inner, times = [node], 1
        if node.data == "call" and str(node.children[0]) == AGAIN:
            inner, by_name = arguments(reader, node)
            for word, (place, _) in by_name.items():
                if word != TIMES:
                    raise reader.fault(f"{AGAIN} has no argument named {word}", place, COUNTING)
            if not inner or TIMES not in by_name:
                raise reader.fault(f"{AGAIN} takes layers and how many times", node, COUNTING)
            times = _whole(reader, by_name[TIMES][1])
        count += times * len(inner)
        if count > MAX_LINKS:
            raise reader.fault(f"a chain has at most {MAX_LINKS} layers", node)
        for _ in range(times):
            yield from inner


def _whole(reader: Reader, node: Node) -> int:
    value = number_of(reader, node)
    if not isinstance(value, Number) or value.value.denominator != 1 or not 0 <= value.value <= MAX_LINKS:
        raise reader.fault(
            f"how many times is a whole number from 0 to {MAX_LINKS}", node, "a number, or a hyperparameter that is one"
        )
    return int(value.value)


def _link(layers: Layers, reader: Reader, node: Node) -> Link:
    """The layer that a node names, with the hyperparameters written there."""
    if node.data not in ("name", "call"):
        raise reader.fault("the name of a layer is expected here", node, EXAMPLE)
    token = node.children[0]
    name = str(token)
    if name not in shelf.names():
        raise reader.fault(f"there is no layer {name}", token, did_you_mean(name, shelf.names()))
    if name in layers.callers:
        raise reader.fault(f"the layer {name} calls itself", token, "give the layer that you write another name")
    by_position, by_name = arguments(reader, node) if node.data == "call" else ([], {})
    if by_position:
        raise reader.fault(f"in a chain {name} is fed by the layer before", by_position[0], "pass hyperparameters only")
    hypers: dict[str, HyperValue] = {h: number_of(reader, value) for h, (_, value) in sorted(by_name.items())}
    link = linked(
        name,
        shelf.syntax(name),
        lambda ranks: layers.program_of(name, tuple(hypers.items()), ranks, layers.callers),
    )
    try:
        link.program_for(None)
    except ChainruleError as fault:
        raise reader.fault(f"{name} does not fit here: {fault.message}", token, fault.hint) from None
    return link


def _passed(reader: Reader, by_name: dict[str, tuple[Token, Node]], programs: list[Program]) -> _Passed:
    tensors = {t.name for p in programs for t in p.given}
    hypers = {h.name for p in programs for h in p.hyperparameters}
    found = _Passed({}, {})
    for name, (place, node) in by_name.items():
        if name in tensors:
            found.tensors[name] = node
        elif name in hypers:
            found.hypers[name] = number_of(reader, node)
        else:
            hint = did_you_mean(name, sorted(tensors | hypers), otherwise="they have")
            raise reader.fault(f"none of the layers has a tensor or hyperparameter {name}", place, hint)
    return found
