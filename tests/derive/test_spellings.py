"""Closed forms for the same mathematics in other words: the short gradient comes out whatever way it is written.

Nothing here says how a gradient must be spelled: its last line may cost no more than the textbook's and may read only
what the textbook's reads, and the judge proves every step against the forward equations.
"""

from __future__ import annotations

import pytest

import derive
from derive.calculus.collecting import cost
from derive.expression import is_cotangent
from derive.judging.judge import judge
from derive.ledger import Derivation
from derive.rewriting import tensors_in

Z = "Z: input [N, C]\n"
TARGETS, SUMMING = "Z: input [N, C]; T: target [N, C]\n", "Z: input [N, C]; T: target [N, C], sum over C = 1\n"
WITH_EPS, WITH_TAU = "layer l(eps = 1e-5)\n", "layer l(tau = 2)\n"

# P ⊙ (G - rowsum(G ⊙ P))
SOFTMAX = {
    "one line": Z + "P = exp(Z)/sum(exp(Z), axis=C)",
    "the library's": Z + "P = softmax(Z)",
    "by index": Z + "P[n, c] = exp(Z[n, c])/sum[k](exp(Z[n, k]))",
    "two lines": Z + "E = exp(Z)\nP = E/sum(E, axis=C)",
    "three lines": Z + "E = exp(Z)\ns = sum(E, axis=C)\nP = E/s",
    "largest taken off": Z + "m = max(Z, axis=C)\nE = exp(Z - m)\ns = sum(E, axis=C)\nP = E/s",
    "largest taken off in one line": Z + "P = exp(Z - max(Z, axis=C))/sum(exp(Z - max(Z, axis=C)), axis=C)",
    "times the inverse": Z + "E = exp(Z)\nr = 1/sum(E, axis=C)\nP = E*r",
    "inverse first": Z + "r = 1/sum(exp(Z), axis=C)\nP = exp(Z)*r",
    "by the logarithm": Z + "P = exp(Z - log(sum(exp(Z), axis=C)))",
    "by the logarithm in two lines": Z + "l = log(sum(exp(Z), axis=C))\nP = exp(Z - l)",
    "along the first axis": "Z: input [C, N]\nP = exp(Z)/sum(exp(Z), axis=C)",
    "along the middle axis": "Z: input [A, C, B]\nE = exp(Z)\nP = E/sum(E, axis=C)",
    "over all": "Z: input [H, W]\nP = exp(Z)/sum(exp(Z))",
    "weighted": "Z: input [N, C]; M: constant [N, C]\nE = M*exp(Z)\nP = E/sum(E, axis=C)",
    "attention scores": "Z: input [T, S]; V: input [S, H]\nP = softmax(Z)\nY = P @ V",
}
# G - P ⊙ rowsum(G)
LOG_SOFTMAX = {
    "of the softmax": Z + "P = softmax(Z)\nY = log(P)",
    "of one line": Z + "Y = log(exp(Z)/sum(exp(Z), axis=C))",
    "difference": Z + "Y = Z - log(sum(exp(Z), axis=C))",
    "difference in two lines": Z + "l = log(sum(exp(Z), axis=C))\nY = Z - l",
    "largest taken off": Z + "m = max(Z, axis=C)\nY = Z - m - log(sum(exp(Z - m), axis=C))",
}
UNIT = {
    "one line": "X: input [N, D]\nY = X/sqrt(sum(X**2, axis=D))",
    "length by name": "X: input [N, D]\nr = sqrt(sum(X**2, axis=D))\nY = X/r",
}
SWISH = {"by sigmoid": "y = z*sigmoid(z)", "by hand": "y = z/(1 + exp(-z))"}
# (P - T)/N where the targets sum to 1, (P ⊙ rowsum(T) - T)/N where nothing is known of them
CROSS_ENTROPY = {
    "sum over N": "P = softmax(Z)\nL = -sum(T*log(P))/N",
    "mean of sums": "P = softmax(Z)\nL = mean(-sum(T*log(P), axis=C))",
    "line by line": "P = softmax(Z)\nl = -sum(T*log(P), axis=C)\nL = mean(l)",
    "one line": "L = -sum(T*log(softmax(Z)))/N",
    "of the log-softmax": "L = -sum(T*log_softmax(Z))/N",
    "by hand": "E = exp(Z)\ns = sum(E, axis=C)\nP = E/s\nL = -sum(T*log(P))/N",
    "largest taken off": "m = max(Z, axis=C)\nE = exp(Z - m)\ns = sum(E, axis=C)\nP = E/s\nL = -sum(T*log(P))/N",
    "layers called": "P = softmax(Z)\nL = cross_entropy(P, T)",
    "divergence": "P = softmax(Z)\nL = sum(T*log(T/P))/N",
}
# the same with the softmax written out: the layer has no tensor for it
UNNAMED_CROSS_ENTROPY = {
    "difference": "L = -sum(T*(Z - log(sum(exp(Z), axis=C))))/N",
    "two sums": "L = mean(log(sum(exp(Z), axis=C)) - sum(T*Z, axis=C))",
    "logarithm apart": "l = log(sum(exp(Z), axis=C))\nL = mean(sum(T*(l - Z), axis=C))",
}
# y (1 - y)
SIGMOID = {
    "the table's": "y = sigmoid(z)",
    "one line": "y = 1/(1 + exp(-z))",
    "other side": "y = exp(z)/(1 + exp(z))",
    "two lines": "e = exp(-z)\ny = 1/(1 + e)",
    "other side in two lines": "e = exp(z)\ny = e/(1 + e)",
    "by tanh": "y = (1 + tanh(z/2))/2",
    "own function": "s(x) = 1/(1 + exp(-x))\ny = s(z)",
}
# 1 - y²
TANH = {
    "the table's": "y = tanh(z)",
    "one line": "y = (exp(z) - exp(-z))/(exp(z) + exp(-z))",
    "three lines": "a = exp(z)\nb = exp(-z)\ny = (a - b)/(a + b)",
    "of twice": "y = (exp(2*z) - 1)/(exp(2*z) + 1)",
    "one fraction": "y = 1 - 2/(exp(2*z) + 1)",
    "hyperbolic": "y = sinh(z)/cosh(z)",
    "by sigmoid": "y = 2*sigmoid(2*z) - 1",
}
# (σ(z) - t)/N
BINARY_CROSS_ENTROPY = {
    "of the sigmoid": "p = sigmoid(z)\nL = -mean(t*log(p) + (1 - t)*log(1 - p))",
    "by hand": "p = 1/(1 + exp(-z))\nL = -mean(t*log(p) + (1 - t)*log(1 - p))",
    "by hand in two lines": "e = exp(-z)\np = 1/(1 + e)\nL = -mean(t*log(p) + (1 - t)*log(1 - p))",
    "other side, sum over N": "p = exp(z)/(1 + exp(z))\nL = -sum(t*log(p) + (1 - t)*log(1 - p))/N",
    "two sums": "p = sigmoid(z)\nL = -sum(t*log(p))/N - sum((1 - t)*log(1 - p))/N",
    "other class by name": "p = sigmoid(z)\nq = 1 - p\nL = -mean(t*log(p) + (1 - t)*log(q))",
    "one line": "L = -mean(t*log(sigmoid(z)) + (1 - t)*log(1 - sigmoid(z)))",
    "mirrored": "l = -(t*log(sigmoid(z)) + (1 - t)*log(sigmoid(-z)))\nL = mean(l)",
    "softplus": "L = mean(softplus(z) - t*z)",
    "softplus by hand": "L = mean(log(1 + exp(z)) - t*z)",
}
# (G - Y mean(G ⊙ Y) - mean(G))/σ
NORM = {
    "layer": "mu = mean(X, axis=D)\nv = mean((X - mu)**2, axis=D)\nY = (X - mu)/sqrt(v + eps)",
    "batch": "mu = mean(X, axis=N)\nv = mean((X - mu)**2, axis=N)\nY = (X - mu)/sqrt(v + eps)",
    "centred first": "mu = sum(X, axis=D)/D\nC = X - mu\nv = sum(C**2, axis=D)/D\ns = sqrt(v + eps)\nY = C/s",
    "times the inverse": "mu = mean(X, axis=D)\nC = X - mu\nr = 1/sqrt(mean(C*C, axis=D) + eps)\nY = C*r",
    "mean of squares": "mu = mean(X, axis=D)\nv = mean(X**2, axis=D) - mu**2\nY = (X - mu)/sqrt(v + eps)",
    "deviation by name": "mu = mean(X, axis=D)\nv = mean((X - mu)**2, axis=D)\ns = sqrt(v + eps)\nY = (X - mu)/s",
    "power of minus a half": "mu = mean(X, axis=D)\nv = mean((X - mu)**2, axis=D)\nY = (X - mu)*(v + eps)**(-0.5)",
    "inverse by name": "mu = mean(X, axis=D)\nv = mean((X - mu)**2, axis=D)\nr = 1/sqrt(v + eps)\nY = (X - mu)*r",
}
IMAGES = "layer l(eps = 1e-5)\nX: input [N, C, H, W]\n"
NORMS = {f"{name}": f"{WITH_EPS}X: input [N, D]\n{text}" for name, text in NORM.items()} | {
    "instance": IMAGES + "mu = mean(X, axis=(H, W))\nv = mean((X - mu)**2, axis=(H, W))\nY = (X - mu)/sqrt(v + eps)",
    "group": IMAGES.replace("C, H, W", "G, K, H")
    + "mu = mean(X, axis=(K, H))\nv = mean((X - mu)**2, axis=(K, H))\nY = (X - mu)/sqrt(v + eps)",
}

