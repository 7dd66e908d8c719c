r"""What is left to the reader: ``\log \sigma^2 = h`` says what σ is, ``∂σ/∂w`` is of σ(z), π in ``2\pi`` is 3.14."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import pairwise

from derive.verifying.claims.definitions import EQUALS
from derive.verifying.claims.steps import Step, rewritten
from derive.verifying.elaborate.functions import function_of
from derive.verifying.elaborate.names import symbols_under
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.elaborate.symbols import CIRCLE
from derive.verifying.formula import (
    Bracketed,
    Derivative,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Scripted,
    within,
)

EXP = Name("exp", "command", True)


def solved(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps, those that define the logarithm of a symbol made definitions of the symbol itself."""
    known = {text_of(s.left) for s in steps if s.first and s.left is not None and s.right is not None}
    known |= {text_of(head) for s in steps for head, _ in _applications(s)}
    found = [(s, _symbol(s)) for s in steps]
    return tuple(s if symbol is None or text_of(symbol) in known else _solved(s, symbol) for s, symbol in found)


def _symbol(step: Step) -> Node | None:
    """The symbol whose logarithm the step defines; None if it does no such thing."""
    match step.left:
        case Juxtaposition((Name(text), Scripted(base, None, Number()))) if function_of(text) == "log" and step.first:
            symbol = base
        case Juxtaposition((Name(text), symbol)) if function_of(text) == "log" and step.first:
            pass
        case _:
            return None
    return symbol if step.sign in EQUALS and step.right is not None and written(symbol) is not None else None


def _solved(step: Step, symbol: Node) -> Step:
    assert isinstance(step.left, Juxtaposition) and step.right is not None
    above = step.left.factors[1].sup if isinstance(step.left.factors[1], Scripted) else None
    inner = Fraction(step.right, above) if isinstance(above, Number) else step.right
    return replace(step, left=symbol, right=Juxtaposition((EXP, Bracketed("(", ")", inner))), ahead=())


def with_arguments(steps: Sequence[Step]) -> tuple[Step, ...]:
    r"""The steps, a function that is differentiated alone with the argument that it has beside or everywhere."""
    every: dict[str, set[Bracketed]] = {}
    for step in steps:
        for head, inside in _applications(step):
            every.setdefault(text_of(head), set()).add(inside)
    return tuple(_applied(s, every) for s in steps)


def _applications(step: Step) -> Iterator[tuple[Node, Bracketed]]:
    for side in (step.left, step.right, *step.ahead):
        for here in within(side) if side is not None else ():
            for head, inside in pairwise(here.factors) if isinstance(here, Juxtaposition) else ():
                if isinstance(head, (Name, Scripted)) and isinstance(inside, Bracketed) and inside.left == "(":
                    yield (head.base if isinstance(head, Scripted) else head), inside


def _applied(step: Step, every: dict[str, set[Bracketed]]) -> Step:
    here: dict[str, set[Bracketed]] = {}
    for head, inside in _applications(step):
        here.setdefault(text_of(head), set()).add(inside)

    def change(node: Node) -> Node:
        match node:
            case Derivative(Name(text) as of, (by,)) if function_of(text) is not None and not isinstance(by, Number):
                found = here.get(text) or every.get(text, set())
                return replace(node, of=Juxtaposition((of, *found))) if len(found) == 1 else node
        return node

    return rewritten(step, change)


def with_circle(steps: Sequence[Step]) -> tuple[Step, ...]:
    r"""The steps, with the π in ``2\pi`` no symbol of the note, where it has one of that name."""
    sides = [s for step in steps for s in (step.left, step.right) if s is not None]
    lefts = [n for s in steps if s.right is not None and s.left is not None for n in within(s.left)]
    indexed = (n.base for side in sides for n in within(side) if isinstance(n, Scripted) and n.sub is not None)
    if not any(map(_is_pi, (*lefts, *indexed))):
        return tuple(steps)
    return tuple(rewritten(s, _circled) for s in steps)


def _is_pi(node: Node) -> bool:
    return isinstance(node, Name) and node.text == "pi"


def _circled(node: Node) -> Node:
    if not isinstance(node, Juxtaposition):
        return node
    circle = Name(CIRCLE, whole=True)
    first, *_ = node.factors
    rest = (circle if isinstance(a, Number) and _is_pi(b) else b for a, b in pairwise(node.factors))
    return replace(node, factors=(first, *rest))


def with_expressions(steps: Sequence[Step]) -> tuple[Step, ...]:
    r"""The steps, an expression that is differentiated by what no line speaks of under a name of its own.

    ``\frac{\partial}{\partial X} \mathrm{Tr}(A X) = A^T`` says all there is to say of ``A``: the next line has its own.
    """
    spoken = {text_of(n) for s in steps if s.right is not None and not _expression(s)
              for side in (s.left, s.right) if side is not None for n in symbols_under(side)}  # fmt: skip
    kept = spoken | {text_of(n) for s in steps if s.left_shapes and s.left is not None for n in symbols_under(s.left)}
    made: list[Step] = []
    names: dict[tuple[int, int], Name] = {}
    for step in steps:
        found = _expression(step)
        if found is None or text_of(found[1]) in spoken:
            made.append(step)
            continue
        mark = f"#{step.chain[0]}_{step.chain[1]}"
        own = partial(_renamed, kept=kept | {text_of(found[1])}, mark=mark)
        if step.chain not in names:
            names[step.chain] = name = Name(f"q{mark}", whole=True, span=found[0].span)
            start = replace(step, left=name, right=found[0], ahead=(), shapes=(), left_shapes=(), sign="=")
            made.append(rewritten(replace(start, implied=True, first=True), own))
        claim = replace(step, left=Derivative(names[step.chain], (found[1],)))
        made.append(rewritten(claim, own))
    return tuple(made)


def _renamed(node: Node, kept: Container[str], mark: str) -> Node:
    """A capital letter that nothing else speaks of, as one of this line."""
    if not isinstance(node, Name) or node.text in kept or not (len(node.text) == 1 and node.text.isupper()):
        return node
    return node if node.text in "TIF" else replace(node, text=node.text + mark, whole=True)


def _expression(step: Step) -> tuple[Node, Node] | None:
    """An expression without a name that a left side differentiates, and by what."""
    match step.left:
        case Derivative(Node() as of, (by,), _, _, None) if written(of) is None:
            return of, by
        case Juxtaposition((Derivative(None, (by,), _, _, None), *rest)) if rest and step.right is not None:
            span = rest[0].span._replace(end=rest[-1].span.end)
            return (rest[0] if len(rest) == 1 else Juxtaposition(tuple(rest), span=span)), by
    return None
