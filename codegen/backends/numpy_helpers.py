"""Functions that NumPy lacks, as source: a generated module contains those that it calls, and imports nothing for them.

A row is a function name of the layer language and the source of a function whose name begins with an underscore,
which no tensor's does. It keeps the dtype, is free of overflow, takes any shape and is analytic, so that a complex
step through it is right.
"""

from __future__ import annotations

# A rational function of x², x * P(x²) / Q(x²), over the range where the result is not yet 1: P and Q of degree 12 up to
# x = 6, and for float32 of degree 5 up to x = 4. Fitted for this project: least squares at 150 (120) Chebyshev points,
# linearised and reweighted towards the largest relative error (Loeb, Lawson), in 70 (60) digits. The formulas are off
# by 4.4e-17 and 2.5e-8 of the value at most, computed by 1.2e-15 and 3.1e-7. All coefficients are positive, so that
# Horner's scheme loses no digits. At the end of the range the rounded result is 1 or so, and the second clip keeps it.
ERF = '''
def _erf(x):
    """The error function of each entry, to 1e-15: a rational function of x**2, in blocks that stay in the cache."""
    if np.result_type(x) == np.float32:  # to 3e-7
        limit, terms = 4.0, (
            (1.986816578062703e-06, 3.741988326622115e-05),
            (0.00028455378853756375, 0.0011854672607141128),
            (0.0038829428430080955, 0.015206464898148728),
            (0.05310053657285835, 0.11534627650121776),
            (0.19353612655956065, 0.5048494863403629),
            (1.1283791397222724, 1.0),
        )
    else:
        limit, terms = 6.0, (
            (8.436152324295585e-18, 4.788591926354303e-16),
            (1.2153630574165373e-14, 1.8301913376459853e-13),
            (1.8616767273016813e-12, 1.4389329551082701e-11),
            (9.763542684108404e-11, 6.375900721630408e-10),
            (3.8273210283465745e-09, 1.9953337402474304e-08),
            (9.639500395471002e-08, 4.7365718587928794e-07),
            (2.2064921229402925e-06, 8.779405950466624e-06),
            (3.2307338503096634e-05, 0.0001278486333247985),
            (0.0004823438011489938, 0.0014474080683565158),
            (0.003894357851273551, 0.012382290069241518),
            (0.037126525842901104, 0.07572687386932697),
            (0.12391953761740407, 0.2963429331283082),
            (0.6314029633216794, 0.5595663069063326),
        )
    y = np.clip(x, -limit, limit).reshape(-1)
    for start in range(0, y.size, 16384):
        block = y[start : start + 16384]
        square = block * block
        above, below = (np.full_like(square, first) for first in terms[0])
        for p, q in terms[1:]:
            above *= square
            above += p
            below *= square
            below += q
        block *= above
        block /= below
    return np.clip(y, -1, 1, out=y).reshape(np.shape(x))[()]
'''.strip()

# The hyperbolic tangent is NumPy's fastest way to a sigmoid (float32: half the time of the exponential), but the sum
# 1 + tanh has no digits left of a small value. At x = -6 it is right to 5e-14 of the value in float64.
SIGMOID = '''
def _sigmoid(x):
    """1 / (1 + exp(-x)) of each entry: by tanh, or by exp where that would lose the digits of small values."""
    if np.minimum.reduce(x, axis=None, initial=0) < -6:
        small = np.exp(np.minimum(x, -x))
        return np.maximum(small, x >= 0) / (1 + small)
    y = np.tanh(0.5 * x)
    y += 1
    y *= 0.5
    return y
'''.strip()

WINDOWS = '''
def _windows(x, *reads):
    """Read axes, the last one first, each at start + i*step + r*step' + ...: an axis of each size takes its place.

    Outside there are zeros.
    """
    inside, shape, begins = [slice(None)] * x.ndim, list(x.shape), {}
    for axis, sizes, steps, start in reads:
        ends = [(size - 1) * step for size, step in zip(sizes, steps, strict=True)]
        before = max(0, -start - sum(min(0, end) for end in ends))
        after = max(0, start + sum(max(0, end) for end in ends) + 1 - x.shape[axis])
        inside[axis], shape[axis] = slice(before, before + x.shape[axis]), before + x.shape[axis] + after
        begins[axis] = start + before
    if shape != list(x.shape):
        padded = np.zeros_like(x, shape=shape)
        padded[tuple(inside)] = x
        x = padded
    for axis, sizes, steps, _ in reads:
        x = x[(slice(None),) * axis + (slice(begins[axis], None),)]
        shape = x.shape[:axis] + sizes + x.shape[axis + 1 :]
        strides = x.strides[:axis] + tuple(step * x.strides[axis] for step in steps) + x.strides[axis + 1 :]
        x = np.lib.stride_tricks.as_strided(x, shape, strides, writeable=False)
    return x
'''.strip()

