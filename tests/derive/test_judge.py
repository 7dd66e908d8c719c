"""The judge judged: right derivations never accused, planted faults always caught, reasons shown."""

from __future__ import annotations

import pkgutil
from dataclasses import replace
from fractions import Fraction
from functools import cache
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import derive
from derive import judging
from derive.calculus.matrix_form import matrix_form
from derive.errors import CannotJudge
from derive.expression import ONE, Expr, Index, Mul, Pow, Reduce, Size, cotangent_name, number, power, total
from derive.judging.evaluate import forward
from derive.judging.evaluate_matrix import Misfit, evaluate_matrix
from derive.judging.judge import equal, gradient_claims, judge
from derive.judging.precision import agreement
from derive.judging.reads import forward_from
from derive.judging.sampling import worlds
from derive.judging.truth import along, upstream_gradients, with_cotangents
from derive.judging.verdict import Counterexample, Verdict
from derive.ledger import Derivation, Gradient, Step, Vjp
from derive.matrix import Apply, Hadamard, Identity, Ones, Power, Product, ScalarPart, Sum, Whole
from derive.program import Program
from tests.derive import planted
from tests.derive.hand_built import (
    AFFINE,
    ALL,
    FORK,
    NORM,
    QUADRATIC,
    SOFTMAX,
    SQUARE,
    TWO_LAYER_NET,
    D,
    H,
    N,
    at,
    c,
    call,
    d,
    h,
    k,
    n,
)

SEEDS = st.integers(0, 10**9)
SMALL = [p for p in ALL if p is not TWO_LAYER_NET]
by_name = pytest.mark.parametrize("program", ALL, ids=lambda p: p.name)
small_by_name = pytest.mark.parametrize("program", SMALL, ids=lambda p: p.name)


@cache
def derived(program: Program) -> Derivation:
    return derive.derive(program)


def accused(verdicts: tuple[Verdict, ...]) -> list[str]:
    return [f"{v.gradient}, {v.step}: {v.counterexample}" for v in verdicts if not v.holds]


# ---------------------------------------------------------------------------------- the right ones pass


@small_by_name
@given(seed=SEEDS)
@settings(max_examples=15)
def test_no_false_alarm(program: Program, seed: int) -> None:
    assert accused(judge(derived(program), seed=seed)) == []


@given(seed=SEEDS)
@settings(max_examples=4)
def test_no_false_alarm_in_the_network(seed: int) -> None:
    assert accused(judge(derived(TWO_LAYER_NET), seed=seed)) == []


FEW_AXES = [name for name in derive.names() if len(derive.load(name).axes) < 5]


@pytest.mark.parametrize("name", FEW_AXES)
def test_the_library_is_proved(name: str) -> None:
    """Every step of every gradient, and every equation's matrix form.

    Those of many axes are proved at one point, in tests/test_library.py: evaluating index by index takes its time.
    """
    program = derive.load(name)
    verdicts = judge(derived(program))
    assert accused(verdicts) == []
    assert {v.gradient for v in verdicts} >= set(derived(program).wrt)
    for equation in program.equations:
        matrix = matrix_form(equation.right, equation.indices, program)
        if matrix is not None:
            assert equal(equation.right, matrix, program, indices=equation.indices).holds


def test_every_equals_sign_has_a_verdict() -> None:
    derivation = derived(TWO_LAYER_NET)
    verdicts = judge(derivation, points=1)
    for gradient in derivation.all_gradients:
        judged = [v.step for v in verdicts if v.gradient == gradient.name]
        assert judged.count("truth") == 1
        assert judged.count("matrix") == (gradient.matrix is not None)
        for step in gradient.steps:
            assert step.rule in judged


def test_the_tier_says_how_it_was_decided() -> None:
    tiers = {p.name: {v.tier for v in judge(derived(p))} for p in (AFFINE, SOFTMAX)}
    assert tiers == {"affine": {"symbolic", "exact"}, "softmax": {"symbolic", "numeric"}}


