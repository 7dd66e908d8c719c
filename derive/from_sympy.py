"""From SymPy to a `Program`: the same program as layer text gives, built from Indexed, Sum and functions.

SymPy expressions are only walked, never evaluated or turned into text: what has no counterpart here is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy

from derive.errors import LayerTextError
from derive.expression import Access, Axis
from derive.program import Function, Hyperparameter, Program, Tensor
from derive.reading import exact_hypers, guard, read_tensors, spelling
from derive.reading.arrays import scalar
from derive.reading.draft import Draft
from derive.reading.sympy_tree import SympyTree

Equations = Sequence[Any]  # sympy.Eq, or pairs of left and right side


def from_sympy(
    name: str,
    equations: Equations,
    *tensors: Tensor | str,
    hyperparameters: Mapping[str, object] | None = None,
    functions: Mapping[str, Any] | None = None,
) -> Program:
    """The program of SymPy equations ``Y[n, h] = ...`` over the tensors declared.

    A tensor is declared as in layer text, ``"X: input [N, D]"``, or given as `Tensor`. In the equations an array is a
    SymPy ``Indexed``, a scalar, a hyperparameter and the size of an axis are symbols of that name; a sum runs over a
    whole axis, ``Sum(..., (d, 0, D - 1))``. ``functions`` maps the name of a scalar function to a SymPy ``Lambda``.

    >>> from sympy import Eq, IndexedBase, Sum, symbols
    >>> n, d, D = symbols("n d D")
    >>> X, w, y = map(IndexedBase, "Xwy")
    >>> line = Eq(y[n], Sum(X[n, d] * w[d], (d, 0, D - 1)))
    >>> program = from_sympy("project", [line], "X: input [N, D]", "w: param [D]")
    >>> program.outputs, program.axes[0].name
    (('y',), 'N')

    Raises `LayerTextError` for what the layer language does not have.
    """
    draft = Draft()
    _check_name(name)
    for tensor in _declared(tensors):
        draft.tensors[tensor.name] = tensor
    for hyper, default in exact_hypers(hyperparameters or {}).items():
        if isinstance(default, str):
            raise LayerTextError(f"the hyperparameter {hyper} is no number: {default!r}")
        _check_name(hyper)
        draft.hypers[hyper] = Hyperparameter(hyper, default)
    for function, value in (functions or {}).items():
        parameters = tuple(str(p) for p in value.variables)
        _check_name(function, *parameters)
        body = SympyTree(draft, {p: Access(p) for p in parameters}).expression(value.expr)
        draft.functions[function] = Function(function, parameters, body)
    for equation in equations:
        _define(draft, name, equation)
    return draft.program(name)


def _declared(tensors: Sequence[Tensor | str]) -> list[Tensor]:
    found = [t for item in tensors for t in ([item] if isinstance(item, Tensor) else read_tensors(item))]
    names = [t.name for t in found]
    twice = [n for n in names if names.count(n) > 1]
    if twice:
        raise LayerTextError(f"{twice[0]} is declared twice", hint="each name has one meaning")
    for t in found:
        _check_name(t.name, *(a.name for a in t.axes if a.extent is None))
        if t.latex is not None and (fault := spelling.fault(t.latex)):
            raise LayerTextError(f"the spelling of {t.name}: {fault}")
    return found


def _check_name(*names: str) -> None:
    for name in names:
        fault = guard.name_fault(name)
        if fault:
            raise LayerTextError(fault, hint="choose another name")


def _define(draft: Draft, layer: str, equation: Any) -> None:
    """Add one equation; its letters run over the axes of the places where they stand."""
    sides = equation.args if isinstance(equation, sympy.Equality) else equation
    if not isinstance(sides, tuple) or len(sides) != 2:
        raise LayerTextError(f"{str(equation)[:40]!r} is no equation", hint="write Eq(Y[n, h], ...) or a pair")
    left, right = sides
    target, letters = (left.base.label, left.indices) if isinstance(left, sympy.Indexed) else (left, ())
    plain = all(isinstance(i, sympy.Symbol) for i in letters) and len(set(letters)) == len(letters)
    if not isinstance(target, sympy.Symbol) or not plain:
        raise LayerTextError(f"the left side {left} is no tensor with plain indices", hint="write Eq(Y[n, h], ...)")
    _check_name(target.name, *(i.name for i in letters))
    if target.name in draft.tensors:
        raise LayerTextError(f"{target.name} is defined twice", hint="each name has one meaning")
    if not isinstance(right, sympy.Basic):
        raise LayerTextError(f"the right side {str(right)[:40]!r} is no SymPy expression")
    walk = SympyTree(draft)
    walk.axes = _axes_of_letters(draft, right)
    indices = tuple(walk.bound(letter) for letter in letters)
    inner = SympyTree(draft, dict(zip((i.name for i in letters), indices, strict=True)), walk.axes)
    draft.define(target.name, scalar(inner.expression(right)), layer, f"{left} = {right}", indices)


def _axes_of_letters(draft: Draft, right: Any) -> dict[str, Axis]:
    axes: dict[str, Axis] = {}
    for entry in sympy.preorder_traversal(right):
        if not isinstance(entry, sympy.Indexed) or str(entry.base.label) not in draft.tensors:
            continue
        tensor = draft.tensors[str(entry.base.label)]
        if len(entry.indices) != len(tensor.axes):
            raise LayerTextError(f"{tensor.name} has {len(tensor.axes)} axes, but is written {entry}")
        for letter, axis in zip(entry.indices, tensor.axes, strict=True):
            if isinstance(letter, sympy.Symbol) and axes.setdefault(letter.name, axis) != axis:
                raise LayerTextError(
                    f"the index {letter} runs over {axes[letter.name].name} and, in {entry}, over {axis.name}",
                    hint="use one letter for each axis",
                )
    return axes
