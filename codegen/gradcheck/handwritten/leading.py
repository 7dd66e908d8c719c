"""Shapes found with the help of the errors: what NumPy or PyTorch says does not fit says which axes are the same.

Where a layer has many axes, all ways of making some of them the same are too many to try. Sizes are pairwise
different, so that the two numbers in an error name two axes; these are made one, and the code runs again.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from codegen.gradcheck.handwritten.forms import WEIGHTS, Form
from codegen.gradcheck.handwritten.oddity import odd

RUNS = 40  # for one choice of ranks
MOST = 4  # pairs of sizes that two products may differ by
PAIRS = (
    re.compile(r"\(size (\d+) is different from (\d+)\)"),
    re.compile(r"not aligned: (\d+) \(dim \d+\) != (\d+)"),
    re.compile(r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)"),
)
SHAPES = re.compile(r"\(([\d, ]+)\)|\b(\d+x\d+)\b")
REMAPPED = re.compile(r"->\(([\w, ]+)\)(?=\s|$)")  # of matmul and einsum: axes put in line
CUT = re.compile(r"equal division.*split\([^,]+, *(\d+)")
UNNAMED = re.compile("shape-mismatch for sum")  # of tensordot
TORCH = re.compile(r"\dx\d")
HOPELESS = re.compile(  # what no other sizes of the same ranks would mend
    r"^(TypeError|AttributeError|KeyError|NameError)|unpack|axes don't match|subscripts|enough dimensions|"
    r"truth value|only integers|"
    r"too many indices|tuple index|for array of dimension|-dimensional|at least \w+ dim|ambiguous"
)
Forms = dict[str, Form]
Runs = Callable[[Mapping[str, Form], Mapping[str, int]], str]  # what is wrong, "" if it runs


@dataclass(frozen=True)
class Lead:
    """Where the errors lead to: forms that run, if any; ``hopeless``: no sizes will do, but other ranks may."""

    forms: Forms | None = None
    hopeless: bool = False


def led(
    start: Forms, sizes: Callable[[Mapping[str, Form]], Mapping[str, int]], runs: Runs, *, numbers: bool = False
) -> Lead:
    """The most general forms of these ranks for which the code runs.

    ``numbers``: only sizes that the code has of its own are followed, as those of the weights that it made.
    """
    waiting, seen, blind = [start], set[str](), set[str]()
    for _ in range(RUNS):
        if not waiting:
            break
        forms = waiting.pop(0)
        table = sizes(forms)
        said = runs(forms, table)
        if not said:
            return Lead(None if numbers and forms is start else forms)
        if HOPELESS.search(said) and forms is start:
            return Lead(hopeless=True)
        further = str(sorted(forms.items(), key=str)) in blind and not UNNAMED.search(said)  # a blind try that helped
        for one, other in (*meant(said, table), *_parts(said, forms), *_any_pair(said, forms)):
            if numbers and not one.isdigit() and forms is start:
                continue
            merged = {n: _merged(f, one, other) for n, f in forms.items()}
            key = str(sorted(merged.items(), key=str))
            if key not in seen and odd(merged) <= 1:
                seen.add(key)
                blind |= {key} if UNNAMED.search(said) else set()
                waiting.insert(0 if further else len(waiting), merged)
    return Lead()


def _parts(said: str, forms: Forms) -> list[tuple[str, str]]:
    """Where a split into equal parts fails: the last axis of weights is as many times its first, as in an LSTM."""
    cut = CUT.search(said)
    arrays = [f.axes for n, f in forms.items() if len(f.axes) > 1 and WEIGHTS.fullmatch(n)]
    pairs = [(a[0], a[-1]) for a in arrays if a[0] != a[-1] and a[0].isidentifier() and a[-1].isidentifier()]
    return [(f"{cut[1]}{first}", last) for first, last in pairs] if cut else []


def _any_pair(said: str, forms: Forms) -> list[tuple[str, str]]:
    """Where an error names no sizes: any axes of two arrays may be the ones that differ."""
    arrays = [f.axes for f in forms.values()] if UNNAMED.search(said) else []
    pairs = [(a, b) for one, two in itertools.combinations(arrays, 2) for a in one for b in two]
    return [(a, b) for a, b in pairs if a != b and a.isidentifier() and b.isidentifier()]


def _merged(form: Form, one: str, other: str) -> Form:
    axes = tuple(one if a == other else a for a in form.axes)
    return Form(form.kind, axes, one if form.limit == other else form.limit)


def meant(said: str, sizes: Mapping[str, int]) -> list[tuple[str, str]]:
    """The pairs of axes that an error says differ and should not.

    >>> meant("matmul: ... (size 4 is different from 3)", {"N": 5, "D": 3, "H": 4})
    [('D', 'H')]
    >>> meant("operands could not be broadcast together with shapes (5,3) (4,)", {"N": 5, "D": 3, "H": 4})
    [('D', 'H')]
    >>> meant("operands ... [original->remapped]: (5,3)->(5,newaxis,3)  (4,7)->(newaxis,4,7) ", {"N": 3, "D": 7})
    [('N', 'D')]
    >>> meant("shapes (18,126) and (210,4) not aligned: 126 (dim 1) != 210 (dim 0)", {"C": 3, "D": 5, "H": 6, "W": 7})
    [('C', 'D')]
    >>> meant("matmul: ... (size 6 is different from 3)", {"N": 5, "D": 3})
    [('6', 'D')]
    """
    names = {size: name for name, size in reversed(list(sizes.items()))}
    order = list(sizes)
    numbers = [(int(m[1]), int(m[2])) for p in PAIRS for m in p.finditer(said)]
    if not numbers:
        remapped = [m[1].replace("newaxis", "1") for m in REMAPPED.finditer(said)]
        found = [f"({m})" for m in remapped] or [m[0] for m in SHAPES.finditer(said)]
        shapes = [[int(n) for n in re.findall(r"\d+", m)] for m in found]
        for a, b in itertools.combinations(shapes, 2) if remapped else itertools.pairwise(shapes):
            inner = [(a[-1], b[0])] if TORCH.search(said) and a and b else []
            numbers += inner or [p for p in zip(reversed(a), reversed(b), strict=False) if p[0] != p[1] and 1 not in p]
    if "cannot reshape" in said:
        return []
    numbers = [pair for a, b in numbers if not {a, b} <= {*names} for pair in _ratios(a, b, [*names])] + numbers
    pairs = [(names.get(a, str(a)), names.get(b, str(b))) for a, b in numbers if a != b and {a, b} & {*names}]
    first = {n: k for k, n in enumerate(order)}  # a number before any name
    return [(a, b) if first.get(a, -1) < first.get(b, -1) else (b, a) for a, b in pairs]


def _ratios(a: int, b: int, sizes: list[int]) -> list[tuple[int, int]]:
    """Sizes in the ratio of two numbers: 3 and 5 for 3·6·7 and 5·6·7, as where axes were flattened, or cut up."""
    return [(p, q) for p in sizes for q in sizes if p != q and a * q == b * p][:MOST]
