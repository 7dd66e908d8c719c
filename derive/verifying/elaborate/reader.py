"""One case for each kind of node: every way in which a formula can be read, with the shapes that it takes."""

from __future__ import annotations

from fractions import Fraction as Rational

from derive.effort import worked
from derive.expression import Call, add, mul, number, power
from derive.verifying.elaborate.application import applied, indicator
from derive.verifying.elaborate.broadcasting import entrywise
from derive.verifying.elaborate.combining import entrywise_sum
from derive.verifying.elaborate.conditions import all_of, cases, compared
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.derivatives import as_entry, quotient, share
from derive.verifying.elaborate.grouping import Application, grouped
from derive.verifying.elaborate.listed import listed
from derive.verifying.elaborate.matrices import determinant
from derive.verifying.elaborate.products import chain, divided
from derive.verifying.elaborate.scripts import kronecker, norm, ones, scripted
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.elaborate.sums import big
from derive.verifying.elaborate.symbols import symbol
from derive.verifying.elaborate.values import Readings, Value, mapped, scalar
from derive.verifying.formula import (
    Accent,
    Addition,
    Big,
    Braced,
    Bracketed,
    Cases,
    Commas,
    Derivative,
    Differential,
    Evaluated,
    Fraction,
    Juxtaposition,
    Matrix,
    Nabla,
    Name,
    Node,
    Number,
    Product,
    Relations,
    Root,
    Scripted,
    Words,
)


def read(node: Node, context: Context, shapes: Shapes) -> Readings:
    """Every way to read the node. Raises `Unclear` for what has no meaning here at all."""
    worked()
    match node:
        case Number():
            yield from _number(node, shapes)
        case Name() | Accent() | Scripted():
            yield from _symbol(node, context, shapes)
        case Juxtaposition(factors):
            yield from _side_by_side(factors, context, shapes)
        case Product(factors, signs):
            yield from _product(factors, signs, context, shapes)
        case Addition(terms, signs):
            yield from _sum(terms, signs, context, shapes)
        case Fraction(top, bottom):
            for a, middle in read(top, context, shapes):
                for b, state in read(bottom, context, middle):
                    if b.over is None:
                        yield from entrywise(divided, a, b, state)
        case Derivative():
            yield from quotient(node, context, shapes)
        case Nabla(by, of, None) if by is not None:
            target = of if of is not None else Name(context.loss)
            yield from quotient(Derivative(target, (by,)), context, shapes)
        case Differential(_, body):
            yield from quotient(Derivative(Name(context.loss), (body,)), context, shapes)
        case Big():
            yield from big(node, context, shapes)
        case Bracketed():
            yield from _bracketed(node, context, shapes)
        case Braced(body) | Evaluated(body, None, None):
            yield from read(body, context, shapes)
        case Root(body, None):
            for value, state in read(body, context, shapes):
                if value.over is None:
                    yield mapped(lambda x: power(x, number(Rational(1, 2))), value), state
        case Evaluated(whole, sub, None) if sub is not None:
            yield from share(whole, sub, context, shapes)
        case Cases():
            yield from cases(node, context, shapes)
        case Matrix():
            yield from listed(node, context, shapes)
        case Application(function, given, by):
            yield from applied(function, given, context, shapes, by)
        case Relations():
            yield from compared(node, context, shapes)
        case Words(text):
            raise Unclear(f"words in the formula: {text[:40]}", node)
        case _:
            raise Unclear(f"{type(node).__name__.lower()} is not understood here", node)


def _number(node: Number, shapes: Shapes) -> Readings:
    if node.text == "1" and node.font in ("bf", "bb"):
        axes, state = shapes.fresh()
        yield Value(axes, lambda places, maker: number(1), upright=True), state
        return
    try:
        yield scalar(number(Rational(node.text))), shapes
    except ValueError:
        raise Unclear(f"the number {node.text} is not understood", node) from None


