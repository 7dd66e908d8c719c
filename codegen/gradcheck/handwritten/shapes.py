"""Shapes that a person says: ``--shapes X=NxD,W=DxH,t=N:labels<C``, and those in a docstring."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from codegen.gradcheck.handwritten.forms import KINDS, Form, Kind
from derive.errors import UnknownName

EXAMPLE = "X=NxD,W=DxH,b=H, t=N:labels<C, or with numbers X=4x3,W=3x5"
AXIS = re.compile(r"^(\d*[A-Za-z_]\w*|\d+)$")
LARGEST = 64
SAID = re.compile(r"\(\s*(\d*[A-Za-z_]\w*|\d+)((?:\s*,\s*(?:\d*[A-Za-z_]\w*|\d+))*)\s*,?\s*\)")

IN_WORDS = re.compile(r"\(((?:[\w ]+,)*[\w ]*\b(?:number|size|batch|length|dim\w*) (?:of )?[\w ]+(?:,[\w ]*)*)\)")


def parse(text: str) -> dict[str, Form]:
    """The forms that the option ``--shapes`` gives.

    >>> parse("X=NxD,t=N:labels<C")["t"]
    Form(kind='labels', axes=('N',), limit='C')

    Errors: `UnknownName`, with an example, for what cannot be read.
    """
    return dict(_one(part.strip()) for part in text.split(",") if part.strip())


def _one(part: str) -> tuple[str, Form]:
    name, given, value = part.partition("=")
    dims, _, kind = value.partition(":")
    kind, _, limit = kind.partition("<")
    if not given or not name.isidentifier():
        raise UnknownName(f"cannot read the shape {part!r}", hint=f"write --shapes '{EXAMPLE}'")
    if not kind and re.fullmatch(r"\d+\.\d*", dims):
        return name, Form("number", (), dims)
    axes = () if dims in ("", "()", "scalar") else tuple(dims.split("x"))
    if kind and kind not in KINDS:
        raise UnknownName(f"no kind {kind!r} for {name}", hint=f"choose one of {', '.join(KINDS)}")
    for axis in (*axes, *((limit,) if limit else ())):
        if not AXIS.match(axis) or (axis.isdigit() and not 0 < int(axis) <= LARGEST):
            raise UnknownName(
                f"cannot use {axis!r} as an axis of {name}",
                hint=f"an axis is a name, a size up to {LARGEST}, or a multiple such as 4H: --shapes '{EXAMPLE}'",
            )
    chosen: Kind = next((k for k in KINDS if k == kind), "real")
    return name, Form(chosen, axes, limit)


def documented(text: str, names: Iterable[str]) -> Mapping[str, Form]:
    """The shapes that docstrings give in the way of ``X: (N, D)`` or ``- x: input data, of shape (N, D)``.

    >>> documented("AL -- probabilities, shape (1, number of examples)", ["AL"])["AL"].axes
    ('1', 'number_of_examples')
    >>> documented("x: scores, of shape (N, C)\\ny: labels, of shape (N,)", ["x", "y"])["y"]
    Form(kind='labels', axes=('N',), limit='')
    """
    found: dict[str, Form] = {}
    for name in names:
        for line in text.splitlines():
            head = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)\s*(:|\bis\b|\bof shape\b|\(|-|=|,|\bare\b)", line)
            axes = _axes_said(line, head.end() - 1) if head else ()
            if axes and name not in found:
                integer = re.search(r"label|integer|\bint\b|indices|index", line, re.IGNORECASE)
                integer = None if re.search(r"predict|probab|score|logit", line, re.IGNORECASE) else integer
                signs = re.search(r"[+]1 (or|and) -1|-1 (or|and) [+]?1|[{]-1, ?[+]?1[}]|±1", line)
                one_hot = re.search(r"one.?hot", line, re.IGNORECASE)
                kind: Kind = "one-hot" if one_hot else "signs" if signs else "labels" if integer else "real"
                found[name] = Form(kind, axes)
    return found


def _axes_said(line: str, start: int) -> tuple[str, ...]:
    """``(N, D)``, ``(size of layer, number of examples)``, ``Hx1 array`` or ``list of integers`` in a line."""
    shape = SAID.search(line, start)
    if shape:
        axes = (shape.group(1), *re.findall(r"\d*[A-Za-z_]\w*|\d+", shape.group(2)))
        return () if any(a in ("optional", "float", "int", "ndarray", "array") for a in axes) else axes
    words = IN_WORDS.search(line, start)
    if words:
        pieces = [p.strip().removeprefix("the ") for p in words.group(1).split(",")]
        return tuple(re.sub(r"\W+", "_", p) for p in pieces if p)
    crossed = re.compile(r"\b([A-Za-z]|\d+)x([A-Za-z]|\d+)\b").search(line, start)
    if crossed:
        return crossed.groups()
    return ("T",) if re.compile(r"\blists? of int").search(line, start) else ()
