"""Which letter an index gets: ``n`` for the axis N, ``h`` for heads, i, j, k for axes written small or as numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, count

from derive.expression import Access, Axis, Expr, Index, Reduce
from derive.program import Equation
from derive.rewriting import children, fresh, rebuild, walk

SPARE = "ijklmpqrst"  # for sizes that are written small or as numbers: the letters of a lecture's indices


def indices_for(
    axes: tuple[Axis, ...], taken: Iterable[Index] = (), elsewhere: Collection[str] = ()
) -> tuple[Index, ...]:
    """One index for each axis, all different from each other and from those taken.

    ``elsewhere`` are letters that stand for other axes in other formulas, to be used only if no other is left.

    >>> [i.name for i in indices_for((Axis("N"), Axis("N"), Axis("H1"), Axis("m")))]
    ['n', "n'", 'h1', 'i']
    >>> [i.name for i in indices_for((Axis("heads"), Axis("heads*E"), Axis("E")))]
    ['h', 'i', 'e']
    """
    used = list(taken)
    sizes = {a.name for a in axes} | {i.axis.name for i in used}
    start = len(used)
    for axis in axes:
        names = {i.name for i in used}
        letter = _letter(axis, sizes, names | set(elsewhere))
        used.append(fresh(Index(letter if letter not in elsewhere else _letter(axis, sizes, names), axis), used))
    return tuple(used[start:])


def _letter(axis: Axis, sizes: set[str], names: set[str]) -> str:
    if axis.name[0].isupper() and axis.name.isidentifier():
        return axis.name.lower()
    if axis.name.isidentifier() and len(axis.name) > 1 and axis.name[0] not in sizes | names:
        return axis.name[0]
    free = [letter for letter in SPARE if letter not in sizes]
    return next((letter for letter in free if letter not in names), free[0] if free else "i")


def unused_letter(axis: Axis, names: Collection[str]) -> str:
    """A name for an index over the axis that is none of those used.

    >>> unused_letter(Axis("N"), ["d"]), unused_letter(Axis("N"), ["n", "i"])
    ('n', 'j')
    """
    candidates: Iterable[str] = chain((_letter(axis, {axis.name}, set()), *SPARE), (f"i{k}" for k in count(1)))
    return next(name for name in candidates if name not in names)


def one_letter_an_axis(equations: Sequence[Equation]) -> tuple[Equation, ...]:
    """The equations; a spare letter that runs over two axes gives way to one that an axis has for itself elsewhere.

    ``i`` is chosen for the axis heads in one equation and for another one in the next; where ``h`` stands for heads
    and for nothing else, it does so everywhere.
    """
    letters: dict[Axis, dict[str, None]] = {}
    axes: dict[str, set[Axis]] = {}
    for index in (i for e in equations for i in indices_in_order(e)):
        letter = index.name.rstrip("'")
        letters.setdefault(index.axis, {})[letter] = None
        axes.setdefault(letter, set()).add(index.axis)
    better: dict[tuple[str, Axis], str] = {}
    for axis, known in letters.items():
        own = next((letter for letter in known if len(axes[letter]) == 1), "")
        for letter in known if own else ():
            if letter in SPARE and len(axes[letter]) > 1:
                better[letter, axis] = own
                axes[letter].discard(axis)
    found = []
    for equation in equations:
        names: dict[Index, Index] = {}
        indices = list(indices_in_order(equation))
        for index in indices:
            if letter := better.get((index.name.rstrip("'"), index.axis), ""):
                names[index] = fresh(Index(letter, index.axis), (*indices, *names.values()))
        left = renamed(equation.left, names)
        assert isinstance(left, Access)
        found.append(replace(equation, left=left, right=renamed(equation.right, names)) if names else equation)
    return tuple(found)


def indices_in_order(equation: Equation) -> dict[Index, None]:
    """The indices of an equation, free or bound, in reading order."""
    found: dict[Index, None] = dict.fromkeys(equation.indices)
    for here in walk(equation.right):
        if isinstance(here, Reduce):
            found.update(dict.fromkeys(here.indices))
        elif isinstance(here, Index):
            found[here] = None
    return found


def renamed(expr: Expr, names: Mapping[Index, Index]) -> Expr:
    """The expression with other indices, bound ones too; no two of them may become one."""
    if isinstance(expr, Index):
        return names.get(expr, expr)
    made = rebuild(expr, tuple(renamed(part, names) for part in children(expr)))
    return replace(made, indices=tuple(names.get(i, i) for i in made.indices)) if isinstance(made, Reduce) else made
