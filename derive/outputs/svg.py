"""The computation graph as SVG, drawn without any tool, to be read on light and on dark pages."""

from __future__ import annotations

import unicodedata
from xml.sax.saxutils import escape, quoteattr

from derive.notes.graph import Edge, Graph, Node
from derive.notes.graph_layout import Cell, layout

SUFFIX = ".svg"
COMMENT = "<!-- {} -->"
MARGIN = 12.0
FONT = 14.0
LINE = 17.0  # from one line of text to the next
WIDE = 0.56  # of FONT: an average letter

# Grey, blue and orange that stand out on white and on black alike.
STYLE = """
  text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; text-anchor: middle; fill: #24292f }
  .box { fill: #f6f8fa; stroke: #57606a; stroke-width: 1.3 }
  .given .box { fill: #ddf4ff; stroke: #0969da }
  .output .box { fill: #dafbe1; stroke: #1a7f37 }
  .edge { fill: none; stroke: #57606a; stroke-width: 1.3 }
  .head { fill: #57606a }
  .forward { fill: #24292f }
  .backward { fill: #bc4c00 }
  @media (prefers-color-scheme: dark) {
    text, .forward { fill: #e6edf3 }
    .box { fill: #161b22; stroke: #8b949e }
    .given .box { fill: #0d2440; stroke: #58a6ff }
    .output .box { fill: #0f2d1a; stroke: #3fb950 }
    .edge { stroke: #8b949e }
    .head { fill: #8b949e }
    .backward { fill: #ffa657 }
  }
"""


def of_graph(drawn: Graph) -> str:
    """A graph as an SVG picture."""
    placed = layout(drawn, size)
    width, height = placed.width + 2 * MARGIN, placed.height + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label={quoteattr(drawn.name)}>',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>',
        f'<g transform="translate({MARGIN:.0f} {MARGIN:.0f})">',
        *(_edge(edge, way, label) for edge, way, label in placed.ways),
        *(_node(node, placed.cells[node.name]) for node in drawn.nodes),
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def size(content: Node | Edge) -> tuple[float, float]:
    """How much room a node's box or an edge's two labels take."""
    if isinstance(content, Node):
        width = text_width(content.label) + 24
        return max(width, 34.0), 34.0
    return max(text_width(content.forward), text_width(content.backward), 20.0), 2 * LINE + 6


def text_width(text: str) -> float:
    """About how wide a line of text is; letters of East Asia are twice as wide."""
    return sum(1.9 if unicodedata.east_asian_width(c) in "WF" else 1.0 for c in text) * FONT * WIDE


def _node(node: Node, cell: Cell) -> str:
    """An operation in a box with round ends, a given tensor or an output in a box with corners."""
    radius = cell.height / 2 if node.kind == "operation" else 5.0
    x, y = cell.x - cell.width / 2, cell.y - cell.height / 2
    return (
        f'<g class="{node.kind}"><rect class="box" x="{x:.1f}" y="{y:.1f}" width="{cell.width:.1f}" '
        f'height="{cell.height:.1f}" rx="{radius:.1f}"/>{_text("name", node.label, cell.x, cell.y + 5)}</g>'
    )


def _edge(edge: Edge, way: tuple[Cell, ...], label: Cell) -> str:
    """A line through the cells of its way, straight along its label: forward above, backward below."""
    start, *between, end = way
    x, y = start.x + start.width / 2, start.y
    path = f"M{x:.1f} {y:.1f}"
    for cell in between:
        left, right = cell.x - cell.width / 2, cell.x + cell.width / 2
        path += _curve(x, y, left, cell.y) + (f" H{right:.1f}" if right > left else "")
        x, y = right, cell.y
    path += _curve(x, y, end.x - end.width / 2, _port(way[-2], end))
    return (
        f'<path class="edge" d="{path}" marker-end="url(#head)"/>'
        + _text("forward", edge.forward, label.x, label.y - 6)
        + _text("backward", edge.backward, label.x, label.y + LINE - 1)
    )


def _port(last: Cell, end: Cell) -> float:
    """Where an edge meets a box: arrows that come together keep a little apart."""
    arriving = sorted(end.before, key=lambda cell: cell.y)
    room = min(7.0, 0.5 * end.height / len(arriving))
    return end.y + room * (arriving.index(last) - (len(arriving) - 1) / 2)


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (x + to_x) / 2
    return f" C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"


def _text(kind: str, text: str, x: float, y: float) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>' if text else ""
