r"""What a symbol is said to depend on, left out: ``J(W, b)`` is ``J``, ``h_\theta(x)`` is ``h_\theta``, everywhere.

``h_\theta(x^{(i)})`` is what belongs to one sample then, ``h_\theta^{(i)}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from derive.verifying.claims.steps import Step, rewritten
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.elaborate.application import arguments
from derive.verifying.elaborate.functions import GENERIC, function_of
from derive.verifying.elaborate.spelled import GREEK, parts, text_of, written
from derive.verifying.formula import (
    Accent,
    Bracketed,
    Commas,
    Derivative,
    Juxtaposition,
    Nabla,
    Name,
    Node,
    Scripted,
    within,
)

Key = tuple[str, str]
PARAMETERS = frozenset("wWbB")


def without_arguments(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with only the symbols where brackets tell what these depend on."""
    whole = {text_of(n.of) for s in steps for n in _within(s) if isinstance(n, Derivative) and n.of is not None}
    whole |= _of_arrays(steps)
    told = dict(spelled for s in steps for spelled in _told(s, whole))
    used = {spelled for s in steps for spelled in _used(s)}
    functions = {base for base, inside in used - told.keys()} | {base for base, inside in used if base.endswith("'")}
    heads = {k: inside for k, inside in told.items() if not {k[0], f"{k[0]}'"} & functions}
    if not heads:
        return tuple(steps)
    return tuple(rewritten(s, lambda node: _bare(node, heads)) for s in steps)


def _of_arrays(steps: Sequence[Step]) -> set[str]:
    r"""The heads of what is defined in terms of arrays alone, ``z \in \mathbb{R}^d``: no function of each entry."""
    shaped = {i for s in steps if s.left_shapes and s.left is not None
              for i in (s.left.items if isinstance(s.left, Commas) else (s.left,))}  # fmt: skip
    found = set()
    for step in steps:
        match step.left:
            case Juxtaposition((head, Bracketed("(", ")") as inside)) if step.first and shaped.issuperset(
                arguments(inside)
            ):
                found.add(text_of(head))
    return found


def _within(step: Step) -> Iterator[Node]:
    for side in (step.left, step.right):
        yield from within(side) if side is not None else ()


def _told(step: Step, whole: set[str]) -> Iterator[tuple[Key, Bracketed]]:
    """The symbols behind which a left side or a derivative says what they depend on; ``whole``: the heads that
    are no functions of each entry, whatever their letters."""
    for here in _within(step):
        if isinstance(here, Derivative) and here.of is not None:
            yield from _applied(here.of, whole)
        match here:
            case Juxtaposition((Nabla(_, Node() as of), Bracketed() as inside)):
                yield from _applied(Juxtaposition((of, inside)), whole)
    if step.first and step.left is not None and step.right is not None:
        yield from _applied(step.left, whole)


def _used(step: Step) -> Iterator[Key]:
    """Every symbol with brackets right behind it, as far as it may be a function of what they hold."""
    for side in (step.left, step.right, *step.ahead):
        for here in within(side) if side is not None else ():
            factors = here.factors if isinstance(here, Juxtaposition) else ()
            for head, inside in pairwise(factors):
                of = _under_nablas(head)
                if isinstance(inside, Bracketed) and inside.left == "(" and written(of) is not None:
                    yield key(of, inside)


def _under_nablas(node: Node) -> Node:
    while isinstance(node, Nabla) and node.of is not None:
        node = node.of
    return node


def _applied(node: Node, whole: set[str]) -> Iterator[tuple[Key, Bracketed]]:
    match node:
        case Juxtaposition((head, Bracketed("(", ")") as inside)):
            names = [written(a) for a in arguments(inside)]
            if all(n is not None for n in names) and (_is_quantity(head) or text_of(head) in whole & GENERIC):
                yield key(head, inside), inside


def _is_quantity(head: Node) -> bool:
    r"""Whether brackets behind it hold no argument of a function: a loss, or ``h_\theta`` with its parameters below."""
    found = written(head)
    if found is None or found.primes:
        return False
    below = [text_of(part) for s in found.subs for part in parts(s)]
    if below and all(b in GREEK or b in PARAMETERS for b in below) and found.base in GENERIC:
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


def _sample(head: Node, inside: Bracketed, heads: Mapping[Key, Bracketed]) -> Node | None:
    r"""The mark of the one sample that a quantity is taken of: ``(i)`` of ``h_\theta(x^{(i)})``."""
    match arguments(inside):
        case (Scripted(base, None, Bracketed() as mark, 0, False),):
            return mark if (key(head, inside)[0], text_of(base)) in heads else None
        case _:
            return None


def _bare(made: Node, heads: Mapping[Key, Bracketed]) -> Node:
    """The part with the brackets behind these symbols left out; a bare ∇ is by what they hold."""
    if isinstance(made, Nabla) and made.by is None and isinstance(made.of, (Name, Accent)):
        return next((_by(made, inside) for (base, _), inside in heads.items() if base == key(made.of, inside)[0]), made)
    if not isinstance(made, Juxtaposition):
        return made
    kept: list[Node] = []
    for factor in made.factors:
        plain = factor.base if isinstance(factor, Scripted) else factor
        sample = _sample(kept[-1], plain, heads) if kept and isinstance(plain, Bracketed) else None
        if sample is not None:
            kept[-1] = Scripted(kept[-1], sup=sample)
        under = _under_nablas(kept[-1]) if kept else None
        if sample is not None or (under is not None and isinstance(plain, Bracketed) and key(under, plain) in heads):
            if isinstance(factor, Scripted):  # h_θ(x)^2
                kept[-1] = replace(factor, base=kept[-1])
            kept[-1] = _by(kept[-1], plain) if isinstance(plain, Bracketed) else kept[-1]
            continue
        kept.append(factor)
    if len(kept) == len(made.factors):
        return made
    return kept[0] if len(kept) == 1 else replace(made, factors=tuple(kept))


def _by(node: Node, inside: Bracketed) -> Node:
    r"""``\nabla E`` of what is said to depend on one thing alone: the gradient by that."""
    given = arguments(inside)
    if not isinstance(node, Nabla) or node.of is None or len(given) != 1:
        return node
    return replace(node, by=node.by if node.by is not None else given[0], of=_by(node.of, inside))
