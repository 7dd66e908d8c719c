"""Slips in products and sums: order, signs, kinds of product, factors and terms too many."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from derive.verifying.diagnosis.naming import Edit, Stock
from derive.verifying.elaborate.application import head
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import NOWHERE, Addition, Bracketed, Derivative, Juxtaposition, Node, Product


def product(node: Node, items: tuple[Node, ...], stock: Stock) -> Iterator[Edit]:
    """Slips in a product."""
    signs = node.signs if isinstance(node, Product) else ("",) * (len(items) - 1)

    def built(parts: tuple[Node, ...], over: tuple[str, ...]) -> Node:
        if len(parts) == 1:
            return parts[0]
        if all(s == "" for s in over):
            return Juxtaposition(parts)
        return signed_product(parts, over)

    for k in range(len(items) - 1):
        swapped = (*items[:k], items[k + 1], items[k], *items[k + 2 :])
        yield Edit(built(swapped, signs), "order", "the order of two factors")
        for sign in ("odot", ""):
            if signs[k] != sign and not (sign == "" and signs[k] in ("cdot", "at")):
                over = (*signs[:k], sign, *signs[k + 1 :])
                words = (
                    "a product of entries where a matrix product stands" if sign else "a matrix product where ⊙ stands"
                )
                yield Edit(built(items, over), "elementwise", words)
        other = {"odot": "oslash", "oslash": "odot"}.get(signs[k])
        if other is not None:
            over = (*signs[:k], other, *signs[k + 1 :])
            yield Edit(built(items, over), "inverse", "a product where a quotient is meant, or the other way about")
    for k in range(len(items)):
        if not _is_function_with_argument(items, k, stock):
            rest = (*items[:k], *items[k + 1 :])
            over = (*signs[: max(k - 1, 0)], *signs[max(k, 1) :])
            yield Edit(built(rest, over), "extra-factor", f"the factor {short(items[k])} is too many")


def signed_product(parts: tuple[Node, ...], over: tuple[str, ...]) -> Node:
    """A product with signs, stretches without a sign side by side."""
    groups: list[list[Node]] = [[parts[0]]]
    signs: list[str] = []
    for sign, part in zip(over, parts[1:], strict=True):
        if sign == "":
            groups[-1].append(part)
        else:
            groups.append([part])
            signs.append(sign)
    joined = tuple(g[0] if len(g) == 1 else Juxtaposition(tuple(g)) for g in groups)
    return joined[0] if len(joined) == 1 else Product(joined, tuple(signs))


def _is_function_with_argument(items: tuple[Node, ...], k: int, stock: Stock) -> bool:
    before = k > 0 and head(items[k - 1], stock.context, stock.shapes) is not None
    return before or head(items[k], stock.context, stock.shapes) is not None


def added(node: Addition, terms: tuple[Node, ...], signs: tuple[str, ...]) -> Iterator[Edit]:
    """Slips in a sum."""
    for k in range(len(terms)):
        flipped = (*signs[:k], "-" if signs[k] == "+" else "+", *signs[k + 1 :])
        yield Edit(replace(node, signs=flipped, span=NOWHERE), "sign", "a sign")
        if len(terms) > 1:
            rest, left = (*terms[:k], *terms[k + 1 :]), (*signs[:k], *signs[k + 1 :])
            kept: Node = rest[0] if len(rest) == 1 and left == ("+",) else Addition(rest, left)
            yield Edit(kept, "extra-term", f"the term {short(terms[k])} is too many")
    if len(terms) == 2 and isinstance(terms[1], Juxtaposition) and len(terms[1].factors) > 1:
        first, *rest_factors = terms[1].factors
        grouped = Bracketed("(", ")", Addition((terms[0], first), signs))
        yield Edit(Juxtaposition((grouped, *rest_factors)), "parentheses", "brackets around the sum")
    if len(terms) == 2 and isinstance(terms[0], Juxtaposition) and len(terms[0].factors) > 1:
        *rest_first, last = terms[0].factors
        grouped = Bracketed("(", ")", Addition((last, terms[1]), ("+", signs[1])))
        yield Edit(Juxtaposition((*rest_first, grouped)), "parentheses", "brackets around the sum")


def short(node: Node) -> str:
    """A part in a few letters, for messages."""
    if isinstance(node, Derivative) and node.of is not None:
        return f"∂{text_of(node.of)}/∂{text_of(node.by[0])}"
    return text_of(node)
