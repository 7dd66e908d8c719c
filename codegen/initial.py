"""Where training starts: weights that are contracted are random, factors are one, what is added is zero."""

from __future__ import annotations

from collections.abc import Iterable

from codegen.naming import Names
from codegen.page import axis_text
from derive.expression import Access, Axis, Expr, Index, Mul, Number, Reduce, Size
from derive.plain_text import text
from derive.program import Program, Tensor
from derive.rewriting import children, walk


def initial_value(program: Program, tensor: Tensor, names: Names) -> str:
    """The code that makes a parameter's first value; ``rng`` and ``dtype`` are at hand.

    Weights are normal with variance 2 / fan-in (He et al. 2015, "Delving deep into rectifiers", eq. 10), the
    fan-in being the size of the axes that are summed over.
    """

    def size_of(axis: Axis) -> str:
        if axis.name.isidentifier():
            return names.size(axis.name)
        return axis_text(axis) if isinstance(axis.extent, Number) else text(axis.extent) if axis.extent else ""

    def factor(size: str) -> str:
        return size if size.isidentifier() or size.isdigit() else f"({size})"

    shape = ", ".join(map(size_of, tensor.axes))
    whole = f"({shape})" if len(tensor.axes) > 1 else shape or "()"
    for equation in program.equations:
        fan_in = _summed(equation.right, tensor.name)
        if fan_in:
            size = " * ".join(factor(size_of(i.axis)) for i in fan_in)
            size = f"({size})" if len(fan_in) > 1 else size
            return f"rng.standard_normal({whole}, dtype) * (2 / {size}) ** 0.5"
        if _is_factor(equation.right, tensor.name):
            return f"np.ones({whole}, dtype)"
    return f"np.zeros({whole}, dtype)"


def size_lines(tensors: Iterable[Tensor], names: Names) -> tuple[list[str], list[str]]:
    """What the sizes of tensors need: the free axes among those that they are made of, and the lines for the others."""
    free: dict[str, None] = {}
    lines: dict[str, None] = {}

    def need(axis: Axis) -> None:
        if axis.extent is None:
            free[names.size(axis.name)] = None
            return
        for part in walk(axis.extent):
            if isinstance(part, Size):
                need(part.axis)
        if axis.name.isidentifier():
            lines[f"{names.size(axis.name)} = {text(axis.extent)}"] = None

    for tensor in tensors:
        for axis in tensor.axes:
            need(axis)
    return list(free), list(lines)


def _summed(expr: Expr, name: str) -> tuple[Index, ...]:
    """The indices of the tensor that a reduction sums over."""
    for here in walk(expr):
        if isinstance(here, Reduce):
            for access in walk(here.body):
                if isinstance(access, Access) and access.tensor == name:
                    return tuple(i for i in access.indices if isinstance(i, Index) and i in here.indices)
    return ()


def _is_factor(expr: Expr, name: str) -> bool:
    return any(
        isinstance(child, Access) and child.tensor == name
        for here in walk(expr)
        if isinstance(here, Mul)
        for child in children(here)
    )
