"""Mistakes planted in formulas: at every place of a formula's tree where a kind of slip can be made, that slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, NamedTuple

from derive.verifying.elaborate.spelled import is_transpose, parts, text_of, written
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
    within,
)

TRANSPOSE = Name("T", "sf", True)


class Slip(NamedTuple):
    """A kind of mistake, and the formula with it."""

    kind: str
    node: Node


LEFT_ALONE = {Derivative: ("of",), Big: ("sub", "sup"), Scripted: ("sub", "sup")}  # scripts have planters of their own
Planter = Callable[[Node], Iterator[Slip]]


def slips(node: Node, others: list[Node]) -> Iterator[Slip]:
    """Every formula with one slip; ``others`` are symbols and gradients that may be mistaken for another."""
    for kind, changed in _somewhere(node, others):
        if changed != node:
            yield Slip(kind, changed)
    yield Slip("sign", _negated(node))
    yield Slip("factor", Juxtaposition((Number("2"), _closed(node))))


def _somewhere(node: Node, others: list[Node]) -> Iterator[Slip]:
    for planter in (*PLANTERS, lambda here: confused(here, others)):
        yield from planter(node)
    if written(node) is not None:
        return
    for name in [f.name for f in fields(node) if f.compare and f.name not in LEFT_ALONE.get(type(node), ())]:
        for kind, changed in _inside(getattr(node, name), others, isinstance(node, Derivative)):
            yield Slip(kind, made(node, **{name: changed}))


def _inside(value: Any, others: list[Node], derivative: bool) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Relation):
        return
    if isinstance(value, Node):
        for slip in _somewhere(value, others):
            if not derivative or slip.kind in ("index", "argument"):
                yield slip
    elif isinstance(value, tuple):
        for k, item in enumerate(value):
            for kind, changed in _inside(item, others, derivative):
                yield kind, (*value[:k], changed, *value[k + 1 :])


def signs(node: Node) -> Iterator[Slip]:
    """One term with the other sign."""
    if isinstance(node, Addition):
        for k, sign in enumerate(node.signs):
            other = "-" if sign == "+" else "+"
            yield Slip("sign", Addition(node.terms, (*node.signs[:k], other, *node.signs[k + 1 :])))


def terms(node: Node) -> Iterator[Slip]:
    """A term left out: a path, the part off the diagonal, one of the terms of the product rule."""
    if isinstance(node, Addition) and len(node.terms) > 1:
        for k, term in enumerate(node.terms):
            summed = any(isinstance(n, Big) for n in within(term))
            kept = Addition(_without(node.terms, k), _without(node.signs, k))
            left = kept.terms[0] if kept.signs == ("+",) else kept
            yield Slip("off-diagonal" if summed else "missing-path", left)


def brackets(node: Node) -> Iterator[Slip]:
    """Brackets around a sum left out."""
    if not isinstance(node, Juxtaposition):
        return
    for k, factor in enumerate(node.factors):
        if isinstance(factor, Bracketed) and isinstance(factor.body, Addition) and not _is_applied(node.factors, k):
            first, *rest = factor.body.terms
            before, after = node.factors[:k], node.factors[k + 1 :]
            first = _product((*before, first))
            last = _product((rest[-1], *after)) if rest else first
            found = (first, *rest[:-1], last) if rest else (last,)
            yield Slip("parentheses", Addition(found, factor.body.signs))


def factors(node: Node) -> Iterator[Slip]:
    """A factor left out, two exchanged, one kind of product for another."""
    if isinstance(node, Juxtaposition):
        items = node.factors
        for k in range(len(items)):
            if not _is_applied(items, k) and not (k + 1 < len(items) and _is_applied(items, k + 1)):
                yield Slip(_factor_kind(items[k]), _product(_without(items, k)))
        for k in range(len(items) - 1):
            if not any(_is_applied(items, j) for j in (k, k + 1, k + 2)):
                yield Slip("order", Juxtaposition((*items[:k], items[k + 1], items[k], *items[k + 2 :])))
        if len(items) == 2 and not _is_applied(items, 1):
            yield Slip("elementwise", Product(items, ("odot",)))
    if isinstance(node, Product):
        for k in range(len(node.factors)):
            signs = node.signs[1:] if k == 0 else _without(node.signs, k - 1)
            rest = _without(node.factors, k)
            yield Slip("missing-factor", rest[0] if len(rest) == 1 else Product(rest, signs))
        if set(node.signs) == {"odot"}:
            yield Slip("elementwise", Juxtaposition(tuple(map(_closed, node.factors))))
        if "cdot" in node.signs:
            yield Slip("order", Product(node.factors[::-1], node.signs[::-1]))
        if "oslash" in node.signs:
            yield Slip("inverse", made(node, signs=tuple("odot" if s == "oslash" else s for s in node.signs)))


def _factor_kind(factor: Node) -> str:
    if isinstance(factor, Fraction) and isinstance(factor.top, Number):
        return "average"
    if isinstance(factor, Number):
        return "factor"
    if isinstance(factor, Scripted) and isinstance(factor.base, Number):
        return "missing-sum"
    return "missing-factor"


def sizes(node: Node) -> Iterator[Slip]:
    """Fractions: upside down, without what is below, averaged once more."""
    if isinstance(node, Fraction):
        if isinstance(node.top, Number):
            yield Slip("average", node.bottom)
            yield Slip("average", Juxtaposition((node, node)))
        else:
            yield Slip("inverse", Fraction(node.bottom, node.top))
            yield Slip("missing-factor", node.top)


def sums(node: Node) -> Iterator[Slip]:
    """A sum left out, or over one index less."""
    if isinstance(node, Big) and node.kind == "sum" and node.sub is not None and node.sup is None:
        yield Slip("missing-sum", node.body)
        letters = parts(node.sub)
        for k in range(len(letters)):
            if len(letters) > 1:
                rest = _without(letters, k)
                yield Slip("missing-sum", made(node, sub=rest[0] if len(rest) == 1 else Commas(rest)))
        if isinstance(node.body, (Scripted, Juxtaposition)):
            yield Slip("power", Scripted(Bracketed("(", ")", node), None, Number("2")))


def transposes(node: Node) -> Iterator[Slip]:
    """A transpose too many, or left out."""
    match node:
        case Scripted(base, sub, sup, 0) if sup is not None and is_transpose(sup):
            yield Slip("transpose", base if sub is None else Scripted(base, sub))
        case Name(_, _) | Scripted(Name(), _, None, 0) if _is_matrix(node):
            yield Slip(
                "transpose", Scripted(node, None, TRANSPOSE) if isinstance(node, Name) else made(node, sup=TRANSPOSE)
            )
        case Derivative() if all(_is_matrix(b) for b in node.by):
            yield Slip("transpose", Scripted(Bracketed("(", ")", node), None, TRANSPOSE))


def _is_matrix(node: Node) -> bool:
    """A capital letter without indices: in our notes a matrix."""
    found = written(node)
    return (
        found is not None
        and found.base[:1].isupper()
        and len(found.base) == 1
        and all(isinstance(s, Number) for s in found.subs)
    )


def powers(node: Node) -> Iterator[Slip]:
    """A square or a root left out, another exponent, a square where none is."""
    match node:
        case Scripted(base, sub, Number(text), primes) if text.isdigit():
            yield Slip("power", base if sub is None and not primes else Scripted(base, sub, None, primes))
            yield Slip("power", made(node, sup=Number(str(int(text) + 1))))
        case Root(body, None):
            yield Slip("power", body)
        case Bracketed("(", ")", Addition()):
            yield Slip("power", Scripted(node, None, Number("2")))


def slopes(node: Node) -> Iterator[Slip]:
    """The function where its derivative is meant, and the other way about."""
    if isinstance(node, Juxtaposition):
        for k, factor in enumerate(node.factors):
            if not _is_applied(node.factors, k + 1):
                continue
            primes = factor.primes if isinstance(factor, Scripted) else 0
            other = factor.base if isinstance(factor, Scripted) and primes else Scripted(factor, primes=1)
            yield Slip("derivative", Juxtaposition((*node.factors[:k], other, *node.factors[k + 1 :])))


def indices(node: Node) -> Iterator[Slip]:
    """Two indices exchanged, a prime lost, a letter of the same formula for another."""
    if not isinstance(node, Scripted) or node.sub is None or written(node) is None:
        return
    last = parts(node.sub)[-1]
    if isinstance(last, Name) and len(last.text) == 2 and last.text.islower() and last is node.sub:
        yield Slip("index", made(node, sub=Name(last.text[::-1])))
    if isinstance(last, Scripted) and last.primes and isinstance(last.base, Name):
        plain = last.base if last.primes == 1 else made(last, primes=last.primes - 1)
        yield Slip("index", made(node, sub=_with_last(node.sub, plain)))


def _with_last(sub: Node, new: Node) -> Node:
    pieces = parts(sub)
    return new if len(pieces) == 1 else (Commas if isinstance(sub, Commas) else Juxtaposition)((*pieces[:-1], new))


def conditions(node: Node) -> Iterator[Slip]:
    """A comparison the other way about."""
    if isinstance(node, Relations) and len(node.relations) == 1:
        other = {">": "<", "<": ">", "≥": "≤", "≤": "≥"}.get(node.relations[0].sign)
        if other is not None:
            yield Slip("condition", made(node, relations=(Relation(other),)))


def confused(node: Node, others: list[Node]) -> Iterator[Slip]:
    """Another symbol, with the same indices; the gradient by another tensor."""
    if isinstance(node, Derivative) and len(node.by) == 1:
        for other in others:
            new = _in_place_of(node.by[0], other)
            if new is not None:
                yield Slip("gradient", made(node, by=(new,)))
    elif written(node) is not None:
        for other in others:
            new = _in_place_of(node, other)
            if new is not None:
                yield Slip("argument", new)


def _in_place_of(old: Node, other: Node) -> Node | None:
    """Another symbol with the indices, power and transpose of the one that stands there; None if it is no other."""
    found, new = written(old), written(other)
    if (
        found is None
        or new is None
        or found.primes
        or new.sups
        or new.primes
        or (found.sups and found.base not in "WUZXAbTPY")
    ):
        return None
    labels = [s for s in found.subs if isinstance(s, Number)]
    rest = found.subs[len(labels) :]
    if (found.base, [text_of(s) for s in labels]) == (new.base, [text_of(s) for s in new.subs]):
        return None
    sup = old.sup if isinstance(old, Scripted) else None
    subs = (*new.subs, *rest)
    base = other.base if isinstance(other, Scripted) else other
    if not subs and sup is None:
        return base
    return Scripted(base, None if not subs else subs[0] if len(subs) == 1 else Commas(subs), sup)


def made(node: Any, **parts: Any) -> Any:
    """The node with other parts; it is not what stands in the text any more."""
    return replace(node, **parts, span=NOWHERE)


def _negated(node: Node) -> Node:
    if isinstance(node, Addition):
        return Addition(node.terms, tuple("-" if s == "+" else "+" for s in node.signs))
    return Addition((node,), ("-",))


def _closed(node: Node) -> Node:
    return Bracketed("(", ")", node) if isinstance(node, (Addition, Product)) else node


def _product(items: tuple[Node, ...]) -> Node:
    return items[0] if len(items) == 1 else Juxtaposition(items)


def _without(items: tuple[Any, ...], k: int) -> tuple[Any, ...]:
    return (*items[:k], *items[k + 1 :])


def _is_applied(items: tuple[Node, ...], k: int) -> bool:
    """Whether a factor is the argument of a function (or the condition of an indicator) before it."""
    if not 0 < k < len(items) or not isinstance(items[k], Bracketed):
        return False
    head = items[k - 1]
    base = head.base if isinstance(head, Scripted) else head
    return isinstance(base, Number) or (isinstance(base, Name) and (base.whole or base.text == "sigma"))


PLANTERS: tuple[Planter, ...] = (
    signs, terms, brackets, factors, sizes, sums, transposes, powers, slopes, indices, conditions,
)  # fmt: skip
