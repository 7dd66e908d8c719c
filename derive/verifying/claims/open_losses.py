r"""A loss that no line defines, with a penalty added to it: ``\tilde L = L + \frac{\lambda}{2} \|W\|^2``.

It may be any function of what it is differentiated by. For gradients at one point that is as good as one that is
linear there, with slopes that are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from derive.verifying.claims.definitions import EQUALS
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.formula import Accent, Addition, Big, Derivative, Name, Node, Number, Product, Scripted, within


def with_open_losses(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with a definition of every such loss before the line that adds to it."""
    defined = {s.left for s in steps if s.first and s.right is not None}
    made: list[Step] = []
    for step in steps:
        for loss in _terms(step):
            below = _by(loss, steps)
            if loss not in defined and below:
                parts = tuple(Big("sum", Product((by, _slope(by)), ("odot",))) for by in below)
                right = parts[0] if len(parts) == 1 else Addition(parts, ("+",) * len(parts))
                made.append(replace(step, left=loss, right=right, ahead=(), shapes=(), left_shapes=(), implied=True))
                defined.add(loss)
        made.append(step)
    return tuple(made)


def _slope(by: Node) -> Name:
    return Name(f"slope{text_of(by)}", whole=True)


def _terms(step: Step) -> Iterator[Node]:
    """The bare symbols that a line adds something to, to define another symbol."""
    if not step.first or step.sign not in EQUALS or not isinstance(step.left, (Name, Scripted, Accent)):
        return
    if isinstance(step.right, Addition):
        yield from (t for t in step.right.terms if isinstance(t, (Name, Scripted)) and t != step.left)


def _by(loss: Node, steps: Sequence[Step]) -> tuple[Node, ...]:
    """What the loss is differentiated by, without indices."""
    sides = (side for s in steps for side in (s.left, s.right, *s.ahead) if side is not None)
    found = (n.by[0] for side in sides for n in within(side) if isinstance(n, Derivative) and n.of == loss and n.by)
    return tuple(dict.fromkeys(_plain(by) for by in found if written(by) is not None))


def _plain(node: Node) -> Node:
    if isinstance(node, Scripted) and node.sub is not None and not isinstance(node.sub, Number) and node.sup is None:
        return node.base
    return node
