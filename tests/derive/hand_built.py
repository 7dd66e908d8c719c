"""Programs built by hand, without the reader: what the judge is tried on, each with a trait of its own."""

from __future__ import annotations

from fractions import Fraction

from derive.expression import (
    ONE,
    Access,
    Axis,
    Call,
    Compare,
    Delta,
    Expr,
    Hyper,
    Index,
    Mul,
    Number,
    Pow,
    Size,
    Where,
    number,
    power,
    total,
)
from derive.program import Equation, Function, Hyperparameter, Law, Program, Tensor

N, D, H, C, V = (Axis(name) for name in "NDHCV")
n, d, h, c, k, v = (Index(name, axis) for name, axis in (("n", N), ("d", D), ("h", H), ("c", C), ("k", C), ("v", V)))
d2 = Index("d2", D)


def at(tensor: str, *indices: Expr) -> Access:
    """An entry of a tensor."""
    return Access(tensor, indices)


def call(name: str, *args: Expr) -> Expr:
    """A scalar function of scalars."""
    return Call(name, args)


HALF = number(Fraction(1, 2))

SQUARE = Program(
    "square",
    (Tensor("x", (), "input"), Tensor("y", (), "input"), Tensor("z")),
    (Equation(at("z"), (at("x") + at("y")) ** 2),),
)

AFFINE = Program(
    "affine",
    (Tensor("X", (N, D), "input"), Tensor("W", (D, H), "param"), Tensor("b", (H,), "param"), Tensor("Y", (N, H))),
    (Equation(at("Y", n, h), total((d,), at("X", n, d) * at("W", d, h)) + at("b", h)),),
)

SOFTMAX = Program(
    "softmax",
    (Tensor("X", (N, C), "input"), Tensor("Y", (N, C))),
    (Equation(at("Y", n, c), call("exp", at("X", n, c)) / total((k,), call("exp", at("X", n, k)))),),
)

SQUARED_ERROR = Program(
    "mean_squared_error",
    (
        Tensor("X", (N, D), "input"),
        Tensor("W", (D, H), "param"),
        Tensor("T", (N, H), "target"),
        Tensor("Y", (N, H)),
        Tensor("L"),
    ),
    (
        Equation(at("Y", n, h), total((d,), at("X", n, d) * at("W", d, h))),
        Equation(at("L"), HALF * total((n, h), (at("Y", n, h) - at("T", n, h)) ** 2) / Size(N)),
    ),
)

TWO_LAYER_NET = Program(
    "two_layer_net",
    (
        Tensor("X", (N, D), "input"),
        Tensor("T", (N, C), "target", (Law("sum", C, ONE),)),
        Tensor("W1", (D, H), "param"),
        Tensor("b1", (H,), "param"),
        Tensor("W2", (H, C), "param"),
        Tensor("b2", (C,), "param"),
        Tensor("U1", (N, H)),
        Tensor("Z1", (N, H)),
        Tensor("U2", (N, C)),
        Tensor("P", (N, C)),
        Tensor("L"),
    ),
    (
        Equation(at("U1", n, h), total((d,), at("X", n, d) * at("W1", d, h)) + at("b1", h)),
        Equation(at("Z1", n, h), call("relu", at("U1", n, h))),
        Equation(at("U2", n, c), total((h,), at("Z1", n, h) * at("W2", h, c)) + at("b2", c)),
        Equation(at("P", n, c), call("exp", at("U2", n, c)) / total((k,), call("exp", at("U2", n, k)))),
        Equation(at("L"), -total((n, c), at("T", n, c) * call("log", at("P", n, c))) / Size(N)),
    ),
)

# Two paths to X, a root with an epsilon, a mean over an axis.
NORM = Program(
    "norm",
    (
        Tensor("X", (N, D), "input"),
        Tensor("m", (N,)),
        Tensor("s", (N,)),
        Tensor("Y", (N, D)),
    ),
    (
        Equation(at("m", n), total((d,), at("X", n, d)) / Size(D)),
        Equation(
            at("s", n),
            power(total((d,), (at("X", n, d) - at("m", n)) ** 2) / Size(D) + Hyper("eps"), Fraction(1, 2)),
        ),
        Equation(at("Y", n, d), (at("X", n, d) - at("m", n)) / at("s", n)),
    ),
    hyperparameters=(Hyperparameter("eps", Number(Fraction(1, 100))),),
)

