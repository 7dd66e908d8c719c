"""Planted faults: the slips of a hand-written derivation, made at every place of a line where they fit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

from derive.expression import (
    ONE,
    Access,
    Add,
    Call,
    Compare,
    Delta,
    Expr,
    Index,
    Mul,
    Number,
    Pow,
    Reduce,
    Size,
    Slope,
    add,
    mul,
    number,
    power,
)
from derive.ledger import Derivation, Gradient
from derive.matrix import Apply, Hadamard, Matrix, Ones, Product, ScalarPart, Sum, Whole
from derive.program import Program
from derive.rewriting import all_indices, children, rebuild

HALF = ScalarPart(None, None, number(Fraction(1, 2)))
MINUS = ScalarPart(None, None, number(-1))
SWAPPED = {"exp": "tanh", "tanh": "sigmoid", "sigmoid": "tanh", "log": "exp", "relu": "abs"}


def faults(expr: Expr, program: Program) -> Iterator[tuple[str, Expr]]:
    """Wrong versions of the expression, each with the name of the slip."""
    yield "sign", mul(-1, expr)
    yield "factor 2", mul(2, expr)
    yield "one added", add(expr, 1)
    yield from _below(expr, expr, program)


def _below(here: Expr, top: Expr, program: Program) -> Iterator[tuple[str, Expr]]:
    yield from _slips(here, top, program)
    parts = children(here)
    for k, part in enumerate(parts):
        for name, wrong in _below(part, top, program):
            yield name, rebuild(here, (*parts[:k], wrong, *parts[k + 1 :]))


def _slips(here: Expr, top: Expr, program: Program) -> Iterator[tuple[str, Expr]]:
    """The slips that fit this node."""
    match here:
        case Add(terms):
            for k, term in enumerate(terms):
                yield "sign of a term", add(*terms[:k], mul(-1, term), *terms[k + 1 :])
                yield "term missing", add(*terms[:k], *terms[k + 1 :])
        case Mul(factors):
            for k, factor in enumerate(factors):
                rest = (*factors[:k], *factors[k + 1 :])
                yield _name_of_missing(factor), mul(*rest)
                if isinstance(factor, Access) and isinstance(rest[0], Access):
                    yield "square instead of product", mul(rest[0], *rest)
        case Access(tensor, indices):
            yield from _wrong_access(tensor, indices, top, program)
        case Reduce("sum", _, body):
            yield "sum missing", body
            yield "max instead of sum", Reduce("max", here.indices, body)
        case Call(name, args):
            yield "wrong argument", Call(name, (args[0] * Fraction(1, 2), *args[1:]))
            if name in SWAPPED:
                yield "wrong function", Call(SWAPPED[name], args)
        case Slope(name, args, _):
            yield "value instead of slope", Call(name, args)
        case Compare(op, left, right):
            yield "other side", Compare({">": "<", "<": ">", ">=": "<", "<=": ">"}.get(op, "=="), left, right)
            yield "bracket missing", ONE
        case Delta():
            yield "delta missing", ONE
        case Pow(base, Number(value)):
            yield "exponent", power(base, value + 1)
            yield "inverse", power(base, -value)


def _name_of_missing(factor: Expr) -> str:
    if isinstance(factor, Pow) and isinstance(factor.base, Size):
        return "1/N missing"
    return "delta missing" if isinstance(factor, Delta) else "factor missing"


def _wrong_access(tensor: str, indices: tuple[Expr, ...], top: Expr, program: Program) -> Iterator[tuple[str, Expr]]:
    if len(indices) == 2:
        yield "transposed", Access(tensor, indices[::-1])
    axes = program.tensor(tensor).axes
    for other in program.tensors:
        if other.axes == axes and other.name != tensor and not other.integer:
            yield "another tensor of that shape", Access(other.name, indices)
    for k, index in enumerate(indices):
        for other_index in sorted(all_indices(top), key=lambda i: i.name):
            if isinstance(index, Index) and other_index.axis == index.axis and other_index != index:
                yield "wrong index", Access(tensor, (*indices[:k], other_index, *indices[k + 1 :]))


def matrix_faults(matrix: Matrix, program: Program) -> Iterator[tuple[str, Matrix]]:
    """Wrong versions of a matrix formula, axes kept as they were said."""
    yield "sign", Hadamard(matrix.rows, matrix.cols, (MINUS, matrix))
    yield "factor", Hadamard(matrix.rows, matrix.cols, (HALF, matrix))
    yield "half added", Sum(matrix.rows, matrix.cols, (matrix, HALF))
    if matrix.rows != matrix.cols:
        yield "transposed", replace(matrix, rows=matrix.cols, cols=matrix.rows)
    yield from _matrices_below(matrix, program)


def _matrices_below(here: Matrix, program: Program) -> Iterator[tuple[str, Matrix]]:
    match here:
        case Whole(rows, cols, tensor, transposed):
            if rows is not None and cols is not None:
                yield "transpose forgotten", replace(here, transposed=not transposed)
            for other in program.tensors:
                if other.axes == program.tensor(tensor).axes and other.name != tensor:
                    yield "another tensor of that shape", replace(here, tensor=other.name)
        case Ones():
            yield "half instead of one", Hadamard(here.rows, here.cols, (here, HALF))
        case Apply(_, _, name, args, slope_of):
            if slope_of is not None:
                yield "value instead of slope", replace(here, slope_of=None)
            elif name in SWAPPED:
                yield "wrong function", replace(here, function=SWAPPED[name])
            yield from _inside(here, "args", args, program)
        case Product(_, _, factors):
            yield "order", replace(here, factors=factors[::-1])
            yield "matrix product for ⊙", Hadamard(here.rows, here.cols, factors)
            yield from _missing(here, "factors", factors)
            yield from _inside(here, "factors", factors, program)
        case Hadamard(_, _, factors):
            yield from _missing(here, "factors", factors)
            yield from _inside(here, "factors", factors, program)
        case Sum(_, _, terms):
            yield from _missing(here, "terms", terms)
            yield from _inside(here, "terms", terms, program)


def _missing(here: Matrix, name: str, parts: tuple[Matrix, ...]) -> Iterator[tuple[str, Matrix]]:
    for k in range(len(parts)):
        changed: dict[str, Any] = {name: (*parts[:k], *parts[k + 1 :])}
        yield "part missing", replace(here, **changed)


def _inside(here: Matrix, name: str, parts: tuple[Matrix, ...], program: Program) -> Iterator[tuple[str, Matrix]]:
    for k, part in enumerate(parts):
        for fault, wrong in _matrices_below(part, program):
            changed: dict[str, Any] = {name: (*parts[:k], wrong, *parts[k + 1 :])}
            yield fault, replace(here, **changed)


def in_the_last_line(derivation: Derivation, gradient: Gradient, wrong: Expr) -> Derivation:
    """The derivation with another result of one gradient, its steps as they were."""
    return _with(derivation, gradient, replace(gradient, index=wrong, matrix=None))


def in_the_matrix(derivation: Derivation, gradient: Gradient, wrong: Matrix) -> Derivation:
    """The derivation with another matrix form of one gradient."""
    return _with(derivation, gradient, replace(gradient, matrix=wrong))


def in_a_step(derivation: Derivation, gradient: Gradient, path: int, step: int, wrong: Expr) -> Derivation:
    """The derivation with a wrong line after a step, from which the next step goes on as if nothing was."""
    vjp = gradient.contributions[path]
    steps = list(vjp.steps)
    steps[step] = replace(steps[step], after=wrong)
    if step + 1 < len(steps):
        steps[step + 1] = replace(steps[step + 1], before=wrong)
    paths = list(gradient.contributions)
    paths[path] = replace(vjp, steps=tuple(steps))
    return _with(derivation, gradient, replace(gradient, contributions=tuple(paths)))


def _with(derivation: Derivation, old: Gradient, new: Gradient) -> Derivation:
    gradients = tuple(new if g is old else g for g in derivation.all_gradients)
    return replace(derivation, all_gradients=gradients)
