"""The computation graph: the seeds' graphs with their figures, its layout, and both ways of drawing it."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations
from typing import Any

import pytest

import derive
from derive.expression import Access
from derive.notes.elementary import elementary, operation
from derive.notes.graph import graph
from derive.notes.graph_drawing import size
from derive.notes.graph_layout import Cell, layout
from derive.outputs import render
from derive.program import Equation, Program, Tensor

APPLES = {"apple": 100, "apple_num": 2, "tax": 1.1}
FRUIT = APPLES | {"orange": 150, "orange_num": 3}
CASES: list[tuple[str, dict[str, object] | None]] = [
    *((name, None) for name in derive.names()),
    ("apple", dict(APPLES)),
    ("apples_and_oranges", dict(FRUIT)),
    ("square_of_sum", {"x": 2, "y": 3}),
]
FAN_OUT = "layer fan_out\nx, y: input\nz = x * y + exp(x) / (x + 2) - 3 * x\n"


def drawn(layer: str, values: dict[str, object] | None) -> Any:
    """The graph of a library layer."""
    return graph(derive.derive(derive.load(layer)), values)


def labels(layer: str, values: dict[str, object] | None) -> tuple[list[str], list[str]]:
    """What stands on its edges: forward, backward."""
    edges = drawn(layer, values).edges
    return [e.forward for e in edges], [e.backward for e in edges]


def test_apples() -> None:
    """Seed 001: 100 · 2 · 1.1 = 220, and 2.2, 110, 200 on the way back."""
    forward, backward = labels("apple", dict(APPLES))
    assert forward == ["apple = 100", "apple_num = 2", "apple_price = 200", "tax = 1.1", "price = 220"]
    assert backward == [
        "∂price/∂apple = 2.2",
        "∂price/∂apple_num = 110",
        "∂price/∂apple_price = 1.1",
        "∂price/∂tax = 200",
        "∂price/∂price = 1",
    ]


def test_apples_and_oranges() -> None:
    """Seeds 001 and 004: 715, and 110, 2.2, 165, 3.3, 650."""
    forward, backward = labels("apples_and_oranges", dict(FRUIT))
    assert {"all_price = 650", "price = 715"} <= set(forward)
    wanted = {"apple_num": 110, "apple": 2.2, "orange_num": 165, "orange": 3.3, "tax": 650, "all_price": 1.1}
    assert {f"∂price/∂{name} = {number}" for name, number in wanted.items()} <= set(backward)
    assert [n.label for n in drawn("apples_and_oranges", None).nodes if n.kind == "operation"] == ["×", "×", "+", "×"]


def test_square_of_a_sum_has_the_seeds_nodes() -> None:
    """A node for the plus and one for the square."""
    found = drawn("square_of_sum", {"x": 2, "y": 3})
    assert [n.label for n in found.nodes if n.kind == "operation"] == ["+", "**2"]
    assert [e.forward for e in found.edges] == ["x = 2", "y = 3", "t = 5", "z = 25"]
    assert [e.backward for e in found.edges] == ["∂z/∂x = 10", "∂z/∂y = 10", "∂z/∂t = 10", "∂z/∂z = 1"]


def test_operations_inside_an_equation_are_taken_apart() -> None:
    """One node each; what has no name shows its number only; the shares of a fan-out add up."""
    program = derive.parse(FAN_OUT)
    parts = elementary(program)
    assert [operation(e) for e in parts.equations] == ["×", "exp", "+ 2", "÷", "× 3", "+"]
    found = graph(derive.derive(program), {"x": 0, "y": 5})
    shares = [e.backward for e in found.edges if e.source == "x"]
    assert shares == ["∂z/∂x += 5", "∂z/∂x += 0.5", "∂z/∂x += -0.25", "∂z/∂x += -3"]
    assert [e.forward for e in found.edges if e.source.startswith("·")] == ["1", "2", "0", "0.5", "0"]


def test_the_nodes_of_a_network() -> None:
    """A node for each equation, with what it does."""
    found = drawn("two_layer_net", None)
    operations = [n.label for n in found.nodes if n.kind == "operation"]
    assert operations == ["X W1 + b1", "ReLU", "Z1 W2 + b2", "softmax", "−Σ T log(P) / N"]
    assert [e.forward for e in found.edges][:3] == ["X (N, D)", "W1 (D, H)", "b1 (H,)"]
    assert next(e for e in found.edges if e.source == "T").backward == ""


@pytest.mark.parametrize(("layer", "values"), CASES)
def test_nothing_overlaps(layer: str, values: dict[str, object] | None) -> None:
    """No two boxes, labels included, share a point, and all are inside the picture."""
    placed = layout(drawn(layer, values), size)
    cells = [*placed.cells.values(), *(label for _, _, label in placed.ways)]
    for one, other in combinations(cells, 2):
        assert not overlap(one, other)
    for cell in cells:
        assert cell.x - cell.width / 2 >= -0.1 and cell.x + cell.width / 2 <= placed.width + 0.1
        assert cell.y - cell.height / 2 >= -0.1 and cell.y + cell.height / 2 <= placed.height + 0.1


def overlap(one: Cell, other: Cell) -> bool:
    """Whether two boxes share a point."""
    across = abs(one.x - other.x) < (one.width + other.width) / 2 - 0.1
    return across and abs(one.y - other.y) < (one.height + other.height) / 2 - 0.1


@pytest.mark.parametrize(("layer", "values"), CASES)
def test_svg_is_xml(layer: str, values: dict[str, object] | None) -> None:
    """Well formed, self-contained, with every label in it."""
    svg = render(derive.derive(derive.load(layer)), "svg", values=values)
    root = ElementTree.fromstring(svg)
    shown = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {e.forward for e in drawn(layer, values).edges} <= shown
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "")
    assert "prefers-color-scheme: dark" in svg


def test_mermaid_accepts_every_graph(mermaid: Any) -> None:
    """All layers, with and without numbers, and names that would be syntax."""
    graphs = [render(derive.derive(derive.load(layer)), "mermaid", values=values) for layer, values in CASES]
    graphs.append(render(derive.derive(derive.parse(FAN_OUT)), "mermaid", origin="a --> b\n%%{init}"))
    graphs.append(render(derive.derive(awkward()), "mermaid"))
    assert mermaid(graphs) == [None] * len(graphs)


def awkward() -> Program:
    """Names that Mermaid might take for its own words or marks."""
    one, two, three = (Access(name) for name in ("end", 'a"b', "りんご"))
    tensors = (Tensor("end", role="input"), Tensor('a"b', role="input"), Tensor("りんご"))
    return Program("graph", tensors, (Equation(three, one * two + 2),))


def test_mermaid_of_the_apples() -> None:
    """Values forward and gradients back on one arrow each; what has no gradient has one head."""
    text = render(derive.derive(derive.load("apple")), "mermaid", values=APPLES)
    assert '<-->|"apple = 100<br/>∂price/∂apple = 2.2"|' in text
    assert text.startswith("graph LR\n")
    assert '-->|"T (N, C)"|' in render(derive.derive(derive.load("softmax_cross_entropy")), "mermaid")
