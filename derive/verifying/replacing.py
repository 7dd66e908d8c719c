"""One part of a formula in the place of another."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from derive.verifying.formula import Node


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The formula with a part replaced wherever it stands."""
    if node == old:
        return new
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changed[f.name] = replaced(value, old, new)
        elif isinstance(value, tuple) and any(isinstance(v, Node) for v in value):
            changed[f.name] = tuple(replaced(v, old, new) if isinstance(v, Node) else v for v in value)
    return replace(node, **changed) if changed else node
