"""Entries of arrays by more than a letter: gathers by whole-number arrays, repeated letters, axes of one entry."""

from __future__ import annotations

from collections.abc import Callable

from codegen.contraction import align, transpose
from codegen.kernel import Array, Axes, Diagonal, Pick, Take, Var, Window
from derive.calculus.affine import Position, position
from derive.errors import CannotJudge
from derive.expression import ONE, ZERO, Access, Axis, Delta, Expr, Index, coefficient
from derive.rewriting import factors_of, free_indices

SINGLE = Index("1", Axis("1", ONE))  # stands where an array has a dimension of length 1


def entries(
    access: Access,
    out: Axes,
    name_of: Callable[[str], str],
    array: Callable[[Expr, Axes], Array],
) -> Array:
    """The array of all entries of an access, its axes in the order of ``out``."""
    letters: list[Index] = []
    special: list[tuple[int, Expr]] = []
    for place, slot in enumerate(access.indices):
        if slot == ZERO:
            letters.append(SINGLE)
        elif isinstance(slot, Index):
            letters.append(slot)
        else:
            letters.append(Index(f"#{place}", Axis(f"#{place}")))
            special.append((place, slot))
    plain = tuple(i for i in letters if i != SINGLE)
    name = name_of(access.tensor)
    if len(set(plain)) < len(plain):
        return _diagonal(access, plain, name)
    result: Array = Var(plain, name, tuple(letters) if SINGLE in letters else ())
    for place, slot in reversed(special):
        result = _taken(result, plain.index(letters[place]), slot, array)
        plain = result.axes
    return transpose(result, tuple(i for i in out if i in result.axes))


def _diagonal(access: Access, plain: Axes, name: str) -> Array:
    if len(plain) != 2:
        raise CannotJudge(f"no array code yet for the repeated index of {access}")
    twin = Index(plain[0].name + "*", plain[0].axis)
    return Diagonal((plain[0],), Var((plain[0], twin), name))


def _taken(source: Array, place: int, slot: Expr, array: Callable[[Expr, Axes], Array]) -> Array:
    """One dimension read at the positions that a slot gives."""
    moved = free_indices(slot)
    window = window_of(slot)
    if window is not None and not set(moved) & set(source.axes):
        left, right = source.axes[:place], source.axes[place + 1 :]
        steps = tuple(array(step, ()) for _, step in window.steps)
        axes = (*left, *window.letters, *right)
        return Window(axes, source, place, window.letters, steps, array(window.start, ()))
    left, right = source.axes[:place], source.axes[place + 1 :]
    shared = [i for i in moved if i in source.axes]
    if not shared:
        return Take((*left, *moved, *right), source, array(slot, moved), place)
    if len(shared) < len(moved):
        raise CannotJudge(f"no array code yet for the index {slot}")
    at = align(array(slot, (*left, *right)), (*left, source.axes[place], *right))
    return Pick((*left, *right), source, at, place)


def window_of(slot: Expr) -> Position | None:
    """The slot as a window that moves forward, None where it is something else."""
    found = position(slot)
    if found is None or not found.steps:
        return None
    backward = any(coefficient(step)[0] < 0 for _, step in found.steps)
    return None if backward else found


def reads_windows(expr: Expr) -> bool:
    """Whether the expression is an entry read through windows, which get a line of their own."""
    return isinstance(expr, Access) and any(not isinstance(i, Index) and window_of(i) for i in expr.indices)


def scattered(expr: Expr, bound: Axes, out: Axes) -> Delta | None:
    """The delta that sends the product's rows to places: one side a letter of the result, the other summed over."""
    for factor in factors_of(expr):
        if not isinstance(factor, Delta):
            continue
        for place, at in ((factor.left, factor.right), (factor.right, factor.left)):
            if not isinstance(place, Index) or place not in out or isinstance(at, Index):
                continue
            rest = [f for f in factors_of(expr) if f != factor]
            free = {i for f in rest for i in free_indices(f)}
            if place not in free and set(free_indices(at)) <= set(bound):
                return factor
    return None