FOLD = '''
def _fold(values, *reads):
    """The adjoint of _windows, the last axis first: add each value to the entry that it was read from."""
    shape, inside, moves, done, disjoint = (), (), [((), ())], values.ndim, True
    for axis, size, steps, start in reads:
        count, *sizes = values.shape[axis : axis + len(steps)]
        for k, step in enumerate(steps):
            if step < 0:  # the same values in the other direction
                values, start = np.flip(values, axis + k), start + (values.shape[axis + k] - 1) * step
        pace, *steps = map(abs, steps)
        reach = sum((n - 1) * step for n, step in zip(sizes, steps, strict=True))
        before, after = max(0, -start), max(0, start + (count - 1) * pace + reach + 1 - size)
        rest = (slice(None),) * (done - axis - 1 - len(steps))
        shape = (before + size + after, *values.shape[done - len(rest) : done], *shape)
        inside = (slice(before, before + size), *rest, *inside)
        firsts = {at: before + start + sum(k * s for k, s in zip(at, steps, strict=True)) for at in np.ndindex(*sizes)}
        moves = [
            ((slice(first, first + count * pace, pace), *rest, *to), (slice(None), *at, *rest, *here))
            for at, first in firsts.items()
            for to, here in moves
        ]
        done, disjoint = axis, disjoint and reach < pace
    total = np.zeros((*values.shape[:done], *shape), values.dtype)
    for to, here in moves:
        if disjoint:  # no entry is read twice
            total[(..., *to)] = values[(..., *here)]
        else:
            total[(..., *to)] += values[(..., *here)]
    return total[(..., *inside)]
'''.strip()

PACKED = '''
def _packed(windows, axes):
    """A copy of windows in whose memory their own short axes come first: loops then run along the others."""
    return np.moveaxis(np.moveaxis(windows, axes, range(len(axes))).copy(), range(len(axes)), axes)
'''.strip()

ADD_AT = '''
def _add_at(places, values, size):
    """Add up the rows of values that belong to the same place; the result has a row for each of the places."""
    places = np.asarray(places)
    values = values.reshape(places.size, *values.shape[places.ndim :])
    total, chosen = np.zeros((size, *values.shape[1:]), values.dtype), np.empty(size, np.intp)
    places, rows, begun = places.reshape(-1), np.arange(places.size), False
    while rows.size:  # one row for each place that still has one; most places have few
        chosen[places] = rows
        first = chosen[places] == rows
        if 8 * np.count_nonzero(first) < rows.size:
            break
        at, added = places[first], values[rows[first]]
        total[at] = total[at] + added if begun else added
        places, rows, begun = places[~first], rows[~first], True
    if rows.size:  # many rows for each place: sorted by place
        order = np.argsort(places, kind="stable")
        places = places[order]
        starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
        total[places[starts]] += np.add.reduceat(values[rows[order]], starts, axis=0)
    return total
'''.strip()

ENTRIES = '''
def _entries(x, *places):
    """The entries of x at a position for each dimension; zero outside."""
    inside = True
    for place, size in zip(places, x.shape, strict=True):
        inside = inside & (place >= 0) & (place < size)
    return np.where(inside, x[tuple(np.clip(p, 0, n - 1) for p, n in zip(places, x.shape, strict=True))], 0)
'''.strip()

LESS_ONE_HOT = '''
def _less_one_hot(x, places, amount):
    """The array x, a new one, less an amount at one place of each row: places has no last axis."""
    x[(*np.indices(places.shape, sparse=True), places)] -= amount
    return x
'''.strip()

PRODUCT_OF_OTHERS = '''
def _product_of_others(x, axis):
    """For each entry the product of all others along an axis: of those before it, times that of those behind it."""
    x = np.moveaxis(x, axis, 0)
    before, behind = np.ones_like(x), np.ones_like(x)
    np.cumprod(x[:-1], axis=0, out=before[1:])
    np.cumprod(x[:0:-1], axis=0, out=behind[-2::-1])
    return np.moveaxis(before * behind, 0, axis)
'''.strip()

HELPERS = {
    "_product_of_others": PRODUCT_OF_OTHERS,
    "_less_one_hot": LESS_ONE_HOT,
    "_sigmoid": SIGMOID,
    "_entries": ENTRIES,
    "_erf": ERF,
    "_windows": WINDOWS,
    "_packed": PACKED,
    "_fold": FOLD,
    "_add_at": ADD_AT,
}


def used_helpers(code: str) -> tuple[str, ...]:
    """The source of the helpers that the code calls.

    >>> used_helpers("Z = np.exp(U)")
    ()
    """
    return tuple(source for name, source in HELPERS.items() if f"{name}(" in code)
