"""What belongs together among factors side by side: a function and its argument, an indicator and its condition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derive.verifying.elaborate.application import arguments, head, indicator, needs_brackets
from derive.verifying.elaborate.context import Context
from derive.verifying.elaborate.names import Atom, letters_of
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import is_transpose
from derive.verifying.formula import (
    Bracketed,
    Commas,
    Derivative,
    Juxtaposition,
    Name,
    Node,
    Number,
    Relations,
    Scripted,
)


@dataclass(frozen=True)
class Application(Node):
    """A function with its arguments, or its slope by the argument with a number; made here, never read."""

    function: Atom
    arguments: tuple[Node, ...]
    by: int = 0


Factors = tuple[Node, ...]


def grouped(factors: Factors, context: Context, shapes: Shapes) -> Iterator[Factors]:
    r"""The ways to group factors: a function without brackets takes all that follows, or the next factor alone."""
    if not factors:
        yield ()
        return
    first, rest = factors[0], factors[1:]
    found = indicator(first, rest[0] if rest else None)
    if found is not None:
        condition, together = found
        for more in grouped(rest[1:] if together else rest, context, shapes):
            yield (condition, *more)
        return
    sloped = _slope_by_number(first, rest, context, shapes)
    if sloped is not None:
        for more in grouped(rest[1:], context, shapes):
            yield (sloped, *more)
        return
    if isinstance(first, Derivative) and first.of is None and rest:
        for body in ((rest, ()), (rest[:1], rest[1:])):
            whole = Derivative(_together(body[0]), first.by, first.mark, first.slash, first.order)
            for more in grouped(body[1], context, shapes):
                yield (whole, *more)
        return
    if _is_differential(first, rest, context, shapes):
        for more in grouped(rest[1:], context, shapes):
            yield (Derivative(Name(context.loss), rest[:1]), *more)
        return
    atom = head(first, context, shapes)
    if atom is not None and rest:
        yield from _application(atom, first, rest, context, shapes)
        return
    yield from _plain(first, rest, context, shapes)


def _slope_by_number(first: Node, rest: Factors, context: Context, shapes: Shapes) -> Application | None:
    r"""``\partial_{1} \max(x, 0)``: the slope of a function by its first argument."""
    match first, rest[:1]:
        case Derivative(Node() as of, (Number(text),)), (Bracketed("(") as inside,) if text.isdigit() and int(text):
            atom = head(of, context, shapes)
            return Application(atom, arguments(inside), int(text)) if atom is not None else None
    return None


def _is_differential(first: Node, rest: Factors, context: Context, shapes: Shapes) -> bool:
    """``d`` before a symbol, where ``d`` is none itself: a gradient in the notation dW."""
    taken = "d" in shapes.symbols or "d" in shapes.counts or "d" in shapes.names.values()
    alone = isinstance(first, Name) and first.text == "d" and not taken
    return alone and bool(rest) and context.lexicon.atom(rest[0]) is not None


def _application(atom: Atom, first: Node, rest: Factors, context: Context, shapes: Shapes) -> Iterator[Factors]:
    follows = rest[0]
    if isinstance(follows, Bracketed) and follows.left in "([{" and not isinstance(follows.body, Relations):
        for more in grouped(rest[1:], context, shapes):
            yield (Application(atom, arguments(follows)), *more)
        return
    if isinstance(follows, Scripted) and isinstance(follows.base, Bracketed) and follows.sub is None:
        above = follows.sup
        plain = atom.power is None and above is not None and not is_transpose(above)
        raised = replace(atom, power=above) if plain else None
        if raised is not None and not follows.primes and follows.base.left in "([{":
            for more in grouped(rest[1:], context, shapes):
                yield (Application(raised, arguments(follows.base)), *more)
            return
    if needs_brackets(atom) and not atom.primes:
        for more in grouped(rest, context, shapes):
            yield (first, *more)
        return
    end = next((k for k, f in enumerate(rest) if k and head(f, context, shapes) is not None), len(rest))
    for taken in dict.fromkeys((end, 1)):
        for inner in grouped(rest[:taken], context, shapes):
            for more in grouped(rest[taken:], context, shapes):
                yield (Application(atom, (_together(inner),)), *more)


def _plain(first: Node, rest: Factors, context: Context, shapes: Shapes) -> Iterator[Factors]:
    """A symbol; brackets behind it may say what it depends on, or hold its indices."""
    follows = rest[0] if rest else None
    if isinstance(follows, Bracketed) and isinstance(follows.body, Commas) and context.lexicon.atom(first) is not None:
        indices = [letters_of(i, context.lexicon.letters) for i in follows.body.items]
        numbers = [isinstance(i, Number) for i in follows.body.items]
        if follows.left == "[" and all(a is not None or n for a, n in zip(indices, numbers, strict=True)):
            first = Scripted(first, sub=follows.body)
        for more in grouped(rest[1:], context, shapes):
            yield (first, *more)
        return
    for more in grouped(rest, context, shapes):
        yield (first, *more)


def _together(factors: Factors) -> Node:
    return factors[0] if len(factors) == 1 else Juxtaposition(factors)
