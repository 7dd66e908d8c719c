"""Kronecker deltas of index arithmetic solved for the summed letters, where the solution is known to exist.

``delta(i + a, j)`` gives ``i = j - a``, ``delta(h*K + k, d)`` gives ``h = d // K, k = d % K``; a letter of which
quotient and remainder are asked, ``delta(d // K, h) * delta(d % K, k)``, is first written as ``h*K + k``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from derive.calculus.affine import position
from derive.calculus.bounds import between, divisions_done, inside, quotient, remainder
from derive.calculus.whole_numbers import NotWhole, divided, negated, polynomial, same, size, written
from derive.expression import (
    ONE,
    ZERO,
    Access,
    Axis,
    Call,
    Delta,
    Expr,
    Index,
    Number,
    Size,
    add,
    mul,
)
from derive.index_names import indices_for
from derive.rewriting import all_indices, factors_of, free_indices, substitute, walk

Solution = dict[Expr, Expr]


def solution(delta: Delta, bound: Sequence[Index]) -> Solution | None:
    """What the summed letters are where the delta is 1, None where it has to stay.

    The delta stays where the other side may leave the letter's axis: it says what the sum reaches.
    """
    for one, other in ((delta.left, delta.right), (delta.right, delta.left)):
        if isinstance(other, Access) and isinstance(one, Index) and one in bound:
            return {one: other}
    left, right = delta.left, delta.right
    if isinstance(left, Index) and isinstance(right, Index) and left.axis == right.axis:
        found = left if left in bound else right if right in bound else None
        return None if found is None else {found: right if found == left else left}
    if any(isinstance(n, Access) for side in (left, right) for n in walk(side)):
        return None
    return _single(left, right, bound) or _digits(left, right, bound) or _digits(right, left, bound)


def _single(left: Expr, right: Expr, bound: Sequence[Index]) -> Solution | None:
    """One letter with step 1 or -1, all else known."""
    try:
        gap = written(polynomial(add(left, negated(right))))
    except NotWhole:
        return None
    where = position(gap)
    for letter, step in where.steps if where is not None else ():
        if letter in bound and step in (ONE, negated(ONE)):
            rest = add(gap, negated(mul(step, letter)))
            value = negated(rest) if step == ONE else rest
            if inside(value, letter.axis):
                return {letter: value}
    return None


def _digits(side: Expr, other: Expr, bound: Sequence[Index]) -> Solution | None:
    """All letters of one side summed over, as the digits of the other side."""
    where = position(side)
    if where is None or len(where.steps) < 2 or not set(where.letters) <= set(bound):
        return None
    if set(where.letters) & set(free_indices(other)):
        return None
    chain = digits_in_order(where.steps)
    if chain is None:
        return None
    value = add(other, negated(where.start))
    if not between(value, ZERO, add(mul(*(size(i.axis) for i in chain)), -1)):
        return None
    found: Solution = {}
    step: Expr = ONE
    for place, letter in enumerate(reversed(chain)):
        digit = quotient(value, step)
        found[letter] = digit if place == len(chain) - 1 else remainder(digit, size(letter.axis))
        step = written(polynomial(mul(step, size(letter.axis))))
    return found


def digits_in_order(steps: Sequence[tuple[Index, Expr]]) -> tuple[Index, ...] | None:
    """The letters from the slowest to the fastest if each steps over all values of the next, the last one by 1."""
    left, chain = dict(steps), list[Index]()
    step: Expr = ONE
    while left:
        found = next((i for i, s in left.items() if same(s, step)), None)
        if found is None:
            return None
        del left[found]
        chain.insert(0, found)
        step = mul(step, size(found.axis))
    return tuple(chain)


def split_letters(expr: Expr, letters: Sequence[Index]) -> tuple[Expr, Solution]:
    """The expression with letters split into digits, where it asks for their quotient or remainder by one divisor.

    Gives the letters that were split, written in their digits; the digits run over all values of the letter.

    >>> d, h = Index("d", Axis("D", Size(Axis("H")) * 2)), Index("h", Axis("H"))
    >>> found, split = split_letters(Delta(Call("floor_div", (d, add(2))), h), [d])
    >>> print(found, split[d], sep="; ")
    delta(h', h); 2*h' + i
    """
    split: Solution = {}
    open_letters = list(letters)
    while open_letters:
        letter = open_letters.pop(0)
        divisor = next(_divisors(expr, letter), None)
        if divisor is None:
            continue
        count, _ = divided(size(letter.axis), divisor)
        axes = axis_of_size(count), axis_of_size(divisor)
        taken = {*all_indices(expr), *letters, *(i for v in split.values() for i in free_indices(v))}
        high, low = indices_for(axes, sorted(taken, key=lambda i: i.name))
        value = add(mul(divisor, high), low)
        expr = divisions_done(substitute(expr, {letter: value}))
        split = {k: divisions_done(substitute(v, {letter: value})) for k, v in split.items()}
        if letter in letters:
            split[letter] = value
        open_letters = [high, low, *open_letters]
    return expr, split


def _divisors(expr: Expr, letter: Index) -> Iterator[Expr]:
    """The divisors that split the letter's axis evenly and, with it, all that the letter is divided by."""
    found = [n.args[1] for n in walk(expr) if isinstance(n, Call) and n.function in DIVISIONS and n.args[0] == letter]
    for divisor in dict.fromkeys(found):
        try:
            rests = [divided(other, divisor)[1] for other in (size(letter.axis), *found)]
        except NotWhole:
            continue
        if all(rest == ZERO for rest in rests) and not same(divisor, size(letter.axis)):
            yield divisor


DIVISIONS = ("floor_div", "floor_mod")


def axis_of_size(extent: Expr) -> Axis:
    """An axis of that many entries: the one whose size it is, else one named after the number."""
    match extent:
        case Size(axis):
            return axis
        case Number(value):
            return Axis(str(value), extent)
    return Axis(str(extent), extent)


def asks_for_digits(expr: Expr, bound: Sequence[Index]) -> bool:
    """Whether a delta among the factors divides a summed letter."""
    calls = (n for f in factors_of(expr) if isinstance(f, Delta) for n in walk(f) if isinstance(n, Call))
    return any(n.function in DIVISIONS and n.args[0] in bound for n in calls)
