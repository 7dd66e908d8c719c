"""The computation graph as Mermaid: values on solid arrows forward, gradients on dotted arrows back."""

from __future__ import annotations

from collections.abc import Mapping

from derive.graph import Graph, Node, graph
from derive.ledger import Derivation

COMMENT = "%% {}"
SHAPES = {"given": '["{}"]', "operation": '(("{}"))', "output": '["{}"]'}
WIDE_OPERATION = '(["{}"])'  # a circle only round a sign or a short name
ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "*": "#42;"}
BACKWARD = "stroke:#d9480f,color:#d9480f"


def render(derivation: Derivation, *, values: Mapping[str, object] | None = None) -> str:
    """The graph as a Mermaid flowchart; ``values`` puts numbers on the arrows, see `derive.numbers`."""
    return flowchart(graph(derivation, values))


def flowchart(drawn: Graph) -> str:
    """A graph as Mermaid."""
    ids = {node.name: f"n{k}" for k, node in enumerate(drawn.nodes, 1)}
    lines = ["graph LR"]
    lines += [f"    {ids[node.name]}{_shape(node)}" for node in drawn.nodes]
    lines += [f"    {ids[e.source]} -->{_label(e.forward)} {ids[e.target]}" for e in drawn.edges]
    back = [e for e in drawn.edges if e.backward]
    lines += [f"    {ids[e.target]} -.->{_label(e.backward)} {ids[e.source]}" for e in reversed(back)]
    if back:
        first = len(drawn.edges)
        lines.append(f"    linkStyle {','.join(str(first + k) for k in range(len(back)))} {BACKWARD}")
    return "\n".join(lines) + "\n"


def _shape(node: Node) -> str:
    form = WIDE_OPERATION if node.kind == "operation" and len(node.label) > 5 else SHAPES[node.kind]
    return form.format(quoted(node.label))


def _label(text: str) -> str:
    return f'|"{quoted(text)}"|' if text else ""


def quoted(text: str) -> str:
    """Text that may stand between Mermaid's quotation marks, taken as it is and not as Markdown or HTML."""
    return "".join(ENTITIES.get(c, c) for c in text)
