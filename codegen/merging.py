<<<<<<< HEAD
"""Exponentials that stand on lines of their own come to where they are divided or their logarithm is taken.

``E = exp(Z); S = sum(E); P = E / S`` is a softmax, but neither E nor S can be computed for large Z, nor can the
gradients by them: the three lines are made one before anything is derived.
=======
"""Contractions of arrays of many axes as products of matrices, whose rows and columns are several axes as one.

A `numpy.tensordot` moves the entries of both arrays about, so that what is summed over lies last in one and first in
the other, and leaves the result in the order that this makes. Where the first axes of an array stand apart from the
rest, as samples do, one product for each of them moves less, and the result lies as it is wanted.
>>>>>>> 3dc86d9 (Convolutions as products over merged axes, whole powers as products, rows added up without sorting)
"""

from __future__ import annotations

<<<<<<< HEAD
from dataclasses import replace

from codegen.scaling import Scaling
from codegen.stabilise import recognise_functions
from derive.expression import ZERO, Access, Add, Call, Expr, Index, Mul, Number, Pow, Reduce, Where
from derive.program import Equation, Program
from derive.rewriting import all_indices, bottom_up, rename_bound, substitute, tensors_in, walk


def merged(program: Program) -> Program:
    """The program with the same outputs, exponentials put in where a quotient or a logarithm reads them."""
    program = recognised_program(program)
    growing: dict[str, Equation] = {}
    equations: list[Equation] = []
    for equation in program.equations:
        if _takes_quotient(equation.right, growing):
            whole = bottom_up(_put_in(equation.right, growing), recognise_functions)
            equation = replace(equation, right=whole)
        equations.append(equation)
        whole = _put_in(equation.right, growing)
        if equation.name not in program.outputs and _is_exponential(whole) and not _moves(equation):
            growing[equation.name] = replace(equation, right=whole)
    return _without(replace(program, equations=tuple(equations)), set(growing))


def recognised_program(program: Program) -> Program:
    """The program with table functions that are written out as calls, so that their slopes are the table's, too."""
    return replace(
        program,
        equations=tuple(replace(e, right=bottom_up(e.right, recognise_functions)) for e in program.equations),
        functions=tuple(replace(f, body=bottom_up(f.body, recognise_functions)) for f in program.functions),
    )


def _without(program: Program, names: set[str]) -> Program:
    """The program without those of the equations that nobody reads any more."""
    read = {t for e in program.equations for t in tensors_in(e.right)}
    unread = {e.name for e in program.equations if e.name in names and e.name not in read}
    if not unread:
        return program
    equations = tuple(e for e in program.equations if e.name not in unread)
    tensors = tuple(t for t in program.tensors if t.name not in unread)
    return _without(replace(program, equations=equations, tensors=tensors), names)


def _takes_quotient(expr: Expr, growing: dict[str, Equation]) -> bool:
    below = (
        n.base for n in walk(expr) if isinstance(n, Pow) and isinstance(n.exponent, Number) and n.exponent.value < 0
    )
    logs = (n.args[0] for n in walk(expr) if isinstance(n, Call) and n.function == "log")
    return any(t in growing for part in (*below, *logs) for t in tensors_in(part))


def _put_in(expr: Expr, growing: dict[str, Equation]) -> Expr:
    def change(here: Expr) -> Expr:
        if not isinstance(here, Access) or here.tensor not in growing:
            return here
        equation = growing[here.tensor]
        right = rename_bound(equation.right, all_indices(expr))
        return substitute(right, dict(zip(equation.indices, here.indices, strict=True)))

    return bottom_up(expr, change)


def _is_exponential(expr: Expr) -> bool:
    """Whether it is a sum of exponentials, times what does not grow; a quotient of two is none."""
    match expr:
        case Call():
            return Scaling().grows(expr)
        case Add(terms):
            return any(map(_is_exponential, terms))
        case Mul(factors):
            divided = any(isinstance(f, Pow) and Scaling().grows(f.base) for f in factors)
            return not divided and any(map(_is_exponential, factors))
        case Reduce("sum", _, body):
            return _is_exponential(body)
        case Where(_, then, otherwise):
            return ZERO in (then, otherwise) and (_is_exponential(then) or _is_exponential(otherwise))
        case _:
            return False


def _moves(equation: Equation) -> bool:
    """Whether it reads other steps than its own, as a recurrence does."""
    return any(isinstance(n, Access) and not all(isinstance(i, Index) for i in n.indices) for n in walk(equation.right))
=======
from codegen.arrangement import Merge, Reshape
from codegen.kernel import Array, Axes, MatMul, Reduction, Transpose
from derive.expression import Axis, Index


def product_for_each(left: Array, right: Array, over: Axes, out: Axes) -> Array | None:
    """The contraction as a product for each entry along leading axes; None where one product for all is as good."""
    for large, small in ((left, right), (right, left)):
        found = _between(large, small, over, out) or _summed(large, small, over)
        if found is not None:
            return found
    return None


def _between(large: Array, small: Array, over: Axes, out: Axes) -> Array | None:
    """What is summed over stands, or what takes its place is wanted, between other axes of the larger array."""
    own, new = (tuple(i for i in a.axes if i not in over) for a in (large, small))
    wanted = tuple(i for i in out if i in own or i in new)
    start = next((k for k, i in enumerate(wanted) if i in new), 0)
    lead, tail = own[:start], own[start:]
    if wanted != (*lead, *new, *tail):
        first = min(large.axes.index(i) for i in over)
        lead, tail = large.axes[:first], large.axes[first + len(over) :]
        if (*lead, *over, *tail) != large.axes:
            return None
    if not (lead and tail and new) or len(own) == len(new) == 1:
        return None
    order = tuple(i for i in large.axes if i in over)
    rows = merged(small, new, order)
    columns = merged(large, *((i,) for i in lead), order, tail)
    return unmerged(MatMul((*lead, rows.axes[0], columns.axes[-1]), rows, columns), (*lead, *new, *tail))


def _summed(left: Array, right: Array, over: Axes) -> Array | None:
    """What is summed over stands in two places, first of all in front."""
    each, rest = left.axes[:1], tuple(i for i in left.axes[1:] if i in over)
    rows, columns = (tuple(i for i in a.axes if i not in over) for a in (left, right))
    if not (each[0] in over and rest and rows and columns) or left.axes[1] in over or right.axes[0] != each[0]:
        return None
    first, second = merged(left, each, rows, rest), merged(right, each, columns, rest)
    turned = Transpose((second.axes[0], second.axes[2], second.axes[1]), second)
    products = MatMul((each[0], first.axes[1], second.axes[1]), first, turned)
    return unmerged(Reduction(products.axes[1:], "sum", products, each), (*rows, *columns))


def merged(array: Array, *groups: Axes) -> Array:
    """The array with each group of axes as one."""
    order = tuple(i for group in groups for i in group)
    turned = array if array.axes == order else Transpose(order, array)
    if all(len(group) == 1 for group in groups):
        return turned
    return Merge(tuple(map(_as_one, groups)), turned, groups)


def _as_one(group: Axes) -> Index:
    name = "·".join(i.name for i in group)
    return group[0] if len(group) == 1 else Index(name, Axis(name))


def unmerged(array: Array, axes: Axes) -> Array:
    """The array with its axes one by one again."""
    return Reshape(axes, array) if len(array.axes) < len(axes) else array
>>>>>>> 3dc86d9 (Convolutions as products over merged axes, whole powers as products, rows added up without sorting)
