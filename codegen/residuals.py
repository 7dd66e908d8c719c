"""Residuals: which gradients backward computes, by which formulas, and which primals it must have for that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from codegen.looping.steps import step_apart
from codegen.stabilising.log_sums import exp_of_log_sum
from codegen.stabilising.stabilise import Shifts, inline_functions, log_of_definition, recognise_functions, recognised
from codegen.stabilising.zero_weights import slopes_weighed, weighed
from derive.calculus.matching import match
from derive.expression import Call, Expr, cotangent_name, is_cotangent, primal_name
from derive.ledger import Derivation, Gradient
from derive.program import Equation, Program
from derive.rewriting import bottom_up, free_indices, substitute, tensors_in
from derive.scalar_functions import TABLE


def backward_formulas(derivation: Derivation) -> dict[str, Expr]:
    """The formula of each gradient that is needed, by cotangent name, in the order computed.

    A shifted exponent that a formula needs stands before it, under a name that is no cotangent's.
    """
    program = derivation.program
    known = {g.left.tensor: g for g in derivation.all_gradients}
    calls = function_equations(program)
    known_forward = {e.name: replace(e, right=recognised(e.right, program)) for e in program.equations}
    found = {name: backward_formula(g.index, program, calls) for name, g in known.items()}
    needed, count = {cotangent_name(name) for name in derivation.wrt}, -1
    while count < len(needed):  # once more where a loop needs what stands below
        count = len(needed)
        needed |= {t for name in needed & found.keys() for t in tensors_in(found[name]) if is_cotangent(t)}
    shifts, safe, weights = Shifts(program), dict[str, Expr](), weighed(program)
    for name in found:
        if name in needed:
            formula = shifts.safe(log_of_definition(found[name], known_forward))
            safe |= {e.name: e.right for e in shifts.pending().values()}
            safe[name] = slopes_weighed(formula, weights)
    return {**_steps_apart(program, safe.values()), **safe}


def _steps_apart(program: Program, formulas: Iterable[Expr]) -> dict[str, Expr]:
    """The states of the step before that formulas read: they are read off the states, and not saved themselves."""
    read = {name for f in formulas for name in tensors_in(f)}
    return {e.name: e.right for e in program.equations if e.name in read and step_apart(e.right) is not None}


def function_equations(program: Program) -> dict[str, list[Equation]]:
    """The equations that apply one function of the table, by the tensors that they read."""
    found: dict[str, list[Equation]] = {}
    for equation in program.equations:
        if isinstance(equation.right, Call) and equation.right.function in TABLE:
            for name in tensors_in(equation.right):
                found.setdefault(name, []).append(equation)
    return found


def backward_formula(expr: Expr, program: Program, calls: Mapping[str, list[Equation]]) -> Expr:
    """A gradient's formula as code wants it: functions written out, slopes read off outputs."""
    expr = exp_of_log_sum(inline_functions(expr, program), program)
    expr = bottom_up(expr, recognise_functions)
    for equation in dict.fromkeys(e for name in tensors_in(expr) for e in calls.get(name, ())):
        expr = slope_by_output(expr, equation)
    return expr


def slope_by_output(expr: Expr, equation: Equation) -> Expr:
    """Read a slope off the function's output instead of its input, so that the input need not be saved."""
    call = equation.right
    if not isinstance(call, Call) or call.function not in TABLE:
        return expr
    row = TABLE[call.function]
    if row.slope_by_output is None or row.slopes is None or set(free_indices(call)) != set(equation.indices):
        return expr
    given, wanted = row.slopes[0](*call.args, call), row.slope_by_output(equation.left)

    def change(here: Expr) -> Expr:
        bound = match(given, here, equation.indices) if type(here) is type(given) else None
        return here if bound is None else substitute(wanted, bound)

    return bottom_up(expr, change)


def saved_tensors(program: Program, backward: Mapping[str, Expr]) -> tuple[str, ...]:
    """The primals that the formulas read and do not compute themselves, in the program's order."""
    read = {t for f in backward.values() for t in tensors_in(f) if not is_cotangent(t)} - backward.keys()
    return tuple(t.name for t in program.tensors if t.name in read)


def gradient_of(derivation: Derivation, cotangent: str) -> Gradient:
    """The ledger's entry for a cotangent."""
    return derivation.gradient(primal_name(cotangent))
