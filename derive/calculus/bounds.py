"""Between which whole numbers an index expression lies, and what follows: quotients, remainders, decided conditions."""

from __future__ import annotations

from functools import lru_cache

from derive.calculus.affine import position
from derive.calculus.whole_numbers import (
    FLOOR_DIV,
    FLOOR_MOD,
    NotWhole,
    divided,
    negated,
    polynomial,
    same,
    sign,
    size,
    written,
)
from derive.expression import ONE, ZERO, Access, Axis, Call, Compare, Expr, Hyper, Index, Mul, Number, Size, add, mul
from derive.rewriting import bottom_up, factors_of, free_indices, substitute, terms_of, walk

Bounds = tuple[Expr, Expr]
NOT_NEGATIVE = ("zero", "positive")


@lru_cache(maxsize=1 << 14)
def bounds(expr: Expr) -> Bounds | None:
    """The least and the largest value, None if they cannot be told.

    >>> h, k = Index("h", Axis("H")), Index("k", Axis("K"))
    >>> [str(b) for b in bounds(h * Size(Axis("K")) + k)]
    ['0', 'H*K - 1']
    """
    try:
        return _bounds(expr)
    except NotWhole:
        return None


def _bounds(expr: Expr) -> Bounds:
    match expr:
        case Index(_, axis):
            return ZERO, add(size(axis), -1)
        case Number() | Size() | Hyper():
            return expr, expr
        case Call("floor_mod", (top, bottom)) if not _has_letters(bottom):
            return ZERO, add(bottom, -1)
        case Call("floor_div", (top, bottom)) if not _has_letters(bottom):
            low, high = _bounds(top)
            if sign(low) not in NOT_NEGATIVE:
                raise NotWhole
            return ZERO, quotient(high, bottom)
    if not _has_letters(expr):
        return expr, expr
    lows, highs = [], []
    for term in terms_of(expr):
        moving = [f for f in factors_of(term) if _has_letters(f)]
        step = mul(*(f for f in factors_of(term) if f not in moving))
        if len(moving) > 1 or (moving and expr in (moving[0], term) and step == ONE):
            raise NotWhole
        low, high = _bounds(moving[0]) if moving else (ONE, ONE)
        way = sign(step) if moving else "positive"
        if way == "unknown":
            raise NotWhole
        ends = (low, high) if way != "negative" else (high, low)
        lows.append(mul(step, ends[0]))
        highs.append(mul(step, ends[1]))
    return written(polynomial(add(*lows))), written(polynomial(add(*highs)))


def _has_letters(expr: Expr) -> bool:
    return any(isinstance(n, Index) for n in walk(expr))


def between(expr: Expr, low: Expr, high: Expr, divisor: Expr = ONE) -> bool:
    """Whether the expression is known to lie between two numbers, these included, as the divisor is not 0."""
    found = bounds(expr)
    if found is None:
        return False
    counts: dict[Expr, Expr] = {n: Size(Axis(f"#{n.name}")) for n in walk(divisor) if isinstance(n, Hyper)}
    gaps = add(found[0], negated(low)), add(high, negated(found[1]))
    return all(sign(substitute(g, counts)) in NOT_NEGATIVE for g in gaps)


@lru_cache(maxsize=1 << 14)
def inside(expr: Expr, axis: Axis) -> bool:
    """Whether the expression is known to be a position on the axis."""
    return between(expr, ZERO, add(size(axis), -1), mul(size(axis), *(size(i.axis) for i in free_indices(expr))))


def same_size(left: Axis, right: Axis) -> bool:
    """Whether two axes have the same number of entries, whatever their sizes are."""
    return left == right or same(size(left), size(right))


def quotient(top: Expr, bottom: Expr) -> Expr:
    """``top // bottom``, without the division where the bounds tell the result.

    >>> h, k = Index("h", Axis("H")), Index("k", Axis("K"))
    >>> print(quotient(h * Size(Axis("K")) + k, Size(Axis("K"))), quotient(k, add(2)), sep="; ")
    h; k // 2
    """
    return _divmod(top, bottom)[0]


def remainder(top: Expr, bottom: Expr) -> Expr:
    """``top % bottom``, without the division where the bounds tell the result."""
    return _divmod(top, bottom)[1]


def _divmod(top: Expr, bottom: Expr) -> tuple[Expr, Expr]:
    try:
        whole, rest = divided(top, bottom)
    except NotWhole:
        return Call(FLOOR_DIV, (top, bottom)), Call(FLOOR_MOD, (top, bottom))
    if between(rest, ZERO, add(bottom, -1), bottom):
        return whole, rest
    if between(rest, negated(bottom), add(ZERO, -1), bottom):
        return add(whole, -1), add(rest, bottom)
    for part in _parts(rest):
        inner, others = divided(bottom, part)
        units, ones = divided(rest, part)
        if others == ZERO and inner != ONE and ones != rest and between(ones, ZERO, add(part, -1), bottom):
            above, left = _divmod(units, inner)
            return add(whole, above), add(mul(part, left), ones)
    return add(whole, Call(FLOOR_DIV, (rest, bottom))), Call(FLOOR_MOD, (rest, bottom))


def _parts(expr: Expr) -> list[Expr]:
    """What the letters of an expression are multiplied by, where that is not 1."""
    steps = (mul(*(f for f in factors_of(t) if not _has_letters(f))) for t in terms_of(expr) if isinstance(t, Mul))
    return [s for s in dict.fromkeys(steps) if s != ONE]


def divisions_done(expr: Expr) -> Expr:
    """Every quotient and remainder in the expression worked out as far as the bounds tell."""

    def change(here: Expr) -> Expr:
        match here:
            case Call("floor_div", (top, bottom)) if _has_letters(top):
                return quotient(top, bottom)
            case Call("floor_mod", (top, bottom)) if _has_letters(top):
                return remainder(top, bottom)
            case Access(tensor, slots) if not all(isinstance(s, Index) for s in slots):
                return Access(tensor, tuple(map(_opened, slots)))
        return here

    return bottom_up(expr, change)


def _opened(slot: Expr) -> Expr:
    """A position with its brackets opened, ``(i*H + h)*W`` as ``i*H*W + h*W``, where that makes it one of letters."""
    if isinstance(slot, (Index, Access)) or position(slot) is not None:
        return slot
    try:
        opened = written(polynomial(slot))
    except NotWhole:
        return slot
    return opened if position(opened) is not None else slot


def decided(condition: Compare) -> bool | None:
    """Whether a comparison of index expressions always holds (True) or never does (False); None if it depends."""
    gap = bounds(add(condition.left, negated(condition.right)))
    if gap is None:
        return None
    low, high = gap
    match condition.op:
        case "<":
            return _always(negated(add(high, 1)), low)
        case "<=":
            return _always(negated(high), add(low, -1))
        case ">":
            return _always(add(low, -1), negated(high))
        case ">=":
            return _always(low, negated(add(high, 1)))
    return None


def _always(yes: Expr, no: Expr) -> bool | None:
    """True where the first is known not to be negative, False where the second is."""
    try:
        return True if sign(yes) in NOT_NEGATIVE else False if sign(no) in NOT_NEGATIVE else None
    except NotWhole:
        return None
