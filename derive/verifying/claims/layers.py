"""Formulas for any layer l, written out for each layer: what holds for all must hold for every one of them.

Where a note states no number of layers, a network with three is judged; ``L`` is the last of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from typing import Any

from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    Addition,
    Bracketed,
    Derivative,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Scripted,
    children,
    within,
)

DEPTH = 3
LAYERS = {"l", "ell"}


def unrolled(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, those for any layer once for each layer for which all their layers exist."""
    related = [s for s in steps if s.left is not None and s.right is not None]
    if not any(_leads_on(s) for s in related):
        return tuple(steps)
    numbers = [n for s in related for side in (s.left,) if side is not None for n in _numbers(side)]
    depth = max(numbers, default=DEPTH)
    return tuple(x for s in steps for x in _instances(s, depth))


def _instances(step: Step, depth: int) -> Iterator[Step]:
    sides = [s for s in (step.left, step.right, *step.ahead) if s is not None]
    if not any(_has_label(s, LAYERS | {"L"}) for s in sides):
        yield step
        return
    layers = range(1, depth + 1) if any(_has_label(s, LAYERS) for s in sides) else (depth,)
    for layer in layers:
        made = [written_out(s, layer, depth) for s in (step.left, step.right, *step.ahead) if s is not None]
        if any(m is None for m in made):
            continue
        left, *rest = made
        right = rest[0] if step.right is not None and rest else None
        yield replace(step, left=left, right=right, ahead=tuple(m for m in rest[1:] if m is not None), layer=layer)


def _scripts(node: Node) -> Iterator[Node]:
    for here in within(node):
        if isinstance(here, Scripted):
            for script in (here.sup, here.sub):
                if script is not None:
                    yield from _pieces(script)


def _pieces(script: Node) -> Iterator[Node]:
    """The parts of a script that may say a layer: what stands in brackets, or the script alone."""
    if isinstance(script, Juxtaposition):
        for factor in script.factors:
            yield from _pieces(factor)
    else:
        yield script.body if isinstance(script, Bracketed) else script


def _has_label(node: Node, names: set[str]) -> bool:
    return any(_label(p, names) for p in _scripts(node))


def _label(piece: Node, names: set[str]) -> bool:
    if isinstance(piece, Addition):
        return len(piece.terms) == 2 and _label(piece.terms[0], names) and isinstance(piece.terms[1], Number)
    return isinstance(piece, Name) and piece.text in names


def _leads_on(step: Step) -> bool:
    """Whether a symbol of the forward pass, or a gradient, is computed from a layer beside its own."""
    assert step.left is not None and step.right is not None
    labels = {text_of(p) for p in _scripts(step.left) if _label(p, LAYERS)}
    others = {text_of(p) for p in _scripts(step.right) if _label(p, LAYERS)}
    gradient = isinstance(step.left, Derivative) or text_of(step.left).startswith("delta")
    return bool(labels) and bool(others - labels) and not (gradient and not _is_product(step.right))


def _is_product(node: Node) -> bool:
    """Whether no star stands in it, as it does for a convolution that is no more than named."""
    return not any(isinstance(n, Product) and {"ast"} & set(n.signs) for n in within(node))


def _numbers(node: Node) -> Iterator[int]:
    """The numbers of layers that stand in brackets above."""
    for here in within(node):
        sup = here.sup if isinstance(here, Scripted) else None
        if isinstance(sup, Bracketed) and isinstance(sup.body, Number) and sup.body.text.isdigit():
            yield int(sup.body.text)


def written_out(node: Node, layer: int, depth: int) -> Node | None:
    """The formula for one layer; None where it speaks of a layer that there is not."""
    if isinstance(node, Scripted):
        base = written_out(node.base, layer, depth)
        sub, low = _script(node.sub, layer, depth)
        sup, high = _script(node.sup, layer, depth)
        return None if base is None or not (low and high) else replace(node, base=base, sub=sub, sup=sup)
    if not children(node):
        return node
    return _over_children(node, layer, depth)


def _over_children(node: Node, layer: int, depth: int) -> Node | None:
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        parts = value if isinstance(value, tuple) and f.name != "span" else (value,)
        made = [written_out(v, layer, depth) if isinstance(v, Node) else v for v in parts]
        if any(m is None and isinstance(v, Node) for m, v in zip(made, parts, strict=True)):
            return None
        if any(m is not v for m, v in zip(made, parts, strict=True)):
            changed[f.name] = tuple(made) if isinstance(value, tuple) else made[0]
    return replace(node, **changed) if changed else node


def _script(script: Node | None, layer: int, depth: int) -> tuple[Node | None, bool]:
    """A script with the number of the layer, and whether there is such a layer."""
    match script:
        case None:
            return None, True
        case Juxtaposition(factors):
            made = [_script(f, layer, depth) for f in factors]
            return replace(script, factors=tuple(m for m, _ in made if m is not None)), all(ok for _, ok in made)
        case Bracketed(_, _, body):
            inner, fits = _script(body, layer, depth)
            return (replace(script, body=inner) if inner is not None else script), fits
        case Name(text) if text in LAYERS | {"L"}:
            return Number(str(layer if text in LAYERS else depth)), True
        case Addition((Name(text), Number(step)), (_, sign)) if text in LAYERS | {"L"} and step.isdigit():
            number = (layer if text in LAYERS else depth) + (-int(step) if sign == "-" else int(step))
            return Number(str(number)), 0 <= number <= depth
        case _:
            return script, True
