"""One-edit neighbours of a formula: what a slip of the pen may have turned into what stands there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from derive.verifying.elaborate.application import head
from derive.verifying.elaborate.context import Context
from derive.verifying.elaborate.names import Written, is_transpose, text_of, written
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.formula import (
    NOWHERE,
    Addition,
    Big,
    Bracketed,
    Derivative,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Relation,
    Relations,
    Scripted,
)

TRANSPOSE = Name("T", "sf", True)


@dataclass(frozen=True)
class Edit:
    """A changed formula, what kind of slip the change undoes, and in words what was changed."""

    node: Node
    kind: str
    words: str
    cost: int = 1


@dataclass(frozen=True)
class Stock:
    """What repairs may be made of: spellings of symbols, of derivatives, of sizes, and index letters."""

    symbols: Mapping[str, Node]
    derivatives: tuple[Node, ...]
    sizes: tuple[Node, ...]
    letters: tuple[str, ...]
    factors: tuple[Node, ...]
    context: Context
    shapes: Shapes


def edits(node: Node, stock: Stock) -> Iterator[Edit]:
    """Every formula that differs from this one by one edit; the likelier kinds of slips first."""
    yield from _around(node, stock)
    yield from _inside(node, stock)


def _around(node: Node, stock: Stock) -> Iterator[Edit]:
    """A factor before the whole, a sum around it, its sign."""
    yield Edit(negated(node), "sign", "the sign")
    for factor, words in factors(stock):
        yield Edit(scaled(factor, node), "scale", f"a factor {words} is missing")
    for letter in stock.letters:
        yield Edit(Big("sum", _term(node), sub=Name(letter)), "missing-sum", f"the sum over {letter} is missing")
    index = Name(next((x for x in "inkm" if x not in stock.letters), "i"))
    yield Edit(
        Big("sum", Scripted(_closed(node), sub=index), sub=index), "missing-sum", "the sum over the rows is missing"
    )
    ones = Number("1", "bf")
    yield Edit(Juxtaposition((_closed(node), ones)), "missing-sum", "the sum over the columns is missing")
    yield Edit(_transposed(_closed(node)), "transpose", "a transpose is missing")


def factors(stock: Stock) -> Iterator[tuple[Node, str]]:
    """Numbers that are lost or doubled: 2, 1/2, sizes and their inverses."""
    yield Fraction(Number("1"), Number("2")), "1/2"
    yield Number("2"), "2"
    for size in stock.sizes:
        yield Fraction(Number("1"), size), f"1/{text_of(size)}"
        yield size, text_of(size)


def negated(node: Node) -> Node:
    """The formula with the other sign."""
    if isinstance(node, Addition):
        flipped = tuple("-" if s == "+" else "+" for s in node.signs)
        return node.terms[0] if flipped == ("+",) else replace(node, signs=flipped, span=NOWHERE)
    return Addition((node,), ("-",))


def scaled(factor: Node, node: Node) -> Node:
    """The formula with a factor in front."""
    if isinstance(node, Juxtaposition):
        return Juxtaposition((factor, *node.factors))
    if isinstance(node, Product):
        return Product((Juxtaposition((factor, node.factors[0])), *node.factors[1:]), node.signs)
    return Juxtaposition((factor, _closed(node)))


def _term(node: Node) -> Node:
    return Bracketed("(", ")", node) if isinstance(node, Addition) else node


def _closed(node: Node) -> Node:
    """The formula as one part: in brackets unless it is a symbol."""
    if isinstance(node, (Name, Scripted, Bracketed, Fraction)):
        return node
    return Bracketed("(", ")", node)


def _transposed(node: Node) -> Node:
    match node:
        case Scripted(base, sub, sup, primes) if sup is not None and is_transpose(sup):
            return base if sub is None and not primes else Scripted(base, sub, None, primes)
        case Scripted(base, sub, None, 0):
            return Scripted(base, sub, TRANSPOSE)
        case Scripted():
            return Scripted(Bracketed("(", ")", node), None, TRANSPOSE)
        case _:
            return Scripted(node, None, TRANSPOSE)


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


def _here(node: Node, stock: Stock) -> Iterator[Edit]:
    found = written(node)
    if found is not None:
        yield from _symbol(node, found, stock)
        return
    match node:
        case Juxtaposition(items) | Product(items):
            yield from _product(node, items, stock)
        case Addition(terms, signs):
            yield from _sum(node, terms, signs)
        case Derivative(of, by) if of is not None and len(by) == 1:
            yield Edit(_transposed(Bracketed("(", ")", node)), "transpose", "a transpose")
            for other in stock.derivatives:
                if other != node:
                    yield Edit(other, "gradient", f"{_short(node)} instead of {_short(other)}")
        case Bracketed("(" | "[", _, body) if not isinstance(body, Relations):
            yield Edit(_transposed(node), "transpose", "a transpose")
            yield Edit(Scripted(node, None, Number("2")), "power", "a square is missing")
        case Big("sum", body):
            yield Edit(body, "extra-sum", "a sum too many")
        case Scripted(base, sub, sup, 0) if sup is not None and not is_transpose(sup):
            yield Edit(base if sub is None else Scripted(base, sub), "power", "a power too many")
            yield from _powers(node)
        case Scripted(base, sub, sup, 0) if sup is not None:
            yield Edit(base if sub is None else Scripted(base, sub), "transpose", "a transpose too many")
        case Fraction(top, bottom):
            yield Edit(Fraction(bottom, top), "inverse", "a fraction upside down")
            if isinstance(top, Number) and top.text == "1":
                yield Edit(bottom, "scale", "a fraction upside down")
            else:
                yield Edit(top, "scale", "a denominator too many")


def _short(node: Node) -> str:
    if isinstance(node, Derivative) and node.of is not None:
        return f"∂{text_of(node.of)}/∂{text_of(node.by[0])}"
    return text_of(node)


def _powers(node: Scripted) -> Iterator[Edit]:
    if isinstance(node.sup, Number) and node.sup.text.isdigit():
        k = int(node.sup.text)
        for n in (k - 1, k + 1):
            if n > 1:
                yield Edit(replace(node, sup=Number(str(n)), span=NOWHERE), "power", "the exponent")


def _symbol(node: Node, found: Written, stock: Stock) -> Iterator[Edit]:
    atom = stock.context.lexicon.atom(node)
    if atom is None:
        return
    function = head(node, stock.context, stock.shapes)
    if function is not None:
        yield from _function(node)
    known = atom.name in stock.shapes.symbols
    if known or atom.name in stock.context.gradients:
        yield Edit(_transposed(node), "transpose", f"the transpose of {atom.name}")
        yield from _other_symbols(node, atom.name, stock)
        if atom.power is None and not atom.transposed:
            yield Edit(_squared(node), "power", "a square is missing")
    if isinstance(node, Scripted) and node.sup is not None and isinstance(node.sup, Number) and atom.power is not None:
        yield Edit(node.base if node.sub is None else Scripted(node.base, node.sub), "power", "a power too many")
        yield from _powers(node)
    yield from _indices(node, stock)


def _squared(node: Node) -> Node:
    if isinstance(node, Scripted):
        return (
            Scripted(node.base, node.sub, Number("2"), node.primes)
            if node.sup is None
            else Scripted(node, None, Number("2"))
        )
    return Scripted(node, None, Number("2"))


def _function(node: Node) -> Iterator[Edit]:
    if isinstance(node, Scripted) and node.primes and node.sup is None:
        plain = node.base if node.sub is None else Scripted(node.base, node.sub)
        yield Edit(plain, "derivative", "a derivative where the function itself is meant")
    elif isinstance(node, Name):
        yield Edit(Scripted(node, primes=1), "derivative", "the function where its derivative is meant")


def _other_symbols(node: Node, name: str, stock: Stock) -> Iterator[Edit]:
    """Another symbol in its place, the indices and the transpose kept."""
    axes = stock.shapes.symbols.get(name)
    rank = len(axes) if axes is not None else None
    for other, spelling in stock.symbols.items():
        if other == name or (rank is not None and len(stock.shapes.symbols.get(other, ())) != rank):
            continue
        kept = _tail(node, name, stock)
        yield Edit(_with_tail(spelling, kept), "symbol", f"{name} instead of {other}")


def _tail(node: Node, name: str, stock: Stock) -> tuple[Node | None, Node | None]:
    """Indices and transpose of a symbol, apart from what belongs to its name."""
    atom = stock.context.lexicon.atom(node)
    if atom is None:
        return None, None
    sub: Node | None = None
    if atom.indices and isinstance(node, Scripted):
        plain = stock.symbols.get(name)
        sub = node.sub if not isinstance(plain, Scripted) or plain.sub is None else _last_part(node)
    return sub, TRANSPOSE if atom.transposed else atom.power


def _last_part(node: Scripted) -> Node | None:
    from derive.verifying.elaborate.names import parts

    if isinstance(node.base, Scripted) and node.base.sub is not None:
        return node.sub
    pieces = parts(node.sub) if node.sub is not None else ()
    return Juxtaposition(pieces[1:]) if len(pieces) > 2 else pieces[-1] if pieces else None


def _with_tail(spelling: Node, tail: tuple[Node | None, Node | None]) -> Node:
    sub, sup = tail
    if sub is None and sup is None:
        return spelling
    if isinstance(spelling, Scripted) and (
        (sub is not None and spelling.sub is not None) or (sup is not None and spelling.sup is not None)
    ):
        return Scripted(spelling, sub, sup)
    if isinstance(spelling, Scripted):
        return Scripted(spelling.base, sub or spelling.sub, sup or spelling.sup, spelling.primes)
    return Scripted(spelling, sub, sup)


def _indices(node: Node, stock: Stock) -> Iterator[Edit]:
    """One index letter for another, two exchanged, one step in time more or less."""
    if not isinstance(node, Scripted) or not isinstance(node.sub, Name) or (node.sub.whole and len(node.sub.text) > 1):
        return
    text = node.sub.text
    if not all(c in stock.letters for c in text):
        return
    if len(text) == 2 and text[0] != text[1]:
        yield Edit(replace(node, sub=Name(text[::-1]), span=NOWHERE), "index", f"indices exchanged at {text_of(node)}")
    for k, old in enumerate(text):
        for letter in stock.letters:
            if letter != old:
                new = text[:k] + letter + text[k + 1 :]
                yield Edit(replace(node, sub=Name(new), span=NOWHERE), "index", f"index {old} instead of {letter}")


def _product(node: Node, items: tuple[Node, ...], stock: Stock) -> Iterator[Edit]:
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
    for k in range(len(items)):
        if not _is_function_with_argument(items, k, stock):
            rest = (*items[:k], *items[k + 1 :])
            over = (*signs[: max(k - 1, 0)], *signs[max(k, 1) :])
            yield Edit(built(rest, over), "extra-factor", f"the factor {_short(items[k])} is too many")


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


def _sum(node: Addition, terms: tuple[Node, ...], signs: tuple[str, ...]) -> Iterator[Edit]:
    for k in range(len(terms)):
        flipped = (*signs[:k], "-" if signs[k] == "+" else "+", *signs[k + 1 :])
        yield Edit(replace(node, signs=flipped, span=NOWHERE), "sign", "a sign")
        if len(terms) > 1:
            rest, left = (*terms[:k], *terms[k + 1 :]), (*signs[:k], *signs[k + 1 :])
            kept: Node = rest[0] if len(rest) == 1 and left == ("+",) else Addition(rest, left)
            yield Edit(kept, "extra-term", f"the term {_short(terms[k])} is too many")
    if len(terms) == 2 and isinstance(terms[1], Juxtaposition) and len(terms[1].factors) > 1:
        first, *rest_factors = terms[1].factors
        grouped = Bracketed("(", ")", Addition((terms[0], first), signs))
        yield Edit(Juxtaposition((grouped, *rest_factors)), "parentheses", "brackets around the sum")
    if len(terms) == 2 and isinstance(terms[0], Juxtaposition) and len(terms[0].factors) > 1:
        *rest_first, last = terms[0].factors
        grouped = Bracketed("(", ")", Addition((last, terms[1]), ("+", signs[1])))
        yield Edit(Juxtaposition((*rest_first, grouped)), "parentheses", "brackets around the sum")
