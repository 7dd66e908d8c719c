"""Formulas as short plain labels: ``X W1 + b1``, ``−Σ T log(P) / N``; sums without their indices, no LaTeX."""

from __future__ import annotations

from fractions import Fraction

from derive.expression import (
    Access,
    Add,
    Axis,
    Call,
    Compare,
    Expr,
    Mul,
    Number,
    Pow,
    Reduce,
    Where,
    base_and_exponent,
    coefficient,
    mul,
    power,
)
from derive.matrix import Apply, Hadamard, Matrix, Product, Sum, Whole
from derive.notes.elementary import FUNCTION_LABELS
from derive.notes.matrix_parts import readable_matrix
from derive.plain_text import text
from derive.program import Equation, Program
from derive.rewriting import tensors_in

LONGEST = 28  # characters of a label


def equation_labels(program: Program) -> dict[str, str]:
    """The label of each equation, by the tensor that it defines."""
    parts: set[str] = set()  # of a layer that has more equations than one
    for equation in program.equations:
        for name in tensors_in(equation.right):
            source = program.equation(name)
            if source is not None and source.layer == equation.layer:
                parts |= {name, equation.name}
    return {e.name: equation_label(e, program, is_part=e.name in parts) for e in program.equations}


def equation_label(equation: Equation, program: Program, *, is_part: bool) -> str:
    """What an equation does: a function's name, a matrix formula, the layer that it is and not a part of, a formula."""
    right = equation.right
    layer = equation.layer.replace("_", " ")
    called = layer if equation.layer != program.name and not is_part else ""
    if isinstance(right, Call) and all(isinstance(a, Access) for a in right.args):
        return FUNCTION_LABELS.get(right.function, right.function)
    if isinstance(right, Access):
        return called or "="
    matrix = readable_matrix(equation, program)
    formulas = [matrix_label(matrix) or "" if matrix is not None else "", label(right)]
    choices = [formulas[0], called, formulas[1]] if equation.indices else formulas
    return next((c for c in choices if 0 < len(c) <= LONGEST), layer or equation.name)


def shape_label(axes: tuple[Axis, ...]) -> str:
    """``(N, D)``."""
    shown = [text(a.extent) if isinstance(a.extent, Number) else a.name for a in axes]
    return f"({', '.join(shown)}{',' if len(shown) == 1 else ''})"


def matrix_label(matrix: Matrix) -> str | None:
    """A product, a sum or a function of whole matrices; None for anything that would need brackets."""
    match matrix:
        case Whole(_, _, tensor, transposed):
            return tensor + "ᵀ" * transposed
        case Product(_, _, factors) if all(isinstance(f, Whole) for f in factors):
            return " ".join(f"{matrix_label(f)}{'ᵀ' if f.rows is None and f.cols else ''}" for f in factors)
        case Hadamard(_, _, factors) if all(isinstance(f, Whole) for f in factors):
            return " ⊙ ".join(matrix_label(f) or "" for f in factors)
        case Apply(_, _, function, (inner,), None):
            shown = matrix_label(inner)
            return shown and f"{FUNCTION_LABELS.get(function, function)}({shown})"
        case Sum(_, _, terms):
            parts = [matrix_label(t) for t in terms]
            return None if None in parts else " + ".join(p for p in parts if p)
        case _:
            return None


def label(expr: Expr) -> str:
    """An expression without its indices: ``exp(Z) / Σ exp(Z)``."""
    match expr:
        case Access(tensor, _):
            return tensor
        case Add(terms):
            first, *rest = terms
            return label(first) + "".join(
                f" − {_factor(mul(-1, t))}" if coefficient(t)[0] < 0 else f" + {_factor(t)}" for t in rest
            )
        case Mul(factors):
            return _product_label(expr, factors)
        case Pow(base, Number(value)) if value == Fraction(1, 2):
            return f"√{_factor(base)}"
        case Pow(base, Number(value)) if value.denominator == 1 and value > 0:
            return f"{_factor(base)}{str(value).translate(RAISED)}"
        case Pow(base, Number(value)) if value < 0:
            return f"1 / {_factor(power(base, -value))}"
        case Call(function, args):
            return f"{FUNCTION_LABELS.get(function, function)}({', '.join(map(label, args))})"
        case Where(Compare(op, left, right), then, otherwise):
            return f"{label(then)} if {label(left)} {op} {label(right)} else {label(otherwise)}"
        case Reduce("sum", _, body):
            return f"Σ {_factor(body)}"
        case Reduce(op, _, body):
            return f"{op} {_factor(body)}"
        case _:
            return text(expr)


RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def _factor(expr: Expr) -> str:
    return f"({label(expr)})" if isinstance(expr, Add) else label(expr)


def _product_label(expr: Mul, factors: tuple[Expr, ...]) -> str:
    if coefficient(expr)[0] < 0:
        return f"−{_factor(mul(-1, expr))}"
    below = [power(b, mul(-1, e)) for b, e in map(base_and_exponent, factors) if coefficient(e)[0] < 0]
    above = [f for f in factors if coefficient(base_and_exponent(f)[1])[0] > 0]
    over = " ".join(map(_factor, above)) or "1"
    if not below:
        return over
    under = " ".join(map(_factor, below))
    return f"{over} / {under}" if len(below) == 1 else f"{over} / ({under})"
