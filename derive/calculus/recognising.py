"""Recognising known equations in a program: up to names, the order of terms, more batch axes and a positive factor.

What is looked for is a small program of its own. Its axis ``N`` stands for any number of axes, a hyperparameter for
any number, and a term named ``rest`` for whatever else is added that does not read the argument.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

from derive.expression import Access, Add, Constant, Expr, Hyper, Index, Mul, Number, Pow, Reduce, Size
from derive.program import Equation, Program
from derive.rewriting import tensors_in, walk

MANY = "N"  # the axis that stands for any number of axes
REST = "rest"
NODES = 60  # of an equation; a longer one is none that is looked for


@dataclass(frozen=True)
class Found:
    """What stands for what: tensors by name, with the places of each of their axes; indices of the equation at hand."""

    argument: str
    tensors: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    indices: Mapping[Index, tuple[Expr, ...]] = field(default_factory=dict)


Readers = Mapping[str, tuple[Equation, ...]]


def readers(program: Program) -> Readers:
    """The equations that read each tensor."""
    found: dict[str, list[Equation]] = {}
    for equation in program.equations:
        for name in tensors_in(equation.right):
            found.setdefault(name, []).append(equation)
    return {name: tuple(equations) for name, equations in found.items()}


def recognised(known: Program, argument: str, tensor: str, reading: Readers) -> Found | None:
    """How ``tensor`` passes through the known equations as ``argument`` does; None if it does not."""
    return next(_equations(known.equations, Found(tensor, {argument: tensor}), reading), None)


def _equations(known: Sequence[Equation], found: Found, reading: Readers) -> Iterator[Found]:
    if not known:
        yield found
        return
    first, *others = known
    read = next(found.tensors[t] for t in tensors_in(first.right) if t in found.tensors)
    for equation in reading.get(read, ()):
        if equation.name not in found.tensors.values():
            for here in _equation(first, equation, replace(found, indices={})):
                yield from _equations(others, here, reading)


def _equation(known: Equation, equation: Equation, found: Found) -> Iterator[Found]:
    if sum(1 for _ in walk(equation.right)) > NODES:
        return
    for here in _bind(known.indices, equation.indices, found):
        for there in _access(known.left, equation.left, here):
            yield from _match(known.right, equation.right, there)


def _bind(known: tuple[Index, ...], indices: tuple[Index, ...], found: Found) -> Iterator[Found]:
    """Every way to give each known index one of the indices, and one over ``N`` all that are left."""
    single = [i for i in known if i.axis.name != MANY]
    if len(single) > len(indices) or (len(single) == len(known) and len(single) != len(indices)):
        return
    for chosen in permutations(indices, len(single)):
        bound: dict[Index, tuple[Expr, ...]] = {k: (i,) for k, i in zip(single, chosen, strict=True)}
        bound |= {k: tuple(i for i in indices if i not in chosen) for k in known if k.axis.name == MANY}
        yield replace(found, indices={**found.indices, **bound})


def _match(known: Expr, expr: Expr, found: Found) -> Iterator[Found]:
    if isinstance(known, Access):
        if isinstance(expr, Access):
            yield from _access(known, expr, found)
        return
    if isinstance(known, Add):
        yield from _sum(known, expr, found)
        return
    if isinstance(known, Hyper):
        if not any(isinstance(n, (Access, Index)) for n in walk(expr)):
            yield found
        return
    (sign, factors), (other_sign, others) = _scaled(known), _scaled(expr)
    if (len(factors), len(others)) != (1, 1) or isinstance(known, Mul):
        if sign == other_sign and len(factors) == len(others):
            yield from _in_any_order(factors, others, found, _match)
        return
    if sign == other_sign and type(factors[0]) is type(others[0]):
        yield from _node(factors[0], others[0], found)


def _node(known: Expr, expr: Expr, found: Found) -> Iterator[Found]:
    """Nodes of the same type, that are no sum, no product and no entry of a tensor."""
    if isinstance(known, Reduce) and isinstance(expr, Reduce):
        if known.op == expr.op:
            for here in _bind(known.indices, expr.indices, found):
                yield from _match(known.body, expr.body, here)
    elif isinstance(known, (Access, Add, Hyper)):
        yield from _match(known, expr, found)
    elif isinstance(known, Number):
        if known == expr:
            yield found
    else:
        yield from _parts(known.parts(), expr.parts(), found)


def _parts(known: Sequence[object], parts: Sequence[object], found: Found) -> Iterator[Found]:
    if not known or not parts:
        if len(known) == len(parts):
            yield found
        return
    (first, *others), (part, *rest) = known, parts
    if isinstance(first, Expr) and isinstance(part, Expr):
        ways = _match(first, part, found)
    elif isinstance(first, tuple) and isinstance(part, tuple):
        ways = _parts(first, part, found)
    else:
        ways = iter([found] if first == part else [])
    for here in ways:
        yield from _parts(others, rest, here)


def _sum(known: Add, expr: Expr, found: Found) -> Iterator[Found]:
    terms = [t for t in known.terms if not (isinstance(t, Access) and t.tensor == REST)]
    others = expr.terms if isinstance(expr, Add) else (expr,)
    if len(terms) == len(others):
        yield from _in_any_order(terms, others, found, _match)
    elif len(terms) < len(known.terms):
        reading = [t for t in others if found.argument in tensors_in(t)]
        if len(reading) == len(terms):
            yield from _in_any_order(terms, reading, found, _match)


def _in_any_order(
    known: Sequence[Expr],
    parts: Sequence[Expr],
    found: Found,
    way: Callable[[Expr, Expr, Found], Iterator[Found]],
) -> Iterator[Found]:
    if not known:
        yield found
        return
    for k, part in enumerate(parts):
        for here in way(known[0], part, found):
            yield from _in_any_order(known[1:], [*parts[:k], *parts[k + 1 :]], here, way)


def _scaled(expr: Expr) -> tuple[bool, list[Expr]]:
    """Whether it is negative, and its factors without the positive numbers among them; a number is its own factor."""
    if isinstance(expr, Number):
        return False, [expr]
    factors = expr.factors if isinstance(expr, Mul) else (expr,)
    negative = any(isinstance(f, Number) and f.value < 0 for f in factors)
    return negative, [f for f in factors if not _is_scale(f)]


def _is_scale(factor: Expr) -> bool:
    return all(isinstance(n, (Number, Size, Hyper, Constant, Pow, Mul)) for n in walk(factor))


def _access(known: Access, access: Access, found: Found) -> Iterator[Found]:
    """The same tensor at the same indices; the places of its axes are learnt where it is met first."""
    name = found.tensors.get(known.tensor, access.tensor)
    taken = any(a == access.tensor and k != known.tensor for k, a in found.tensors.items())
    wanted = [found.indices.get(i) for i in known.indices if isinstance(i, Index)]
    if name != access.tensor or taken or len(wanted) != len(known.indices) or None in wanted:
        return
    flat = tuple(i for group in wanted for i in group or ())
    order = flat if len(set(flat)) < len(flat) else access.indices  # a diagonal has one index twice
    if set(flat) != set(access.indices) or len(flat) != len(access.indices) or order != access.indices:
        return
    places = tuple(tuple(access.indices.index(i) for i in group or ()) for group in wanted)
    if found.places.get(known.tensor, places) == places:
        tensors, learnt = {**found.tensors, known.tensor: name}, {**found.places, known.tensor: places}
        yield replace(found, tensors=tensors, places=learnt)