Row = tuple[str, str, int, frozenset[str]]


def rows() -> dict[str, Row]:
    """By name: the layer, the tensor differentiated by, what the textbook's line costs, what it reads."""
    found: dict[str, Row] = {}

    def add(kind: str, spellings: dict[str, str], tensor: str, most: int, reads: str, head: str = "") -> None:
        for name, text in spellings.items():
            found[f"{kind}: {name}"] = (head + text, tensor, most, frozenset(reads.split()))

    scores, scaled = SOFTMAX, {k: v for k, v in SOFTMAX.items() if k == "two lines"}
    add("softmax", scores, "Z", 17, "P")
    add("log-softmax", LOG_SOFTMAX, "Z", 25, "P Y Z")
    add("cross-entropy", CROSS_ENTROPY, "Z", 11, "P T", SUMMING)
    add("cross-entropy without the law", CROSS_ENTROPY, "Z", 18, "P T", TARGETS)
    add("cross-entropy, softmax unnamed", UNNAMED_CROSS_ENTROPY, "Z", 26, "Z T l", SUMMING)
    add("sigmoid", SIGMOID, "z", 11, "y", "z: input [N]\n")
    add("tanh", TANH, "z", 11, "y", "z: input [N]\n")
    add("binary cross-entropy", BINARY_CROSS_ENTROPY, "z", 14, "p t z", "z: input [N]; t: target [N]\n")
    add("norm", NORMS, "X", 43, "Y v s r")
    smooth = "P = softmax(Z)\nS = (1 - a)*T + a/C\nL = -sum(S*log(P))/N"
    add("label smoothing", {"by name": smooth}, "Z", 11, "P S", "layer l(a = 0.1)\n" + SUMMING)
    add("temperature", {k: WITH_TAU + v.replace("exp(Z)", "exp(Z/tau)") for k, v in scaled.items()}, "Z", 20, "P")
    cooled = "P = softmax(Z/tau)\nL = -sum(T*log(P))/N"
    add("temperature", {"cross-entropy": WITH_TAU + SUMMING + cooled}, "Z", 14, "P T")
    add("unit length", UNIT, "X", 27, "X Y r")
    add("swish", SWISH, "z", 20, "y z", "z: input [N]\n")
    twice = "P = 2*exp(Z)/sum(exp(Z), axis=C)"
    add("softmax", {"twice": twice}, "Z", 21, "P", Z)
    rms = "r = sqrt(mean(X**2, axis=D) + eps)\nY = X/r"
    add("root mean square", {"by name": f"{WITH_EPS}X: input [N, D]\n{rms}"}, "X", 24, "Y r")
    return found