def test_the_network_of_relus_is_proved_exactly() -> None:
    """Piecewise of degree two: every difference quotient is the derivative itself."""
    assert {v.tier for v in judge(derived(derive.load("three_layer_net")))} == {"symbolic", "exact"}


# ------------------------------------------------------------------------------- the wrong ones are caught

# Wrong as they stand and right all the same, with the reason.
EQUIVALENT = {
    ("two_layer_net", "U1"): "relu(u) > 0 where u > 0",
    ("silu", "Y"): "leaky(y) > 0 where y > 0",
    ("norm", "m"): "the sum of x - m is 0, whatever stands before it",
    ("convolution", "x"): "the delta implies the range",
    ("quadratic", "x"): "A is symmetric",
}


@by_name
def test_faults_in_the_result_are_caught(program: Program) -> None:
    derivation = derived(program)
    caught = missed = 0
    for gradient in derivation.all_gradients:
        for name, wrong in planted.faults(gradient.index, program):
            verdict = equal(gradient.index, wrong, program, seeds=derivation.seeds, points=1)
            caught += not verdict.holds
            if verdict.holds:
                assert (program.name, gradient.name) in EQUIVALENT, f"{name}: {wrong}"
                missed += 1
            else:
                assert isinstance(verdict.counterexample, Counterexample)
    assert caught >= max(10, missed)


@by_name
def test_faults_in_the_matrix_form_are_caught(program: Program) -> None:
    derivation = derived(program)
    for gradient in derivation.all_gradients:
        if gradient.matrix is None:
            continue
        for name, wrong in planted.matrix_faults(gradient.matrix, program):
            verdict = equal(gradient.index, wrong, program, indices=gradient.indices, seeds=derivation.seeds, points=1)
            assert not verdict.holds or (program.name, gradient.name) in EQUIVALENT, f"{name}: {wrong}"


@small_by_name
def test_a_fault_in_one_step_is_found_in_that_step(program: Program) -> None:
    derivation = derived(program)
    for gradient in derivation.all_gradients:
        for path, vjp in enumerate(gradient.contributions):
            for number_of_step, step in enumerate(vjp.steps):
                choice = 2 if (program.name, gradient.name) in EQUIVALENT else number_of_step % 3
                name, wrong = list(planted.faults(step.after, program))[choice]
                found = judge(planted.in_a_step(derivation, gradient, path, number_of_step, wrong), points=1)
                steps = [v.step for v in found if v.gradient == gradient.name and not v.holds]
                assert steps[0] == step.rule, f"{name}: {wrong}"
                assert not [v for v in found if v.gradient != gradient.name and not v.holds]


def test_faults_in_the_network_are_found_where_they_are() -> None:
    derivation = derived(TWO_LAYER_NET)
    weights = derivation.gradient("W1")
    found = judge(planted.in_the_last_line(derivation, weights, weights.index * 2), points=1)
    assert [(v.gradient, v.step) for v in found if not v.holds] == [
        ("W1", "sum of contributions"),
        ("W1", "truth"),
    ]
    matrix = weights.matrix
    assert matrix is not None
    wrong = Hadamard(matrix.rows, matrix.cols, (planted.MINUS, matrix))
    found = judge(planted.in_the_matrix(derivation, weights, wrong), points=1)
    assert [(v.gradient, v.step) for v in found if not v.holds] == [("W1", "matrix")]


def test_a_forgotten_path_is_caught() -> None:
    """Each contribution right, one of two missing: only the truth can tell."""
    derivation = derived(FORK)
    gradient = derivation.gradient("X")
    kept = gradient.contributions[:1]
    short = replace(gradient, contributions=kept, joined=(), index=kept[0].result, matrix=None)
    gradients = tuple(short if g is gradient else g for g in derivation.all_gradients)
    found = judge(replace(derivation, all_gradients=gradients), points=1)
    wrong = [v.step for v in found if v.gradient == "X" and not v.holds]
    assert wrong == ["truth of the chain rule", "truth"]


