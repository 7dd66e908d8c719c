"""The last lines of a gradient in a program of numbers: written out until only what is given is left.

``dz/dx = dz/dt = 2t = 2(x + y)``: the gradients found above are put in, then the forward equations.
"""

from __future__ import annotations

from collections.abc import Iterator

from derive.expression import Access, Expr, is_cotangent, primal_name
from derive.ledger import Gradient
from derive.notes.document import Line, Text, Words
from derive.notes.elementary import is_scalar
from derive.notes.telling import Telling
from derive.rewriting import substitute, walk

LONGEST = 40  # nodes of an expression; what would grow beyond is left as it is
DEEPEST = 12  # equations of a program; one of more is not written out


def written_out(gradient: Gradient, tell: Telling) -> tuple[Expr, ...]:
    """The result of a gradient, with the gradients put in, with the forward equations put in; each if it differs."""
    here = tell.shown(gradient.index)
    found = [here]
    if is_scalar(tell.program) and len(tell.program.equations) <= DEEPEST:
        for put_in in (_gradients_in, _equations_in):
            after = put_in(here, tell)
            if after != here and sum(1 for _ in walk(after)) <= LONGEST:
                found.append(after)
                here = after
    return tuple(found)


def closing_lines(gradient: Gradient, tell: Telling) -> Iterator[Line]:
    """The lines after the last rewrite."""
    result, *more = written_out(gradient, tell)
    for after in more:
        puts_gradients = any(isinstance(n, Access) and is_cotangent(n.tensor) for n in walk(result))
        why = tell.words.gradients_in if puts_gradients else tell.words.equations_in
        yield Line(None, after, _words(why))
        result = after


def _words(text: str) -> Text:
    return (Words(text),)


def _gradients_in(expr: Expr, tell: Telling) -> Expr:
    """Every gradient by its formula, as long as there is one."""
    known: dict[Expr, Expr] = {}
    for node in walk(expr):
        if isinstance(node, Access) and is_cotangent(node.tensor) and primal_name(node.tensor) in tell.gradients:
            known[node] = _gradients_in(tell.shown(tell.gradients[primal_name(node.tensor)].index), tell)
    return substitute(expr, known)


def _equations_in(expr: Expr, tell: Telling) -> Expr:
    """Every computed number by its equation, down to what is given."""
    known: dict[Expr, Expr] = {}
    for node in walk(expr):
        equation = tell.program.equation(node.tensor) if isinstance(node, Access) else None
        if equation is not None:
            known[node] = _equations_in(equation.right, tell)
    return substitute(expr, known)
