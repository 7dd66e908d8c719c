"""A repair in the writer's own hand: the text stays as it is but for the part that is wrong; new signs are like his."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from itertools import pairwise

from derive.notes.notation import PARTIAL, Notation
from derive.verifying.claim import Statement
from derive.verifying.diagnosis.naming import TRANSPOSE
from derive.verifying.elaborate.products import ELEMENTWISE
from derive.verifying.elaborate.spelled import is_transpose, raised
from derive.verifying.formula import (
    NOWHERE,
    Accent,
    Addition,
    Juxtaposition,
    Nabla,
    Name,
    Node,
    Product,
    Relation,
    Scripted,
    within,
)
from derive.verifying.latex.editing import replacing
from derive.verifying.latex.marks import SIGNS
from derive.verifying.latex.reading import read
from derive.verifying.latex.writing import latex, looseness
from derive.verifying.rebuilding import mapped


@dataclass(frozen=True)
class Hand:
    """How a writer spells what repairs bring in: the transpose, the product of entries."""

    transpose: Node = TRANSPOSE
    odot: str = "odot"


def hand_of(sides: Iterable[Node]) -> Hand:
    """The writer's first transpose, and a sign that multiplies entries."""
    every = [n for side in sides for n in within(side)]
    raised_parts = (p for n in every if isinstance(n, Scripted) and n.sup is not None for p in raised(n.sup))
    transpose = next((p for p in raised_parts if is_transpose(p)), TRANSPOSE)
    signs = [s for n in every if isinstance(n, Product) for s in n.signs]
    own = next((s for s in signs if s in ELEMENTWISE), "ast" if "ast" in signs else "odot")
    return Hand(unplaced(transpose), own)


def notation_of(left: Node, hand: Hand) -> Notation:
    """The notation of our own formulas that is like the writer's: by how a gradient is written on the left."""
    match left:
        case Name():
            cotangent = "d$entry"
        case Nabla():
            cotangent = r"\nabla_{$entry} $loss"
        case Accent() | Scripted(Accent()):
            cotangent = r"\bar{$base}$subscript"
        case Scripted(Name(text)) if text.startswith("d") and len(text) > 1:
            cotangent = "d$entry"
        case _:
            cotangent = PARTIAL
    times = SIGNS.get(hand.odot, rf"\{hand.odot}")
    return Notation("writer", cotangent, transpose=f"^{{{latex(hand.transpose)}}}", times=times)


def unplaced(node: Node) -> Node:
    """The part without its place in a text: it is printed by its structure."""
    return mapped(replace(node, span=NOWHERE), unplaced)


def by_hand(new: Node, hand: Hand) -> Node:
    """The repair with the writer's own transpose and sign where ours were put in."""
    if new is TRANSPOSE:
        return hand.transpose
    made = mapped(new, lambda part: by_hand(part, hand))
    if isinstance(made, Product) and made.span == NOWHERE and "odot" in made.signs:
        return replace(made, signs=tuple(hand.odot if s == "odot" else s for s in made.signs))
    return made


def respelled(old: Node, new: Node, text: str, hand: Hand) -> str:
    """The LaTeX of the repair: the writer's text with the least part changed, if that reads back as what is meant."""
    if not text:
        return latex(by_hand(new, hand))
    new = by_hand(new, hand)
    here, there = _narrowed(old, new)
    shown = _in_sequence(old, here, there, text) or replacing(old, here, there, text)
    if shown is not None and _reads_as(shown, new):
        return shown.strip()
    return latex(new, text)


def _reads_as(shown: str, meant: Node) -> bool:
    lines = read(shown)
    parts = [p for line in lines for p in line.parts]
    return len(parts) == 1 and isinstance(parts[0], Statement) and parts[0].sides == (meant,)


def _narrowed(old: Node, new: Node) -> tuple[Node, Node]:
    """The smallest part that is not the same, and what is to stand there."""
    while type(old) is type(new):
        pairs = _differing(old, new)
        if pairs is None or len(pairs) != 1:
            break
        old, new = pairs[0]
    return old, new


def _differing(old: Node, new: Node) -> list[tuple[Node, Node]] | None:
    """The parts right below that differ; None if the two differ in more than such parts."""
    found: list[tuple[Node, Node]] = []
    for f in fields(old):
        if not f.compare:
            continue
        a, b = getattr(old, f.name), getattr(new, f.name)
        if not (isinstance(a, tuple) and isinstance(b, tuple) and len(a) == len(b)):
            a, b = (a,), (b,)
        for x, y in zip(a, b, strict=True):
            if x == y:
                continue
            if not (isinstance(x, Node) and isinstance(y, Node)) or isinstance(x, Relation):
                return None  # a sign alone is no formula
            found.append((x, y))
    return found


def _in_sequence(root: Node, old: Node, new: Node, text: str) -> str | None:
    """Factors put in, left out or exchanged in the writer's own product; None where that is not all."""
    match old, new:
        case Juxtaposition(before), Juxtaposition(after):
            pass
        case Juxtaposition(before), Node():
            after = (new,)
        case Node(), Juxtaposition(after) if any(f is old for f in after):
            before = (old,)
        case _:
            return None
    if old.span == NOWHERE or any(f.span == NOWHERE for f in before):
        return None
    fewer = min(len(before), len(after))
    start = next((k for k in range(fewer) if before[k] != after[k]), fewer)
    rest = fewer - start
    tail = next((k for k in range(rest) if before[-1 - k] != after[-1 - k]), rest)
    out, put = before[start : len(before) - tail], after[start : len(after) - tail]
    shown = [_factor(p, text) for p in put]
    if not out and not put:
        return None
    if len(out) == len(put):
        pieces = [text[a.span.end : b.span.start] for a, b in pairwise(out)]
        middle = "".join(s + p for s, p in zip(shown, [*pieces, ""], strict=True))
        first, last = out[0].span.start, out[-1].span.end
    elif not put:
        first = before[start - 1].span.end if start else out[0].span.start
        last = out[-1].span.end if start else before[len(out)].span.start
        middle = ""
    elif not out:
        first = last = before[start - 1].span.end if start else before[0].span.start
        middle = " " + " ".join(shown) if start else " ".join(shown) + " "
    else:
        first, last, middle = out[0].span.start, out[-1].span.end, " ".join(shown)
    return text[root.span.start : first] + middle + text[last : root.span.end] if root.span != NOWHERE else None


def _factor(node: Node, text: str) -> str:
    shown = latex(node, text)
    if looseness(node) <= 1 or (isinstance(node, Addition) and node.span != NOWHERE):
        return shown
    return rf"\left({shown}\right)"
