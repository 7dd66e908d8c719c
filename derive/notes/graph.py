"""The computation graph of a derivation: what is computed from what, with the gradients that flow back.

A program of numbers has a node for each elementary operation, as on a blackboard; a program of tensors has a
node for each equation. Every edge carries one value forward (name, shape or number) and one gradient back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from string import Template
from typing import Literal

from derive.calculus.chain_rule import derive
from derive.expression import Access, cotangent_name
from derive.judging.evaluate import evaluate
from derive.judging.world import World
from derive.ledger import Derivation
from derive.notes.elementary import elementary, is_nameless, is_scalar, operation
from derive.notes.graph_labels import equation_labels, shape_label
from derive.notes.notation import row
from derive.notes.numbers import digits, worked
from derive.notes.telling import loss
from derive.program import Equation, Program
from derive.recurrence import is_step_back
from derive.rewriting import tensors_in, walk

Spelled = Callable[..., str]  # the gradient by a tensor, from its ``name``
Kind = Literal["given", "operation", "output"]
PLACES = 6  # significant digits on an edge
BEFORE = "←"  # stands before the name of the node of what a loop reads from the step before
OUTPUT = "→"  # stands before the name of the node that an output leads to


@dataclass(frozen=True)
class Node:
    """A given tensor, an operation, or the end of an output. ``name`` is unlike that of any other node."""

    name: str
    label: str
    kind: Kind


@dataclass(frozen=True)
class Edge:
    """A value on its way from one node to another, and the gradient on its way back; "" for what is not there."""

    source: str
    target: str
    forward: str
    backward: str


@dataclass(frozen=True)
class Graph:
    """Nodes in the order computed, edges in the order read."""

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(derivation: Derivation, values: Mapping[str, object] | None = None, profile: str = "partial") -> Graph:
    """The graph of a derivation; ``values`` (see `derive.notes.numbers`) puts numbers on the edges.

    ``profile``: how gradients are named, a row of `derive.notes.notation`.

    The names on the edges are those of the program; an operation inside an equation has a nameless result.
    """
    if is_scalar(derivation.program):
        program = elementary(derivation.program)
        derivation = derive(program, derivation.wrt, upstream=derivation.seeds)
        labels = {e.name: operation(e) for e in program.equations}
    else:
        program = derivation.program
        labels = equation_labels(program)
    world = None if values is None else worked(derivation, values)
    spelled = partial(Template(row(profile).plain).substitute, loss=loss_label(derivation))
    used = {name for e in program.equations for name in tensors_in(e.right)}
    nodes = (
        *(Node(t.name, t.name, "given") for t in program.given if t.name in used),
        *dict.fromkeys(
            Node(BEFORE + str(a), str(a), "given") for e in program.equations for a in _steps_back(program, e)
        ),
        *(Node(e.name, labels[e.name], "operation") for e in program.equations),
        *(Node(OUTPUT + name, name, "output") for name in program.outputs),
    )
    edges = (
        *(edge for e in program.equations for edge in _edges(e, derivation, world, spelled)),
        *(_edge(name, OUTPUT + name, derivation, world, spelled) for name in program.outputs),
    )
    return Graph(program.name, nodes, edges)


def _steps_back(program: Program, equation: Equation) -> tuple[Access, ...]:
    """What an equation reads from the step before: the loop is cut there, and drawn for one step."""
    reads = (n for n in walk(equation.right) if isinstance(n, Access))
    return tuple(dict.fromkeys(a for a in reads if is_step_back(program, equation.name, a.tensor)))


def _edges(equation: Equation, derivation: Derivation, world: World | None, spelled: Spelled) -> Iterator[Edge]:
    """The edges to the node of an equation."""
    before = {a.tensor: BEFORE + str(a) for a in _steps_back(derivation.program, equation)}
    for name in tensors_in(equation.right):
        edge = _edge(name, equation.name, derivation, world, spelled)
        yield replace(edge, source=before.get(name, name))


def _edge(tensor: str, target: str, derivation: Derivation, world: World | None, spelled: Spelled) -> Edge:
    backward = _backward(tensor, target, derivation, world, spelled)
    return Edge(tensor, target, _forward(tensor, derivation, world), backward)


def _forward(tensor: str, derivation: Derivation, world: World | None) -> str:
    """``x = 100``, ``U1 (N, H)``; of a nameless result only the number."""
    name = "" if is_nameless(tensor) else tensor
    axes = derivation.program.tensor(tensor).axes
    if axes:
        return f"{name} {shape_label(axes)}"
    return _joined(name, "=", _value(world, tensor))


def _backward(tensor: str, target: str, derivation: Derivation, world: World | None, spelled: Spelled) -> str:
    """``∂L/∂x = 2.2``; where a tensor is read several times, ``+=`` the share that comes back along this edge."""
    gradient = derivation.gradients.get(tensor)
    if gradient is None and tensor not in derivation.seeds:
        return ""
    name = "" if is_nameless(tensor) else spelled(name=tensor)
    if derivation.program.tensor(tensor).axes:
        return name
    if gradient is None or len(gradient.contributions) < 2:
        return _joined(name, "=", _value(world, cotangent_name(tensor)))
    share = next(p for p in gradient.contributions if p.consumer == target)
    return _joined(name, "+=", "" if world is None else digits(evaluate(share.result, world), PLACES))


def loss_label(derivation: Derivation) -> str:
    """The loss by name; a curly one if it lies outside of a program that has an ``L`` of its own."""
    names = {t.name for t in derivation.program.tensors}
    return loss(derivation) or ("ℒ" if "L" in names else "L")


def _value(world: World | None, tensor: str) -> str:
    return "" if world is None or tensor not in world.values else digits(world.values[tensor][()], PLACES)


def _joined(name: str, sign: str, value: str) -> str:
    return f"{name} {sign} {value}" if name and value else name or value
