"""Formulas made anew with some of their parts changed; where nothing changes it is the same formula."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from typing import Any

from derive.verifying.formula import Bracketed, Juxtaposition, Node

Change = Callable[[Node], Node]


def mapped(node: Node, change: Change) -> Node:
    """The formula with a change made to the parts right below."""
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        parts = value if isinstance(value, tuple) else (value,)
        made = tuple(change(v) if isinstance(v, Node) else v for v in parts)
        if any(new is not old for new, old in zip(made, parts, strict=True)):
            changed[f.name] = made if isinstance(value, tuple) else made[0]
    return replace(node, **changed) if changed else node


def rebuilt(node: Node, change: Change) -> Node:
    """The formula with a change made to each part, the parts of a part first."""
    return change(mapped(node, partial(rebuilt, change=change)))


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
    return mapped(node, partial(replaced, old=old, new=new))
