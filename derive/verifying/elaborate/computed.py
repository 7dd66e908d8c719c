r"""Indices that are computed: ``s \cdot i + r - p``, ``\lfloor i/W \rfloor \bmod H``, ``D + h``; and sizes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from derive.expression import Access, Call, Expr, Hyper, Size, add, mul, number, power
from derive.verifying.elaborate.context import Context, Unclear
from derive.verifying.elaborate.names import combined, letters_of, operands
from derive.verifying.elaborate.shapes import Letter, Shapes, Window
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.elaborate.values import Maker
from derive.verifying.formula import (
    Accent,
    Addition,
    Bracketed,
    Fraction,
    Juxtaposition,
    Name,
    Node,
    Number,
    Product,
    Scripted,
)

Place = Callable[[Maker], Expr]
Computed = tuple[Place, Shapes]
PRODUCTS = {"cdot", "times", "ast", "dot", "bmod"}


def computed(node: Node, context: Context, shapes: Shapes) -> Computed:
    """The whole number that the node computes. A letter that is new here runs over an axis of its own."""
    match node:
        case Number(text) if text.isdigit():
            return (lambda maker: number(int(text))), shapes
        case Scripted(base, sub, Number(text), 0) if text.isdigit():
            place, state = computed(base if sub is None else Scripted(base, sub), context, shapes)
            return (lambda maker: power(place(maker), int(text))), state
        case Name() | Scripted() | Accent():
            return _symbol(node, context, shapes)
        case Bracketed("(" | "[", _, body):
            return computed(body, context, shapes)
        case Bracketed("⌊", _, Fraction(top, bottom)) | Bracketed("⌊", _, Product((top, bottom), ("slash",))):
            return _of_two(lambda a, b: Call("floor_div", (a, b)), top, bottom, context, shapes)
        case Bracketed("⌈", _, Fraction(top, bottom)) | Bracketed("⌈", _, Product((top, bottom), ("slash",))):
            return _of_two(lambda a, b: mul(-1, Call("floor_div", (mul(-1, a), b))), top, bottom, context, shapes)
        case Juxtaposition(factors):
            return _folded(factors, ("cdot",) * (len(factors) - 1), context, shapes)
        case Product(factors, signs) if set(signs) <= PRODUCTS:
            return _folded(factors, signs, context, shapes)
        case Addition(terms, signs) if set(signs) <= {"+", "-"}:
            return _sum(terms, signs, context, shapes)
    raise Unclear(f"the index {text_of(node)} is not understood", node)


def _of_two(make: Callable[[Expr, Expr], Expr], one: Node, two: Node, context: Context, shapes: Shapes) -> Computed:
    first, middle = computed(one, context, shapes)
    second, state = computed(two, context, middle)
    return (lambda maker: make(first(maker), second(maker))), state


def _folded(factors: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Computed:
    if len(factors) == 1:
        return computed(factors[0], context, shapes)
    before, middle = _folded(factors[:-1], signs[:-1], context, shapes)
    last, state = computed(factors[-1], context, middle)
    if signs[-1] == "bmod":
        return (lambda maker: Call("floor_mod", (before(maker), last(maker)))), state
    return (lambda maker: mul(before(maker), last(maker))), state


def _sum(terms: tuple[Node, ...], signs: tuple[str, ...], context: Context, shapes: Shapes) -> Computed:
    places: list[tuple[int, Place]] = []
    for term, sign in zip(terms, signs, strict=True):
        place, shapes = computed(term, context, shapes)
        places.append((-1 if sign == "-" else 1, place))
    return (lambda maker: add(*(mul(factor, place(maker)) for factor, place in places))), shapes


def _symbol(node: Node, context: Context, shapes: Shapes) -> Computed:
    """A letter, a number with a name, how many there are of something; of a run of letters the product."""
    text = text_of(node)
    letter = shapes.letters.get(text)
    if letter is not None:
        return (lambda maker: maker.letter(letter)), shapes
    atom = context.lexicon.atom(node)
    if atom is None:
        pieces = context.lexicon.pieces(text) if isinstance(node, Name) else ()
        if len(pieces) < 2:
            raise Unclear(f"the index {text} is not understood", node)
        return computed(Juxtaposition(tuple(Number(p) if p.isdigit() else Name(p) for p in pieces)), context, shapes)
    if atom.name in context.hypers:
        return (lambda maker: Hyper(atom.name)), shapes
    if shapes.symbols.get(atom.name) == () and not atom.indices:
        return (lambda maker: Access(atom.name)), shapes
    axis = size_axis(atom.name, shapes)
    if axis is not None:
        return (lambda maker: Size(maker.axis(axis))), shapes
    if letters_of(node, context.lexicon.letters) is None:
        raise Unclear(f"nothing says what {text} is", node)
    (own,), state = shapes.fresh()
    new = Letter(own, text, bound=False)
    return (lambda maker: maker.letter(new)), state.with_letter(text, new)


def size_axis(name: str, shapes: Shapes) -> int | None:
    """The axis whose entries a name counts."""
    if name in shapes.counts:
        return shapes.counts[name]
    return next((root for root, given in shapes.names.items() if given == name), None)


def with_window(node: Node, axis: int, place: Place, shapes: Shapes) -> Shapes:
    """The state in which the axis is as long as the index that reads it needs, where that grows with its letters.

    An index with a size in it is none of a window, but of a part of what was put together.
    """
    letters = {text for n in operands(node) if (text := text_of(n)) in shapes.letters}
    if any(size_axis(size_name(n), shapes) is not None for n in operands(node) if text_of(n) not in letters):
        return shapes
    root = shapes.root(axis)
    if not letters or root in map(shapes.root, shapes.windows) or not _grows(node, letters):
        return shapes
    window = Window(place, tuple(shapes.letters[text] for text in sorted(letters)))
    return replace(shapes, windows={**shapes.windows, root: window})


def _grows(node: Node, letters: set[str]) -> bool:
    match node:
        case Addition(terms, signs):
            fixed = (t for t, sign in zip(terms, signs, strict=True) if sign == "-")
            return not any(text_of(n) in letters for t in fixed for n in operands(t)) and all(
                _grows(t, letters) for t in terms
            )
        case Juxtaposition(parts) | Product(parts):
            return "bmod" not in getattr(node, "signs", ()) and all(_grows(p, letters) for p in parts)
        case Bracketed("(", _, body):
            return _grows(body, letters)
        case _:
            return isinstance(node, (Name, Scripted, Number))


def size_name(node: Node) -> str:
    """The name of a size as that of an axis: ``O_{2}`` is ``O2``."""
    found = written(node)
    return combined(found.base, map(text_of, found.subs)) if found is not None else text_of(node)
