"""Entries of arrays by more than a letter: gathers by whole-number arrays, repeated letters, axes of one entry."""

from __future__ import annotations

from collections.abc import Callable

from codegen.contraction import align, transpose
from codegen.kernel import Array, Axes, Diagonal, Gather, Pick, Take, Var, Window
from derive.calculus.affine import Position, position
from derive.errors import CannotJudge
from derive.expression import ONE, ZERO, Access, Axis, Delta, Expr, Index
from derive.program import Tensor
from derive.rewriting import factors_of, free_indices

SINGLE = Index("1", Axis("1", ONE))  # stands where an array has a dimension of length 1


def entries(
    access: Access,
    out: Axes,
    name_of: Callable[[str], str],
    array: Callable[[Expr, Axes], Array],
    declared: Callable[[str], Tensor | None],
) -> Array:
    """The array of all entries of an access, its axes in the order of ``out``; ``array`` makes positions."""
    tensor = declared(access.tensor)
    if tensor is not None and len(tensor.axes) != len(access.indices):
        tensor = None  # one step of it, in a loop
    if _needs_gather(access, tensor):
        return _gathered(access, out, name_of(access.tensor), array, tensor)
    letters: list[Index] = []
    special: list[tuple[int, Expr]] = []
    for place, slot in enumerate(access.indices):
        if slot == ZERO and (tensor is None or tensor.axes[place].extent == ONE):
            letters.append(SINGLE)
        elif isinstance(slot, Index):
            letters.append(slot)
        else:
            letters.append(Index(f"#{place}", Axis(f"#{place}")))
            special.append((place, slot))
    plain = tuple(i for i in letters if i != SINGLE)
    name = name_of(access.tensor)
    if len(set(plain)) < len(plain):
        twin = Index(plain[0].name + "*", plain[0].axis)
        return Diagonal((plain[0],), Var((plain[0], twin), name))
    result: Array = Var(plain, name, tuple(letters) if SINGLE in letters else ())
    for place, slot in reversed(special):
        result = _taken(result, plain.index(letters[place]), slot, array)
        plain = result.axes
    return transpose(result, tuple(i for i in out if i in result.axes))


def _needs_gather(access: Access, tensor: Tensor | None) -> bool:
    """Whether every dimension needs its positions: letters are shared between places, or a read may lie outside."""
    places = [free_indices(slot) for slot in access.indices]
    shared = len({i for p in places for i in p}) < sum(map(len, places))
    plain = all(isinstance(slot, Index) for slot in access.indices)
    if shared and not (plain and len(places) == 2) and not _is_pick(access):
        return True
    may_miss = tensor is not None and tensor.outside == "zero"
    return may_miss and any(not isinstance(s, Index) and (shared or not window_of(s)) for s in access.indices)


def _is_pick(access: Access) -> bool:
    """``P[n, t[n]]``: plain letters, and a last place that hangs on some of them."""
    *before, last = access.indices
    letters = [slot for slot in before if isinstance(slot, Index)]
    own = len(letters) == len(set(letters)) == len(before)
    return own and not isinstance(last, Index) and set(free_indices(last)) <= set(letters)


def _gathered(
    access: Access, out: Axes, name: str, array: Callable[[Expr, Axes], Array], tensor: Tensor | None
) -> Array:
    axes = tuple(i for i in out if i in free_indices(access))
    own = tuple(Index(f"#{place}", Axis(f"#{place}")) for place in range(len(access.indices)))
    at = tuple(align(array(slot, axes), axes) for slot in access.indices)
    return Gather(axes, Var(own, name), at, zero=tensor is not None and tensor.outside == "zero")


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
    """The slot as a window, None where it is something else."""
    found = position(slot)
    return found if found is not None and found.steps else None


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
