"""The computation graph as SVG, drawn without any tool, to be read on light and on dark pages."""

from __future__ import annotations

from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from derive.notes.graph import Graph
from derive.notes.graph_drawing import Box, Sheet, Stroke, sheets

SUFFIX = ".svg"
COMMENT = "<!-- {} -->"

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
    (sheet,) = sheets(drawn)
    return of_sheet(sheet, drawn.name)


def of_sheet(sheet: Sheet, name: str) -> str:
    """A sheet as an SVG picture, under a name for those who hear it."""
    width, height = f"{sheet.width:.0f}", f"{sheet.height:.0f}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label={quoteattr(name)}>',
        f"<style>{STYLE}</style>",
        '<defs><marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path class="head" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>',
        *map(_stroke, sheet.strokes),
        *(_text(label.kind, label.text, label.x, label.y) for label in sheet.labels),
        *map(_box, sheet.boxes),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _box(box: Box) -> str:
    x, y = box.x - box.width / 2, box.y - box.height / 2
    return (
        f'<g class="{box.kind}"><rect class="box" x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="{box.radius:.1f}"/>{_text("name", box.label, box.x, box.y + 5)}</g>'
    )


def _stroke(stroke: Stroke) -> str:
    (x, y), *_ = stroke.points
    path = f"M{x:.1f} {y:.1f}"
    for (x, y), (to_x, to_y) in pairwise(stroke.points):
        middle = (x + to_x) / 2
        curve = f" C{middle:.1f} {y:.1f} {middle:.1f} {to_y:.1f} {to_x:.1f} {to_y:.1f}"
        path += f" H{to_x:.1f}" if to_y == y else curve
    head = ' marker-end="url(#head)"' if stroke.arrow else ""
    return f'<path class="edge" d="{path}"{head}/>'


def _text(kind: str, text: str, x: float, y: float) -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'
