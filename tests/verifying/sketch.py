"""A syntax tree on one line, short enough to be expected in a test."""

from __future__ import annotations

from dataclasses import fields

from derive.verifying.claim import Statement, Unread
from derive.verifying.formula import Name, Node, Number
from derive.verifying.latex.reading import read


def sketch(value: object) -> str:
    """``Scripted(W sub=1)``: kinds and fields that are not at their default; names and numbers as they stand."""
    if isinstance(value, (Name, Number)):
        return f"{value.text}:{value.font}" if value.font else value.text
    if isinstance(value, Node):
        shown = []
        for f in fields(value):
            here = getattr(value, f.name)
            if f.name not in ("span", "letters") and here != f.default:
                shown.append(f"{f.name}={sketch(here)}" if f.default is None else sketch(here))
        return f"{type(value).__name__}({' '.join(shown)})"
    if isinstance(value, tuple):
        return f"[{' '.join(sketch(item) for item in value)}]"
    return "-" if value is None else str(value)


def lines(text: str) -> list[str]:
    """The claims of each line of a display."""
    return [" ; ".join(sketch(part) for part in line.parts) for line in read(text)]


def side(text: str) -> str:
    """The one expression that a formula is."""
    [line] = read(text)
    [part] = line.parts
    assert isinstance(part, Statement), part
    assert not part.relations
    [expression] = part.sides
    return sketch(expression)


def unread(text: str) -> list[Unread]:
    """What a text holds that cannot be read."""
    return [part for line in read(text) for part in line.parts if isinstance(part, Unread)]
