"""What we print we can read back, and what SymPy says is what the text says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sympy
from sympy import Eq, IndexedBase, KroneckerDelta, Lambda, Max, Piecewise, Product, Sum, exp, log, symbols

from derive.errors import LayerTextError
from derive.expression import ZERO, Access, Compare, Expr, Index, Where
from derive.from_sympy import from_sympy
from derive.library import chain, names
from derive.plain_text import letter, text
from derive.program import Equation, Program
from derive.reading import parse
from derive.rewriting import bottom_up
from tests.derive.reading.values import computed
from tests.layers import FOLDER


def written_out(program: Program) -> str:
    """The program as layer text in index notation; primes, which no text may hold, become letters."""
    lines = [f"layer {program.name}({', '.join(f'{h.name} = {text(h.default)}' for h in program.hyperparameters)})"]
    for t in program.given:
        laws = "".join({"one-hot": ", one-hot", "symmetric": ", symmetric"}.get(w.kind, "") for w in t.laws)
        laws += "" if "one-hot" in laws else "".join(f", sum over {w.axis.name} = 1" for w in t.laws if w.kind == "sum")
        axes = ", ".join(a.name for a in t.axes) + "..." * t.flattened
        laws += ", integer" * t.integer + f", {t.outside} outside" * bool(t.outside)
        spelled = f', latex "{t.latex}"' if t.latex else ""
        lines.append(f"{t.name}: {t.role} {f'[{axes}]' if t.axes else ''}{laws}{spelled}")
    lines += [f"{f.name}({', '.join(f.parameters)}) = {text(f.body)}" for f in program.functions]
    lines += [line(program, e).replace("'", "_") for e in program.equations]
    return "\n".join(lines)


def line(program: Program, equation: Equation) -> str:
    """The equation; a step before is said as its start, and read as ``h[t - 1]``, as a user writes it."""
    if match := back(program, equation):
        _, state, now, start = match
        letters = ["-1" if i == now else i.name for i in equation.indices]
        return f"{state}[{', '.join(letters)}] = {text(start)}" if start != ZERO else ""
    states = {e.name: (match[1], e.indices.index(match[2])) for e in program.equations if (match := back(program, e))}

    def one_back(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor not in states:
            return here
        state, place = states[here.tensor]
        return Access(state, tuple(i - 1 if k == place else i for k, i in enumerate(here.indices)))

    right = bottom_up(equation.right, one_back)
    outside = program.tensor(equation.name).outside
    return f"{left(equation)} = {text(right)}" + f", {outside} outside" * bool(outside)


def back(program: Program, equation: Equation) -> tuple[str, str, Index, Expr] | None:
    """Of the equation of a step before: its name, the state, the index of time, what stands before the first step."""
    match equation.right:
        case Where(Compare(">", Index() as now, _), Access(state, _), start) if equation.name == f"{state}_prev":
            return equation.name, state, now, start
    return None


def left(equation: Equation) -> str:
    """The left side, with the ranges of letters over declared axes that nothing on the right side tells."""
    shown = [i.name if i.axis.extent is not None else letter(i, equation.right) for i in equation.indices]
    return f"{equation.name}[{', '.join(shown)}]" if shown else equation.name


MORE = sorted(FOLDER.glob("*.layer"))


# Of array notation only: index notation has no word for a matrix function, nor for an axis that is made of others.
ARRAYS_ONLY = (
    "concat", "determinant", "gaussian_full_covariance", "inverse", "lenet", "log_det", "split_head_attention"
)  # fmt: skip


@pytest.mark.parametrize("name", [*(n for n in names() if n not in ARRAYS_ONLY), *(str(path) for path in MORE)])
def test_every_layer_reads_back_from_its_index_notation(name):
    program = chain(name)
    again = parse(written_out(program))
    assert [t.axes for t in again.tensors] == [t.axes for t in program.tensors]
    assert [t.laws for t in again.tensors] == [t.laws for t in program.tensors]
    assert again.hyperparameters == program.hyperparameters
    for before, after in zip(program.equations, again.equations, strict=True):
        assert text(after.right) == text(before.right).replace("'", "_")


n, m, d, h, c, N, D, H, C, s, eps = symbols("n m d h c N D H C s eps")
X, W, b, U, Z, P, T, x, y, Y = map(IndexedBase, ["X", "W", "b", "U", "Z", "P", "T", "x", "y", "Y"])
L = sympy.Symbol("L")
SAME = {
    "affine": (
        ([Eq(U[n, h], Sum(X[n, d] * W[d, h], (d, 0, D - 1)) + b[h])],
         "X: input [N, D]", "W: param [D, H]", "b: param [H]"),
        "U = X @ W + b",
    ),
    "softmax_cross_entropy": (
        ([Eq(P[n, c], exp(Z[n, c]) / Sum(exp(Z[n, m]), (m, 0, C - 1))),
          Eq(L, -Sum(T[n, c] * log(P[n, c]), (n, 0, N - 1), (c, 0, C - 1)) / N)],
         "Z: input [N, C]", "T: target [N, C], sum over C = 1"),
        "P = softmax(Z); L = -sum(T * log(P)) / N",
    ),
    "functions": (
        ([Eq(y[n], sympy.Function("relu")(x[n]) + Max(x[n], s) * sympy.sqrt(x[n]) + sympy.Abs(x[n]) ** 3 + sympy.pi),
          Eq(Y[n], sympy.Function("silu")(y[n]) / 3 + sympy.Float("0.1"))],
         "x: input [N]", "s: input"),
        "silu(x) = x * sigmoid(x); y = relu(x) + maximum(x, s) * sqrt(x) + abs(x)**3 + pi; Y = silu(y) / 3 + 0.1",
    ),
    "cases": (
        ([Eq(y[n], Piecewise((x[n], x[n] > 1), (-x[n], x[n] <= sympy.Rational(1, 2)), (0, True))),
          Eq(Y[n, m], y[n] * KroneckerDelta(n, m) + x[m] * Product(x[d], (d, 0, N - 1)))],
         "x: input [N]"),
        "y = where(x > 1, x, where(x <= 1/2, -x, 0)); Y[n, m] = y[n] * delta(n, m) + x[m] * prod(x)",
    ),
    "pairs": (([(L, Sum(x[n] ** 2, (n, 0, N - 1)))], "x: input [N]"), "L = sum(x**2)"),
}  # fmt: skip


@pytest.mark.parametrize("case", SAME)
def test_sympy_and_text_give_the_same_program(case):
    (equations, *declared), lines = SAME[case]
    silu = {"silu": Lambda(s, s * sympy.Function("sigmoid")(s))} if "silu" in lines else {}
    ours = from_sympy(case, equations, *declared, functions=silu)
    theirs = parse(f"layer {case}\n" + "\n".join(declared) + "\n" + lines)
    assert ours.name == theirs.name
    assert ours.tensors == tuple(replace(t, meaning="") for t in theirs.tensors)
    assert [f.name for f in ours.functions] == [f.name for f in theirs.functions]
    values, expected = computed(ours), computed(theirs)
    for name, array in expected.items():
        np.testing.assert_allclose(values[name], array, rtol=1e-12)


def test_the_order_of_sympy_is_the_order_of_its_printer():
    (equations, *declared), _ = SAME["affine"]
    program = from_sympy("affine", equations, *declared)
    assert sorted(str(program.equations[0].right).split(" + ")) == ["b[h]", "sum[d](W[d, h]*X[n, d])"]


def test_hyperparameters_from_sympy():
    program = from_sympy("f", [Eq(y[n], log(x[n] + eps))], "x: input [N]", hyperparameters={"eps": 1e-7})
    assert program.hyperparameters == parse("layer f(eps = 1e-7)\nx: input [N]; y = log(x + eps)").hyperparameters
    assert str(program.equations[0].right) in ("eps + log(x[n])", "log(x[n] + eps)", "log(eps + x[n])")


@pytest.mark.parametrize(
    ("equation", "message"),
    [
        (Eq(y[n], x[n] + U[n]), "U is not defined"),
        (Eq(y[n], x[n + 1]), "stands on no tensor|not all letters"),
        (Eq(y[n + 1], x[n]), "no tensor with plain indices"),
        (Eq(y[n], x[n] + x[m]), "not all letters"),
        (Eq(y[n], x[n, m]), "x has 1 axes"),
        (Eq(y[n], Sum(x[m], (m, 1, N))), "the index n stands on no tensor"),
        (Eq(y[n], x[n] + Sum(x[m], (m, 1, N))), "not over the axis N"),
        (Eq(y[n], x[n] * s), "s is not known"),
        (Eq(y[n], sympy.gamma(x[n])), "no function gamma"),
        (Eq(y[n], sympy.I * x[n]), "not part of the layer language"),
        (Eq(y[n], Piecewise((x[n], x[n] > 0))), "no value where no condition holds"),
        (Eq(x[n], 2 * x[n]), "x is defined twice"),
        ((y[n], "__import__('os')"), "is no SymPy expression"),
        (Eq(IndexedBase("a b")[n], x[n]), "'a b' is no name"),
        (Eq(y[n, n], x[n]), "no tensor with plain indices"),
        (x[n], "is no equation"),
    ],
)
def test_what_the_language_does_not_have(equation, message):
    with pytest.raises(LayerTextError, match=message):
        from_sympy("f", [equation], "x: input [N]")


def test_declarations_alone():
    with pytest.raises(LayerTextError, match="only declarations"):
        from_sympy("f", [], "x: input; y = x")
    with pytest.raises(LayerTextError, match="declared twice"):
        from_sympy("f", [], "x: input", "x: param")
