r"""Names that mean one thing with one index letter and another with the next: ``\delta_k`` and ``\delta_j``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from derive.verifying.claims.steps import Step, on_sides
from derive.verifying.formula import Addition, Big, Derivative, Name, Node, Scripted, within
from derive.verifying.rebuilding import mapped

LETTERS = frozenset("hijklmnpqrs")
DEPTH = 4


def told_apart(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with a name of its own for each letter of a symbol that is defined anew for another letter."""
    made = tuple(steps)
    for _ in range(DEPTH):  # what is made of names told apart may have to be told apart as well
        apart = _apart(made)
        if not apart:
            break
        made = tuple(on_sides(s, partial(_renamed, apart=apart)) for s in made)
    return made


def _apart(steps: Sequence[Step]) -> set[str]:
    """The names that mean different things with different letters."""
    meanings: dict[str, dict[str, str]] = {}
    for step in steps:
        found = _lettered(step.left) if step.left is not None else None
        if step.first and step.sign in ("=", "≡", ":=", "≜") and found is not None and step.right is not None:
            derivative = next((n for n in (step.right, *step.ahead) if isinstance(n, Derivative)), step.right)
            meanings.setdefault(found[0], {}).setdefault(found[1], _shape_of(derivative, found[1]))
    used: dict[str, set[str]] = {}
    for step in steps:
        for side in (step.left, step.right, *step.ahead):
            for base, letter in _all_lettered(side) if side is not None else ():
                used.setdefault(base, set()).add(letter)
    apart = {b for b, said in meanings.items() if len(set(said.values())) > 1 and used[b] <= set(said)}
    return apart | _between(steps, {letter for b in apart for letter in meanings[b]})


def _between(steps: Sequence[Step], layers: set[str]) -> set[str]:
    r"""What stands between layers that letters tell apart: ``w_{ji}`` and ``w_{kj}`` beside ``a_j`` and ``a_k``."""
    pairs: dict[str, set[str]] = {}
    for step in steps:
        for side in (step.left, step.right, *step.ahead):
            for here in within(side) if side is not None else ():
                if isinstance(here, Scripted) and isinstance(here.base, Name):
                    text = here.sub.text if isinstance(here.sub, Name) else ""
                    pairs.setdefault(here.base.text, set()).add(text if here.sup is None else "")
    found = set()
    for base, seen in pairs.items():
        if len(seen) > 1 and all(len(p) == 2 and set(p) <= LETTERS for p in seen):
            ends = [{p[k] for p in seen} for k in (0, 1)]
            if any(len(end) == len(seen) and end <= layers for end in ends):
                found.add(base)
    return found


def _lettered(node: Node) -> tuple[str, str] | None:
    """A plain name with one index letter below and nothing above."""
    match node:
        case Scripted(Name(text), Name(letter), None, 0) if letter in LETTERS:
            return text, letter
        case _:
            return None


def _paired(node: Node) -> tuple[str, str] | None:
    match node:
        case Scripted(Name(text), Name(letters), None, 0) if len(letters) == 2 and set(letters) <= LETTERS:
            return text, letters
        case _:
            return None


def _all_lettered(node: Node) -> Iterator[tuple[str, str]]:
    for here in within(node):
        found = _lettered(here)
        if found is not None:
            yield found
        elif isinstance(here, Scripted) and isinstance(here.base, Name) and isinstance(here.sub, (Name, Addition)):
            yield here.base.text, ""  # with other scripts it is no such name


def _shape_of(node: Node, letter: str) -> str:
    """A formula as text in which letters count from the one given on: the same for ``p_i`` as for ``p_j``."""
    order = {letter: "#0"}
    bound = {n.text for big in within(node) if isinstance(big, Big) and big.sub is not None for n in within(big.sub)
             if isinstance(n, Name)}  # fmt: skip
    pieces: list[str] = []
    for here in within(node):
        if isinstance(here, Name) and (here.text == letter or here.text in bound):
            pieces.append(order.setdefault(here.text, f"#{len(order)}"))
        else:
            pieces.append(getattr(here, "text", type(here).__name__))
    return " ".join(pieces)


def _renamed(node: Node, apart: set[str]) -> Node:
    found = _lettered(node) or _paired(node)
    if found is not None and found[0] in apart and isinstance(node, Scripted):
        name = Name(f"{found[0]}_{found[1]}", whole=True, span=node.base.span)
        return replace(node, base=name)
    return mapped(node, partial(_renamed, apart=apart))
