"""The checker is itself checked: every planted fault is caught, right code is never accused."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from codegen.generate import build, source
from codegen.gradcheck import check
from codegen.gradcheck.diagnosis import Context, diagnose
from codegen.gradcheck.differences import central, complex_step
from codegen.gradcheck.dual import Dual, ImaginaryPartLost
from codegen.gradcheck.points import ordinary
from codegen.gradcheck.subject import Subject, of_module
from derive import library
from derive.calculus.chain_rule import derive
from derive.expression import number
from derive.ledger import Derivation
from tests.codegen.faults import mutants

SMALL = ("affine", "affine_columns", "affine_torch", "relu", "softmax", "softmax_cross_entropy_eps", "tanh", "apple")
RIGHT = (*SMALL, "add", "mul", "identity", "sigmoid", "softmax_cross_entropy", "cross_entropy", "cross_entropy_eps")
NETS = ("sigmoid_net", "two_layer_net", "three_layer_net")
SAME_MEANING = {
    ("affine_columns", "wrong_argument: du → db"),  # db is a copy of du
    ("affine_columns", "extra_transpose: du @ W → du.T @ W"),  # a vector is its own transpose
}


@cache
def derivation(name: str) -> Derivation:
    program = library.load(name)
    return derive(program, upstream=program.outputs)


@cache
def module(name: str) -> ModuleType:
    return build(library.load(name))


# --- planted faults ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_every_mistake_in_a_small_layer_is_caught(name: str) -> None:
    planted = list(mutants(source(library.load(name))))
    survivors = [m.label for m in planted if check(derivation(name), module=m.module()).ok]
    assert [s for s in survivors if (name, s) not in SAME_MEANING] == []
    assert len(planted) > 10


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NETS)
def test_every_nineteenth_mistake_in_a_network_is_caught(name: str) -> None:
    planted = list(mutants(source(library.load(name)), 19))
    assert [m.label for m in planted if check(derivation(name), module=m.module()).ok] == []
    assert len(planted) > 10


def changed(
    name: str, backward: Callable[..., Any] | None = None, forward: Callable[..., Any] | None = None
) -> ModuleType:
    """The layer's module with another behaviour."""
    made, right = ModuleType("changed"), module(name)
    made.__dict__["forward"] = (lambda *a, **k: forward(right.forward, *a, **k)) if forward else right.forward
    made.__dict__["backward"] = (lambda *a: backward(right.backward, *a)) if backward else right.backward
    return made


def each(change: Callable[[Any], Any]) -> Callable[..., Any]:
    return lambda backward, *args: {n: change(g) for n, g in backward(*args).items()}


def first(array: Any) -> Any:
    """One at the first entry, zero elsewhere."""
    return (np.arange(array.size) == 0).reshape(array.shape)


def overwrite_upstream(backward: Callable[..., Any], saved: Any, dZ: Any) -> Any:
    dZ[saved[0] <= 0] = 0
    return {"U": dZ}


def accumulate(memory: dict[str, Any]) -> Callable[..., Any]:
    def backward(right: Callable[..., Any], *args: Any) -> Any:
        for n, g in right(*args).items():
            memory[n] = memory[n] + g if n in memory and np.shape(memory[n]) == np.shape(g) else g
        return dict(memory)

    return backward


