"""What backward alone needs is made there: a large array times rows or columns, where those meet other factors.

Forward of softmax with cross-entropy needs the exponentials and their sums, not the probabilities ``P = E / S``.
Backward multiplies ``P`` by a number; as ``E * (number / S)`` that is one pass over memory instead of two.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from derive.expression import Access, Delta, Expr, Mul, Reduce
from derive.program import Equation, Program, needed_equations
from derive.rewriting import factors_of, free_indices, inlined, tensors_in, terms_of, walk


def deferred(program: Program, outputs: Collection[str], backward: Mapping[str, Expr]) -> dict[str, Expr]:
    """Backward's formulas with the definitions of such tensors put in, where one formula reads one, as a factor."""
    made = {e.name for e in needed_equations(program.equations, outputs)}
    found = dict(backward)
    for equation in program.equations:
        if equation.name not in made and _is_scaled(equation.right):
            readers = [name for name, formula in found.items() if equation.name in tensors_in(formula)]
            if len(readers) == 1 and _meets_factors(found[readers[0]], equation):
                found[readers[0]] = inlined(found[readers[0]], [(equation.left, equation.right)])
    return found


def _is_scaled(expr: Expr) -> bool:
    """Whether it is a product of one factor over all its axes, two or more, and others over fewer."""
    if not isinstance(expr, Mul) or len(free_indices(expr)) < 2:
        return False
    whole = set(free_indices(expr))
    return [set(free_indices(f)) == whole for f in factors_of(expr)].count(True) == 1


def _meets_factors(formula: Expr, equation: Equation) -> bool:
    """Whether the formula reads the tensor at one place, entry by entry, and multiplies it there."""
    places = [n for n in walk(formula) if isinstance(n, Access) and n.tensor == equation.name]
    if len(places) != 1 or set(places[0].indices) != set(free_indices(formula)):
        return False
    summed = any(equation.name in tensors_in(n) for n in walk(formula) if isinstance(n, Reduce))
    products = [n for n in walk(formula) if isinstance(n, Mul)]
    return not summed and any(_is_factor(places[0], factor) for product in products for factor in product.factors)


def _is_factor(place: Access, factor: Expr) -> bool:
    """Whether a factor is that entry; at single places there may be something else as well."""
    return all(term == place or _is_single(term) for term in terms_of(factor))


def _is_single(term: Expr) -> bool:
    return any(isinstance(f, Delta) for f in factors_of(term))
