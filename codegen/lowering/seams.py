"""Arrays in pieces: choices by position that are concatenations, sums up to a position, deltas that stack or tile."""

from __future__ import annotations

from dataclasses import dataclass

from derive.calculus.affine import position
from derive.calculus.bounds import between, inside
from derive.calculus.deltas import axis_of_size
from derive.calculus.rules import conditions_decided
from derive.calculus.whole_numbers import NotWhole, polynomial, same, size, written
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Add,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Number,
    Reduce,
    Where,
    add,
    mul,
    number,
    total,
)
from derive.rewriting import bottom_up, factors_of, free_indices, substitute, walk
from derive.scalar_functions import FLIPPED

Axes = tuple[Index, ...]


@dataclass(frozen=True)
class Seam:
    """One expression before a place on an axis, another from there on; each with a letter of its own."""

    letter: Index
    before: Index
    behind: Index
    first: Expr
    second: Expr


def seam_of(expr: Where, out: Axes) -> Seam | None:
    """The choice as a seam: its condition compares a letter of the result with a place on its axis."""
    if not isinstance(expr.condition, Compare):
        return None
    op, left, right = expr.condition.op, expr.condition.left, expr.condition.right
    if not isinstance(left, Index):
        op, left, right = FLIPPED.get(op, ""), right, left
    if not isinstance(left, Index) or left not in out or op not in FLIPPED or free_indices(right):
        return None
    place = right if op in ("<", ">=") else add(right, 1)
    if not between(place, ONE, add(size(left.axis), -1)):
        return None
    first, second = (expr.then, expr.otherwise) if op in ("<", "<=") else (expr.otherwise, expr.then)
    if not all(part == ZERO or any(isinstance(n, Access) for n in walk(part)) for part in (first, second)):
        return None  # a number has no dtype of its own to be joined with an array's
    before = Index(left.name, axis_of_size(written(polynomial(place))))
    behind = Index(left.name, axis_of_size(written(polynomial(size(left.axis) - place))))
    return Seam(left, before, behind, _moved(first, left, before), _moved(second, left, add(behind, place)))


def _moved(expr: Expr, letter: Index, value: Expr) -> Expr:
    """The expression at another position, positions and conditions in their plain form."""
    moved = substitute(expr, {letter: value}) if value != letter else expr
    return conditions_decided(bottom_up(moved, _in_plain_form))


def _in_plain_form(expr: Expr) -> Expr:
    match expr:
        case Access(tensor, indices):
            return Access(tensor, tuple(map(_plain, indices)))
        case Compare(op, left, right) if (where := position(left)) is not None and len(where.steps) == 1:
            ((letter, step),) = where.steps
            if step == ONE and not isinstance(left, Index) and not free_indices(right):
                return Compare(op, letter, _plain(add(right, mul(-1, where.start))))
    return expr


def _plain(slot: Expr) -> Expr:
    if isinstance(slot, (Index, Access)) or position(slot) is None:
        return slot
    try:
        return written(polynomial(slot))
    except NotWhole:
        return slot


@dataclass(frozen=True)
class Running:
    """The sum of the body over all entries up to one; ``backward``: from it on; ``strict``: without itself."""

    body: Expr
    over: Index
    at: Index
    backward: bool
    strict: bool


def running(expr: Reduce) -> Running | None:
    """A sum over all positions up to another one on the same axis, of what does not depend on that one."""
    factors = [expr.body] if isinstance(expr.body, Where) else list(factors_of(expr.body))
    for place, factor in enumerate(factors):
        condition: Expr = factor
        inner: Expr = ONE
        if isinstance(factor, Where) and factor.otherwise == ZERO:
            condition, inner = factor.condition, factor.then
        if not isinstance(condition, Compare) or condition.op not in FLIPPED:
            continue
        op, left, right = condition.op, condition.left, condition.right
        if right in expr.indices:
            op, left, right = FLIPPED[op], right, left
        if left not in expr.indices or not isinstance(left, Index) or not isinstance(right, Index):
            continue
        rest = mul(*factors[:place], inner, *factors[place + 1 :])
        if right in expr.indices or right.axis != left.axis or right in free_indices(rest) or rest == ONE:
            continue
        if left not in free_indices(rest):
            continue
        body = total(tuple(i for i in expr.indices if i != left), rest)
        return Running(body, left, right, op in (">", ">="), op in ("<", ">"))
    return None


