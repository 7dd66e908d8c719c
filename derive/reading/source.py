"""The text that a layer was read from, and the errors that point into it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from lark import Token, Tree

from derive.errors import LayerTextError


class Node(Tree[Token]):
    """A node of the syntax tree; ``data`` is its kind, its children are the nodes and tokens that the grammar says."""

    children: list[Any]

    def within(self) -> Iterator[Node]:
        """The node and all nodes below it, in reading order."""
        stack = [self]
        while stack:
            here = stack.pop()
            yield here
            stack.extend(c for c in reversed(here.children) if isinstance(c, Node))


Place = Node | Token


@dataclass(frozen=True)
class Source:
    """A layer's text; ``origin`` is the file it came from, "" for text given directly."""

    text: str
    origin: str = ""

    def error(self, message: str, at: Place, hint: str = "") -> LayerTextError:
        """An error with its caret under the beginning of ``at``."""
        line, column = position(at)
        return self.error_at(message, line, column, hint)

    def error_at(self, message: str, line: int, column: int, hint: str = "") -> LayerTextError:
        """An error at a line and column, both counted from 1."""
        return LayerTextError(message, source=self.text, line=line, column=column, hint=hint, origin=self.origin)

    def excerpt(self, start: Place, end: Place) -> str:
        """The text from the beginning of one node to the end of another, on one line."""
        first = start.start_pos if isinstance(start, Token) else start.meta.start_pos
        # a bracketed expression is the node inside; Lark keeps where the brackets end beside it
        last = end.end_pos if isinstance(end, Token) else getattr(end.meta, "container_end_pos", end.meta.end_pos)
        return " ".join(self.text[first:last].split())


def position(at: Place) -> tuple[int, int]:
    """Line and column at which a node begins, brackets around it included."""
    if isinstance(at, Token):
        return at.line or 1, at.column or 1
    meta = at.meta
    return getattr(meta, "container_line", meta.line), getattr(meta, "container_column", meta.column)


def did_you_mean(name: str, known: Iterable[str], otherwise: str = "there is") -> str:
    """The hint for a name that does not exist: the nearest one, else a list of all."""
    names = list(dict.fromkeys(known))
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
    return f"{otherwise} {shown}"
