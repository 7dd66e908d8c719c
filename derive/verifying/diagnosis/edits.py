"""One-edit neighbours of a formula: what a slip of the pen may have turned into what stands there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

from derive.verifying.diagnosis.naming import Edit, Stock, powers, symbol, transposed
from derive.verifying.diagnosis.products import added, product, short
from derive.verifying.diagnosis.sums import around, inside, one_more
from derive.verifying.elaborate.spelled import is_transpose, text_of, written
from derive.verifying.formula import (
    NOWHERE,
    Addition,
    Big,
    Bracketed,
    Commas,
    Derivative,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Relation,
    Relations,
    Root,
    Scripted,
)

HALF = Fraction(Number("1"), Number("2")), "1/2"
DOUBLE = Number("2"), "2"


def edits(node: Node, stock: Stock) -> Iterator[Edit]:
    """Every formula that differs from this one by one edit; the likelier kinds of slips first."""
    yield from _around(node, stock)
    yield from _inside(node, stock)
    if isinstance(node, Addition):
        yield from _scaled_term(node)


def _around(node: Node, stock: Stock) -> Iterator[Edit]:
    """A factor before the whole, a sum around it, its sign."""
    yield Edit(negated(node), "sign", "the sign")
    for factor, words in factors(stock):
        yield Edit(scaled(factor, node), "scale", f"a factor {words} is missing")
    yield from around(node, stock)
    index = Name(next((x for x in "inkm" if x not in stock.letters), "i"))
    yield Edit(
        Big("sum", Scripted(_closed(node), sub=index), sub=index), "missing-sum", "the sum over the rows is missing"
    )
    ones = Number("1", "bf")
    yield Edit(Juxtaposition((_closed(node), ones)), "missing-sum", "the sum over the columns is missing")
    yield Edit(transposed(_closed(node)), "transpose", "a transpose is missing")


def factors(stock: Stock) -> Iterator[tuple[Node, str]]:
    """Numbers that are lost or doubled: 2, 1/2, sizes and their inverses."""
    yield from (HALF, DOUBLE)
    for size in stock.sizes:
        yield Fraction(Number("1"), size), f"1/{text_of(size)}"
        yield size, text_of(size)


def _scaled_term(node: Addition) -> Iterator[Edit]:
    """A 2 or 1/2 that is missing in one of several terms."""
    for k, term in enumerate(node.terms if len(node.terms) > 1 else ()):
        for factor, words in (HALF, DOUBLE):
            changed = (*node.terms[:k], scaled(factor, term), *node.terms[k + 1 :])
            yield Edit(Addition(changed, node.signs), "scale", f"a factor {words} is missing in {short(term)}")


def negated(node: Node) -> Node:
    """The formula with the other sign."""
    if isinstance(node, Addition):
        flipped = tuple("-" if s == "+" else "+" for s in node.signs)
        return node.terms[0] if flipped == ("+",) else replace(node, signs=flipped, span=NOWHERE)
    return Addition((node,), ("-",))


def scaled(factor: Node, node: Node) -> Node:
    """The formula with a factor in front, behind its sign; a 2 goes into the number that stands there."""
    if isinstance(node, Addition) and node.signs == ("-",):
        return replace(node, terms=(scaled(factor, node.terms[0]),), span=NOWHERE)
    if factor == Number("2"):
        first, *rest = node.factors if isinstance(node, Juxtaposition) else (node,)
        if isinstance(first, Fraction) and isinstance(first.top, Number) and first.top.text.isdigit():
            doubled = replace(first, top=Number(str(2 * int(first.top.text))), span=NOWHERE)
            match first.bottom:
                case Juxtaposition((Number("2"), below)):
                    doubled = replace(first, bottom=below, span=NOWHERE)
            return Juxtaposition((doubled, *rest)) if rest else doubled
    if isinstance(node, Juxtaposition):
        return Juxtaposition((factor, *node.factors))
    if isinstance(node, Product):
        return Product((Juxtaposition((factor, node.factors[0])), *node.factors[1:]), node.signs)
    return Juxtaposition((factor, _closed(node)))


def _closed(node: Node) -> Node:
    """The formula as one part: in brackets unless it is a symbol."""
    if isinstance(node, (Name, Scripted, Bracketed, Fraction)):
        return node
    return Bracketed("(", ")", node)


def _inside(node: Node, stock: Stock) -> Iterator[Edit]:
    yield from _here(node, stock)
    if written(node) is not None:
        return
    for f in fields(node):
        value = getattr(node, f.name)
        if (isinstance(node, Derivative) and f.name == "of") or not f.compare:
            continue
        for changed in _within(value, stock, in_derivative=isinstance(node, Derivative)):
            yield replace(changed, node=replace(node, **{f.name: changed.node, "span": NOWHERE}))


def _within(value: Any, stock: Stock, in_derivative: bool = False) -> Iterator[Any]:
    if isinstance(value, Relation):
        return
    if isinstance(value, Node):
        for e in _inside(value, stock):
            if not in_derivative or e.kind in ("symbol", "index"):
                yield e
    elif isinstance(value, tuple):
        for k, item in enumerate(value):
            for e in _within(item, stock, in_derivative):
                yield replace(e, node=(*value[:k], e.node, *value[k + 1 :]))


def _shifted(node: Scripted, indices: tuple[Node, ...]) -> Iterator[Edit]:
    """The signs inside all indices the other way round: ``x_{i+m,j+n}`` where ``x_{i-m,j-n}`` is meant."""
    turned = tuple(
        replace(i, signs=(i.signs[0], *("-" if s == "+" else "+" for s in i.signs[1:])), span=NOWHERE)
        if isinstance(i, Addition)
        else i
        for i in indices
    )
    if turned != indices:
        yield Edit(replace(node, sub=Commas(turned), span=NOWHERE), "index", "the signs inside the indices")


OPPOSITE = {"<": ">", ">": "<", "≤": "≥", "≥": "≤"}


def _here(node: Node, stock: Stock) -> Iterator[Edit]:
    yield from inside(node, stock)
    found = written(node)
    if found is not None:
        if isinstance(node, Scripted) and found.base == "e" and node.sup is not None:
            yield Edit(replace(node, sup=negated(node.sup), span=NOWHERE), "sign", "the sign of an exponent")
        yield from symbol(node, found, stock)
        if isinstance(node, Scripted) and isinstance(node.sub, Commas):
            yield from _shifted(node, node.sub.items)
        return
    match node:
        case Juxtaposition(items) | Product(items):
            yield from product(node, items, stock)
        case Addition(terms, signs):
            yield from added(node, terms, signs)
        case Relations(_, (Relation(sign),)) if sign in OPPOSITE:
            turned = replace(node, relations=(Relation(OPPOSITE[sign]),), span=NOWHERE)
            yield Edit(turned, "condition", "the condition the other way about")
        case Derivative(of, by) if of is not None and len(by) == 1:
            yield Edit(transposed(Bracketed("(", ")", node)), "transpose", "a transpose")
            for other in stock.derivatives:
                if other != node:
                    yield Edit(other, "gradient", f"{short(node)} instead of {short(other)}")
        case Root(body, None):
            yield Edit(Bracketed("(", ")", body), "power", "a root too many")
            yield Edit(Fraction(Number("1"), node), "inverse", "a factor where its inverse is meant")
        case Bracketed("(" | "[", _, body) if not isinstance(body, Relations):
            yield Edit(Root(body), "power", "a root is missing")
            yield Edit(transposed(node), "transpose", "a transpose")
            yield Edit(Scripted(node, None, Number("2")), "power", "a square is missing")
            if not isinstance(body, Commas):
                yield Edit(replace(node, body=negated(body), span=NOWHERE), "sign", "the sign of an argument")
        case Big("sum", body):
            yield Edit(body, "extra-sum", "a sum too many")
            yield from one_more(node, stock)
        case Scripted(base, sub, sup, 0) if sup is not None and not is_transpose(sup):
            yield Edit(base if sub is None else Scripted(base, sub), "power", "a power too many")
            yield from powers(node)
        case Scripted(base, sub, sup, 0) if sup is not None:
            yield Edit(base if sub is None else Scripted(base, sub), "transpose", "a transpose too many")
        case Fraction(top, bottom):
            yield Edit(Fraction(bottom, top), "inverse", "a fraction upside down")
            if isinstance(top, Number) and top.text == "1":
                yield Edit(bottom, "scale", "a fraction upside down")
            else:
                yield Edit(top, "scale", "a denominator too many")