def _symbol(node: Node, context: Context, shapes: Shapes) -> Readings:
    atom = context.lexicon.atom(node)
    if atom is not None:
        delta = kronecker(atom, context, shapes)
        yield from delta if delta is not None else symbol(as_entry(atom, context, shapes), context, shapes)
        return
    match node:
        case Scripted(_, Relations() as condition, None, 0) if indicator(node, None) is not None:
            yield from compared(condition, context, shapes)
            return
        case Scripted(Number("1", "bf" | "bb"), sub, sup, 0):
            yield from ones(sub, sup, shapes)
            return
        case Name(text):
            pieces = tuple(Name(p) if not p.isdigit() else Number(p) for p in context.lexicon.pieces(text))
            if len(pieces) > 1:
                yield from _side_by_side(pieces, context, shapes)
                return
        case Scripted(Name(text), sub, sup, primes) if len(context.lexicon.pieces(text)) > 1:
            *first, last = context.lexicon.pieces(text)
            tail = Scripted(Name(last), sub, sup, primes)
            yield from _side_by_side((*map(Name, first), tail), context, shapes)
            return
        case Scripted(base, sub, sup, 0):
            yield from scripted(base, sub, sup, context, shapes)
            return
    raise Unclear(f"{text_of(node)} is not understood", node)


def _bracketed(node: Bracketed, context: Context, shapes: Shapes) -> Readings:
    if node.left == "‖":
        yield from norm(node, None, None, context, shapes)
    elif node.left == "|":
        for value, state in read(node.body, context, shapes):
            if len(value.axes) == 2 and state.root(value.axes[0]) == state.root(value.axes[1]):
                yield from determinant(value, state)
            yield mapped(lambda x: Call("abs", (x,)), value), state
    elif node.left == "<" and isinstance(node.body, Commas) and len(node.body.items) == 2:
        for (a, b), state in all_of(node.body.items, context, shapes):
            together = state.all_same(a.axes, b.axes)
            if together is not None and a.over is None and b.over is None:
                yield from entrywise_sum(a, b, together)
    elif node.left in "([{.":
        yield from read(node.body, context, shapes)
    else:
        raise Unclear(f"the brackets {node.left} {node.right} are not understood", node)


def _sum(terms: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Readings:
    if not set(signs) <= {"+", "-"}:
        raise Unclear("± and the like are not judged")
    for value, state in read(terms[0], context, shapes):
        first = mapped(lambda x: mul(-1, x), value) if signs[0] == "-" else value
        yield from _added(first, terms, signs, 1, context, state)


def _added(
    before: Value, terms: tuple[Node, ...], signs: tuple[str, ...], k: int, context: Context, shapes: Shapes
) -> Readings:
    """The sum with the terms from the ``k``-th on added."""
    if k == len(terms):
        yield before, shapes
        return
    sign = -1 if signs[k] == "-" else 1
    for term, middle in read(terms[k], context, shapes):
        for value, state in entrywise(lambda x, y: add(x, mul(sign, y)), before, term, middle):
            yield from _added(value, terms, signs, k + 1, context, state)


def _product(factors: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Readings:
    """As written; ``1/n \\sum ..`` is read as a fraction before the sum as well."""
    for k, sign in enumerate(signs):
        follows = factors[k + 1]
        if sign == "slash" and isinstance(follows, Juxtaposition):
            first, *rest = follows.factors
            if any(not isinstance(r, (Name, Number)) for r in rest):
                more = (*factors[: k + 1], first, *rest, *factors[k + 2 :])
                yield from _product(more, (*signs[: k + 1], *("" for _ in rest), *signs[k + 1 :]), context, shapes)
    yield from chain(factors, signs, context, shapes, read)


def _side_by_side(factors: tuple[Node, ...], context: Context, shapes: Shapes) -> Readings:
    """Functions take what follows them; the rest is a product."""
    for group in grouped(factors, context, shapes):
        yield from chain(group, ("",) * (len(group) - 1), context, shapes, read)
