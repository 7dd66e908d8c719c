r"""What a symbol is said to depend on, left out: ``J(W, b)`` is ``J``, ``h_\theta(x)`` is ``h_\theta``, everywhere.

``h_\theta(x^{(i)})`` is what belongs to one sample then, ``h_\theta^{(i)}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from itertools import pairwise
from typing import Any

from derive.verifying.claims.steps import Step
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.elaborate.application import arguments
from derive.verifying.elaborate.functions import GENERIC, function_of
from derive.verifying.elaborate.spelled import GREEK, text_of, written
from derive.verifying.formula import Bracketed, Derivative, Juxtaposition, Node, Scripted, within

Key = tuple[str, str]


def without_arguments(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with only the symbols where brackets tell what these depend on."""
    told = {spelled for s in steps for spelled in _told(s)}
    used = {spelled for s in steps for spelled in _used(s)}
    functions = {base for base, inside in used - told} | {base for base, inside in used if base.endswith("'")}
    heads = {(base, inside) for base, inside in told if not {base, f"{base}'"} & functions}
    if not heads:
        return tuple(steps)
    return tuple(
        replace(
            s,
            left=bare(s.left, heads) if s.left is not None else None,
            right=bare(s.right, heads) if s.right is not None else None,
            ahead=tuple(bare(n, heads) for n in s.ahead),
        )
        for s in steps
    )


def _told(step: Step) -> Iterator[Key]:
    """The symbols behind which a left side or a derivative says what they depend on."""
    for side in (step.left, step.right):
        for here in within(side) if side is not None else ():
            if isinstance(here, Derivative) and here.of is not None:
                yield from _applied(here.of)
    if step.first and step.left is not None and step.right is not None:
        yield from _applied(step.left)


def _used(step: Step) -> Iterator[Key]:
    """Every symbol with brackets right behind it, as far as it may be a function of what they hold."""
    for side in (step.left, step.right, *step.ahead):
        for here in within(side) if side is not None else ():
            factors = here.factors if isinstance(here, Juxtaposition) else ()
            for head, inside in pairwise(factors):
                if isinstance(inside, Bracketed) and inside.left == "(" and written(head) is not None:
                    yield key(head, inside)


def _applied(node: Node) -> Iterator[Key]:
    match node:
        case Juxtaposition((head, Bracketed("(", ")") as inside)):
            names = [written(a) for a in arguments(inside)]
            if all(n is not None for n in names) and _is_quantity(head):
                yield key(head, inside)


def _is_quantity(head: Node) -> bool:
    r"""Whether brackets behind it hold no argument of a function: a loss, or ``h_\theta`` with its parameters below."""
    found = written(head)
    if found is None or found.primes:
        return False
    below = [text_of(s) for s in found.subs]
    if len(below) == 1 and (below[0] in GREEK or below[0] in ("w", "W")) and found.base in GENERIC:
        return True
    if found.base in LOSS_NAMES or found.base.removeprefix("mathcal") in LOSS_NAMES:
        return True
    return function_of(found.base) is None and found.base not in GENERIC and not found.subs


def key(head: Node, inside: Bracketed) -> Key:
    """A symbol and what it depends on, as text."""
    found = written(head)
    base = "" if found is None else found.base + "".join(map(text_of, (*found.subs, *found.sups)))
    base += "'" * (found.primes if found is not None else 0)
    return base, ",".join(map(text_of, arguments(inside)))


def _sample(head: Node, inside: Bracketed, heads: set[Key]) -> Node | None:
    r"""The mark of the one sample that a quantity is taken of: ``(i)`` of ``h_\theta(x^{(i)})``."""
    match arguments(inside):
        case (Scripted(base, None, Bracketed() as mark, 0, False),):
            return mark if (key(head, inside)[0], text_of(base)) in heads else None
        case _:
            return None


def bare(node: Node, heads: set[Key]) -> Node:
    """The formula with the brackets behind these symbols left out."""
    changed: dict[str, Any] = {}
    for f in fields(node):
        value = getattr(node, f.name)
        if isinstance(value, Node):
            changed[f.name] = bare(value, heads)
        elif isinstance(value, tuple) and any(isinstance(v, Node) for v in value):
            changed[f.name] = tuple(bare(v, heads) if isinstance(v, Node) else v for v in value)
    made = replace(node, **changed) if any(changed[n] is not getattr(node, n) for n in changed) else node
    if not isinstance(made, Juxtaposition):
        return made
    kept: list[Node] = []
    for factor in made.factors:
        plain = factor.base if isinstance(factor, Scripted) else factor
        sample = _sample(kept[-1], plain, heads) if kept and isinstance(plain, Bracketed) else None
        if sample is not None:
            kept[-1] = Scripted(kept[-1], sup=sample)
        if sample is not None or (kept and isinstance(plain, Bracketed) and key(kept[-1], plain) in heads):
            if isinstance(factor, Scripted):  # h_θ(x)^2
                kept[-1] = replace(factor, base=kept[-1])
            continue
        kept.append(factor)
    if len(kept) == len(made.factors):
        return made
    return kept[0] if len(kept) == 1 else replace(made, factors=tuple(kept))
