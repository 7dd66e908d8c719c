"""Random terms of array notation and of index notation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from tests.random_layers.productions import COMPARISONS, NUMBERS, WHOLE, Draft, of_scalars
from tests.random_layers.terms import LETTERS, SIZES, Term, access, combined, entry, letter, number, reduced, size

FIRST = {"N": "n", "D": "d", "C": "c"}  # the letter by which array notation reads an axis
REDUCTIONS = ("sum", "mean", "max", "min", "prod")


def array(draft: Draft, axes: str, depth: int) -> Term:
    """A term of array notation with these axes in their order, or some of them."""
    if depth <= 0 or draft.one(True, True, True, False) is False:
        return array_leaf(draft, axes)
    productions: list[Callable[[Draft, str, int], Term]] = [entry_by_entry, reduced_array]
    if len(axes) == 2 and axes != "DD":
        productions += [matrix_product, softmax]
    return draft.one(*productions)(draft, axes, depth)


def array_leaf(draft: Draft, axes: str) -> Term:
    names = [n for n, a in draft.axes.items() if a == axes and len(set(a)) == len(a)]
    if not names:
        return number(draft.one(*NUMBERS)) if not axes else array_leaf(draft, "")
    name = draft.one(*names)
    return access(name, tuple(FIRST[a] for a in axes), name)


def entry_by_entry(draft: Draft, axes: str, depth: int) -> Term:
    """The first operand has the axes, the others those or one of them or none."""
    wanted = iter((axes,))
    others = (axes, "", *(axes if len(axes) > 1 else ()))
    return of_scalars(draft, lambda: array(draft, next(wanted, None) or draft.one(*others), depth - 1))


def reduced_array(draft: Draft, axes: str, depth: int) -> Term:
    whole = draft.one(
        *[a for a in ("N", "D", "C", "ND", "NC", "DC", "NDC") if set(axes) < set(a) and len(a) == len(axes) + 1] or [""]
    )
    if not whole:
        return array_leaf(draft, axes)
    (gone,) = set(whole) - set(axes)
    op, body = draft.one(*REDUCTIONS), array_of(draft, whole, depth - 1)
    return reduced(f"{op}({body.text}, axis={gone})", op, (FIRST[gone],), body, {})


def array_of(draft: Draft, axes: str, depth: int) -> Term:
    """A term with all of these axes."""
    found = array(draft, axes, depth)
    letters = frozenset(FIRST[a] for a in axes)
    if found.letters == letters:
        return found
    names = [n for n, a in draft.axes.items() if a == axes]
    return access(name := draft.one(*names), tuple(FIRST[a] for a in axes), name)


def matrix_product(draft: Draft, axes: str, depth: int) -> Term:
    """``A @ B``, either of them transposed where its axes come in another order."""
    (middle,) = set("NDC") - set(axes)
    sides = []
    for pair in (axes[0] + middle, middle + axes[1]):
        straight = "".join(sorted(pair, key="NDC".index))
        inner = array_of(draft, straight, depth - 1)
        sides.append(inner if straight == pair else replace(inner, text=f"{inner}.T", atom=True))
    product = combined(f"{sides[0]} @ {sides[1]}", lambda xp, x, y: x * y, *sides)
    return replace(reduced(product.text, "sum", (FIRST[middle],), product, {}), atom=False)


def softmax(draft: Draft, axes: str, depth: int) -> Term:
    along = draft.one(*axes)
    body = array_of(draft, axes, depth - 1)
    grown = combined("", lambda xp, x: xp.exp(x), body)
    total = reduced("", "sum", (FIRST[along],), grown, {})
    return combined(f"softmax({body.text}, axis={along})", lambda xp, x, y: x / y, grown, total, atom=True)


def indexed(draft: Draft, letters: frozenset[str], depth: int) -> Term:
    """A term of index notation in which some of these letters are free."""
    if depth <= 0 or draft.one(True, True, True, False) is False:
        return index_leaf(draft, letters)
    productions = [_scalars, _reduced, _normalised, _banded]
    return draft.one(*productions)(draft, letters, depth)


def index_leaf(draft: Draft, letters: frozenset[str]) -> Term:
    """An entry by plain letters, by index arithmetic or through a gather; a number, a letter, a size, a delta."""
    usable = [n for n, axes in draft.axes.items() if all(_over(letters, a) for a in axes)]
    kind = draft.one("plain", "plain", "plain", "moved", "gather", "number", "letter", "size", "delta")
    if kind == "letter" and letters:
        return letter(draft.one(*sorted(letters)))
    if kind == "size":
        return size(draft.one(*SIZES))
    pairs = [(x, y) for x, y in ("nm", "de", "ck") if {x, y} <= letters]
    if kind == "delta" and pairs:
        x, y = draft.one(*pairs)
        shown = draft.one(f"delta({x}, {y})", f"[{x} == {y}]")
        return combined(shown, lambda xp, a, b: 1.0 * (a == b), letter(x), letter(y), atom=True)
    names = [n for n in usable if draft.axes[n]]
    if kind == "number" or not usable:
        return number(draft.one(*NUMBERS))
    if kind in ("moved", "gather") and names:
        return _elsewhere(draft, draft.one(*names), letters, kind)
    name = draft.one(*usable)
    return access(name, tuple(draft.one(*_over(letters, a)) for a in draft.axes[name]))


def _over(letters: frozenset[str], axis: str) -> list[str]:
    return [x for x in sorted(letters) if LETTERS[x] == axis]


def _elsewhere(draft: Draft, name: str, letters: frozenset[str], kind: str) -> Term:
    """An entry with one place given by arithmetic or by an integer tensor."""
    axes = draft.axes[name]
    place = draft.one(*range(len(axes)))
    slots = [_letter_slot(draft.one(*_over(letters, a))) for a in axes]
    if kind == "gather":
        pickers = [(w, own) for w, (own, axis) in WHOLE.items() if axis == axes[place] and _over(letters, own)]
        if not pickers:
            return access(name, tuple(s.text for s in slots))
        w, own = draft.one(*pickers)
        slots[place] = entry(w, (_letter_slot(draft.one(*_over(letters, own))),), "none")
        return entry(name, tuple(slots), "none")
    outside = draft.outside.setdefault(name, draft.one("zero", "clipped"))
    here = slots[place].text
    other = draft.one(*sorted(letters))
    shown, move = draft.one(
        (f"{here} - 1", lambda xp, x, y: x - 1),
        (f"{here} + 1", lambda xp, x, y: x + 1),
        (f"{here} + {other} - 1", lambda xp, x, y: x + y - 1),
        (f"2*{here} - 1", lambda xp, x, y: 2 * x - 1),
        (f"{axes[place]} - 1 - {here}", lambda xp, x, y: SIZES[axes[place]] - 1 - x),
    )
    both = (letter(here), letter(other if f"+ {other}" in shown else here))
    slots[place] = replace(combined(shown, move, *both), plain=frozenset())
    return entry(name, tuple(slots), outside)


def _letter_slot(x: str) -> Term:
    return replace(letter(x), plain=frozenset({x}))


def _scalars(draft: Draft, letters: frozenset[str], depth: int) -> Term:
    return of_scalars(draft, lambda: indexed(draft, letters, depth - 1))


def _bound(draft: Draft, letters: frozenset[str]) -> tuple[str, ...]:
    free = [x for x in LETTERS if x not in letters]
    if not free:
        return ()
    first = draft.one(*free)
    rest = [x for x in free if x != first]
    return (first, draft.one(*rest)) if rest and draft.one(False, False, True) else (first,)


def _reduced(draft: Draft, letters: frozenset[str], depth: int) -> Term:
    over = _bound(draft, letters)
    if not over:
        return index_leaf(draft, letters)
    op, body = draft.one(*REDUCTIONS), indexed(draft, letters | set(over), depth - 1)
    heads, ranges = ranged(draft, over, body)
    return reduced(f"{op}[{heads}]({body.text})", op, over, body, ranges)


def ranged(draft: Draft, over: tuple[str, ...], body: Term) -> tuple[str, Mapping[str, int]]:
    """The letters with how far they run, where no place of the body says so."""
    heads, ranges = [], {}
    for x in over:
        if x in body.plain:
            heads.append(x)
            continue
        far = draft.one(LETTERS[x], "2", "3") if x not in body.letters else LETTERS[x]
        heads.append(f"{x}: {far}")
        ranges[x] = SIZES.get(far) or int(far)
    return ", ".join(heads), ranges


def _normalised(draft: Draft, letters: frozenset[str], depth: int) -> Term:
    """Exponentials by their sum, or the logarithm of the sum, written by hand."""
    over = _bound(draft, letters)[:1]
    if not over:
        return index_leaf(draft, letters)
    body = indexed(draft, letters | set(over), depth - 1)
    heads, ranges = ranged(draft, over, body)
    grown = combined(f"exp({body.text})", lambda xp, x: xp.exp(x), body, atom=True)
    total = reduced(f"sum[{heads}]({grown.text})", "sum", over, grown, ranges)
    if draft.one(True, False):
        return combined(f"log({total.text})", lambda xp, x: xp.log(x), total, atom=True)
    above = indexed(draft, letters, depth - 1)
    return combined(f"exp({above.text})/{total}", lambda xp, x, y: xp.exp(x) / y, above, total)


def _banded(draft: Draft, letters: frozenset[str], depth: int) -> Term:
    """A choice by the letters themselves, as of a mask."""
    pairs = [(x, y) for x, y in ("nm", "de", "ck") if {x, y} <= letters]
    if not pairs:
        return index_leaf(draft, letters)
    (x, y), op = draft.one(*pairs), draft.one(*COMPARISONS)
    then, otherwise = indexed(draft, letters, depth - 1), indexed(draft, letters, depth - 1)
    return combined(
        f"where({x} {op} {y}, {then.text}, {otherwise.text})",
        lambda xp, a, b, p, q: xp.where(getattr(xp, COMPARISONS[op])(a, b), p, q),
        *(letter(x), letter(y), then, otherwise),
        atom=True,
    )
