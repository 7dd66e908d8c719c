"""A derivation with numbers put in: forward values and gradients, exact where the numbers are.

A caller gives a number or nested lists for each given tensor; ``1.1`` means the decimal number, not the nearest
binary one. The upstream gradient of an output ``Y`` is given under ``dY``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from math import isfinite

from derive.errors import ChainruleError
from derive.expression import cotangent_name
from derive.judging.evaluate import evaluate, forward, whole
from derive.judging.precision import HIGH, Value, is_exact
from derive.judging.sizes import axes_of
from derive.judging.world import Entry, World
from derive.ledger import Derivation
from derive.notes.example import with_gradients
from derive.program import Program, Tensor

EXACT_DIGITS = 12  # an exact number of up to so many digits is printed whole


def worked(derivation: Derivation, values: Mapping[str, object]) -> World:
    """The world of these values: every tensor and, where the upstream gradients are given, every gradient.

    Errors: `ChainruleError` for values that are missing or do not fit.
    """
    program = derivation.program
    world = forward(_given(program, values))
    tables = dict(world.values)
    for seed in derivation.seeds:
        if "d" + seed in values:
            upstream = Tensor(cotangent_name(seed), program.tensor(seed).axes)
            tables[upstream.name] = _table(upstream, values["d" + seed], dict(world.sizes))
    return with_gradients(derivation, World(program, world.sizes, tables, world.hyper))


def _given(program: Program, values: Mapping[str, object]) -> World:
    missing = [t.name for t in program.given if t.name not in values]
    if missing:
        raise ChainruleError(
            f"no values for {', '.join(missing)}",
            hint=f"{program.name} is given {', '.join(t.name for t in program.given)}",
        )
    sizes: dict[str, int] = {}
    tables = {t.name: _table(t, values[t.name], sizes) for t in program.given}
    world = World(program, sizes, tables)
    hyper = {h.name: evaluate(h.default, world) for h in program.hyperparameters}
    world = World(program, sizes, tables, hyper)
    for axis in axes_of(program):
        if axis.name not in sizes:
            if axis.extent is None:
                raise ChainruleError(f"the values do not tell the size of the axis {axis.name}")
            sizes[axis.name] = whole(evaluate(axis.extent, world))
    return world


def _table(tensor: Tensor, values: object, sizes: dict[str, int]) -> dict[Entry, Value]:
    """The entries of a tensor by index; the sizes of its axes are noted, or compared with those noted before."""
    rank = len(tensor.axes)
    entries = dict(_entries(_plain(values), rank, tensor.flattened))
    shape = tuple(1 + max((at[k] for at in entries), default=-1) for k in range(rank))
    count = 1
    for size in shape:
        count *= size
    if len(entries) != count:
        raise ChainruleError(f"the values of {tensor.name} are ragged", hint="give rows of the same length")
    for axis, size in zip(tensor.axes, shape, strict=True):
        if sizes.setdefault(axis.name, size) != size:
            raise ChainruleError(f"{tensor.name} has {size} along {axis.name}, other values have {sizes[axis.name]}")
    return entries


def _plain(values: object) -> object:
    """Lists for an array of NumPy's; anything else as it is."""
    return values.tolist() if hasattr(values, "tolist") else values


def _entries(values: object, rank: int, flattened: bool, at: Entry = ()) -> Iterator[tuple[Entry, Value]]:
    if len(at) == rank:
        yield at, _number(values)
    elif not isinstance(values, Sequence) or isinstance(values, str):
        raise ChainruleError(f"expected a list nested {rank} deep, found {values!r}")
    else:
        parts = list(_leaves(values)) if flattened and len(at) == rank - 1 else values
        for k, part in enumerate(parts):
            yield from _entries(part, rank, flattened, (*at, k))


def _leaves(values: object) -> Iterator[object]:
    if isinstance(values, Sequence) and not isinstance(values, str):
        for part in values:
            yield from _leaves(part)
    else:
        yield values


def _number(value: object) -> Value:
    if isinstance(value, (int, Fraction)):
        return Fraction(value)
    if isinstance(value, (float, Decimal)) and isfinite(value):
        return Fraction(str(value))
    raise ChainruleError(f"expected a number, found {value!r}")


def digits(value: Value, places: int = 8) -> str:
    """The value as a decimal number: whole if it is exact and short, else rounded to so many digits.

    >>> digits(Fraction(33, 10)), digits(Fraction(1, 3)), digits(Fraction(1, 10**7))
    ('3.3', '0.33333333', '1e-07')
    """
    if is_exact(value):
        exact = f"{float(value):.{EXACT_DIGITS}g}"
        if Fraction(exact) == value:
            return exact
    return f"{float(HIGH.convert(value)):.{places}g}"
