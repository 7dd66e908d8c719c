"""Edits that put something in: a factor that is missing, a path along which the gradient flows as well."""

from __future__ import annotations

from collections.abc import Iterator

from derive.program import Program
from derive.rewriting import tensors_in
from derive.verifying.diagnosis.naming import TRANSPOSE, Edit, Stock
from derive.verifying.diagnosis.products import signed_product
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Addition, Bracketed, Derivative, Juxtaposition, Node, Number, Product, Scripted


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


def _plus(node: Node, term: Node) -> Node:
    if isinstance(node, Addition):
        return Addition((*node.terms, term), (*node.signs, "+"))
    return Addition((node, term), ("+", "+"))


def missing_factors(node: Node, stock: Stock) -> Iterator[Edit]:
    """The formula with one more factor, at any place of its product."""
    parts: tuple[Node, ...] = node.factors if isinstance(node, (Juxtaposition, Product)) else (node,)
    signs: tuple[str, ...] = node.signs if isinstance(node, Product) else ("",) * (len(parts) - 1)
    if isinstance(node, Addition):
        parts = (Bracketed("(", ")", node),)
    for extra in stock.factors:
        words = f"the factor {text_of(extra)} is missing"
        for place in range(len(parts) + 1):
            for sign in ("", "odot"):
                if sign == "odot" and place == 0 and len(parts) > 1:
                    continue
                yield Edit(_inserted(parts, signs, extra, place, sign), "missing-factor", words)


def _inserted(parts: tuple[Node, ...], signs: tuple[str, ...], extra: Node, place: int, sign: str) -> Node:
    whole = (*parts[:place], extra, *parts[place:])
    between = (*signs[:place], sign, *signs[place:]) if place else (sign, *signs)
    return signed_product(whole, between[: len(whole) - 1])


def candidates(stock: Stock) -> Iterator[Node]:
    """What may be missing as a factor: symbols, plain, transposed, and their inverses."""
    for spelling in stock.symbols.values():
        yield spelling
        if not (isinstance(spelling, Scripted) and spelling.sup is not None):
            base = spelling.base if isinstance(spelling, Scripted) else spelling
            yield Scripted(base, spelling.sub if isinstance(spelling, Scripted) else None, TRANSPOSE)
    yield Number("2")
