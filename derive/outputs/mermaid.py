"""The computation graph as Mermaid: each arrow carries a value forward and, where it has two heads, a gradient back.

One arrow for both, because separate arrows back would make cycles, which Mermaid draws with half of the inputs
on the side of the outputs.
"""

from __future__ import annotations

from derive.notes.graph import Edge, Graph, Node

SUFFIX = ".mmd"
COMMENT = "%% {}"
SHAPES = {"given": '["{}"]', "operation": '(("{}"))', "output": '["{}"]'}
WIDE_OPERATION = '(["{}"])'  # a circle only round a sign or a short name
ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "*": "#42;"}


def of_graph(drawn: Graph) -> str:
    """A graph as a Mermaid flowchart."""
    ids = {node.name: f"n{k}" for k, node in enumerate(drawn.nodes, 1)}
    lines = ["graph LR"]
    lines += [f"    {ids[node.name]}{_shape(node)}" for node in drawn.nodes]
    lines += [f"    {ids[e.source]} {_arrow(e)} {ids[e.target]}" for e in drawn.edges]
    return "\n".join(lines) + "\n"


def _arrow(edge: Edge) -> str:
    arrow = "<-->" if edge.backward else "-->"
    shown = "<br/>".join(quoted(text) for text in (edge.forward, edge.backward) if text)
    return f'{arrow}|"{shown}"|' if shown else arrow


def _shape(node: Node) -> str:
    form = WIDE_OPERATION if node.kind == "operation" and len(node.label) > 5 else SHAPES[node.kind]
    return form.format(quoted(node.label))


def quoted(text: str) -> str:
    """Text that may stand between Mermaid's quotation marks, taken as it is and not as Markdown or HTML."""
    return "".join(ENTITIES.get(c, c) for c in text)