# A function of the layer's own, with a hyperparameter, and one with a kink.
SILU = Program(
    "silu",
    (Tensor("X", (N, D), "input"), Tensor("w", (D,), "param"), Tensor("Y", (N, D)), Tensor("Z", (N, D))),
    (
        Equation(at("Y", n, d), call("silu", at("X", n, d) * at("w", d))),
        Equation(at("Z", n, d), call("leaky", at("Y", n, d))),
    ),
    functions=(
        Function("silu", ("x",), at("x") * call("sigmoid", Hyper("beta") * at("x"))),
        Function("leaky", ("u",), Where(Compare(">", at("u"), Number(Fraction(0))), at("u"), HALF * at("u"))),
    ),
    hyperparameters=(Hyperparameter("beta", Number(Fraction(3, 2))),),
)

# A gather: rows of E picked by whole numbers.
EMBEDDING = Program(
    "embedding",
    (Tensor("E", (V, D), "param"), Tensor("token", (N,), "input", integer=True), Tensor("Y", (N, D))),
    (Equation(at("Y", n, d), at("E", at("token", n), d)),),
)

# Labels in a delta, one-hot targets, scalar loss.
LABELS = Program(
    "labels",
    (Tensor("X", (N, C), "input"), Tensor("t", (N,), "target", integer=True), Tensor("L")),
    (
        Equation(
            at("L"),
            -total((n, c), Delta(at("t", n), c) * at("X", n, c))
            + total((n,), call("log", total((c,), call("exp", at("X", n, c))))),
        ),
    ),
)

# A convolution over one axis with a literal kernel width and padding as a guard.
TAPS = Axis("K", Number(Fraction(3)))
TIME = Axis("T")
i, r = Index("i", TIME), Index("r", TAPS)
_SHIFTED = i + r - 1
CONVOLUTION = Program(
    "convolution",
    (Tensor("x", (TIME,), "input"), Tensor("w", (TAPS,), "param"), Tensor("y", (TIME,))),
    (
        Equation(
            at("y", i),
            total(
                (r,),
                Mul(
                    (
                        Compare(">=", _SHIFTED, Number(Fraction(0))),
                        Compare("<", _SHIFTED, Size(TIME)),
                        at("x", _SHIFTED),
                        at("w", r),
                    )
                ),
            ),
        ),
    ),
)

# A symmetric matrix in a quadratic form, an exponential and a division.
QUADRATIC = Program(
    "quadratic",
    (
        Tensor("A", (D, D), "constant", (Law("symmetric"),)),
        Tensor("x", (D,), "input"),
        Tensor("q"),
        Tensor("L"),
    ),
    (
        Equation(at("q"), total((d, d2), at("x", d) * at("A", d, d2) * at("x", d2))),
        Equation(at("L"), Pow(1 + at("q") ** 2, Number(Fraction(-1)))),
    ),
)

# Fan-out to two outputs: one with a given gradient, one a loss of its own.
FORK = Program(
    "fork",
    (Tensor("X", (N, D), "input"), Tensor("Y", (N, D)), Tensor("Z", (N,)), Tensor("L")),
    (
        Equation(at("Y", n, d), call("tanh", at("X", n, d))),
        Equation(at("Z", n), total((d,), at("Y", n, d) * at("X", n, d))),
        Equation(at("L"), total((n, d), at("Y", n, d) ** 3)),
    ),
)

ALL = (
    SQUARE,
    AFFINE,
    SOFTMAX,
    SQUARED_ERROR,
    TWO_LAYER_NET,
    NORM,
    SILU,
    EMBEDDING,
    LABELS,
    CONVOLUTION,
    QUADRATIC,
    FORK,
)