def keep_last(memory: list[Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(right: Callable[..., Any], *args: Any, **hyper: Any) -> Any:
        out, saved = right(*args, **hyper)
        memory[:] = [saved]
        return out, saved

    return (lambda right, _, *upstream: right(memory[-1], *upstream)), forward


def write_into_first(right: Callable[..., Any], first: Any, *rest: Any, **hyper: Any) -> Any:
    first += 0.5
    return right(first, *rest, **hyper)


BEHAVIOURS = {
    "upstream ignored": ("softmax_cross_entropy", lambda f, saved, *_: f(saved), None),
    "upstream overwritten": ("relu", overwrite_upstream, None),
    "upstream returned": ("affine", lambda f, s, d: {**f(s, d), "b": d[0]}, None),
    "input overwritten": ("affine", None, write_into_first),
    "gradients share memory": ("affine_columns", lambda f, s, d: {**f(s, d), "b": d}, None),
    "input returned as output": ("identity", None, lambda f, U: (U, f(U)[1])),
    "float64 always": ("tanh", each(lambda g: np.asarray(g, np.float64)), None),
    "float32 always": ("tanh", each(lambda g: np.asarray(g, np.float32)), None),
    "output in float64": ("tanh", None, lambda f, U: (f(U)[0].astype(np.float64), f(U)[1])),
    "cut to whole numbers": ("sigmoid", None, lambda f, U: (f(U)[0].astype(U.dtype), f(U)[1])),
    "a gradient is missing": ("affine", lambda f, s, d: {n: g for n, g in f(s, d).items() if n != "b"}, None),
    "gradients in another order": ("affine", lambda f, s, d: dict(reversed(f(s, d).items())), None),
    "one entry is not finite": ("affine", each(lambda g: np.where(first(g), np.nan, g)), None),
    "one entry is off by a millionth": ("affine", each(lambda g: g + 1e-6 * first(g)), None),
    "entries in reverse": ("tanh", each(lambda g: g[::-1, ::-1]), None),
    "a constant is added": ("affine", each(lambda g: g + 1e-7), None),
    "one row only": ("affine", each(lambda g: np.concatenate([g[:1], 0 * g[1:]])), None),
    "column for vector": ("affine", lambda f, s, d: {**f(s, d), "b": f(s, d)["b"][:, None]}, None),
    "a batch of one is refused": ("affine", None, lambda f, X, W, b: f(X, W, b) if len(X) > 1 else f(X[:0], W, b)),
    "only contiguous arrays": ("tanh", None, lambda f, U: f(U if U.flags.c_contiguous else 2 * U)),
    "the sum of ten calls": ("mul", lambda f, s, *d: {n: g + f(s, *d)[n] * 9 for n, g in f(s, *d).items()}, None),
    "the loss is halved": ("mean_squared_error", None, lambda f, *a: (f(*a)[0] / 2, f(*a)[1])),
    "the loss is shifted": ("mean_squared_error", None, lambda f, *a: (f(*a)[0] + 1e-6, f(*a)[1])),
    "overflows": ("sigmoid", None, lambda f, U: (1 / (1 + np.exp(-U)), f(U)[1])),
    "an ε in forward only": ("cross_entropy", None, lambda f, P, T: (f(P + 1e-7, T)[0], f(P, T)[1])),
    "another ε in backward": ("cross_entropy_eps", lambda f, s, *d: f((*s[:-1], 2 * s[-1]), *d), None),
    "raises": ("affine", lambda f, s, d: f(s), None),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("fault", BEHAVIOURS)
def test_bad_behaviour_is_caught(fault: str) -> None:
    name, backward, forward = BEHAVIOURS[fault]
    report = check(derivation(name), module=changed(name, backward, forward))
    assert not report.ok, report


def test_state_kept_from_the_last_forward_pass_is_caught() -> None:
    backward, forward = keep_last([])
    report = check(derivation("affine"), module=changed("affine", backward, forward))
    assert "remembers nothing" in {f.rule for f in report.findings}


def test_gradients_added_to_those_of_the_last_call_are_caught() -> None:
    report = check(derivation("affine"), module=changed("affine", accumulate({})))
    assert "remembers nothing" in {f.rule for f in report.findings} or not report.ok


@pytest.mark.parametrize("name", ["affine", "softmax", "mean_squared_error", "two_layer_net"])
@pytest.mark.parametrize("factor", [-1, 2])
def test_a_mistake_in_a_derivation_is_caught(name: str, factor: int) -> None:
    right = derivation(name)
    for wrong in right.wrt:
        gradients = tuple(
            replace(g, index=number(factor) * g.index) if g.name == wrong else g for g in right.all_gradients
        )
        report = check(replace(right, all_gradients=gradients), module=module(name), thorough=False)
        assert "not with the derivation" in str(report)


# --- right code ----------------------------------------------------------------------------------------------------


def test_no_false_alarm_in_a_thousand_seeds() -> None:
    for seed in range(1000):
        name = RIGHT[seed % len(RIGHT)]
        report = check(derivation(name), module=module(name), seed=seed, points=1, thorough=seed % 5 == 0)
        assert report.ok, report


@pytest.mark.parametrize("name", [*NETS, "sigmoid_net_rows"])
def test_no_false_alarm_for_a_network(name: str) -> None:
    for seed in range(20):
        report = check(derivation(name), module=module(name), seed=seed, points=1, thorough=seed % 5 == 0)
        assert report.ok, report


def test_the_same_seed_gives_the_same_report() -> None:
    first, second = (check(derivation("softmax"), module=module("softmax"), seed=3) for _ in range(2))
    assert first == second
    assert str(first) == str(second)


# --- witnesses -----------------------------------------------------------------------------------------------------


def scalar_subject(function: Callable[[Any], Any]) -> Subject:
    return Subject("f", ("y",), ("x",), lambda given, _: ((function(given["x"]),), None), lambda saved, up: {})


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (np.abs, np.sign),
        (lambda x: np.maximum(x, 0), lambda x: x > 0),
        (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1, 0.1)),
        (lambda x: x * np.sign(x), np.sign),
        (lambda x: x.conj() * x, lambda x: 2 * x),
        (lambda x: np.logaddexp(x, 0), lambda x: 1 / (1 + np.exp(-x))),
        (lambda x: np.linalg.norm(x), lambda x: x / np.linalg.norm(x)),
        (lambda x: np.vdot(x, x), lambda x: 2 * x),
        (lambda x: np.vecdot(x, x), lambda x: 2 * x),
        (lambda x: x.var(), lambda x: 2 * (x - x.mean()) / x.size),
        (lambda x: np.minimum(x, 0, out=np.empty_like(x)), lambda x: x < 0),
        (lambda x: np.exp(-abs(x[0])), lambda x: np.array([np.exp(x[0]), 0, 0])),
    ],
)  # fmt: skip
def test_complex_step_takes_the_branch_of_the_real_part(function: Any, slope: Any) -> None:
    x = np.array([-1.5, 0.25, 2.0])
    subject = scalar_subject(function)
    upstream = (np.ones(np.shape(function(x))),)
    found = complex_step(subject, {"x": x}, {}, upstream, "x")
    np.testing.assert_allclose(found, slope(x), rtol=1e-14)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.astype(int),
        lambda x: np.array([float(v) for v in x]),
        lambda x: np.real(x),
        lambda x: x.real,
        lambda x: np.array(x.tolist()),
        lambda x: np.add(x, 0, out=np.zeros(3)),
    ],
)
def test_complex_step_refuses_what_would_lose_the_derivative(function: Any) -> None:
    with pytest.raises(ImaginaryPartLost):
        complex_step(scalar_subject(function), {"x": np.ones(3)}, {}, (np.ones(3),), "x")