def test_a_ledger_that_agrees_with_itself_and_is_wrong_is_caught() -> None:
    """Nothing but the forward equations can see through a wrong start continued rightly."""
    left = at(cotangent_name("x"))
    wrong = 3 * (at("x") + at("y"))
    vjp = Vjp("z", (Step("chain_rule", left, wrong, ""),))
    z = derived(SQUARE).gradient("z")
    x = Gradient(SQUARE.tensor("x"), left, (vjp,), (), wrong, None)
    found = judge(Derivation(SQUARE, ("x",), (), (z, x)))
    assert [v.step for v in found if not v.holds] == ["chain_rule", "truth"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (total((d,), at("X", n, d) * at("W", d, h)), total((n,), at("X", n, d) * at("W", d, h))),
        (total((d,), at("X", n, d)), at("X", n, Index("e", D))),
        (at("X", n, d), at("X", d, n)),
        (at("X", n, d), at("X", n, d + 1)),
        (at("X", n, d) / Size(N), at("X", n, d) / Size(D)),
        (at("X", n, d), at("X", n, d) + power(10, -20)),
        (call("exp", at("X", n, d)), call("exp", at("X", n, d)) * (1 + power(10, -20))),
        (call("tanh", at("X", n, d)), call("sin", at("X", n, d))),
        (call("log", call("exp", at("X", n, d))), call("log", -call("exp", at("X", n, d)))),
        (at("b", h) ** 2, at("b", h) * at("Y", n, h)),
    ],
)
def test_single_faults(right: Expr, wrong: Expr) -> None:
    assert equal(right, right + 0, AFFINE).holds
    assert not equal(right, wrong, AFFINE).holds
    assert not equal(wrong, right, AFFINE).holds


@pytest.mark.parametrize(
    ("left", "right", "tier"),
    [
        (total((d,), at("X", n, d)), total((Index("e", D),), at("X", n, Index("e", D))), "symbolic"),
        ((at("X", n, d) + 1) ** 2, at("X", n, d) ** 2 + 2 * at("X", n, d) + 1, "exact"),
        (call("exp", 2 * at("b", h)), call("exp", at("b", h)) ** 2, "numeric"),
        (call("tanh", at("b", h)), 2 * call("sigmoid", 2 * at("b", h)) - 1, "numeric"),
        (call("maximum", at("b", h), number(0)), call("relu", at("b", h)), "exact"),
        (call("relu", at("b", h)) - call("relu", -at("b", h)), at("b", h), "exact"),
        (Reduce("max", (h,), at("b", h)), -Reduce("min", (h,), -at("b", h)), "exact"),
        (total((n,), ONE), Size(N), "exact"),
    ],
)
def test_identities(left: Expr, right: Expr, tier: str) -> None:
    verdict = equal(left, right, AFFINE)
    assert (verdict.holds, verdict.tier) == (True, tier)


@given(SEEDS)
@settings(max_examples=20)
def test_cotangents_are_free_tensors_unless_the_outputs_are_named(seed: int) -> None:
    """``∂X = Y (∂Y - Σ ∂Y Y)`` is softmax's gradient, not a law of any two tensors."""
    left = at("∂X", n, c)
    upstream = total((k,), at("∂Y", n, k) * at("Y", n, k))
    right = at("Y", n, c) * (at("∂Y", n, c) - upstream)
    assert equal(left, right, SOFTMAX, seeds=("Y",), seed=seed).holds
    assert not equal(left, right, SOFTMAX, seed=seed).holds


def test_laws_decide() -> None:
    """``Σ_c T = 1`` holds for the targets that declare it, and for no others."""
    assert equal(total((c,), at("T", n, c)), ONE, TWO_LAYER_NET).holds
    assert not equal(total((h,), at("Z1", n, h)), ONE, TWO_LAYER_NET).holds
    transposed = at("A", Index("d2", D), d)
    assert equal(at("A", d, Index("d2", D)), transposed, QUADRATIC).holds


# ------------------------------------------------------------------------------------- what it says


