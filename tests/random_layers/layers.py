"""Random layers, drawn by Hypothesis: a text of the layer language and its meaning in JAX."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.random_layers.notations import FIRST, array_of, indexed
from tests.random_layers.productions import GIVEN, LAWS, WHOLE, Draft, of_scalars
from tests.random_layers.terms import (
    LETTERS,
    SIZES,
    Named,
    Scope,
    Term,
    access,
    combined,
    number,
    ordered,
    parameter,
    reduced,
)

MADE = ("P", "Q", "R")  # names for the left sides


@dataclass(frozen=True)
class Line:
    """An equation: its name, the letters of its left side in their order, and its right side."""

    name: str
    letters: tuple[str, ...]
    right: Term
    text: str


@dataclass(frozen=True)
class Layer:
    """The text, and the equations with their meaning."""

    text: str
    lines: tuple[Line, ...]

    def __repr__(self) -> str:
        return f"\n{self.text}\n"

    def values(self, xp: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Every left side, by JAX's NumPy."""
        sizes = {x: SIZES[axis] for x, axis in LETTERS.items()}
        tensors, none = dict(given), dict[str, Named]()
        for line in self.lines:
            found = line.right.value(Scope(xp, tensors, sizes, none))
            tensors[line.name] = ordered(xp, found, line.letters, sizes)
        return {line.name: tensors[line.name] for line in self.lines}


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """A layer of one to three equations; an axis that only the text names gets a tensor that has it."""
    draft = Draft(draw)
    functions = [_function(draft, name) for name in ("f", "g")[: draft.one(0, 0, 1, 2)]]
    lines = [_line(draft, name) for name in MADE[: draft.one(1, 1, 2, 3)]]
    read = frozenset[str]().union(*(line.right.tensors for line in lines))
    text = "\n".join(_equation(draft, line) for line in lines)
    for axis, tensor in (("N", "v"), ("D", "b"), ("C", "u")):
        if re.search(rf"\b{axis}\b", text) and not any(axis in _axes(draft, n) for n in read if n not in MADE):
            read |= {tensor}
            lines.append(Line(f"{axis}_only", (), _sum_of(tensor, axis), f"{axis}_only = sum({tensor})"))
            text += f"\n{lines[-1].text}"
    for function in reversed(functions):
        if re.search(rf"\b{function[0]}\(", text):
            text = f"{function}\n{text}"
    declared = [_declared(draft, n) for n in (*GIVEN, *LAWS, *WHOLE) if n in read]
    return Layer("\n".join([*declared, text]), tuple(lines))


def _sum_of(tensor: str, axis: str) -> Term:
    return reduced(f"sum({tensor})", "sum", (FIRST[axis],), access(tensor, (FIRST[axis],)), {})


def _equation(draft: Draft, line: Line) -> str:
    return f"{line.text}, {draft.outside[line.name]} outside" if line.name in draft.outside else line.text


def _axes(draft: Draft, name: str) -> str:
    return WHOLE[name][0] if name in WHOLE else draft.axes[name]


def _declared(draft: Draft, name: str) -> str:
    """The declaration; a tensor that has no gradient is a target."""
    axes = _axes(draft, name)
    properties = [LAWS[name][1]] if name in LAWS else ["integer"] if name in WHOLE else []
    role = "target" if properties else "param" if name in "WbAu" else "input"
    if name in draft.outside:
        properties.append(f"{draft.outside[name]} outside")
    shape = f" [{', '.join(axes)}]" if axes else ""
    return ", ".join([f"{name}: {role}{shape}", *properties])


def _function(draft: Draft, name: str) -> str:
    """A scalar function; it may call those before it."""
    parameters = ("x", "y")[: draft.one(1, 2)]
    depth = draft.one(1, 2, 3)

    def part(level: int) -> Term:
        if level == 0:
            return number(draft.one("2", "0.5")) if draft.one(*range(4)) == 3 else parameter(draft.one(*parameters))
        return of_scalars(draft, lambda: part(level - 1))

    body = part(depth)
    for p in parameters:
        if not re.search(rf"\b{p}\b", body.text):
            body = combined(f"{body.text} + {p}", lambda xp, x, y: x + y, body, parameter(p))
    draft.functions[name] = (parameters, body)
    return f"{name}({', '.join(parameters)}) = {body.text}"


def _line(draft: Draft, name: str) -> Line:
    line = draft.one(_array_line, _index_line)(draft, name)
    draft.axes[name] = "".join(LETTERS[x] for x in line.letters)
    return line


def _array_line(draft: Draft, name: str) -> Line:
    axes = draft.one("ND", "D", "", "NC", "NDC", "N", "DC", "C")
    right = array_of(draft, axes, draft.one(1, 2, 3))
    return Line(name, tuple(FIRST[a] for a in axes), right, f"{name} = {right.text}")


def _index_line(draft: Draft, name: str) -> Line:
    letters = draft.one("nd", "d", "", "dn", "nc", "ndc", "de", "nm", "c", "n")
    right = indexed(draft, frozenset(letters), draft.one(1, 2, 3))
    heads = ", ".join(x if x in right.plain else f"{x}: {LETTERS[x]}" for x in letters)
    left = f"{name}[{heads}]" if letters else name
    return Line(name, tuple(letters), right, f"{left} = {right.text}")