ROWS = rows()


def derived(text: str) -> Derivation:
    program = derive.parse(text)
    wanted = [t.name for t in program.given if t.role == "input"]
    return derive.derive(program, wanted, upstream=[name for name in program.outputs if program.tensor(name).axes])


@pytest.mark.parametrize("name", ROWS)
def test_the_closed_form_comes_out(name: str) -> None:
    text, tensor, most, reads = ROWS[name]
    derivation = derived(text)
    index = derivation.gradients[tensor].index
    assert cost(index) <= most, index
    assert {t for t in tensors_in(index) if not is_cotangent(t)} <= reads, index
    above = {t for t in tensors_in(index) if is_cotangent(t)}
    assert above <= {"∂P", "∂Y", "∂y"}, index
    assert [v for v in judge(derivation, points=1) if not v.holds] == []


RESIDUAL = """
layer l(eps = 1e-5)
X: input [N, D]; g: param [D]; b: param [D]
mu = mean(X, axis=D)
v = mean((X - mu)**2, axis=D)
H = (X - mu)/sqrt(v + eps)
O = X + g*H + b
"""
KEYS = """
X: input [T, D]; Wq: param [D, E]; Wk: param [D, E]; k: param [E]; V: input [T, H]
Q = X @ Wq
K = X @ Wk + k
S[t, s] = sum[e](Q[t, e]*K[s, e])
P[t, s] = exp(S[t, s])/sum[r](exp(S[t, r]))
Y[t, h] = sum[s](P[t, s]*V[s, h])
"""
BEFORE_NORM = """
layer l(eps = 1e-5)
X: input [N, D]; W: param [D, H]; b: param [H]
U = X @ W + b
mu = mean(U, axis=N)
v = mean((U - mu)**2, axis=N)
Y = (U - mu)/sqrt(v + eps)
"""


