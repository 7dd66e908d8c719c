"""What forward has made and backward would make again is saved: slow functions of arrays, sums of them, windows.

Such a value becomes a tensor with an equation of its own, as if the layer's text had given it a name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from codegen.lowering.indexing import reads_windows
from codegen.naming import describe, unused
from codegen.tuning.sharing import shape_key
from derive.calculus.bounds import inside, same_size
from derive.expression import Access, Call, Expr, Index, Reduce, Where, is_cotangent
from derive.program import Equation, Program, Tensor
from derive.rewriting import children, free_indices, rebuild, tensors_in, top_down, walk

SLOW = frozenset({"exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "atan", "erf", "sigmoid", "softplus"})


def kept(program: Program, backward: Mapping[str, Expr]) -> tuple[Program, dict[str, Expr]]:
    """The program with equations for what both passes need, and backward's formulas that read them."""
    again = {shape_key(e) for f in backward.values() for e in walk(f) if reads_windows(e) or _is_slow(e) or _is_sum(e)}
    names: dict[Expr, str] = {}
    tensors, equations = list(program.tensors), list[Equation]()

    def by_name(expr: Expr) -> Expr:
        name = names.get(shape_key(expr)) if isinstance(expr, (Access, Call, Reduce)) else None
        return Access(name, free_indices(expr)) if name else expr

    for equation in program.equations:
        branches = (b for w in walk(equation.right) if isinstance(w, Where) for b in (w.then, w.otherwise))
        chosen = {n for b in branches for n in walk(b)}
        for expr in reversed(list(_dear(equation.right))):  # the inner ones first
            key = shape_key(expr)
            if expr in chosen and not _is_everywhere(expr, program):
                continue
            if key in again and key not in names and expr != equation.right:
                names[key] = unused(describe(expr), {t.name for t in tensors})
                letters = free_indices(expr)
                tensors.append(Tensor(names[key], tuple(i.axis for i in letters)))
                inner = rebuild(expr, tuple(top_down(part, by_name) for part in children(expr)))
                equations.append(Equation(Access(names[key], letters), inner))
        equations.append(replace(equation, right=top_down(equation.right, by_name)))
    formulas = {name: top_down(formula, by_name) for name, formula in backward.items()}
    return replace(program, tensors=tuple(tensors), equations=tuple(equations)), _read(formulas)


def _read(formulas: dict[str, Expr]) -> dict[str, Expr]:
    """The gradients, and what they or the formulas kept still read."""
    found: dict[str, Expr] = {}
    for name, formula in reversed(formulas.items()):
        if is_cotangent(name) or any(name in tensors_in(f) for f in found.values()):
            found[name] = formula
    return dict(reversed(found.items()))


def _dear(expr: Expr) -> Iterator[Expr]:
    """The parts that cost more to make than to keep: slow functions of two axes or more, windows that are compared."""
    for here in walk(expr):
        if _is_slow(here) or _is_sum(here):
            yield here
        elif isinstance(here, Reduce) and here.op in ("max", "min"):
            yield from (part for part in walk(here.body) if reads_windows(part))


def _is_sum(expr: Expr) -> bool:
    """Whether it is a sum of slow functions: small, and as dear as they are."""
    return isinstance(expr, Reduce) and expr.op == "sum" and any(map(_is_slow, walk(expr.body)))


def _is_everywhere(expr: Expr, program: Program) -> bool:
    """Whether all that it reads is there wherever its letters stand: a branch may read what is there for it alone."""
    known = {t.name: t for t in program.tensors}
    for access in (n for n in walk(expr) if isinstance(n, Access) and n.tensor in known):
        tensor = known[access.tensor]
        for slot, axis in zip(access.indices, tensor.axes, strict=True):
            whole = same_size(slot.axis, axis) if isinstance(slot, Index) else inside(slot, axis)
            if not (whole or tensor.outside or isinstance(slot, Access)):
                return False
    return True


def _is_slow(expr: Expr) -> bool:
    slow = isinstance(expr, Call) and expr.function in SLOW
    return slow and len(free_indices(expr)) > 1 and bool(tensors_in(expr))
