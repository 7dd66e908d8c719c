"""All code of a note as one text: every block that is Python, with the place of each line in the note.

What notes take from elsewhere by custom (``softmax``, ``cross_entropy_error``) is put in where they do not define it.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from derive.verifying.located import Code

LARGEST = 200_000  # characters of code
MAGIC = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)
PRELUDE = """
def sigmoid(x):
    return 1 / (1 + np.exp(-x))
def relu(x):
    return np.maximum(0, x)
def softmax(x):
    e = np.exp(x)
    return e / np.sum(e, axis=-1, keepdims=True)
def cross_entropy_error(y, t):
    return -np.sum(t * np.log(y)) / y.shape[0]
def mean_squared_error(y, t):
    return 0.5 * np.sum((y - t) ** 2)
def sum_squared_error(y, t):
    return 0.5 * np.sum((y - t) ** 2)
"""


@dataclass(frozen=True)
class Listing:
    """``tree`` with the line numbers of ``lines``; ``places`` has cell and line of the note for each of them."""

    tree: ast.Module
    lines: tuple[str, ...]
    places: tuple[tuple[int | None, int], ...]

    def line(self, number: int) -> str:
        """A line of the code, without its indentation."""
        return self.lines[number - 1].strip() if 0 < number <= len(self.lines) else ""


def listing(blocks: Sequence[Code]) -> Listing:
    """The blocks that are Python, one after another."""
    body: list[ast.stmt] = []
    lines: list[str] = []
    places: list[tuple[int | None, int]] = []
    for block in blocks:
        tree = _parsed(block.text) if len(block.text) + sum(map(len, lines)) < LARGEST else None
        if tree is None:
            continue
        ast.increment_lineno(tree, len(lines))
        body += tree.body
        own = block.text.split("\n")
        lines += own
        places += [(block.cell, block.line + n) for n in range(len(own))]
    defined = {n.name for n in body if isinstance(n, (ast.FunctionDef, ast.ClassDef))}
    custom = [n for n in ast.parse(PRELUDE).body if isinstance(n, ast.FunctionDef) and n.name not in defined]
    return Listing(ast.Module([*custom, *body], []), tuple(lines), tuple(places))


def _parsed(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(MAGIC.sub("pass", text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