def test_a_complex_step_led_astray_is_not_believed() -> None:
    """``np.asarray`` drops our array class, and with it the safe ``abs``: central differences notice."""

    def astray(forward: Any, U: Any) -> Any:
        out, saved = forward(U)
        return out + 0 * np.abs(np.asarray(U)) + (np.abs(np.asarray(U)) - np.abs(U)), saved

    report = check(derivation("tanh"), module=changed("tanh", None, astray))
    assert report.ok, report
    assert any("complex step not used" in note for note in report.notes)


def test_central_differences_know_how_far_they_are_off() -> None:
    x = np.array([0.3, -1.2])
    estimate = central(scalar_subject(np.exp), {"x": x}, {}, (np.ones(2),), "x")
    assert np.max(np.abs(estimate.gradient - np.exp(x))) <= estimate.noise <= 1e-8


def test_a_dual_array_stays_one() -> None:
    x = np.ones(3, complex).view(Dual)
    assert all(isinstance(y, Dual) for y in (x + 1, x[0], x.sum(), np.where(x > 0, x, 0), x.astype(np.float32), x.T))
    assert (x > 0).dtype == bool


# --- points and reports --------------------------------------------------------------------------------------------


def test_sizes_are_pairwise_different() -> None:
    for point in ordinary(derivation("three_layer_net"), 0, 5):
        sizes = list(point.world.sizes.values())
        assert len(set(sizes)) == len(sizes)


