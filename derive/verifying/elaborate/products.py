"""Products: what stands side by side, and what a sign between factors may mean; all that fits is tried."""

from __future__ import annotations

from collections.abc import Callable

from derive.effort import worked
from derive.expression import Expr, mul, power
from derive.verifying.elaborate.broadcasting import entrywise
from derive.verifying.elaborate.combining import along_path, product
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.values import Reading, Readings, Value
from derive.verifying.formula import Accent, Name, Node, Number

ELEMENTWISE = {"odot", "circ", "bullet", "star"}
DIVISIONS = {"slash", "div", "oslash"}
MATRIX = {"cdot", "at", "dot", "", "times", "ast"}


def times(left: Expr, right: Expr) -> Expr:
    """The product of two entries."""
    return mul(left, right)


def divided(left: Expr, right: Expr) -> Expr:
    """The quotient of two entries."""
    return mul(left, power(right, -1))


def multiplied(a: Value, b: Value, sign: str, shapes: Shapes, plain: bool = False) -> Readings:
    """All products of two values that the sign may mean and that fit; ``plain``: without a sign none of entries."""
    worked()
    if sign in DIVISIONS:
        if b.over is None:
            yield from entrywise(divided, a, b, shapes)
        return
    if not a.axes or not b.axes:
        yield from entrywise(times, a, b, shapes)
        return
    if sign in ELEMENTWISE:
        yield from _hadamard(a, b, shapes, "")
        return
    if sign == "otimes":
        yield from _hadamard(a, b, shapes, "⊗ as the product of entries")
        return
    if sign not in MATRIX:
        raise Unclear(f"the sign {sign} between factors is not understood")
    first = list(product(a, b, shapes, dot=sign in ("cdot", "dot")))
    if sign == "ast":
        yield from _hadamard(a, b, shapes, "")
        yield from (_as(r, "* as the matrix product") for r in first)
        return
    yield from first
    if a.over is None or b.over is None:
        said = {"": "side by side", "cdot": "·", "times": "×"}.get(sign, sign)
        strict = len(a.axes) == len(b.axes) or sign != ""
        if strict and sign != "at" and not (plain and sign == ""):
            yield from _hadamard(a, b, shapes, f"{said} as the product of entries")


def _as(reading: Reading, note: str) -> Reading:
    value, shapes = reading
    return value.noted(note), shapes


def _hadamard(a: Value, b: Value, shapes: Shapes, note: str) -> Readings:
    """Entry by entry; a link of a chain of partials multiplied so is the chain itself."""
    if a.over is not None or b.over is not None:
        yield from along_path(a, b, shapes)
        return
    for value, state in entrywise(times, a, b, shapes, known=True):
        yield (value.noted(note) if note else value), state


def chain(
    parts: tuple[Node, ...],
    signs: tuple[str, ...],
    context: Context,
    shapes: Shapes,
    read: Callable[[Node, Context, Shapes], Readings],
) -> Readings:
    """A product of several factors, from left to right; where that does not fit, the last two factors first."""
    found = False
    for reading in _from_left(parts, signs, context, shapes, read):
        found = True
        yield reading
    if not found and len(parts) > 2:
        for a, middle in read(parts[0], context, shapes):
            for b, state in chain(parts[1:], signs[1:], context, middle, read):
                yield from multiplied(a, b, signs[0], state, context.plain and _are_bare(parts[:2]))


def _from_left(
    parts: tuple[Node, ...],
    signs: tuple[str, ...],
    context: Context,
    shapes: Shapes,
    read: Callable[[Node, Context, Shapes], Readings],
) -> Readings:
    if len(parts) == 1:
        yield from read(parts[0], context, shapes)
        return
    for a, middle in _from_left(parts[:-1], signs[:-1], context, shapes, read):
        for b, state in read(parts[-1], context, middle):
            yield from multiplied(a, b, signs[-1], state, context.plain and _are_bare(parts[-2:]))


def _are_bare(parts: tuple[Node, ...]) -> bool:
    """Whether both factors are symbols without scripts, of which nobody writes a product of entries without a sign."""
    return all(isinstance(p, (Name, Accent, Number)) for p in parts)