def test_a_counterexample_is_as_small_as_can_be() -> None:
    verdict = equal(total((d,), at("X", n, d)), 2 * total((d,), at("X", n, d)), AFFINE)
    example = verdict.counterexample
    assert example is not None
    assert example.sizes == {"N": 1, "D": 1, "H": 1}
    x = example.left
    assert x is not None and example.right == 2 * x
    assert str(example) == f"N = 1, D = 1, H = 1; X[0, 0] = {x}; at n = 0; left {x}, right {2 * x}"
    missing = equal(total((d,), at("X", n, d)), at("X", n, d), AFFINE).counterexample
    assert missing is not None and missing.sizes == {"N": 2, "D": 2, "H": 2}  # with one column they are equal


def test_why_a_side_has_no_value() -> None:
    outside = equal(at("b", h), at("b", h + 1), AFFINE).counterexample
    assert outside is not None and outside.reason == "b has no entry [1]"
    shape = Whole(D, N, "X")
    misfit = equal(at("X", n, d), shape, AFFINE, indices=(n, d)).counterexample
    assert misfit is not None and misfit.reason == "the matrix has the shape (D, N), not (N, D)"


def test_a_single_point_outside_a_domain_decides_nothing() -> None:
    """``r²/r = r``, and relu's zeros are no counterexample where another point decides."""
    r = call("relu", at("b", h))
    once = equal(Mul((r, r, Pow(r, number(-1)))), r, AFFINE, points=12)
    assert once.holds
    never = equal(call("log", -call("exp", at("b", h))), at("b", h), AFFINE)
    assert not never.holds
    assert never.counterexample is not None
    assert never.counterexample.reason == "the logarithm of a number that is not positive"


def test_the_tier_of_a_difference() -> None:
    assert equal(at("b", h), 2 * at("b", h), AFFINE).tier == "exact"
    assert equal(call("exp", at("b", h)), at("b", h), AFFINE).tier == "numeric"


def test_what_cannot_be_judged() -> None:
    nowhere = call("log", -1 - at("b", h) ** 2)
    with pytest.raises(CannotJudge, match="neither side"):
        equal(nowhere, 2 * nowhere, AFFINE)
    with pytest.raises(CannotJudge, match="uses U1 further"):
        equal(at("∂b1", h), total((n,), at("∂U1", n, h)), TWO_LAYER_NET, seeds=("U1",))


# ------------------------------------------------------------------------------- its own parts agree


@by_name
def test_following_one_entry_is_the_whole_forward_pass(program: Program) -> None:
    """Working out anew only what read the moved entry ends where working out everything ends."""
    world = next(worlds(program, 3, 1))
    for tensor in program.given:
        if tensor.integer:
            continue
        for entry in world.values[tensor.name]:
            moved = world.moved({tensor.name: {entry: Fraction(1, 7)}})
            everything = forward(moved)
            some = forward_from(moved, world, program.equations, [(tensor.name, entry)])
            for name, table in everything.values.items():
                assert all(agreement(v, some.values[name][e]) for e, v in table.items())


@by_name
def test_cotangents_are_what_the_forward_pass_says_of_each_entry(program: Program) -> None:
    """Added up backwards, equation by equation, they are the quotients of the whole program, one by one."""
    seeds = derived(program).seeds
    world = next(worlds(program, 4, 1, seeds=seeds))
    names = [g.name for g in derived(program).all_gradients]
    full = with_cotangents(world, seeds, names)
    upstream = upstream_gradients(world, seeds)
    for name in names:
        for entry, value in full.values[cotangent_name(name)].items():
            assert agreement(value, along(world, upstream, {name: {entry: 1}}))


def test_outputs_add_up() -> None:
    """Two outputs, one with a given gradient and one loss: by hand for one sample of one feature."""
    world = next(worlds(FORK, 0, 1, seeds=("Z",), sizes={"N": 1, "D": 1}))
    found = with_cotangents(world, ("Z",), ("X", "Y"))
    x, y = world.values["X"][0, 0], world.values["Y"][0, 0]
    above = world.values["∂Z"][0,]
    upon_y = above * x + 3 * y**2
    assert agreement(found.values["∂Y"][0, 0], upon_y)
    assert agreement(found.values["∂X"][0, 0], above * y + upon_y * (1 - y**2))


