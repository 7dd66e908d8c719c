"""Exponentials that stand on lines of their own come to where they are divided or their logarithm is taken.

``E = exp(Z); S = sum(E); P = E / S`` is a softmax, but neither E nor S can be computed for large Z, nor can the
gradients by them: the three lines are made one before anything is derived.
"""

from __future__ import annotations

from dataclasses import replace

from codegen.stabilising.scaling import Scaling
from codegen.stabilising.stabilise import recognise_functions
from derive.expression import ZERO, Access, Add, Call, Expr, Index, Mul, Number, Pow, Reduce, Where
from derive.program import Equation, Program
from derive.rewriting import bottom_up, inlined, tensors_in, walk


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
    return inlined(expr, [(e.left, e.right) for e in growing.values()])


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
