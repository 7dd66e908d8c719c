"""Windows and their adjoint as one call each for all axes that they are on, the last axis first."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from codegen.arrangement import Cut
from codegen.kernel import Array, Fold, Window
from derive.expression import Axis

Line = Callable[[Array], str]
Size = Callable[[Axis], str]


def windows_call(array: Window, line: Line, size: Size) -> str:
    """The call of `_windows`, with the axes that are read one after another."""
    reads = [array]
    while isinstance(inner := reads[0].arg, Window) and inner.place > reads[0].place:
        reads.insert(0, inner)
    places = []
    for read in reads:
        sizes = in_brackets(size(i.axis) for i in read.letters)
        places.append(f"({read.place}, {sizes}, {in_brackets(map(line, read.steps))}, {line(read.start)})")
    return f"_windows({line(reads[0].arg)}, {', '.join(places)})"


def fold_call(array: Fold, line: Line, size: Size) -> str:
    """The call of `_fold`, with the axes that come out of the same values."""
    folds = [array]
    while isinstance(inner := folds[0].values, Fold) and inner.place > folds[0].place:
        folds.insert(0, inner)
    places = (f"({f.place}, {size(f.to.axis)}, {in_brackets(map(line, f.steps))}, {line(f.start)})" for f in folds)
    return f"_fold({line(folds[0].values)}, {', '.join(places)})"


def in_brackets(parts: Iterable[str]) -> str:
    """A tuple."""
    inner = list(parts)
    return f"({', '.join(inner)}{',' if len(inner) == 1 else ''})"


def without_tail(cuts: tuple[Cut | None, ...]) -> tuple[Cut | None, ...]:
    """The cuts up to the last one."""
    last = max(k for k, cut in enumerate(cuts) if cut is not None)
    return cuts[: last + 1]


def cut_text(cut: Cut, line: Line) -> str:
    """A cut as in brackets."""
    start, stop, step = ("" if end is None else line(end) for end in (cut.start, cut.stop, cut.step))
    spaced = any(" " in end for end in (start, stop))  # X[a + 1 :], but X[1:]
    start, stop = (f"{start} " if spaced and start else start), (f" {stop}" if spaced and stop else stop)
    return f"{start}:{stop}" + (f":{step}" if step else "")
