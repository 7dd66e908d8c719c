"""Shapes found with the help of the errors: what NumPy or PyTorch says does not fit says which axes are the same.

Where a layer has many axes, all ways of making some of them the same are too many to try. Sizes are pairwise
different, so that the two numbers in an error name two axes; these are made one, and the code runs again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Mapping

from codegen.gradcheck.handwritten.combining import odd, ranks
from codegen.gradcheck.handwritten.forms import Form
from codegen.gradcheck.handwritten.layer import Argument

MANY = 6  # axes; up to these, all ways are tried
PICKS, RUNS = 60, 40  # ranks of all arguments; runs for one choice of ranks
PAIRS = (
    re.compile(r"\(size (\d+) is different from (\d+)\)"),
    re.compile(r"not aligned: (\d+) \(dim \d+\) != (\d+)"),
    re.compile(r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"),
)
SHAPES = re.compile(r"\(([\d, ]+)\)|\b(\d+x\d+)\b")
Forms = dict[str, Form]
Runs = Callable[[Mapping[str, Form], Mapping[str, int]], str]  # what is wrong, "" if it runs


def led(
    wanted: list[Argument],
    known: Mapping[str, Form],
    sizes: Callable[[Mapping[str, Form]], Mapping[str, int]],
    runs: Runs,
) -> Iterator[Forms]:
    """The forms that run, the likeliest ranks first, of each the most general ones; none if all ways can be tried."""
    for number, start in enumerate(itertools.islice(ranks(wanted, known), PICKS)):
        if number == 0 and sum(len(f.axes) for f in start.values()) <= MANY:
            return
        found = _unified(start, sizes, runs)
        if found is not None:
            yield found


def _unified(start: Forms, sizes: Callable[[Mapping[str, Form]], Mapping[str, int]], runs: Runs) -> Forms | None:
    """The most general forms of these ranks for which the code runs, None if the errors lead nowhere."""
    waiting, seen = [start], set()
    for _ in range(RUNS):
        if not waiting:
            return None
        forms = waiting.pop(0)
        table = sizes(forms)
        said = runs(forms, table)
        if not said:
            return forms
        for one, other in meant(said, table):
            merged = {n: _merged(f, one, other) for n, f in forms.items()}
            key = str(sorted(merged.items(), key=str))
            if key not in seen and odd(merged) <= 1:
                seen.add(key)
                waiting.append(merged)
    return None


def _merged(form: Form, one: str, other: str) -> Form:
    axes = tuple(one if a == other else a for a in form.axes)
    return Form(form.kind, axes, one if form.limit == other else form.limit)


def meant(said: str, sizes: Mapping[str, int]) -> list[tuple[str, str]]:
    """The pairs of axes that an error says differ and should not.

    >>> meant("matmul: ... (size 4 is different from 3)", {"N": 5, "D": 3, "H": 4})
    [('D', 'H')]
    >>> meant("operands could not be broadcast together with shapes (5,3) (4,)", {"N": 5, "D": 3, "H": 4})
    [('D', 'H')]
    """
    names = {size: name for name, size in reversed(list(sizes.items()))}
    order = list(sizes)
    numbers = [(int(m[1]), int(m[2])) for p in PAIRS for m in p.finditer(said)]
    if not numbers:
        shapes = [[int(n) for n in re.findall(r"\d+", m[0])] for m in SHAPES.finditer(said)]
        for a, b in itertools.pairwise(shapes):
            inner = [(a[-1], b[0])] if "x" in said and a and b else []
            numbers += inner or [p for p in zip(reversed(a), reversed(b), strict=False) if p[0] != p[1] and 1 not in p]
    pairs = [(names[a], names[b]) for a, b in numbers if a in names and b in names and a != b]
    return [(a, b) if order.index(a) < order.index(b) else (b, a) for a, b in pairs]
