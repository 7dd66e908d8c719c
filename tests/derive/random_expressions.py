"""Random expressions, and a world to evaluate them in: a rewrite must not change the value of any of them."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import assume
from hypothesis import strategies as st

from derive.errors import CannotJudge
from derive.expression import (
    ZERO,
    Access,
    Axis,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Size,
    Where,
    add,
    mul,
    number,
    power,
    total,
)
from derive.judging.evaluate import evaluate
from derive.judging.precision import Value, agreement
from derive.judging.world import World
from derive.program import Program, Tensor
from derive.rewriting import free_indices, walk

N, D = Axis("N"), Axis("D")
n, n2, d, d2 = Index("n", N), Index("n'", N), Index("d", D), Index("d'", D)
INDICES = (n, n2, d, d2)
a, b = Access("a"), Access("b")


def at(tensor: str, *indices: Expr) -> Access:
    """An entry of a tensor."""
    return Access(tensor, indices)


TENSORS = (
    Tensor("a", (), "input"),
    Tensor("b", (), "input"),
    Tensor("x", (N,), "input"),
    Tensor("y", (D,), "input"),
    Tensor("A", (N, D), "input"),
    Tensor("B", (N, N), "input"),
)
PROGRAM = Program("plain", TENSORS, ())
SIZES = {"N": 2, "D": 3}


def _table(seed: int, *sizes: int) -> dict[tuple[int, ...], Value]:
    """Small fractions, none of them zero and no two the same."""
    entries: list[tuple[int, ...]] = [()]
    for size in sizes:
        entries = [(*e, k) for e in entries for k in range(size)]
    return {e: Fraction((-1) ** k * (2 * seed + 3 * k + 1), seed + 2) for k, e in enumerate(entries)}


WORLD = World(
    PROGRAM,
    SIZES,
    {t.name: _table(seed, *(SIZES[axis.name] for axis in t.axes)) for seed, t in enumerate(TENSORS)},
)

LEAVES: tuple[Expr, ...] = (
    a,
    b,
    at("x", n),
    at("x", n2),
    at("y", d),
    at("y", d2),
    at("A", n, d),
    at("A", n2, d),
    at("A", n, d2),
    at("B", n, n2),
    at("B", n2, n),
    at("B", n, n),
    Delta(n, n2),
    Delta(d, d2),
    Size(N),
    number(2),
    number(Fraction(-1, 3)),
)


@st.composite
def expressions(draw: st.DrawFn, depth: int = 4) -> Expr:
    """An expression over the indices n, n', d, d', some of them bound."""
    if depth == 0:
        return draw(st.sampled_from(LEAVES))
    kind = draw(st.sampled_from(["leaf", "add", "mul", "mul", "sum", "sum", "power", "call", "where"]))
    part = expressions(depth - 1)
    match kind:
        case "add":
            return add(*draw(st.lists(part, min_size=2, max_size=3)))
        case "mul":
            return mul(*draw(st.lists(part, min_size=2, max_size=3)))
        case "sum":
            indices = draw(st.lists(st.sampled_from(INDICES), min_size=1, max_size=2, unique=True))
            return total(tuple(indices), draw(part))
        case "power":
            base = draw(part)
            zero = any(isinstance(node, Delta) for node in walk(base))  # 0/0 keeps its value under no rewrite
            return power(base, draw(st.sampled_from([2, 3] if zero else [2, 3, -1, -2])))
        case "call":
            return Call("tanh", (draw(part),))
        case "where":
            return Where(Compare(">", draw(part), ZERO), draw(part), draw(part))
    return draw(st.sampled_from(LEAVES))


def values(expr: Expr, indices: tuple[Index, ...]) -> list[Value]:
    """The value for each value of the indices; an example that has none is thrown away."""
    try:
        return [
            evaluate(expr, WORLD, dict(zip(indices, entry, strict=True)))
            for entry in WORLD.entries(i.axis for i in indices)
        ]
    except CannotJudge:
        assume(False)
        raise


def assert_same_value(left: Expr, right: Expr) -> None:
    """Both have the same value for all values of the indices that are free in one of them."""
    indices = tuple(dict.fromkeys((*free_indices(left), *free_indices(right))))
    for one, other in zip(values(left, indices), values(right, indices), strict=True):
        assert agreement(one, other) is not None, f"{left}\n{right}\n{one} != {other}"
