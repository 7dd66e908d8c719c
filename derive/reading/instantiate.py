"""A layer's equations under other names: its tensors, axes, functions and hyperparameters become those of a network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from derive.expression import Access, Axis, Call, Expr, Hyper, Index, Reduce, Size, total
from derive.index_names import indices_for, indices_in_order
from derive.program import Equation, Kink, Law, Program, Tensor
from derive.reading.reductions import size
from derive.rewriting import children, fresh, rebuild, walk


@dataclass(frozen=True)
class Naming:
    """What each name becomes; a name that is missing stays."""

    tensors: Mapping[str, str] = field(default_factory=dict)
    axes: Mapping[Axis, Axis] = field(default_factory=dict)
    functions: Mapping[str, str] = field(default_factory=dict)
    hypers: Mapping[str, Expr] = field(default_factory=dict)

    def axis(self, axis: Axis) -> Axis:
        """What the axis becomes."""
        return self.axes.get(axis, axis)

    def tensor(self, tensor: Tensor) -> Tensor:
        """The tensor under its new name; a spelling of its own goes with the old name only."""
        name = self.tensors.get(tensor.name, tensor.name)
        laws = tuple(Law(w.kind, w.axis and self.axis(w.axis), w.value) for w in tensor.laws)
        latex = tensor.latex if name == tensor.name else None
        axes = tuple(self.axis(a) for a in tensor.axes)
        return replace(tensor, name=name, axes=axes, laws=laws, latex=latex)

    def equation(self, equation: Equation) -> Equation:
        """The equation under new names; an index whose axis changes takes the letter of that axis, if it has one."""
        indices = self._indices(equation)
        left, right = self.expression(equation.left, indices), self.expression(equation.right, indices)
        assert isinstance(left, Access)
        return Equation(left, right, equation.layer, equation.source)

    def _indices(self, equation: Equation) -> dict[Index, Index]:
        """A new index for each old one, all with names of their own: nothing can be captured."""
        renamed: dict[Index, Index] = {}
        for old in indices_in_order(equation):
            axis = self.axis(old.axis)
            named = axis != old.axis and axis.name[0].isupper()
            kept = indices_for((axis,))[0] if named else Index(old.name.rstrip("'"), axis)
            renamed[old] = fresh(kept, renamed.values())
        return renamed

    def kink(self, kink: Kink) -> Kink:
        """The slope chosen for the function under its new name."""
        function = self.functions.get(kink.function, kink.function)
        return Kink(function, self.expression(kink.at, {}), self.expression(kink.slope, {}))

    def expression(self, expr: Expr, indices: Mapping[Index, Index]) -> Expr:
        """The expression under the new names."""
        match expr:
            case Index():
                return indices[expr]
            case Size(axis):
                return size(self.axis(axis))
            case Hyper(name):
                return self.hypers.get(name, expr)
            case Access(name, places):
                entries = tuple(self.expression(p, indices) for p in places)
                return Access(self.tensors.get(name, name), entries)
            case Call(function, arguments):
                operands = tuple(self.expression(a, indices) for a in arguments)
                return Call(self.functions.get(function, function), operands)
            case Reduce(op, bound, body):
                over, inside = tuple(indices[i] for i in bound), self.expression(body, indices)
                return total(over, inside) if op == "sum" else Reduce(op, over, inside)
        parts = children(expr)
        return rebuild(expr, tuple(self.expression(p, indices) for p in parts)) if parts else expr


def axes_in(program: Program) -> tuple[Axis, ...]:
    """Every axis of a program, bound ones too, in the order of its equations; one that is made of others after them."""
    bound = (i.axis for e in program.equations for i in indices_in_order(e))
    found: dict[Axis, None] = {}
    for axis in (*program.axes, *bound):
        _add_after_its_parts(axis, found)
    return tuple(found)


def _add_after_its_parts(axis: Axis, found: dict[Axis, None]) -> None:
    if axis in found:
        return
    for part in walk(axis.extent) if axis.extent is not None else ():
        if isinstance(part, Size):
            _add_after_its_parts(part.axis, found)
    found[axis] = None
