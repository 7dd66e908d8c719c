"""A note as a list of steps: one for each relation, with the left-most side of its chain and what is beside it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from derive.verifying.claim import Condition, Shape, Statement, Unread
from derive.verifying.elaborate.functions import GENERIC
from derive.verifying.formula import Blank, Bracketed, Juxtaposition, Name, Node, Scripted, within
from derive.verifying.located import Formula, Note
from derive.verifying.rebuilding import Change, rebuilt, replaced

LEADING = {"→", "⇒", "⇔", "↦"}  # before a claim: it follows from the one above


@dataclass(frozen=True)
class Step:
    """One relation ``left = right``: ``left`` is the left-most side of the chain, ``before`` the side just before.

    ``number`` counts the relations of a formula from 1. ``chain`` says which chain the step belongs to: the formula
    and the part where it begins. ``left`` is None where a chain begins nowhere. ``unread`` is the reason why the
    grammar could not take a part; such a step has no sides. ``layer``: the step is one of those for every layer.
    """

    formula: Formula
    part: int
    number: int
    left: Node | None
    right: Node | None
    sign: str = ""
    chain: tuple[int, int] = (0, 0)
    first: bool = True
    shapes: tuple[Shape, ...] = ()
    left_shapes: tuple[Shape, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unread: str = ""
    ahead: tuple[Node, ...] = ()
    layer: int = 0
    implied: bool = False

    @property
    def place(self) -> tuple[int, int, int]:
        """Where in the note it stands: formula, part, relation."""
        return self.formula.number, self.part, self.number * 100 + self.layer

    @property
    def section(self) -> int:
        """The line of the heading that the step stands under."""
        return self.formula.context.heading_line


def steps(note: Note) -> tuple[Step, ...]:
    """Every relation of the note in reading order; an expression alone is a step without a relation."""
    found: list[Step] = []
    ends: dict[int, Step] = {}
    for formula in note.formulas:
        start = ends.get(formula.continues) if formula.continues is not None else None
        own = of_formula(formula, start)
        found += own
        end = own[-1] if own else start
        if end is not None:
            ends[formula.number] = end
    return tuple(found)


def of_formula(formula: Formula, start: Step | None) -> list[Step]:
    """The relations of one formula; ``start`` is a step of the chain that it carries on, if it does."""
    found: list[Step] = []
    for part, statement in enumerate(formula.parts):
        found += _of_part(formula, part, statement, found[-1].number if found else 0, start)
    return found


def _of_part(
    formula: Formula, part: int, statement: Statement | Unread, number: int, start: Step | None
) -> Iterator[Step]:
    if isinstance(statement, Unread):
        yield Step(formula, part, number + 1, None, None, unread=statement.reason)
        return
    sides = statement.sides
    if not sides:
        return
    shapes = [a for a in statement.annotations if isinstance(a, Shape)]
    conditions = tuple(a for a in statement.annotations if isinstance(a, Condition))
    if sides[0] is None and len(sides) > 2 and statement.relations[0].sign in LEADING:
        statement = replace(statement, sides=sides[1:], relations=statement.relations[1:])
        sides = statement.sides
    left, chain, first = sides[0], (formula.number, part), True
    if left is None:
        if start is None and part == 0:
            yield Step(formula, part, number + 1, None, sides[-1], "=", unread="this chain begins nowhere")
            return
        if start is not None:
            left, chain, first = start.left, start.chain, False
    beside = tuple(s for s in shapes if s.side == 0) if sides[0] is not None else ()
    if len(sides) == 1:
        yield Step(formula, part, number + 1, left, None, "", chain, first, (), beside, conditions)
        return
    for k, relation in enumerate(statement.relations):
        here = tuple(s for s in shapes if s.side == k + 1)
        if blank := _blank(left) or _blank(sides[k + 1]):
            yield Step(formula, part, number + k + 1, left, None, relation.sign, chain, first and k == 0, unread=blank)
            continue
        yield Step(
            formula, part, number + k + 1, left, sides[k + 1], relation.sign, chain, first and k == 0, here,
            beside, conditions, ahead=tuple(s for s in sides[k + 2 :] if s is not None),
        )  # fmt: skip


def _blank(side: Node | None) -> str:
    """Which blank of an exercise is still there; "" for none."""
    found = next((n for n in within(side) if isinstance(n, Blank)), None) if side is not None else None
    return f"blank ({found.number})" if found is not None else ""


def implied(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, with what they imply: ``a = f(z) = f(W x)`` defines ``z`` where no line does.

    So ``h = g(w x) = 1 / (1 + e^{-w x})`` defines the function ``g``.
    """
    stated = {s.left for s in steps if s.first}
    functions = {found[0] for s in stated if (found := arguments_of(s)) is not None}
    made: list[Step] = []
    for step in steps:
        made.append(step)
        function = _function(step)
        if function is not None and (found := arguments_of(function.left)) and found[0] not in functions:
            made.append(function)
        inner = [arguments_of(n) for n in (step.right, *step.ahead[:1])]
        one, two = (*inner, None)[:2]
        if step.first and one is not None and two is not None:
            (head, name), (other, formula) = one, two
            if head == other and name not in stated and isinstance(name, (Name, Scripted)):
                made.append(replace(step, left=name, right=formula, ahead=(), shapes=(), left_shapes=(), implied=True))
    return tuple(made)


def _function(step: Step) -> Step | None:
    """The definition of a letter that is applied to something on the first of two right sides."""
    applied = arguments_of(step.right)
    if not step.first or applied is None or len(step.ahead) != 1 or arguments_of(step.ahead[0]) is not None:
        return None
    head, inside = applied
    used = {n.text for n in within(step.ahead[0]) if isinstance(n, Name)}
    letter = next(Name(x) for x in ("z", "u", "s", "v", "r", "argument") if x not in used)
    body = replaced(step.ahead[0], inside, letter)
    if not isinstance(head, Name) or head.text not in GENERIC or body == step.ahead[0]:
        return None
    left = Juxtaposition((head, Bracketed("(", ")", letter)))
    return replace(step, left=left, right=body, ahead=(), shapes=(), left_shapes=(), implied=True)


def arguments_of(node: Node | None) -> tuple[Node, Node] | None:
    """A function and what stands in the brackets behind it; None for anything else."""
    match node:
        case Juxtaposition((head, Bracketed("(", ")", inside))):
            return head, inside
        case _:
            return None


def on_sides(step: Step, change: Change) -> Step:
    """The step with a change made to each of its sides."""
    return replace(
        step,
        left=change(step.left) if step.left is not None else None,
        right=change(step.right) if step.right is not None else None,
        ahead=tuple(map(change, step.ahead)),
    )


def rewritten(step: Step, change: Change) -> Step:
    """The step with a change made to every part of its sides."""
    return on_sides(step, partial(rebuilt, change=change))
