"""Elimination: a definition solved for one of its parts, so that a formula is written by the output instead.

With ``y = 1/(1 + exp(-z))`` the formula ``y**2*exp(-z)`` becomes ``y*(1 - y)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from derive.calculus.collecting import cost, upkeep
from derive.calculus.exponentials import QUOTIENTS, spread, value_of, written_out
from derive.calculus.matching import match
from derive.calculus.quotients import atoms_of, eliminated
from derive.expression import (
    Access,
    Add,
    Call,
    Constant,
    Expr,
    Hyper,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    base_and_exponent,
    coefficient,
    mul,
)
from derive.program import Equation, Program
from derive.rewriting import canonical, children, free_indices, rebuild, substitute, tensors_in, walk

MOST = 60  # the cost of a formula that is looked at


def by_output(expr: Expr, equation: Equation, program: Program) -> Expr:
    """The formula with as much as possible written by the equation's left side, or without it, if that is shorter."""
    if not _may_concern(expr, equation):
        return expr
    left, right = equation.left, spread(equation.right, program)
    sides: list[tuple[Expr, Expr]] = [(left, right)]
    exponential = spread(Call("exp", (right,)), program)
    if not isinstance(exponential, Call):  # y = a + log(b) says exp(y) = exp(a)*b
        sides.append((Call("exp", (left,)), exponential))

    def change(region: Expr) -> Expr:
        if cost(region) > MOST or not _may_concern(region, equation):
            return region
        spelled = spread(region, program)
        found = [d for side in sides for d in _definitions(spelled, equation, *side)]
        return _shortest(region, found, spelled)

    return _in_regions(expr, change)


def _may_concern(expr: Expr, equation: Equation) -> bool:
    """Whether the expression reads all that the equation's right side reads, or its left side."""
    read = set(tensors_in(expr))
    return equation.name in read or read.issuperset(tensors_in(equation.right))


def by_functions(expr: Expr) -> Expr:
    """The formula with exponentials written by the table's functions, such as ``sigmoid``, if that is shorter.

    >>> z = Access("z")
    >>> e = Call("exp", (z,))
    >>> print(by_functions(e / (1 + e)))
    sigmoid(z)
    """
    return _in_regions(expr, lambda region: _shortest(region, _table_definitions(region), written_out(region)))


def _in_regions(expr: Expr, change: Callable[[Expr], Expr]) -> Expr:
    """The change made in the body of every reduction, and in the whole."""
    if not any(isinstance(n, Call | Pow) for n in walk(expr)):
        return expr

    def inside(here: Expr) -> Expr:
        if isinstance(here, Reduce):
            return rebuild(here, (change(inside(here.body)),))
        parts = children(here)
        return rebuild(here, tuple(map(inside, parts))) if parts else here

    return change(inside(expr))


def _shortest(region: Expr, definitions: Iterable[tuple[Expr, Expr]], spelled: Expr) -> Expr:
    """The shortest of what the definitions give that divides by nothing new."""
    found, divisors = [region], _below_the_line(region, region)
    for left, right in definitions:
        found += [f for f in eliminated(spelled, left, right) if _below_the_line(f, region) <= divisors]
    return min((f for f in found if f is region or _sizes_above(f) <= _sizes_above(region)), key=upkeep)


def _definitions(region: Expr, equation: Equation, left: Expr, right: Expr) -> Iterator[tuple[Expr, Expr]]:
    """An equation, in one of its spellings, at the indices at which the region reads all parts of it."""
    here, parts = atoms_of(region), atoms_of(right)
    known = {canonical(a) for a in here}
    seen: list[dict[Expr, Expr]] = []
    for part in parts:
        for atom in here if set(free_indices(part)) == set(equation.indices) else ():
            bound = match(part, atom, equation.indices)
            if bound is None or set(bound) != set(equation.indices) or bound in seen:
                continue
            seen.append(bound)
            there, missing = substitute(left, bound), [p for p in parts if canonical(substitute(p, bound)) not in known]
            if all(isinstance(p, (Size, Hyper, Constant)) for p in missing):
                yield there, substitute(right, bound)
    if len(parts) == 1 and isinstance(left, Access) and isinstance(right, Add):
        yield from _written_without(here, equation, left, right)


def _written_without(
    atoms: Iterable[Expr], equation: Equation, left: Access, right: Expr
) -> Iterator[tuple[Expr, Expr]]:
    """A definition as short as ``q = 1 - p``, where ``q`` is read."""
    for atom in atoms:
        bound = match(left, atom, equation.indices)
        if bound is not None:
            yield atom, substitute(right, bound)


def _table_definitions(region: Expr) -> Iterator[tuple[Expr, Expr]]:
    """The table's functions that are quotients in exponentials, at the arguments of the region's."""
    atoms = atoms_of(region)
    arguments: dict[Expr, set[tuple[str, Fraction]]] = {}
    for atom in atoms:
        if isinstance(atom, Call) and (atom.function == "exp" or atom.function in QUOTIENTS):
            number, rest = coefficient(atom.args[0])
            arguments.setdefault(rest, set()).add((atom.function, number))
    for rest, calls in arguments.items():
        if any(name == "exp" for name, _ in calls) or len(calls) > 1:
            for name in QUOTIENTS:
                for number in dict.fromkeys(abs(q) for _, q in sorted(calls)):
                    argument = mul(number, rest)
                    yield Call(name, (argument,)), value_of(name, argument)


def _sizes_above(expr: Expr) -> set[Expr]:
    """The sizes that terms are multiplied by: a mean is not multiplied through."""
    return {f for n in walk(expr) if isinstance(n, Mul) for f in n.factors if isinstance(f, Size)}


def _below_the_line(expr: Expr, region: Expr) -> set[Expr]:
    """The sums and entries that the formula divides by, and the exponentials, of those that the region has."""
    pairs = (base_and_exponent(n) for n in walk(expr) if isinstance(n, Pow))
    inverses = {Call("exp", (-n.args[0],)) for n in walk(region) if isinstance(n, Call) and n.function == "exp"}
    return inverses.intersection(walk(expr)) | {
        base
        for base, exponent in pairs
        if isinstance(exponent, Number) and exponent.value < 0 and not isinstance(base, (Size, Number, Constant))
    }
