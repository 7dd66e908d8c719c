"""Where the boxes of a graph stand: columns from left to right, every edge through a box for its label.

A layered layout. A node's column is beyond those of its sources; a given tensor stands right before its first
reader. Each edge passes through a cell in every column between its ends, and its label has such a cell to
itself: as the cells of a column never overlap, no label meets a node or another label.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from derive.notes.graph import Edge, Graph, Node

GAP_X, GAP_Y = 22.0, 16.0  # between columns, and between the cells of a column
SWEEPS = 16  # there and back, until order and heights have settled

Size = Callable[[Node | Edge], tuple[float, float]]


@dataclass(eq=False)
class Cell:
    """A box in a column, with its neighbours in the columns beside it; ``y`` is the height of its middle.

    ``pull``: how strongly it draws its neighbours to its height.
    """

    column: int
    width: float
    height: float
    pull: float = 1.0
    x: float = 0.0
    y: float = 0.0
    before: list[Cell] = field(default_factory=list, repr=False)
    after: list[Cell] = field(default_factory=list, repr=False)


@dataclass(frozen=True)
class Layout:
    """The cell of each node, the way of each edge with the cell of its label, and the size of the picture."""

    cells: dict[str, Cell]
    ways: tuple[tuple[Edge, tuple[Cell, ...], Cell], ...]
    width: float
    height: float


def layout(graph: Graph, size: Size) -> Layout:
    """Place everything; ``size`` tells the width and height of a node's box or an edge's label."""
    place = _columns(graph)
    nodes = {node.name: node for node in graph.nodes}
    cells = {n.name: Cell(2 * place[n.name], *size(n), _pull(n)) for n in graph.nodes}
    ways = tuple(_way(edge, nodes[edge.source], cells, size) for edge in graph.edges)
    everything = _in_reading_order([cells[n.name] for n in graph.nodes if n.kind == "output"])
    columns: dict[int, list[Cell]] = {}
    for cell in everything:
        columns.setdefault(cell.column, []).append(cell)
    ordered = [columns[k] for k in sorted(columns)]
    for sweep in range(SWEEPS):
        _sweep(ordered, forwards=sweep % 2 == 0, reorder=sweep < SWEEPS - 4)
    width = _set_x(ordered)
    top = min(c.y - c.height / 2 for c in everything)
    for cell in everything:
        cell.y -= top
    return Layout(cells, ways, width, max(c.y + c.height / 2 for c in everything))


def _columns(graph: Graph) -> dict[str, int]:
    """The column of each node: computed ones as far left as they can be, given ones as far right."""
    place: dict[str, int] = {}
    for node in graph.nodes:
        sources = [e.source for e in graph.edges if e.target == node.name]
        place[node.name] = max((1 + place[s] for s in sources), default=0)
    for node in graph.nodes:
        if node.kind == "given":
            place[node.name] = min(place[e.target] for e in graph.edges if e.source == node.name) - 1
    return place


def _pull(node: Node) -> float:
    """What is computed draws more strongly than what is given, so that the main line is straight."""
    return 1.0 if node.kind == "given" else 8.0


def _in_reading_order(outputs: list[Cell]) -> list[Cell]:
    """All cells that lead to an output, the first operand's before the second's."""
    found: dict[Cell, None] = {}
    stack = outputs[::-1]
    while stack:
        cell = stack.pop()
        if cell not in found:
            found[cell] = None
            stack += cell.before[::-1]
    return list(found)


def _way(edge: Edge, source: Node, cells: dict[str, Cell], size: Size) -> tuple[Edge, tuple[Cell, ...], Cell]:
    """The cells from source to target, linked; the label stands in the middle one."""
    start, end = cells[edge.source], cells[edge.target]
    between = [Cell(column, 0.0, 4.0, _pull(source)) for column in range(start.column + 1, end.column)]
    label = between[0] if end.column - start.column < 4 else between[(len(between) // 4) * 2]
    label.width, label.height = size(edge)
    way = (start, *between, end)
    for left, right in pairwise(way):
        left.after.append(right)
        right.before.append(left)
    return edge, way, label


def _sweep(columns: list[list[Cell]], forwards: bool, reorder: bool) -> None:
    """Move the cells of each column towards the middle of their neighbours, in order and without overlap."""
    for column in columns if forwards else reversed(columns):
        wanted = [_middle(cell, forwards) for cell in column]
        if reorder:
            order = sorted(range(len(column)), key=wanted.__getitem__)
            column[:], wanted = [column[k] for k in order], [wanted[k] for k in order]
        _settle(column, wanted)


def _middle(cell: Cell, forwards: bool) -> float:
    near = cell.before if forwards else cell.after
    beside = near or cell.before or cell.after
    return sum(c.pull * c.y for c in beside) / sum(c.pull for c in beside) if beside else cell.y


def _settle(column: list[Cell], wanted: list[float]) -> None:
    """The heights nearest to those wanted that keep the order and the gaps: blocks that touch move as one."""
    offset = [0.0]
    for above, below in pairwise(column):
        offset.append(offset[-1] + (above.height + below.height) / 2 + GAP_Y)
    blocks: list[tuple[float, float, int]] = []  # where the column would start, the pull, how many cells
    for cell, height, down in zip(column, wanted, offset, strict=True):
        start, pull, count = height - down, cell.pull, 1
        while blocks and blocks[-1][0] > start:
            other, others, more = blocks.pop()
            start = (other * others + start * pull) / (others + pull)
            pull, count = pull + others, count + more
        blocks.append((start, pull, count))
    starts = [start for start, _, count in blocks for _ in range(count)]
    for cell, start, down in zip(column, starts, offset, strict=True):
        cell.y = start + down


def _set_x(columns: list[list[Cell]]) -> float:
    """Columns side by side, each as wide as its widest cell; the width of all."""
    x = 0.0
    for column in columns:
        widest = max(c.width for c in column)
        for cell in column:
            cell.x = x + widest / 2
        x += widest + GAP_X
    return x - GAP_X
