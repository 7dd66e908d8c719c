"""Closed forms: the textbooks' short gradients come out, only where what is declared allows it, and are proved."""

from __future__ import annotations

import pytest

import derive
from derive.calculus.closed_form import cost, put_in
from derive.calculus.facts import reuse_sum
from derive.expression import Access, Axis, Call, Index, Reduce, total
from derive.judging.judge import judge
from derive.ledger import Gradient
from derive.program import Tensor
from derive.rewriting import factors_of, free_indices

N = Axis("N")
n, m = Index("n", N), Index("m", N)
TARGETS = "Z: input [N, C]; T: target [N, C]"
CROSS_ENTROPY = "\nP = softmax(Z)\nL = -sum(T * log(P)) / N"

# layer text, tensor, its closed form (bishop: Pattern Recognition and Machine Learning, 2006, 4.106 and 4.109)
SHORT = [
    (f"{TARGETS}, sum over C = 1{CROSS_ENTROPY}", "Z", "(P[n, c] - T[n, c])/N"),
    (f"{TARGETS}, one-hot{CROSS_ENTROPY}", "Z", "(P[n, c] - T[n, c])/N"),
    (
        "z: input [N]; t: target [N]\np = sigmoid(z)\nL = -sum(t*log(p) + (1 - t)*log(1 - p))",
        "z",
        "p[n] - t[n]",
    ),
    ("Z: input [N, C]\nP = softmax(Z)\nY = log(P)", "Z", "∂Y[n, c] - P[n, c]*sum[c'](∂Y[n, c'])"),
    ("Y: input [N, D]; T: target [N, D]\nL = sum((Y - T)**2)/(2*N)", "Y", "(Y[n, d] - T[n, d])/N"),
    ("z: input [N]\nL = sum(softplus(z))", "z", "sigmoid(z[n])"),
]


@pytest.mark.parametrize(("text", "name", "expected"), SHORT, ids=[s[2] for s in SHORT])
def test_a_textbook_gradient_comes_out_in_its_closed_form(text: str, name: str, expected: str) -> None:
    assert str(derive.derive(derive.parse(text)).gradients[name].index) == expected


@pytest.mark.parametrize(("text", "name", "expected"), SHORT, ids=[s[2] for s in SHORT])
def test_every_step_to_a_closed_form_holds(text: str, name: str, expected: str) -> None:
    assert all(v.holds for v in judge(derive.derive(derive.parse(text))))


def test_without_the_law_the_row_sum_of_the_targets_stays() -> None:
    gradient = derive.derive(derive.parse(TARGETS + CROSS_ENTROPY)).gradients["Z"]
    assert "sum[c'](T[n, c'])" in str(gradient.index)
    assert all(step.rule != "apply_laws" for step in gradient.steps)


def test_with_the_law_it_is_a_named_step() -> None:
    text = f"{TARGETS}, sum over C = 1{CROSS_ENTROPY}"
    steps = {step.rule: step for step in derive.derive(derive.parse(text)).gradients["Z"].steps}
    assert "declared" in steps["apply_laws"].reason
    assert "sum[c'](T[n, c'])" in str(steps["apply_laws"].before)
    assert "sum[c'](T[n, c'])" not in str(steps["apply_laws"].after)


def test_a_law_over_another_axis_is_not_applied() -> None:
    text = f"{TARGETS}, sum over N = 1{CROSS_ENTROPY}"
    gradient = derive.derive(derive.parse(text)).gradients["Z"]
    assert "sum[c'](T[n, c'])" in str(gradient.index)


def test_an_epsilon_inside_the_logarithm_stays_in_the_gradient() -> None:
    gradient = derive.derive(derive.load("softmax_cross_entropy_eps")).gradients["Z"]
    assert str(gradient.index) != "(P[n, c] - T[n, c])/N"
    assert "eps" in str(gradient.index) or "∂P" in str(gradient.index)


def test_a_closed_form_is_never_longer_than_the_line_before_it() -> None:
    for name in derive.names():
        derivation = derive.derive(derive.load(name))
        for gradient in derivation.all_gradients:
            written_out = [step.after for step in gradient.joined if step.rule == "put_in"]
            assert all(cost(gradient.index) <= cost(line) for line in written_out[-1:]), (name, gradient.name)


def test_the_gradient_of_the_loss_by_itself_is_put_in() -> None:
    gradient = derive.derive(derive.load("mean_squared_error")).gradients["Y"]
    assert "∂L" not in str(gradient.index)
    assert gradient.joined[0].rule == "put_in"


def test_a_given_gradient_is_left_standing() -> None:
    gradient = derive.derive(derive.load("mean_squared_error"), upstream=["L"]).gradients["Y"]
    assert str(gradient.index) == "∂L*(Y[n, o] - T[n, o])/N"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        # Σ_d (X - m) = 0: the path through the mean inside the variance is nothing.
        ("X: input [N, D]\nm = mean(X, axis=D)\nv = mean((X - m)**2, axis=D)\nY = (X - m)/sqrt(v + 1e-5)", "m"),
        ("X: input [N, D]\nm = mean(X, axis=N)\nv = mean((X - m)**2, axis=N)\nY = (X - m)/sqrt(v + 1e-5)", "m"),
    ],
)
def test_the_sum_of_what_is_centred_is_proved_to_be_zero(text: str, name: str) -> None:
    derivation = derive.derive(derive.parse(text))
    gradient = derivation.gradients[name]
    assert "∂v" not in str(gradient.index)
    assert all(v.holds for v in judge(derivation, points=1))


def test_putting_in_renames_what_would_be_captured() -> None:
    # ∂y[n] = Σ_m a[m] y[n], put where m is already taken.
    gradient = Gradient(
        Tensor("y", (N,)),
        Access("∂y", (n,)),
        (),
        (),
        Access("y", (n,)) * total((m,), Access("a", (m,))),
        None,
    )
    found = put_in(Access("∂y", (m,)) * Access("b", (m,)), gradient)
    assert free_indices(found) == (m,)
    assert str(found) == "y[m]*sum[m'](a[m'])*b[m]"


def test_the_cost_counts_what_there_is_to_read() -> None:
    x, y = Access("x", (n,)), Access("y", (n,))
    assert cost(x) < cost(x * y) < cost(Call("exp", (x,)) * y) < cost(total((n,), Call("exp", (x,)) * y))


@pytest.mark.parametrize(("text", "known"), [("q * sum(X * w, axis=D)", False), ("mean(X * w, axis=D) / q", True)])
def test_a_sum_is_not_known_by_dividing_by_what_may_be_zero(text: str, known: bool) -> None:
    layer = derive.parse(f"layer it\nX: input [N, D]\nw: param [D]\nq: input [N]\ny = {text}")
    (equation,) = layer.equations
    (inside,) = (f for f in factors_of(equation.right) if isinstance(f, Reduce))
    assert (reuse_sum(inside, equation) != inside) == known
