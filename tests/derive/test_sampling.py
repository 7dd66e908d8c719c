"""The worlds to judge at: sizes, laws, domains, kinks, and the same on every run."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import derive
from derive.errors import CannotJudge
from derive.expression import (
    ONE,
    Access,
    Axis,
    Call,
    Compare,
    Expr,
    Hyper,
    Index,
    Number,
    Size,
    number,
    total,
)
from derive.judging.precision import minus
from derive.judging.sampling import MARGIN, worlds
from derive.judging.world import World
from derive.program import Equation, Hyperparameter, Law, Program, Tensor
from derive.rewriting import walk
from tests.derive.hand_built import (
    ALL,
    CONVOLUTION,
    EMBEDDING,
    LABELS,
    NORM,
    QUADRATIC,
    TWO_LAYER_NET,
    C,
    D,
    N,
    at,
    c,
    call,
    d,
    n,
)

SEEDS = st.integers(0, 10**9)


def program(
    *equations: Equation, tensors: tuple[Tensor, ...], hyperparameters: tuple[Hyperparameter, ...] = ()
) -> Program:
    defined = tuple(Tensor(e.name, tuple(i.axis for i in e.indices)) for e in equations)
    return Program("made", tensors + defined, equations, hyperparameters=hyperparameters)


def one(made: Program, seed: int = 0, **options: object) -> World:
    return next(worlds(made, seed, 1, **options))  # type: ignore[arg-type]


@given(SEEDS)
def test_sizes_are_pairwise_different(seed: int) -> None:
    for world in worlds(TWO_LAYER_NET, seed, 3):
        assert sorted(world.sizes.values()) == [2, 3, 4, 5]


def test_sizes_are_dealt_anew_for_each_world() -> None:
    assert len({tuple(w.sizes[a] for a in "NDHC") for w in worlds(TWO_LAYER_NET, 0, 8)}) > 3


def test_in_deep_networks_sizes_differ_where_axes_meet() -> None:
    deep = derive.chain(*["affine", "tanh"] * 9)
    sizes = one(deep).sizes
    assert len(sizes) == 11 and max(sizes.values()) < 8
    for equation in deep.equations:
        met = {a.name for t in equation_tensors(equation) for a in deep.tensor(t).axes}
        assert len({sizes[a] for a in met}) == len(met)


def equation_tensors(equation: Equation) -> set[str]:
    return {n.tensor for n in walk(equation.right) if isinstance(n, Access)} | {equation.name}


def test_literal_extents_stay_and_are_not_dealt_again() -> None:
    for world in worlds(CONVOLUTION, 5, 4):
        assert world.sizes == {"K": 3, "T": 2}


def test_extents_are_worked_out() -> None:
    """``M = 2·J``, ``J = N + 1``, in whatever order the axes are met."""
    long = Axis("M", 2 * Size(Axis("J", Size(N) + 1)))
    m = Index("m", long)
    made = program(Equation(at("s"), total((m,), at("x", m))), tensors=(Tensor("x", (long,), "input"),))
    assert one(made).sizes == {"N": 2, "J": 3, "M": 6}
    assert one(made, sizes={"N": 4}).sizes == {"N": 4, "J": 5, "M": 10}


def test_an_axis_without_entries_is_refused() -> None:
    made = program(Equation(at("s"), ONE), tensors=(Tensor("x", (Axis("M", Size(N) - 5),), "input"),))
    with pytest.raises(CannotJudge, match="the axis M would have -3 entries"):
        one(made, sizes={"N": 2})


def test_axes_grow_until_windows_fit_twice() -> None:
    windows = Axis("M", Size(N) - 5)
    made = program(Equation(at("s"), ONE), tensors=(Tensor("x", (windows,), "input"), Tensor("y", (C, N), "input")))
    assert [w.sizes["M"] for w in worlds(made, 3, 4)] == [2] * 4
    assert one(made, sizes={"N": 8}).sizes["M"] == 3


@given(SEEDS)
def test_laws_are_obeyed(seed: int) -> None:
    made = program(
        Equation(at("s"), ONE),
        tensors=(
            Tensor("P", (N, C), "target", (Law("sum", C, ONE),)),
            Tensor("Q", (N, C), "input", (Law("sum", N, number(Fraction(0))),)),
            Tensor("T", (N, C), "target", (Law("one-hot", C),)),
            Tensor("A", (N, Axis("N")), "input", (Law("symmetric"),)),
        ),
    )
    world = one(made, seed)
    rows, cols = range(world.sizes["N"]), range(world.sizes["C"])
    P, Q, T, A = (world.values[name] for name in "PQTA")
    assert all(sum(P[a, b] for b in cols) == 1 and min(P[a, b] for b in cols) > 0 for a in rows)
    assert all(sum(Q[a, b] for a in rows) == 0 for b in cols)
    assert all(sorted(T[a, b] for b in cols) == [0] * (len(cols) - 1) + [1] for a in rows)
    assert all(A[a, b] == A[b, a] for a in rows for b in rows)


def test_laws_that_cannot_be_met_together_are_refused() -> None:
    laws = (Law("sum", C, ONE), Law("sum", N, ONE))  # N rows of 1 are not C columns of 1
    made = program(Equation(at("s"), ONE), tensors=(Tensor("P", (N, C), "input", laws),))
    with pytest.raises(CannotJudge, match="every law of P"):
        one(made)


@given(SEEDS)
def test_whole_numbers_fit_the_axis_they_pick_from(seed: int) -> None:
    tokens, labels = one(EMBEDDING, seed), one(LABELS, seed)
    assert all(token in range(tokens.sizes["V"]) for token in tokens.values["token"].values())
    assert all(label in range(labels.sizes["C"]) for label in labels.values["t"].values())


def test_hyperparameters_are_at_their_defaults() -> None:
    assert one(NORM).hyper == {"eps": Fraction(1, 100)}


def test_numbers_are_exact_and_never_zero() -> None:
    world = one(QUADRATIC)
    assert all(isinstance(v, Fraction) and v != 0 for v in world.values["A"].values())


def test_upstream_gradients_of_the_seeds() -> None:
    world = one(NORM, seeds=("Y",))
    assert world.values["∂Y"].keys() == world.values["Y"].keys()


@pytest.mark.parametrize(
    ("argument", "fits"),
    [
        (at("x", n), lambda v: v > 0),
        (1 - at("x", n), lambda v: v < 1),
        (at("x", n) * (1 - at("x", n)), lambda v: 0 < v < 1),
        (-at("x", n) - 1, lambda v: v < -1),
    ],
)
def test_domains_are_respected(argument: Expr, fits: object) -> None:
    """Sixteen arguments of a logarithm, and of a root, must all be positive."""
    for function in (call("log", argument), argument ** number(Fraction(1, 2))):
        made = program(Equation(at("y", n), function), tensors=(Tensor("x", (N,), "input"),))
        for world in worlds(made, 3, 4):
            assert all(fits(v) for v in world.values["x"].values())  # type: ignore[operator]


def test_an_empty_domain_is_refused() -> None:
    made = program(Equation(at("y"), call("log", -1 - at("x") ** 2)), tensors=(Tensor("x", (), "input"),))
    with pytest.raises(CannotJudge, match="to judge made at: the logarithm of a number that is not"):
        one(made)


def test_saturation_is_avoided() -> None:
    """``exp`` of the sum of cubes overflows for numbers of usual size; smaller ones are found."""
    body = call("exp", total((n,), (10 * at("x", n)) ** 2))
    made = program(Equation(at("y"), body), tensors=(Tensor("x", (N,), "input"),))
    assert all(w.values["y"][()] < 10**12 for w in worlds(made, 0, 3))


@given(SEEDS)
def test_kinks_are_kept_away_from(seed: int) -> None:
    world = one(TWO_LAYER_NET, seed)
    assert all(abs(u) >= MARGIN for u in world.values["U1"].values())


def test_ties_that_nothing_differentiable_moves_are_no_kinks() -> None:
    made = program(
        Equation(at("y", n, c), at("x", n, c) * Compare("==", at("T", n, c), ONE) * Compare(">=", n, c)),
        tensors=(Tensor("x", (N, C), "input"), Tensor("T", (N, C), "target", (Law("one-hot", C),))),
    )
    assert set(one(made).values["T"].values()) == {0, 1}


def test_a_tie_that_no_number_moves_is_no_kink() -> None:
    z = at("z")
    made = program(
        Equation(at("y"), call("relu", (z + 1) ** 2 - z**2 - 2 * z - 1)), tensors=(Tensor("z", (), "input"),)
    )
    assert one(made).values["y"] == {(): 0}


def test_many_comparisons_get_numbers_that_hardly_ever_tie() -> None:
    program = derive.parse("X: input [N, D]; L = sum(abs(X[:, 1:] - X[:, :-1]))")
    (world,) = worlds(program, 0, 1, sizes={"N": 8, "D": 9})
    assert len(world.values["X"]) == 72


def test_a_kink_near_every_point_is_refused() -> None:
    made = program(Equation(at("y"), call("relu", at("x") / 10**6)), tensors=(Tensor("x", (), "input"),))
    with pytest.raises(CannotJudge, match="too close to a kink"):
        one(made)


@given(SEEDS)
def test_at_a_kink_on_request(seed: int) -> None:
    world = one(TWO_LAYER_NET, seed, at_kink=True)
    assert 0 in world.values["U1"].values()


def test_at_a_kink_of_two_arguments_and_of_a_row_maximum() -> None:
    from derive.expression import Reduce

    pair = program(
        Equation(at("y", n), Call("maximum", (at("a", n), 3 * at("b", n)))),
        tensors=(Tensor("a", (N,), "input"), Tensor("b", (N,), "input")),
    )
    found = one(pair, at_kink=True).values
    assert any(found["a"][k,] == 3 * found["b"][k,] for k in range(2))
    row = program(Equation(at("m", n), Reduce("max", (d,), at("x", n, d))), tensors=(Tensor("x", (N, D), "input"),))
    world = one(row, at_kink=True)
    rows = [[world.values["x"][a, b] for b in range(world.sizes["D"])] for a in range(world.sizes["N"])]
    assert any(r.count(max(r)) == 2 for r in rows)


def test_the_end_of_a_domain_is_no_kink_to_stand_on() -> None:
    made = program(
        Equation(at("y"), call("relu", at("x")) + at("z") ** number(Fraction(1, 2))),
        tensors=(Tensor("x", (), "input"), Tensor("z", (), "input")),
    )
    for world in worlds(made, 0, 5, at_kink=True):
        assert world.values["x"][()] == 0 < world.values["z"][()]
    assert all(w.values["z"][()] >= MARGIN for w in worlds(made, 0, 5))


def test_no_kink_to_be_had() -> None:
    with pytest.raises(CannotJudge, match="no comparison can be brought to a tie"):
        one(NORM, at_kink=True)


@pytest.mark.parametrize("made", ALL, ids=lambda p: p.name)
def test_the_first_worlds_do_not_depend_on_how_many_are_asked_for(made: Program) -> None:
    assert next(worlds(made, 11, 1)) == next(worlds(made, 11, 5))
    assert one(made, 11).values != one(made, 12).values


def test_the_same_under_any_hash_seed() -> None:
    code = (
        "from tests.derive.hand_built import ALL\n"
        "from derive.judging.sampling import worlds\n"
        "print([(w.sizes, w.values) for p in ALL for w in worlds(p, 7, 2)])"
    )

    def printed(seed: str) -> str:
        command = [sys.executable, "-c", code]
        env = {"PYTHONHASHSEED": seed}
        return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout

    assert printed("0") == printed("1") == printed("2")


def test_defaults_may_be_written_in_sizes_and_others() -> None:
    scale = Hyperparameter("scale", 1 / (Size(N) + Number(Fraction(1))))
    made = program(
        Equation(at("y", n), Hyper("scale") * Access("x", (n,))),
        tensors=(Tensor("x", (N,), "input"),),
        hyperparameters=(scale, Hyperparameter("twice", 2 * Hyper("scale"))),
    )
    world = one(made)
    assert world.hyper == {"scale": Fraction(1, 3), "twice": Fraction(2, 3)}
    assert minus(world.values["y"][0,], world.values["x"][0,] / 3) == 0
