"""What an argument may be: its kind (real, positive, labels, one-hot, ...) and its axes; and random values of it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from codegen.gradcheck.handwritten.layer import Argument

Kind = Literal["real", "positive", "unit", "probability", "one-hot", "binary", "signs", "labels", "size", "number",
               "word", "switch"]  # fmt: skip
KINDS: tuple[Kind, ...] = get_args(Kind)
CONTINUOUS: frozenset[Kind] = frozenset({"real", "positive", "unit", "probability", "number"})
Shape = tuple[str, ...]  # an axis by name; "1" is an axis with a single entry


@dataclass(frozen=True)
class Form:
    """The kind and axes of one argument; ``limit``: the axis that labels are below, or what it is."""

    kind: Kind
    axes: Shape = ()
    limit: str = ""

    def __str__(self) -> str:
        if self.kind in ("word", "switch"):
            return repr(self.limit) if self.kind == "word" else self.limit
        shape = f"({', '.join(self.axes)}{',' if len(self.axes) == 1 else ''})"
        words = self.axes[0] if self.kind == "size" else "a number" if self.kind == "number" else shape
        return words if self.kind in ("real", "size", "number") else f"{words}, {self.kind}"


Guess = tuple[Kind, str]  # a kind and its axes, a star for any, 1 for a single entry; or the word itself

WEIGHTS = re.compile(r"((w|weights?|u|v|k)[0-9a-z_]{0,3}|kernels?|filters?)", re.IGNORECASE)
VECTOR = re.compile(r"(b|bias(es)?|beta|gamma|gain|shift|offset)[0-9a-z_]{0,3}", re.IGNORECASE)

STEPS = (r"stride.*|.*_stride|step|steps|dilation|groups?|(?-i:G)", "size 2, size 1, number, size *")
PADS = (r"pad|padding|pads|.*_pad", "size 1, number, size *")
WINDOWS = (r"(pool|filter|kernel|window|k)_?(size|h|w|height|width)", "size 2, size *, real **")

# What a name lets expect, the likeliest first. The first row that fits counts.
CONSTRUCTOR_ROWS = (
    STEPS, PADS, WINDOWS,
    (r"(w|weights?|u|v|k)[0-9a-z]{0,3}|kernels?|filters?", "real **, real *, real ****, real ***, size *"),
    (VECTOR.pattern, "real *, real 1*, real *1, number, real"),
    (r"eps|epsilon|alpha|rate|ratio|p|keep_prob|drop.*|momentum|slope|lr|lam|lambda_|scale|tau|delta|c",
     "number, size *, real *"),
    (r".*(n|num|dim|dims|size|units|features|neurons|nodes|channels|hidden|classes|count|inputs?|outputs?|fan|in|out)",
     "size *, number, real *"),
    (r"n_.*|num_.*|[nmdh]", "size *, number, real *"),
    (r"", "real **, real *, size *, number, real ****"),
)  # fmt: skip
FORWARD_ROWS = (
    (r"t|y_?true|targets?|labels?|truth|gt|y_?hot|one_?hot|expected|ground_truth|t_?hot",
     "one-hot **, labels *, real **, binary *, real *, binary **, real"),
    (r"(w|weights?)[0-9a-z_]{0,3}|kernels?|filters?", "real **, real *, real *1, real, real ****, real ***"),
    (r"idx|index|indices|tokens?|ids?|word_ids|classes", "labels **, labels *"),
    (r".*mask.*", "binary **, binary *, binary ***"),
    (VECTOR.pattern, "real *, real 1*, real *1, number, real, real **"),
    (r"y", "real **, real *, labels *, real 1*, one-hot **, binary *, real, real ***"),
    (r"var|variance|sigma2?|std|scale", "positive **, positive *, real **, real *"),
    (r"p|probs?|probabilit.*|y_?hat|y_?pred|pred.*|softmax.*",
     "real **, unit **, probability **, real *, unit *, number, probability *"),
    STEPS, PADS, WINDOWS,
    (r"", "real **, real *, positive **, unit **, probability **, labels *, labels **,"
          " real ***, real ****, real, number, size *"),
)  # fmt: skip


def guesses(argument: Argument, beside: Collection[str] = ()) -> tuple[Guess, ...]:
    """What an argument is likely to be, the likeliest first, by its name, its annotation and the names ``beside`` it.

    >>> guesses(Argument("labels"))[:2]
    (('one-hot', '**'), ('labels', '*'))
    """
    if argument.words:
        return tuple(("word", word) for word in argument.words)
    said = argument.annotation.rpartition(".")[2]
    if said == "bool":
        return (("switch", "True"), ("switch", ""))
    if said == "int":
        return (("size", "*"),)
    if said == "float":
        return (("number", ""),)
    rows = CONSTRUCTOR_ROWS if argument.to_constructor else FORWARD_ROWS
    array = said in ("ndarray", "NDArray", "array", "ArrayLike", "Array", "Tensor")
    pair = argument.name in ("b", "B") and {"a", "A"} & {*beside} and not any(map(WEIGHTS.fullmatch, beside))
    name = "" if pair else argument.name  # with a and no weights, b is no bias
    words = next(w for pattern, w in rows if not pattern or re.fullmatch(pattern, name, re.IGNORECASE))
    found = tuple(_guess(word) for word in words.split(", "))
    found = (("switch", "True"), *found) if argument.switch else found
    if argument.index and "mask" not in argument.name:
        found = (*(g for g in found if g[0] == "labels"), *(g for g in found if g[0] != "labels"))
    return tuple(g for g in found if g[0] not in ("number", "size")) if array else found


def _guess(word: str) -> Guess:
    kind, _, pattern = word.strip().partition(" ")
    return next(k for k in KINDS if k == kind), pattern


def size_of(axis: str, sizes: Mapping[str, int]) -> int:
    """The size of an axis by name: ``N``, a number ``3``, or a multiple ``4H``.

    >>> size_of("N", {"N": 5}), size_of("3", {}), size_of("4H", {"H": 2})
    (5, 3, 8)
    """
    if axis.isdigit():
        return int(axis)
    digits = axis[: len(axis) - len(axis.lstrip("0123456789"))]
    return int(digits or 1) * sizes[axis.removeprefix(digits)]


def draw(form: Form, sizes: Mapping[str, int], rng: np.random.Generator) -> Any:
    """Random values of a form: arrays of float64, labels of int64, a number or a size as Python has them."""
    shape = tuple(size_of(a, sizes) for a in form.axes)
    match form.kind:
        case "real":
            return rng.standard_normal(shape)
        case "positive":
            return rng.uniform(0.5, 2.0, shape)
        case "unit":
            return rng.uniform(0.1, 0.9, shape)
        case "probability":
            return _normalised(np.exp(rng.standard_normal(shape)))
        case "one-hot":
            return np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])]
        case "binary":
            return rng.integers(0, 2, shape).astype(np.float64)
        case "signs":
            return rng.choice((-1.0, 1.0), shape)
        case "labels":
            return rng.integers(0, size_of(form.limit or "2", sizes), shape)
        case "size":
            return size_of(form.axes[0], sizes)
        case "number":
            return float(form.limit or 0.3)
        case "word":
            return form.limit
        case "switch":
            return bool(form.limit)


def _normalised(array: Any) -> Any:
    return array / array.sum(axis=-1, keepdims=True)
