"""A graph as boxes, strokes and labels in pixels: on one sheet, or cut between columns into sheets for a page.

An edge that a cut divides goes to the right side of its sheet, and comes in at the left side of the next one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from derive.notes.graph import Edge, Graph, Kind, Node
from derive.notes.graph_layout import GAP_X, Cell, layout

MARGIN = 12.0
FONT = 14.0
LINE = 17.0  # from one line of text to the next
WIDE = 0.56  # of FONT: an average letter
HEAD = 10.0  # from a cut to the column behind it: room for the head of an arrow
CORNER = 5.0  # the radius of a box that is no operation


@dataclass(frozen=True)
class Box:
    """A node; ``x`` and ``y`` are its middle, ``radius`` that of its corners."""

    kind: Kind
    label: str
    x: float
    y: float
    width: float
    height: float
    radius: float


@dataclass(frozen=True)
class Stroke:
    """A line through points: level from one to the next at the same height, else a curve that is level at both ends.

    ``arrow``: it has a head at its end.
    """

    points: tuple[tuple[float, float], ...]
    arrow: bool


@dataclass(frozen=True)
class Label:
    """A text on an edge, what goes forward or what comes back; ``x`` is its middle, ``y`` its base line."""

    kind: str
    text: str
    x: float
    y: float


@dataclass(frozen=True)
class Sheet:
    """What is drawn on one sheet, with its size."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    strokes: tuple[Stroke, ...]
    labels: tuple[Label, ...]


def size(content: Node | Edge) -> tuple[float, float]:
    """How much room a node's box or an edge's two labels take."""
    if isinstance(content, Node):
        width = text_width(content.label) + 24
        return max(width, 34.0), 34.0
    return max(text_width(content.forward), text_width(content.backward), 20.0), 2 * LINE + 6


def text_width(text: str) -> float:
    """About how wide a line of text is; letters of East Asia are twice as wide."""
    return sum(1.9 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text) * FONT * WIDE


def sheets(drawn: Graph, most: float = float("inf")) -> tuple[Sheet, ...]:
    """The graph on sheets at most so wide, but for a column that is wider by itself."""
    placed = layout(drawn, size)
    nodes = [(placed.cells[n.name], n) for n in drawn.nodes]
    everything = [*(c for _, way, _ in placed.ways for c in way), *(c for c, _ in nodes)]
    cuts = _cuts(everything, most)
    found: list[Sheet] = []
    for left, right in pairwise(cuts):
        boxes = [_box(n, c) for c, n in nodes if left <= c.x < right]
        strokes = [s for _, way, _ in placed.ways for s in _strokes(way, left, right)]
        labels = [text for e, _, c in placed.ways if left <= c.x < right for text in _labels(e, c)]
        found.append(_sheet(left, right, boxes, strokes, labels))
    return tuple(found)


def _cuts(cells: Iterable[Cell], most: float) -> list[float]:
    """Where sheets begin and end: before columns of nodes, so that a given tensor stands with its label.

    They are as few as may be, and about as wide as each other.
    """
    columns: dict[int, float] = {}
    for cell in cells:
        columns[cell.column] = max(columns.get(cell.column, 0.0), cell.x + cell.width / 2)
    ends = [columns[k] + GAP_X - HEAD for k in sorted(columns) if k % 2 or k == max(columns)]
    found = _cut(ends, most)
    while len(narrower := _cut(ends, max(b - a for a, b in pairwise(found)) - 1 + 2 * MARGIN)) == len(found):
        found = narrower
        if len(found) == 2:
            break
    return found


def _cut(ends: list[float], most: float) -> list[float]:
    cuts = [-HEAD]
    for end, following in pairwise(ends):
        if following - cuts[-1] > most - 2 * MARGIN:
            cuts.append(end)
    return [*cuts, ends[-1]]


def _box(node: Node, cell: Cell) -> Box:
    """An operation has round ends, a given tensor and an output have corners."""
    radius = cell.height / 2 if node.kind == "operation" else CORNER
    return Box(node.kind, node.label, cell.x, cell.y, cell.width, cell.height, radius)


def _labels(edge: Edge, cell: Cell) -> Iterator[Label]:
    if edge.forward:
        yield Label("forward", edge.forward, cell.x, cell.y - 6)
    if edge.backward:
        yield Label("backward", edge.backward, cell.x, cell.y + LINE - 1)


def _strokes(way: Sequence[Cell], left: float, right: float) -> Iterator[Stroke]:
    """The part of an edge between two cuts: level through each cell, a curve from one to the next."""
    *between, end = way[1:]
    points = [(way[0].x + way[0].width / 2, way[0].y)]
    for cell in between:
        for x in (cell.x - cell.width / 2, cell.x + cell.width / 2):
            points.append((x, cell.y))
    points.append((end.x - end.width / 2, _port(way[-2], end)))
    inside: list[tuple[float, float]] = []
    for (x, y), (to_x, to_y) in pairwise(points):
        if x < left < to_x:
            x, y = left, to_y  # it goes out at the height that it comes in at
        if left <= x < right:
            inside += [(x, y)] if not inside else []
            inside.append((min(to_x, right), to_y))
    if len(inside) > 1:
        yield Stroke(tuple(p for k, p in enumerate(inside) if k == 0 or p != inside[k - 1]), inside[-1] == points[-1])


def _port(last: Cell, end: Cell) -> float:
    """Where an edge meets a box: arrows that come together keep a little apart."""
    arriving = sorted(end.before, key=lambda cell: cell.y)
    room = min(7.0, 0.5 * end.height / len(arriving))
    return end.y + room * (arriving.index(last) - (len(arriving) - 1) / 2)


def _sheet(left: float, right: float, boxes: list[Box], strokes: list[Stroke], labels: list[Label]) -> Sheet:
    """Everything moved to where the sheet begins."""
    tops = [b.y - b.height / 2 for b in boxes] + [text.y - FONT for text in labels]
    ends = [b.y + b.height / 2 for b in boxes] + [text.y + 0.3 * FONT for text in labels]
    heights = [y for s in strokes for _, y in s.points]
    x, y = MARGIN - HEAD - left, MARGIN - min((*tops, *heights))
    return Sheet(
        right - left + 2 * MARGIN - GAP_X,
        max((*ends, *heights)) + y + MARGIN,
        tuple(Box(b.kind, b.label, b.x + x, b.y + y, b.width, b.height, b.radius) for b in boxes),
        tuple(Stroke(tuple((p + x, q + y) for p, q in s.points), s.arrow) for s in strokes),
        tuple(Label(text.kind, text.text, text.x + x, text.y + y) for text in labels),
    )