def stacked(expr: Add, out: Axes) -> tuple[Index, list[Expr]] | None:
    """The parts of a sum in which each term stands at one position of a letter, in their order."""
    parts: dict[int, list[Expr]] = {}
    letters: set[Index] = set()
    for term in expr.terms:
        deltas = [f for f in factors_of(term) if isinstance(f, Delta)]
        ends = (deltas[0].left, deltas[0].right) if len(deltas) == 1 else ()
        at = next((int(end.value) for end in ends if isinstance(end, Number)), None)
        letter = next((end for end in ends if isinstance(end, Index)), None)
        if at is None or letter is None:
            return None
        letters.add(letter)
        parts.setdefault(at, []).append(mul(*(f for f in factors_of(term) if f != deltas[0])))
    letter = letters.pop()
    if letters or letter not in out or letter.axis.extent != number(len(parts)) or set(parts) != set(range(len(parts))):
        return None
    if any(letter in free_indices(p) for terms in parts.values() for p in terms):
        return None
    return letter, [add(*parts[k]) for k in range(len(parts))]


def tiles_of(expr: Add, index: Index, out: Axes) -> list[tuple[Index, Expr]] | None:
    """The parts of a sum that fill the axis of an index one behind the other: each with the letter it runs over."""
    found: list[tuple[Expr, Index, Expr]] = []
    for term in expr.terms:
        number_before, reduction = _apart(term)
        if not isinstance(reduction, Reduce) or reduction.op != "sum" or len(reduction.indices) != 1:
            return None
        (letter,) = reduction.indices
        factors = factors_of(reduction.body)
        delta = next((f for f in factors if isinstance(f, Delta) and index in (f.left, f.right)), None)
        if delta is None or letter.axis == index.axis:
            return None
        at = delta.left if delta.right == index else delta.right
        where, rest = position(at), mul(number_before, *(f for f in factors if f != delta))
        if where is None or where.letters != (letter,) or where.steps[0][1] != ONE or index in free_indices(rest):
            return None
        if not inside(at, index.axis) or letter in out:
            return None
        found.append((where.start, letter, rest))
    end: Expr = ZERO
    tiles: list[tuple[Index, Expr]] = []
    while found:
        tile = next((t for t in found if same(t[0], end)), None)
        if tile is None:
            return None
        found.remove(tile)
        tiles.append(tile[1:])
        end = add(end, size(tile[1].axis))
    return tiles if same(end, size(index.axis)) else None


def _apart(term: Expr) -> tuple[Expr, Expr]:
    """A factor without letters in front, and the rest."""
    if not isinstance(term, Mul):
        return ONE, term
    scalars = [f for f in term.factors if not free_indices(f)]
    return mul(*scalars), mul(*(f for f in term.factors if f not in scalars))


def scattered(expr: Expr, bound: Axes, out: Axes) -> tuple[Delta, Index, Expr] | None:
    """The delta that sends the product's rows to places: a letter of the result, and what is summed over."""
    for factor in factors_of(expr):
        if not isinstance(factor, Delta):
            continue
        for place, at in ((factor.left, factor.right), (factor.right, factor.left)):
            if not isinstance(place, Index) or place not in out or (isinstance(at, Index) and at.axis == place.axis):
                continue
            rest = [f for f in factors_of(expr) if f != factor]
            free = {i for f in rest for i in free_indices(f)}
            if place not in free and set(free_indices(at)) <= set(bound):
                return factor, place, at
    return None