def test_matrix_notation_by_its_own_semantics() -> None:
    world = next(worlds(AFFINE, 5, 1))
    X, W, b = (world.values[name] for name in "XWb")
    rows, inner, cols = (range(world.sizes[a]) for a in "NDH")
    product = Product(N, H, (Whole(N, D, "X"), Whole(D, H, "W")))
    whole = Sum(N, H, (product, Whole(None, H, "b")))
    expected = {(i, j): sum(X[i, m] * W[m, j] for m in inner) + b[j,] for i in rows for j in cols}
    assert evaluate_matrix(whole, world) == expected
    sums = Product(None, H, (Ones(None, N), whole))
    assert evaluate_matrix(sums, world) == {(0, j): sum(expected[i, j] for i in rows) for j in cols}
    outer = Product(D, H, (Whole(D, N, "X", transposed=True), Ones(N, None), Whole(None, H, "b")))
    assert evaluate_matrix(outer, world) == {(m, j): sum(X[i, m] for i in rows) * b[j,] for m in inner for j in cols}
    half = ScalarPart(None, None, 1 / Size(N))
    scaled = Hadamard(N, D, (half, Power(N, D, Whole(N, D, "X"), number(2))))
    assert evaluate_matrix(scaled, world) == {(i, m): X[i, m] ** 2 / len(rows) for i in rows for m in inner}
    assert evaluate_matrix(Product(N, D, (Whole(N, D, "X"), Identity(D, D))), world) == {
        (i, m): X[i, m] for i in rows for m in inner
    }
    slope = Apply(N, D, "relu", (Whole(N, D, "X"),), slope_of=0)
    assert evaluate_matrix(slope, world) == {(i, m): int(X[i, m] > 0) for i in rows for m in inner}


@pytest.mark.parametrize(
    "matrix",
    [
        Product(N, H, (Whole(N, D, "X"), Whole(N, H, "Y"))),
        Product(H, N, (Whole(N, D, "X"), Whole(D, H, "W"))),
        Whole(D, N, "X"),
        Whole(N, None, "b"),
        Hadamard(N, D, (Whole(N, D, "X"), Whole(D, H, "W"))),
        Sum(N, None, (Whole(N, D, "X"),)),
        Identity(N, D),
    ],
)
def test_matrices_that_do_not_fit_are_refused(matrix: Whole) -> None:
    with pytest.raises(Misfit):
        evaluate_matrix(matrix, next(worlds(AFFINE, 5, 1)))


def test_the_judge_knows_no_calculus() -> None:
    """None of its modules uses anything that differentiates."""
    calculus = {"partials", "local_derivative", "rules", "chain_rule", "slopes", "closed_form", "matrix_form"}
    own = [m.name for m in pkgutil.iter_modules(judging.__path__)]
    assert len(own) > 10
    for name in own:
        used = {getattr(v, "__module__", "") for v in vars(import_module(f"derive.judging.{name}")).values()}
        assert not used & {f"derive.calculus.{c}" for c in calculus}, name


def test_claims_name_the_gradient_and_cover_the_left_side() -> None:
    gradient = derived(NORM).gradient("X")
    claims = list(gradient_claims(gradient, NORM))
    assert claims[0].left == gradient.left
    assert {claim.gradient for claim in claims} == {"X"}
    assert {"n", "d"} <= {i.name for claim in claims for i in claim.indices}


def test_scores_masked_by_a_large_number() -> None:
    """What the mask leaves is smaller than any step of a difference quotient, and is taken for the zero it is."""
    program = derive.parse(
        "A: input [N, C]; M: constant [N, C]; V: input [C]\nB = where(M > 0, A, -1e9)\ny = softmax(B) @ V"
    )
    verdicts = judge(derive.derive(program, upstream=program.outputs), points=1)
    assert verdicts and all(v.holds for v in verdicts)
