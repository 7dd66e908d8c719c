r"""Changing one part of what a person wrote and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from derive.verifying.formula import (
    NOWHERE,
    Accent,
    Addition,
    Big,
    Derivative,
    Fraction,
    Juxtaposition,
    Nabla,
    Node,
    Product,
    Root,
    Scripted,
    Span,
)
from derive.verifying.formula import children as parts_of
from derive.verifying.latex.writing import latex, looseness

_ARGUMENTS = (Accent, Fraction, Root)  # what is inside stands in braces
_LOOSEST = {Addition: 2, Product: 1, Juxtaposition: 1, Scripted: 0, Derivative: 1, Nabla: 0, Big: 2}


def edited(text: str, edits: Iterable[tuple[Span, str]]) -> str:
    """The text with each range of characters replaced; raises `ValueError` if two of them overlap.

    >>> edited("a + b", [(Span(4, 5), "c"), (Span(0, 1), "x")])
    'x + c'
    """
    pieces: list[str] = []
    at = 0
    for span, new in sorted(edits):
        if span.start < at:
            raise ValueError("two edits overlap")
        pieces += [text[at : span.start], new]
        at = span.end
    return "".join((*pieces, text[at:]))


def replacing(root: Node, old: Node, new: Node, text: str) -> str | None:
    r"""The writer's text of ``root`` with ``new`` in the place of its part ``old``.

    ``old`` is found by identity. ``new`` may hold parts that the writer wrote: they keep their spelling. Brackets
    and braces are put where the place needs them. None if ``old`` is no part that has characters of its own, as
    happens inside a macro.
    """
    path = _path(root, old)
    if path is None or old.span == NOWHERE or _shared(path):
        return None
    shown = _fitted(new, path[-2] if len(path) > 1 else None, old, text)
    before, after = text[root.span.start : old.span.start], text[old.span.end : root.span.end]
    if _ends_in_command(before) and shown[:1].isalpha():
        shown = f" {shown}"
    if _ends_in_command(shown) and after[:1].isalpha():
        shown = f"{shown} "
    return before + shown + after


def _path(root: Node, old: Node) -> tuple[Node, ...] | None:
    """The parts from the whole down to one of them."""
    stack: list[tuple[Node, ...]] = [(root,)]
    while stack:
        path = stack.pop()
        if path[-1] is old:
            return path
        stack.extend((*path, part) for part in parts_of(path[-1]))
    return None


def _shared(path: tuple[Node, ...]) -> bool:
    """Whether a part beside the path was read from some of the same characters."""
    old = path[-1].span
    for above, here in pairwise(path):
        for part in parts_of(above):
            if part is not here and part.span.start < old.end and old.start < part.span.end:
                return True
    return False


def _fitted(new: Node, holder: Node | None, old: Node, text: str) -> str:
    """The LaTeX of a part as its place needs it."""
    shown = latex(new, text)
    body = (isinstance(holder, Scripted) and holder.base is old) or (isinstance(holder, Big) and holder.body is old)
    if isinstance(holder, _ARGUMENTS) or (isinstance(holder, (Scripted, Big, Nabla)) and not body):
        braced = text[: old.span.start].rstrip().endswith("{") and text[old.span.end :].lstrip().startswith("}")
        return shown if braced or len(shown) == 1 else f"{{{shown}}}"
    if looseness(new) <= _LOOSEST.get(type(holder), 5) and not (body and isinstance(new, (Scripted, Fraction))):
        return shown
    return rf"\left({shown}\right)" if "\\frac" in shown or "\\sum" in shown else f"({shown})"


def _ends_in_command(text: str) -> bool:
    word = text.rstrip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return word.endswith("\\") and word != text
