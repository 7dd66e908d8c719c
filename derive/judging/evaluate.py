"""The oracle: the value of any expression at a point, index by index, slow and obvious.

Nothing here shares code with the calculus: a slope ``f'(x)`` and a local derivative ``∂Y[i]/∂X[j]`` are
difference quotients (`derive.judging.differences`). Each node is read once into a function of a world and the values
of its indices, so that a thousand entries cost a thousand calls and no second reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from derive.calculus.whole_numbers import FLOOR_DIV, FLOOR_MOD
from derive.effort import worked
from derive.errors import CannotJudge
from derive.expression import (
    Access,
    Add,
    Call,
    Compare,
    Constant,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Partial,
    Pow,
    Reduce,
    Size,
    Slope,
    Where,
)
from derive.judging.degree import function_body
from derive.judging.matrices import determinant, inverse, log_of_determinant
from derive.judging.precision import Value, constant, is_whole, lift, minus, multiplied, over, primitive, raised, total
from derive.judging.world import Entry, Table, World
from derive.program import Equation
from derive.recurrence import Block, in_order
from derive.rewriting import factors_of, free_indices, tensors_in
from derive.scalar_functions import POWERS

Binding = Mapping[Index, int]
Slots = dict[int, int]  # the values of indices by their numbers
Reading = Callable[[World, Slots], Value]
_SLOTS: dict[Index, int] = {}
NOWHERE: Binding = MappingProxyType({})
HOLDS: Mapping[str, Callable[[Value], bool]] = {
    ">": lambda gap: bool(gap > 0),
    ">=": lambda gap: bool(gap >= 0),
    "<": lambda gap: bool(gap < 0),
    "<=": lambda gap: bool(gap <= 0),
    "==": lambda gap: bool(gap == 0),
    "!=": lambda gap: bool(gap != 0),
}


def evaluate(expr: Expr, world: World, binding: Binding = NOWHERE) -> Value:
    """The value of the expression where its free indices are bound as given.

    Errors: `CannotJudge` for what has no value here (outside a tensor, of the domain, at a kink).
    """
    worked()
    return reading(expr)(world, {slot(i): k for i, k in binding.items()})


def tabulate(
    expr: Expr, indices: Sequence[Index], world: World, entries: Iterable[Entry] | None = None
) -> dict[Entry, Value]:
    """The values for all values of the indices, or for those listed."""
    read, over = reading(expr), tuple(map(slot, indices))
    chosen = world.entries(i.axis for i in indices) if entries is None else entries
    return {entry: read(world, dict(zip(over, entry, strict=True))) for entry in chosen}


def forward(world: World) -> World:
    """The world with the left sides of the program's equations worked out, in their order, loops step by step."""
    return with_equations(world, world.program.equations)


def with_equations(world: World, equations: tuple[Equation, ...]) -> World:
    """The world with the left sides of any equations worked out, as `forward`."""
    values = dict(world.values)
    result = replace(world, values=values, memo={})
    for block in in_order(equations):
        if block.time is None:
            (equation,) = block.equations
            values[equation.name] = tabulate(equation.right, equation.indices, result)
        else:
            _run(block, values, result)
    return result


def _run(block: Block, values: dict[str, Table], world: World) -> None:
    """Work out a loop, one step of all its equations after the other."""
    tables: dict[str, dict[Entry, Value]] = {e.name: {} for e in block.equations}
    values |= tables
    for at, equation in block.steps(world.entries):
        tables[equation.name][at] = entry_of(equation, at, world)


def entry_of(equation: Equation, at: Entry, world: World) -> Value:
    """One entry of an equation's left side."""
    read, over = _right_side(equation)
    return read(world, dict(zip(over, at, strict=True)))


@lru_cache(maxsize=1 << 12)
def _right_side(equation: Equation) -> tuple[Reading, tuple[int, ...]]:
    return reading(equation.right), tuple(map(slot, equation.indices))


def whole(value: Value) -> int:
    """The value as an index."""
    if type(value) is int:
        return value
    if not is_whole(value):
        raise CannotJudge(f"an index must be a whole number, not {value}")
    return int(value)


def slot(index: Index) -> int:
    """A number for the index, the same for equal ones: a dictionary finds numbers faster than expressions."""
    return _SLOTS.setdefault(index, len(_SLOTS))


