"""A SymPy expression walked into our own tree, node by node; what has no counterpart here is refused."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import sympy

from derive import scalar_functions
from derive.errors import LayerTextError
from derive.expression import (
    Access,
    Axis,
    Call,
    Compare,
    Constant,
    Expr,
    Hyper,
    Index,
    Where,
    add,
    delta,
    mul,
    number,
    power,
)
from derive.reading.draft import Draft
from derive.reading.reductions import over_letters, size
from derive.reading.source import did_you_mean

COMPARISONS = (">", ">=", "<", "<=", "==", "!=")
RENAMED = {"Abs": "abs", "Max": "maximum", "Min": "minimum"}


@dataclass
class SympyTree:
    """Walks a SymPy expression; ``known`` are the letters and parameters in force, ``axes`` what letters run over."""

    draft: Draft
    known: dict[str, Expr] = field(default_factory=dict)
    axes: dict[str, Axis] = field(default_factory=dict)

    def bound(self, letter: Any) -> Index:
        """The index of a letter."""
        if letter.name not in self.axes:
            raise LayerTextError(f"the index {letter} stands on no tensor, so its axis is not known")
        return Index(letter.name, self.axes[letter.name])

    def expression(self, e: Any) -> Expr:
        """The same expression in our own tree."""
        match e:
            case sympy.Rational():
                return number(Fraction(int(e.p), int(e.q)))
            case sympy.Float():
                return number(Fraction(str(e)))
            case sympy.Symbol():
                return self._symbol(e.name)
            case sympy.Indexed():
                return self._entry(e)
            case sympy.Add():
                return add(*map(self.expression, e.as_ordered_terms()))
            case sympy.Mul():
                return mul(*map(self.expression, e.as_ordered_factors()))
            case sympy.exp():  # before Pow: SymPy counts exp(x) as a power of E in places
                return Call("exp", (self.expression(e.args[0]),))
            case sympy.Pow():
                return power(self.expression(e.base), self.expression(e.exp))
            case sympy.Sum() | sympy.Product():
                return self._reduction(e)
            case sympy.KroneckerDelta():
                return delta(*map(self.expression, e.args))
            case sympy.Piecewise():
                return self._cases(e)
            case _ if isinstance(e, sympy.core.relational.Relational) and e.rel_op in COMPARISONS:
                return Compare(e.rel_op, self.expression(e.lhs), self.expression(e.rhs))
            case sympy.Function() | sympy.Max() | sympy.Min():
                return self._call(e)
        if e in (sympy.pi, sympy.E):
            return Constant("pi" if e == sympy.pi else "e")
        raise LayerTextError(f"{e} ({type(e).__name__}) is not part of the layer language")

    def _symbol(self, name: str) -> Expr:
        tensor = self.draft.tensors.get(name)
        axis = next((a for t in self.draft.tensors.values() for a in t.axes if a.name == name), None)
        if name in self.known:
            return self.known[name]
        if tensor is not None and not tensor.axes:
            return Access(name)
        if name in self.draft.hypers:
            return Hyper(name)
        if axis is not None:
            return size(axis)
        raise LayerTextError(f"{name} is not known", hint=did_you_mean(name, self.draft.tensors, "the tensors are"))

    def _entry(self, e: Any) -> Expr:
        name = str(e.base.label)
        if name not in self.draft.tensors:
            raise LayerTextError(f"{name} is not defined", hint=did_you_mean(name, self.draft.tensors, "there is"))
        if not all(isinstance(i, sympy.Symbol) and i.name in self.known for i in e.indices):
            raise LayerTextError(f"the indices of {e} are not all letters of the left side or of a sum")
        return Access(name, tuple(self.known[i.name] for i in e.indices))

    def _reduction(self, e: Any) -> Expr:
        indices = tuple(self.bound(limits[0]) for limits in e.limits)
        for index, (_, low, high) in zip(indices, e.limits, strict=True):
            extent = index.axis.extent
            last = sympy.Symbol(index.axis.name) if extent is None else sympy.Integer(index.axis.name)
            if low != 0 or str(high) != str(last - 1):
                raise LayerTextError(
                    f"{index.name} runs from {low} to {high}, not over the axis {index.axis.name}",
                    hint=f"write ({index.name}, 0, {last - 1})",
                )
        inner = SympyTree(self.draft, {**self.known, **{i.name: i for i in indices}}, self.axes)
        return over_letters("sum" if isinstance(e, sympy.Sum) else "prod", indices, inner.expression(e.function))

    def _cases(self, e: Any) -> Expr:
        *cases, (last, always) = e.args
        if always != sympy.true:
            raise LayerTextError(f"{e} has no value where no condition holds", hint="end it with (value, True)")
        result = self.expression(last)
        for value, condition in reversed(cases):
            result = Where(self.expression(condition), self.expression(value), result)
        return result

    def _call(self, e: Any) -> Expr:
        name = RENAMED.get(type(e).__name__, type(e).__name__)
        arguments = [self.expression(a) for a in e.args]
        if name in self.draft.functions:
            return Call(name, tuple(arguments))
        if not scalar_functions.is_function(name):
            raise LayerTextError(f"there is no function {name}", hint="give it in functions={...}")
        if name in ("maximum", "minimum"):
            first, *rest = arguments
            for other in rest:
                first = scalar_functions.apply(name, first, other)
            return first
        return scalar_functions.apply(name, *arguments)
