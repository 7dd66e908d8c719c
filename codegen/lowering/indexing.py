"""Entries of arrays by more than a letter: slices, reshapes, gathers by whole-number arrays, repeated letters.

A view where there is one: a letter that starts further on or steps over entries is a slice, letters that are the
digits of a position are a reshape, a letter of which quotient and remainder are asked is made of two axes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from codegen.arrangement import Cut, Repeat, Reshape, Slice
from codegen.kernel import Array, Axes, Diagonal, Gather, Literal, Pick, Take, Var, Window
from codegen.lowering.contraction import align, spread, transpose
from codegen.lowering.whole_numbers import whole_array
from derive.calculus.affine import Position, position
from derive.calculus.bounds import inside, quotient, same_size
from derive.calculus.deltas import DIVISIONS, digits_in_order, split_letters
from derive.calculus.whole_numbers import negated, polynomial, same, sign, size, written
from derive.errors import CannotJudge
from derive.expression import ONE, ZERO, Access, Axis, Call, Expr, Index, Number, add, mul, number
from derive.program import Tensor
from derive.rewriting import free_indices, walk

SINGLE = Index("1", Axis("1", ONE))  # stands where an array has a dimension of length 1
FORWARD = ("zero", "positive")
ArrayOf = Callable[[Expr, Axes], Array]


@dataclass(frozen=True)
class Reads:
    """How tensors are read: their names, what is declared of them (None if nothing is), and other arrays.

    ``whole`` makes the arrays of positions. ``safe``: no read leaves its tensor, so that a slice will do; else what is
    read outside is zero.
    """

    name_of: Callable[[str], str]
    declared: Callable[[str], Tensor | None]
    array: Callable[[Expr, Axes], Array]
    whole: Callable[[Expr, Axes], Array]
    safe: bool = True


def entries(access: Access, out: Axes, reads: Reads) -> Array:
    """The array of all entries of an access, its axes in the order of ``out``."""
    apart, split = split_letters(access, out)
    if split:
        return merged(apart, out, split, reads.array, reads.whole)
    tensor = reads.declared(access.tensor)
    if tensor is not None and len(tensor.axes) != len(access.indices):
        tensor = None  # one step of it, in a loop
    if _needs_gather(access, tensor):
        return _gathered(access, out, tensor, reads)
    if tensor is not None and tensor.outside == "zero":
        reads = replace(reads, safe=False)
    letters: list[Index] = []
    special: list[tuple[int, Expr]] = []
    for place, slot in enumerate(access.indices):
        known = tensor.axes[place] if tensor is not None else None
        if slot == ZERO and (known is None or known.extent == ONE):
            letters.append(SINGLE)
        elif isinstance(slot, Index) and (known is None or same_size(slot.axis, known)):
            letters.append(slot)
        else:
            letters.append(Index(f"#{place}", known or Axis(f"#{place}")))
            special.append((place, slot))
    plain = tuple(i for i in letters if i != SINGLE)
    name = reads.name_of(access.tensor)
    if len(set(plain)) < len(plain):
        return _diagonal(plain, name)
    result: Array = Var(plain, name, tuple(letters) if SINGLE in letters else ())
    taken = [slot for _, slot in special]
    for place, slot in reversed(special):
        result = _taken(result, plain.index(letters[place]), slot, taken, reads)
        plain = result.axes
    return transpose(result, tuple(i for i in out if i in result.axes))


def _needs_gather(access: Access, tensor: Tensor | None) -> bool:
    """Whether every dimension needs its positions: letters are shared between places, or a read may lie outside."""
    places = [free_indices(slot) for slot in access.indices]
    shared = len({i for p in places for i in p}) < sum(map(len, places))
    plain = all(isinstance(slot, Index) for slot in access.indices)
    may_miss = tensor is not None and tensor.outside == "zero"
    if shared and not (plain and len(set(places)) == len(places) - 1 and places[-1] == places[-2]):
        return may_miss or not _is_pick(access)
    return may_miss and any(not isinstance(s, Index) and (shared or not window_of(s)) for s in access.indices)


def _is_pick(access: Access) -> bool:
    """``P[n, t[n]]``: plain letters, and a last place that hangs on some of them."""
    *before, last = access.indices
    letters = [slot for slot in before if isinstance(slot, Index)]
    own = len(letters) == len(set(letters)) == len(before)
    return own and not isinstance(last, Index) and set(free_indices(last)) <= set(letters)


def _gathered(access: Access, out: Axes, tensor: Tensor | None, reads: Reads) -> Array:
    axes = tuple(i for i in out if i in free_indices(access))
    own = tuple(Index(f"#{place}", Axis(f"#{place}")) for place in range(len(access.indices)))
    at = tuple(align(reads.whole(slot, axes), axes) for slot in access.indices)
    zero = tensor is not None and tensor.outside == "zero"
    return Gather(axes, Var(own, reads.name_of(access.tensor)), at, zero=zero)


def asks_for_digits(expr: Expr) -> bool:
    """Whether entries are read at quotients or remainders of letters."""
    slots = (slot for n in walk(expr) if isinstance(n, Access) for slot in n.indices if not isinstance(slot, Index))
    return any(isinstance(n, Call) and n.function in DIVISIONS for slot in slots for n in walk(slot))


def merged(expr: Expr, out: Axes, split: dict[Expr, Expr], array: ArrayOf, whole_of: ArrayOf) -> Array:
    """An expression in the digits of some letters, which are then made one axis again."""
    digits = {i: tuple(free_indices(split[i])) for i in out if i in split}
    apart = tuple(d for i in out for d in digits.get(i, (i,)))
    result = array(expr, apart)
    wanted = tuple(i for i in out if i in result.axes or any(d in result.axes for d in digits.get(i, ())))
    missing = [d for i in wanted for d in digits.get(i, ()) if d not in result.axes]
    if len(missing) == 1 and all(missing[0] == ds[-1] for ds in digits.values() if missing[0] in ds):
        whole = next(i for i in wanted if missing[0] in digits.get(i, ()))
        if len(digits[whole]) == 2:  # each entry several times in a row
            axes = tuple(whole if i == digits[whole][0] else i for i in result.axes)
            count = whole_array(size(missing[0].axis), whole_of)
            return Repeat(axes, result, count, axes.index(whole))
    full = tuple(d for i in wanted for d in digits.get(i, (i,)))
    if not digits:
        return transpose(result, wanted)
    inner = spread(result, full)
    return Reshape(wanted, inner.arg if isinstance(inner, Reshape) else inner)


def _diagonal(plain: Axes, name: str) -> Array:
    twin = Index(plain[-1].name + "*", plain[-1].axis)
    return Diagonal(plain[:-1], Var((*plain[:-1], twin), name))


def _taken(source: Array, place: int, slot: Expr, all_slots: list[Expr], reads: Reads) -> Array:
    """One dimension read at the positions that a slot gives."""
    moved = free_indices(slot)
    left, right = source.axes[:place], source.axes[place + 1 :]
    alone = not set(moved) & {*source.axes, *(i for s in all_slots if s is not slot for i in free_indices(s))}
    found = position(slot)
    if found is not None and found.steps and alone:
        view = _view(source, place, found, reads)
        if view is not None:
            return view
    window = window_of(slot)
    if window is not None and not set(moved) & set(source.axes):
        steps = tuple(reads.whole(step, ()) for _, step in window.steps)
        axes = (*left, *window.letters, *right)
        return Window(axes, source, place, window.letters, steps, reads.whole(window.start, ()))
    shared = [i for i in moved if i in source.axes]
    if not shared:
        at = _last(slot, source.axes[place].axis) or reads.whole(slot, moved)
        return Take((*left, *moved, *right), source, at, place)
    if len(shared) < len(moved):
        raise CannotJudge(f"no array code yet for the index {slot}")
    at = align(reads.whole(slot, (*left, *right)), (*left, source.axes[place], *right))
    return Pick((*left, *right), source, at, place)


def _last(slot: Expr, axis: Axis) -> Array | None:
    """A position counted from the end of the axis, as ``-1``."""
    if free_indices(slot) or axis.extent == ONE or isinstance(slot, (Number, Access)):
        return None
    behind = written(polynomial(add(slot, negated(size(axis)))))
    return Literal((), behind.value) if isinstance(behind, Number) and behind.value < 0 else None


def _view(source: Array, place: int, at: Position, reads: Reads) -> Array | None:
    """The dimension sliced and laid out by the letters of a position; None where that is no view or not known."""
    axis = source.axes[place].axis
    left, right = source.axes[:place], source.axes[place + 1 :]
    chain = at.letters if len(at.steps) == 1 else digits_in_order(at.steps)
    if chain is None or axis.name.startswith("#"):
        return None
    slot = add(*(mul(step, letter) for letter, step in at.steps), at.start)
    if not (reads.safe or inside(slot, axis)):
        return None
    step = at.steps[0][1] if len(at.steps) == 1 else ONE
    length = written(polynomial(mul(*(size(i.axis) for i in chain))))
    cut = _cut(axis, at.start, step, length, reads)
    merged = chain[0] if len(chain) == 1 else Index("+".join(i.name for i in chain), Axis("#", length))
    result = source
    if cut is not None:
        cuts = tuple(cut if k == place else None for k in range(len(source.axes)))
        result = _sliced((*left, merged, *right), source, cuts)
    elif len(chain) == 1:
        return None  # the whole axis, which the caller reads as it is
    if len(chain) == 1:
        return result
    return _laid_out((*left, *chain, *right), result)


def _sliced(axes: Axes, source: Array, cuts: tuple[Cut | None, ...]) -> Array:
    """A slice of a slice in one pair of brackets."""
    if isinstance(source, Slice) and all(a is None or b is None for a, b in zip(source.cuts, cuts, strict=True)):
        return Slice(axes, source.arg, tuple(a or b for a, b in zip(source.cuts, cuts, strict=True)))
    return Slice(axes, source, cuts)


def _laid_out(axes: Axes, source: Array) -> Array:
    """A reshape of a reshape at once."""
    return Reshape(axes, source.arg if isinstance(source, Reshape) else source)


def _cut(axis: Axis, start: Expr, step: Expr, length: Expr, reads: Reads) -> Cut | None:
    """The slice of that many entries, None for the whole axis."""
    whole = size(axis)
    if step == number(-1) and same(start, add(whole, -1)) and same(length, whole):
        return Cut(None, None, Literal((), step.value))  # type: ignore[attr-defined]
    if sign(step) != "positive":
        last = add(start, mul(step, add(length, -1)))
        raise CannotJudge(f"no array code yet for a slice from {start} back to {last}")
    begin = None if start == ZERO else whole_array(start, reads.whole)
    stop = written(polynomial(add(start, mul(step, length))))
    over = written(polynomial(add(stop, negated(whole))))
    end: Array | None
    fits = quotient(add(whole, negated(start), step, -1), step)
    if sign(over) in FORWARD or (step != ONE and same(fits, length)):
        end = None
    elif isinstance(over, Number) and step == ONE:
        end = Literal((), over.value)
    else:
        end = whole_array(stop, reads.whole)
    if begin is None and end is None and step == ONE:
        return None
    return Cut(begin, end, None if step == ONE else whole_array(step, reads.whole))


def window_of(slot: Expr) -> Position | None:
    """The slot as a window, None where it is something else."""
    found = position(slot)
    return found if found is not None and found.steps else None


def reads_windows(expr: Expr) -> bool:
    """Whether the expression is an entry read through several letters on one axis, which gets a line of its own."""
    if not isinstance(expr, Access):
        return False
    moved = (window_of(i) for i in expr.indices if not isinstance(i, Index))
    return any(w is not None and len(w.steps) > 1 and digits_in_order(w.steps) is None for w in moved)
