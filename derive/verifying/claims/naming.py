"""Parts of formulas that have a name, under that name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from derive.verifying.claims.definitions import Definition
from derive.verifying.formula import Addition, Juxtaposition, Product
from derive.verifying.rebuilding import replaced


def with_names(found: Mapping[int, Definition]) -> dict[int, Definition]:
    """The definitions, with the name of a part that another line defines in its place: ``σ(X W)`` where A = X W."""
    made = dict(found)
    parts = [d for d in made.values() if d.kind == "tensor" and isinstance(d.right, (Juxtaposition, Addition, Product))]
    counts = Counter(d.name for d in made.values())
    for d in parts:
        for place, other in made.items():
            elsewhere = other.step.section != d.step.section and (counts[d.name] > 1 or other.right == d.right)
            apart = other.name == d.name or elsewhere
            if other.kind == "tensor" and not apart:
                made[place] = replace(other, right=replaced(other.right, d.right, d.left))
    return made