def test_arguments_are_read_only_and_targets_obey_their_laws() -> None:
    for point in ordinary(derivation("two_layer_net"), 0, 5):
        assert not any(a.flags.writeable for a in point.given.values())
        assert np.array_equal(np.sort(point.given["T"], axis=1)[:, -1], np.ones(len(point.given["T"])))


def test_the_report_names_the_worst_entry_and_both_values() -> None:
    wrong = changed("affine", lambda f, s, d: {**f(s, d), "W": f(s, d)["W"] * 2})
    report = check(derivation("affine"), module=wrong)
    bad = next(c for c in report.checked if not c.ok)
    assert bad.title == "dW" and bad.worst is not None
    assert bad.worst.ours == pytest.approx(2 * bad.worst.theirs)
    assert "✗ dW" in str(report) and "times the right gradient" in str(report)
    content = json.loads(report.to_json())
    assert content["schema_version"] == 1 and content["ok"] is False
    assert [c["title"] for c in content["checked"] if not c["ok"]] == ["dW"]


TRUTH = np.array([[1.0, 2.0, -4.0], [0.5, 3.0, 7.0]])


@pytest.mark.parametrize(
    ("ours", "truth", "words"),
    [
        (-TRUTH, TRUTH, "the sign is wrong"),
        (TRUTH * 5, TRUTH, "5 (= N here) times"),
        (TRUTH / 5, TRUTH, "1/5 (= N here) times"),
        (TRUTH * 1.37, TRUTH, "1.37 times"),
        (TRUTH * 0, TRUTH, "zero everywhere"),
        (TRUTH.T, TRUTH, "transpose"),
        ((TRUTH @ TRUTH.T + np.eye(2, k=1)).T, TRUTH @ TRUTH.T + np.eye(2, k=1), "transpose"),
        (TRUTH, TRUTH.sum(axis=0), "a sum over an axis of size 2 (C) is missing"),
        (TRUTH.ravel(), TRUTH, "the shape (6,) is not that of the variable"),
        (TRUTH * np.array([2.0, 3.0, 4.0]), TRUTH, "a factor gamma is too much"),
        (TRUTH / np.array([2.0, 3.0, 4.0]), TRUTH, "a factor gamma is missing"),
        (TRUTH + 1e-5 * TRUTH**2, TRUTH, "slightly different functions"),
        (np.ones((2, 3)), TRUTH, "upstream gradient is ignored"),
        (np.full((2, 3), 2.0) + TRUTH**3, TRUTH, "the gradient of V"),
        (TRUTH * [[np.nan, 1, 1], [1, 1, 1]], TRUTH, "1 of 6 entries are not finite"),
        (TRUTH + first(TRUTH), TRUTH, "wrong in 1 of 6 entries: [0, 0]"),
        (TRUTH**2 + 1, TRUTH, "in no pattern that is known"),
    ],
)
def test_mistakes_are_named(ours: Any, truth: Any, words: str) -> None:
    context = Context(
        sizes={"N": 5, "C": 2},
        others={"V": np.full((2, 3), 2.0) + TRUTH**3},
        unweighted=np.ones((2, 3)),
        factors={"gamma": np.array([2.0, 3.0, 4.0])},
    )
    assert words in diagnose(ours, truth, context)


# --- other styles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", ["functions", "class", "network"])
def test_code_of_every_style_can_be_checked(style: str) -> None:
    program = library.load("two_layer_net")
    report = check(program, module=build(program, style))
    assert report.ok, report
    assert [c.name for c in report.checked if c.kind == "gradient"][-4:] == ["W1", "b1", "W2", "b2"]


def test_the_style_of_a_module_is_found() -> None:
    program = library.load("two_layer_net")
    assert of_module(program, build(program, "network")).wrt == ("W1", "b1", "W2", "b2")
    assert of_module(program, build(program, "class")).wrt == ("X", "W1", "b1", "W2", "b2")
