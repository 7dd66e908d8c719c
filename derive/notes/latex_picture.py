r"""The computation graph in LaTeX's own ``picture`` environment: it needs no package.

Level lines are ``\line``, curves two ``\qbezier`` each, ends of operations ovals. Labels forward stand above their
edge, those backward, in italics, below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from derive.notes.graph import Graph
from derive.notes.graph_drawing import Box, Label, Sheet, Stroke, sheets
from derive.notes.latex_words import escaped

POINT = 0.75  # of a pixel
TEXT, PAGE = 470.0, 600.0  # points: the width and height of a page that a sheet may take
SMALLEST = 0.65  # how small a graph may get before it is cut into several sheets
SMALL = 0.9  # from here on down labels are set smaller
HEAD = 6.0  # pixels of the level end of a stroke that the head of its arrow takes
DOTS = 150  # at most to a curve


def pictures(drawn: Graph) -> str:
    """The graph on as many sheets as it takes, each centred."""
    shown = (
        f"\\begin{{center}}\n{picture(sheet)}\n\\end{{center}}\n" for sheet in sheets(drawn, TEXT / POINT / SMALLEST)
    )
    return "".join(shown)


def picture(sheet: Sheet) -> str:
    """One sheet, made smaller where the page is too small for it."""
    scale = min(1.0, TEXT / POINT / sheet.width, PAGE / POINT / sheet.height)
    size = r"\footnotesize" if scale > SMALL else r"\scriptsize" if scale > 0.6 else r"\tiny"
    lines = [
        rf"\setlength{{\unitlength}}{{{POINT * scale:.3f}pt}}%",
        f"\\begin{{picture}}({sheet.width:.0f},{sheet.height:.0f})\\sffamily{size}",
        *(line for stroke in sheet.strokes for line in _stroke(stroke, sheet.height)),
        *(_label(label, sheet.height) for label in sheet.labels),
        *(_box(box, sheet.height) for box in sheet.boxes),
        r"\end{picture}",
    ]
    return "\n".join(lines)


def _box(box: Box, top: float) -> str:
    text = rf"\makebox(0,0){{{escaped(box.label)}}}"
    around = rf"\oval({box.width:.1f},{box.height:.1f})"
    if box.kind != "operation":
        around = rf"\framebox({box.width:.1f},{box.height:.1f}){{}}"
        corner = f"{box.x - box.width / 2:.1f},{top - box.y - box.height / 2:.1f}"
        return rf"\put({corner}){{{around}}}\put({box.x:.1f},{top - box.y:.1f}){{{text}}}"
    return rf"\put({box.x:.1f},{top - box.y:.1f}){{{around}{text}}}"


def _label(label: Label, top: float) -> str:
    shape = r"\itshape " if label.kind == "backward" else ""
    return rf"\put({label.x:.1f},{top - label.y:.1f}){{\makebox(0,0)[b]{{{shape}{escaped(label.text)}}}}}"


def _stroke(stroke: Stroke, top: float) -> Iterator[str]:
    points = [(x, top - y) for x, y in stroke.points]
    if stroke.arrow:
        x, y = points[-1]
        points[-1] = (x - HEAD, y)
        yield rf"\put({x - HEAD:.1f},{y:.1f}){{\vector(1,0){{{HEAD:.1f}}}}}"
    for (x, y), (to_x, to_y) in pairwise(points):
        if abs(to_y - y) < 0.05:
            if to_x > x:
                yield rf"\put({x:.1f},{y:.1f}){{\line(1,0){{{to_x - x:.1f}}}}}"
            continue
        middle, height, turn = (x + to_x) / 2, (y + to_y) / 2, (to_x - x) / 4
        dots = min(DOTS, int(abs(to_x - x) + abs(to_y - y)))
        yield rf"\qbezier[{dots}]({x:.1f},{y:.1f})({middle - turn:.1f},{y:.1f})({middle:.1f},{height:.1f})"
        yield rf"\qbezier[{dots}]({middle:.1f},{height:.1f})({middle + turn:.1f},{to_y:.1f})({to_x:.1f},{to_y:.1f})"