@lru_cache(maxsize=1 << 16)
def reading(expr: Expr) -> Reading:
    """The expression as a function of a world and of its indices' values."""
    match expr:
        case Number(value):
            exact = int(value) if value.denominator == 1 else value
            return lambda world, binding: exact
        case Constant(name):
            return lambda world, binding: constant(name)
        case Size(axis):
            return lambda world, binding: world.size(axis)
        case Hyper(name):
            return lambda world, binding: world.hyper[name]
        case Index():
            return _index(expr)
        case Access(tensor, indices):
            plain = [i for i in indices if isinstance(i, Index)]
            if len(plain) == len(indices):
                return _entry(tensor, plain)
            places = [reading(i) for i in indices]
            return lambda world, binding: world.read(tensor, tuple(whole(p(world, binding)) for p in places))
        case Add(terms):
            parts = [reading(t) for t in terms]
            return lambda world, binding: total([part(world, binding) for part in parts])
        case Mul(factors):
            return _product(factors)
        case Pow(base, exponent):
            return _power(reading(base), reading(exponent))
        case Delta(left, right):
            one, other = reading(left), reading(right)
            return lambda world, binding: int(one(world, binding) == other(world, binding))
        case Compare(op, left, right):
            return _comparison(HOLDS[op], reading(left), reading(right))
        case Where(condition, then, otherwise):
            holds, yes, no = reading(condition), reading(then), reading(otherwise)
            return lambda world, binding: (yes if holds(world, binding) else no)(world, binding)
        case Reduce() | Call() | Slope() | Partial():
            return _remembered(expr)
        case _:
            raise CannotJudge(f"no value is defined for {type(expr).__name__}")


def _index(index: Index) -> Reading:
    number = slot(index)

    def read(world: World, binding: Slots) -> Value:
        if number not in binding:
            raise CannotJudge(f"the index {index.name} is bound by nothing")
        return binding[number]

    return read


def _entry(tensor: str, indices: Sequence[Index]) -> Reading:
    numbers = [slot(i) for i in indices]

    def read(world: World, binding: Slots) -> Value:
        if not all(n in binding for n in numbers):
            unbound = next(i for i, n in zip(indices, numbers, strict=True) if n not in binding)
            raise CannotJudge(f"the index {unbound.name} is bound by nothing")
        return world.entry(tensor, tuple([binding[n] for n in numbers]))

    return read


def _product(factors: tuple[Expr, ...]) -> Reading:
    """Brackets, deltas and partials first: where one is 0 the rest need not exist, as in ``[i >= 1] * x[i - 1]``."""
    first = [reading(f) for f in factors if isinstance(f, (Delta, Compare, Partial))]
    others = [reading(f) for f in factors if not isinstance(f, (Delta, Compare, Partial))]

    def read(world: World, binding: Slots) -> Value:
        values = []
        for factor in first:
            values.append(factor(world, binding))
            if values[-1] == 0:
                return 0
        return multiplied([*values, *(factor(world, binding) for factor in others)])

    return read


def _power(base: Reading, exponent: Reading) -> Reading:
    """A root has its kink at 0, the end of its domain."""

    def read(world: World, binding: Slots) -> Value:
        under, over = base(world, binding), exponent(world, binding)
        return raised(under if is_whole(over) else world.compared(under), over)

    return read


def _comparison(holds: Callable[[Value], bool], left: Reading, right: Reading) -> Reading:
    def read(world: World, binding: Slots) -> Value:
        return int(holds(world.compared(minus(left(world, binding), right(world, binding)))))

    return read


def _remembered(expr: Expr) -> Reading:
    """What is costly is worked out once in a world for the values of its free indices."""
    afresh = _reduction(expr) if isinstance(expr, Reduce) else _applied(expr)
    free = tuple(map(slot, free_indices(expr)))

    def read(world: World, binding: Slots) -> Value:
        key = (afresh, *map(binding.get, free))
        if key not in world.memo:
            worked()
            world.memo[key] = afresh(world, binding)
        return world.memo[key]

    return read