def test_beside_a_residual_path_the_norm_keeps_its_three_terms() -> None:
    derivation = derived(RESIDUAL)
    gradient = derivation.gradients["X"]
    assert {"∂v", "∂mu"}.isdisjoint(tensors_in(gradient.index))
    assert cost(gradient.index) <= 45
    assert [v for v in judge(derivation, points=1) if not v.holds] == []


@pytest.mark.parametrize(
    ("text", "bias"),
    [
        (KEYS, "k"),
        (BEFORE_NORM, "b"),
        ("X: input [N, D]; W: param [D, C]; b: param [N]\nU = X @ W + b\nP = softmax(U)", "b"),
    ],
    ids=["of the keys", "before a norm", "before a softmax"],
)
def test_a_bias_that_cannot_matter_has_gradient_zero_by_a_named_step(text: str, bias: str) -> None:
    derivation = derive.derive(derive.parse(text))
    gradient = derivation.gradients[bias]
    assert str(gradient.index) == "0"
    assert "work_out_sums" in [step.rule for step in gradient.steps]
    assert [v for v in judge(derivation, points=1) if not v.holds] == []


def test_a_bias_that_matters_keeps_its_gradient() -> None:
    """As long as the values have a bias too, and where only the queries have one."""
    values = KEYS.replace("V: input [T, H]", "V: input [T, H]; c: param [H]").replace("*V[s, h]", "*(V[s, h] + c[h])")
    assert str(derive.derive(derive.parse(values)).gradients["c"].index) != "0"
    queries = KEYS.replace("Q = X @ Wq\nK = X @ Wk + k", "Q = X @ Wq + k\nK = X @ Wk")
    assert str(derive.derive(derive.parse(queries)).gradients["k"].index) != "0"
