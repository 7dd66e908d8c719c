r"""What prose says of a gradient against the note's own formula: "passes ``\partial L/\partial y`` on as it is"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from derive.verifying.claim import Statement
from derive.verifying.formula import Big, Derivative, Node, within
from derive.verifying.located import Formula, Note
from derive.verifying.report import Finding

UNCHANGED = re.compile(r"そのまま|unchanged|as it is\b|as is\b|原样|原封不动|不变地?传|直接(?:往下|向下)?传")
NEAR = 2  # lines above in which the gradient that the sentence speaks of may be named


def contradictions(note: Note) -> Iterator[Finding]:
    """Sentences that say that a gradient is another one unchanged where a formula under the same heading sums it up."""
    for k, formula in enumerate(note.formulas):
        passed = _gradient(formula)
        if passed is None or formula.display is not None or not UNCHANGED.search(formula.context.before):
            continue
        named = note.formulas[k - 1] if k else formula
        of = _gradient(named)
        near = 0 <= formula.place.first - named.place.last <= NEAR and named.unit == formula.unit
        if of is None or of == passed or not near:
            continue
        for other in note.formulas[k + 1 :]:
            if other.context.heading_line == formula.context.heading_line and _sums(other, of, passed):
                said = (
                    f"this says that {named.source.strip()} is {formula.source.strip()} as it is; "
                    f"the formula in line {other.place.first} sums it up over the samples"
                )
                yield Finding(
                    formula.place, formula.source.strip(), "incorrect",
                    error_class="prose", message=said, fix=other.source.strip(),
                )  # fmt: skip
                break


def _gradient(formula: Formula) -> Derivative | None:
    """The gradient that a formula is, and no more."""
    (part,) = formula.parts if len(formula.parts) == 1 else (None,)
    sides = part.sides if isinstance(part, Statement) else ()
    return sides[0] if len(sides) == 1 and isinstance(sides[0], Derivative) else None


def _sums(formula: Formula, of: Derivative, passed: Derivative) -> bool:
    """Whether a formula says that the one gradient is a sum of entries of the other."""
    for part in formula.parts:
        sides = [s for s in part.sides if s is not None] if isinstance(part, Statement) else []
        if len(sides) > 1 and sides[0] == of and any(_is_sum_of(s, passed) for s in sides[1:]):
            return True
    return False


def _is_sum_of(side: Node, passed: Derivative) -> bool:
    if not isinstance(side, Big) or side.kind != "sum":
        return False
    inner = [n for n in within(side.body) if isinstance(n, Derivative) and n.of == passed.of]
    return any(base in within(n.by[0]) for n in inner for base in passed.by if n.by)
