"""One part of a formula in the place of another."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from derive.verifying.formula import Bracketed, Juxtaposition, Node


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The formula with a part replaced wherever it stands; so a function with its argument among other factors."""
    if node == old:
        return new
    match node, old:
        case Juxtaposition(factors), Juxtaposition((head, Bracketed() as inside)) if len(factors) > 2:
            for k in range(len(factors) - 1):
                if factors[k] == head and factors[k + 1] == inside:
                    node = replace(node, factors=(*factors[:k], new, *factors[k + 2 :]))
                    break
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changed[f.name] = replaced(value, old, new)
        elif isinstance(value, tuple) and any(isinstance(v, Node) for v in value):
            changed[f.name] = tuple(replaced(v, old, new) if isinstance(v, Node) else v for v in value)
    return replace(node, **changed) if changed else node