def _sifted(expr: Reduce, brackets: Sequence[Delta | Compare]) -> Reading:
    """A sum of products with deltas of letters: a letter's other values are passed over as soon as a delta is zero."""
    asked = dict.fromkeys(i for b in brackets for i in free_indices(b) if i in expr.indices)
    order = (*asked, *(i for i in expr.indices if i not in asked))
    known, tests, undecided = set[Index](), list[list[Reading]](), list(brackets)
    for index in order:
        known.add(index)
        decided = [b for b in undecided if known >= set(free_indices(b)) & set(expr.indices)]
        undecided = [b for b in undecided if b not in decided]
        tests.append([reading(b) for b in decided])
    body, slots = reading(expr.body), tuple(map(slot, order))

    def values(world: World, inner: Slots, k: int) -> Iterator[Value]:
        if k == len(order):
            yield body(world, inner)
            return
        for value in range(world.size(order[k].axis)):
            inner[slots[k]] = value
            if all(test(world, inner) for test in tests[k]):
                yield from values(world, inner, k + 1)

    return lambda world, binding: total(values(world, dict(binding), 0))


def _reduction(expr: Reduce) -> Reading:
    brackets = [f for f in factors_of(expr.body) if isinstance(f, (Delta, Compare)) and not tensors_in(f)]
    if expr.op == "sum" and brackets:
        return _sifted(expr, brackets)
    body, op, over = reading(expr.body), expr.op, tuple(map(slot, expr.indices))

    def read(world: World, binding: Slots) -> Value:
        inner, values = dict(binding), []
        for entry in world.entries(i.axis for i in expr.indices):
            worked()
            inner.update(zip(over, entry, strict=True))
            values.append(body(world, inner))
        if op == "sum":
            return total(values)
        if op in ("det", "log_det"):
            width = world.size(expr.indices[1].axis)
            rows = [values[k : k + width] for k in range(0, len(values), width)]
            return determinant(rows) if op == "det" else log_of_determinant(rows)
        return multiplied(values) if op == "prod" else _best(values, op, world)

    return read


def _best(values: list[Value], op: str, world: World) -> Value:
    if not values:
        raise CannotJudge(f"the {op} over nothing")
    best = (max if op == "max" else min)(values, key=lift)
    for value in values:  # distances to the winner, in the order of the indices: it must not change
        world.compared(minus(best, value))
    return best


def _applied(expr: Expr) -> Reading:
    from derive.judging.differences import function_slope, local_derivative  # they evaluate in their turn

    match expr:
        case Call("inv", (Access(tensor, indices),)):
            slots = [reading(i) for i in indices]
            return lambda world, binding: _entry_of_inverse(world, tensor, [s(world, binding) for s in slots])
        case Call(name, args):
            inputs = [reading(a) for a in args]
            return lambda world, binding: function_value(world, name, tuple(a(world, binding) for a in inputs))
        case Slope(name, args, position):
            inputs = [reading(a) for a in args]
            return lambda world, binding: function_slope(
                world, name, tuple(a(world, binding) for a in inputs), position
            )
        case Partial(of, wrt):
            tops, downs = [reading(i) for i in of.indices], [reading(i) for i in wrt.indices]
            return lambda world, binding: local_derivative(
                world,
                of.tensor,
                tuple(whole(i(world, binding)) for i in tops),
                wrt.tensor,
                tuple(whole(i(world, binding)) for i in downs),
            )
    raise CannotJudge(f"no value is defined for {type(expr).__name__}")


def _entry_of_inverse(world: World, tensor: str, at: list[Value]) -> Value:
    """One entry of the inverse of the matrix in the last two axes of a tensor; the whole inverse is remembered."""
    *batch, row, column = map(whole, at)
    key = ("inverse", tensor, *batch)
    if key not in world.memo:
        count = range(world.size(world.program.tensor(tensor).axes[-1]))
        world.memo[key] = inverse([[world.entry(tensor, (*batch, i, j)) for j in count] for i in count])
    return world.memo[key][row][column]


def function_value(world: World, name: str, args: tuple[Value, ...]) -> Value:
    """The value of a scalar function: the layer's own, one defined in the table, or one that mpmath knows.

    A body sees its parameters and the hyperparameters, no tensor.
    """
    if name in POWERS:
        return raised(args[0], POWERS[name])
    if name in (FLOOR_DIV, FLOOR_MOD):
        down = over(*args).__floor__()
        return down if name == FLOOR_DIV else minus(args[0], down * args[1])
    found = function_body(world.program, name)
    if found is None:
        return primitive(name, args)
    parameters, body = found
    values: dict[str, Table] = {p: {(): a} for p, a in zip(parameters, args, strict=True)}
    return evaluate(body, World(world.program, world.sizes, values, world.hyper, world.gaps))
