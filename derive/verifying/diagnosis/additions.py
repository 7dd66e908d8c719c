"""Edits that put something in: a factor or a term that is missing, a path along which the gradient flows as well."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from derive.program import Program
from derive.rewriting import tensors_in
from derive.verifying.diagnosis.entries import deltas, entries
from derive.verifying.diagnosis.naming import TRANSPOSE, Edit, Stock
from derive.verifying.diagnosis.products import signed_product
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import (
    NOWHERE,
    Addition,
    Big,
    Bracketed,
    Derivative,
    Fraction,
    Juxtaposition,
    Node,
    Number,
    Product,
    Root,
    Scripted,
)

Rebuild = Callable[[Node], Node]


def paths(node: Node, of: str, by: str, stock: Stock, program: Program) -> Iterator[Edit]:
    """The formula with what flows back through one more tensor."""
    above = stock.symbols.get(of)
    below = stock.symbols.get(by)
    if above is None or below is None:
        return
    for equation in program.equations:
        between = stock.symbols.get(equation.name)
        if by in tensors_in(equation.right) and between is not None and equation.name != of:
            through = Juxtaposition((Derivative(above, (between,)), Derivative(between, (below,))))
            words = f"the path through {equation.name} is missing"
            yield Edit(_plus(node, through), "missing-path", words)


def _plus(node: Node, term: Node, sign: str = "+") -> Node:
    if isinstance(node, Addition):
        return Addition((*node.terms, term), (*node.signs, sign))
    return Addition((node, term), ("+", sign))


def spots(node: Node) -> Iterator[tuple[Node, Rebuild]]:
    """The sums, products and terms in a formula, each with what puts another one in its place."""
    yield node, lambda new: new
    if isinstance(node, Addition):
        yield from _below(node, "terms", node.terms)
    elif isinstance(node, (Juxtaposition, Product)):
        yield from _below(node, "factors", node.factors)
    elif isinstance(node, Fraction):
        yield from _under(node, "top", node.top)
        yield from _under(node, "bottom", node.bottom)
    elif isinstance(node, (Bracketed, Big, Root)):
        yield from _under(node, "body", node.body)


def _under(node: Any, name: str, part: Node) -> Iterator[tuple[Node, Rebuild]]:
    for here, put in spots(part):
        yield here, partial(_rebuilt, node, name, put)


def _below(node: Any, name: str, items: tuple[Node, ...]) -> Iterator[tuple[Node, Rebuild]]:
    for k, item in enumerate(items):
        for here, put in spots(item):
            if name == "terms" or here is not item:
                yield here, partial(_rebuilt, node, name, partial(_one_of, items, k, put))


def _one_of(items: tuple[Node, ...], k: int, put: Rebuild, new: Node) -> tuple[Node, ...]:
    return (*items[:k], put(new), *items[k + 1 :])


def _rebuilt(node: Any, name: str, put: Callable[[Node], Any], new: Node) -> Node:
    made: Node = replace(node, **{name: put(new), "span": NOWHERE})
    return made


def missing_factors(node: Node, stock: Stock) -> Iterator[Edit]:
    """The formula with one more factor, in any of its products; entries may stand in any order, so one is enough."""
    for part, put in spots(node):
        if isinstance(part, Bracketed) or (isinstance(part, Addition) and part is not node):
            continue
        for extra, single in stock.factors:
            words = f"the factor {text_of(extra)} is missing"
            for changed in _inserted(part, extra, single):
                yield Edit(put(changed), "missing-factor", words)


def _inserted(node: Node, extra: Node, single: bool) -> Iterator[Node]:
    parts: tuple[Node, ...] = node.factors if isinstance(node, (Juxtaposition, Product)) else (node,)
    signs: tuple[str, ...] = node.signs if isinstance(node, Product) else ("",) * (len(parts) - 1)
    if isinstance(node, (Addition, Big)):
        parts = (Bracketed("(", ")", node),) if isinstance(node, Addition) else (node,)
    for place in range(0 if single else len(parts) + 1):
        for sign in ("", "odot"):
            if sign == "odot" and place == 0 and len(parts) > 1:
                continue
            whole = (*parts[:place], extra, *parts[place:])
            between = (*signs[:place], sign, *signs[place:]) if place else (sign, *signs)
            yield signed_product(whole, between[: len(whole) - 1])
    if single:
        yield signed_product((extra, *parts), ("", *signs))


def missing_terms(node: Node, stock: Stock) -> Iterator[Edit]:
    """The formula with one more term, a symbol or 1, in any of its sums."""
    for part, put in spots(node):
        if isinstance(part, (Bracketed, Juxtaposition, Product, Big)):
            continue
        for extra in stock.terms:
            for sign in "+-":
                yield Edit(put(_plus(part, extra, sign)), "missing-term", f"the term {text_of(extra)} is missing")


def factors(stock: Stock, below: Node | None) -> Iterator[tuple[Node, bool]]:
    """What may be missing as a factor, and whether it is a number at each entry, so that its place does not matter.

    ``below`` is what the left side differentiates by: a link of a chain of partials ends with it.
    """
    for name, spelling in stock.symbols.items():
        axes = stock.shapes.roots(stock.shapes.symbols.get(name, ()))
        for entry in entries(spelling, axes, stock.places) if stock.places else ():
            yield entry, True
            if spelling != stock.loss and axes:
                yield Derivative(stock.loss, (entry,)), True
                if below is not None:
                    yield Derivative(entry, (below,)), True
    for size in stock.sizes:
        yield Fraction(Number("1"), size), True
        yield size, True
    yield Fraction(Number("1"), Number("2")), True
    yield Number("2"), True
    for delta in deltas(stock.places):
        yield delta, True
    if stock.places:
        return
    for spelling in stock.symbols.values():
        yield spelling, False
        if not (isinstance(spelling, Scripted) and spelling.sup is not None):
            base = spelling.base if isinstance(spelling, Scripted) else spelling
            yield Scripted(base, spelling.sub if isinstance(spelling, Scripted) else None, TRANSPOSE), False
    for derivative in stock.derivatives:
        yield derivative, False
    for size in stock.sizes:
        yield Scripted(Number("1", "bf"), size), False
        yield Scripted(Number("1", "bf"), size, TRANSPOSE), False


def terms(stock: Stock) -> Iterator[Node]:
    """What may be missing as a term."""
    for name, spelling in stock.symbols.items():
        axes = stock.shapes.roots(stock.shapes.symbols.get(name, ()))
        yield from entries(spelling, axes, stock.places) if stock.places else (spelling,)
    yield Number("1")
