r"""The symbols that a writer declares: in a ``symbols:`` block, in a file, or in a table of symbols as our notes have.

::

    symbols:
      X: [N, D]
      W1: [D, H]
      \hat{y}: [N]
      n: scalar
    loss: L

A line names a symbol as it is written in the formulas, and its axes; equal names are equal sizes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from derive.errors import ChainruleError
from derive.verifying.claim import Statement
from derive.verifying.elaborate.lexicon import spelling
from derive.verifying.elaborate.names import combined
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.formula import Commas, Node, Number, Relations
from derive.verifying.latex.reading import read
from derive.verifying.located import Note

FORM = """symbols:
  X: [N, D]
  W1: [D, H]
  b1: [H]"""
ROW = re.compile(
    r"^\|\s*\$(?P<latex>.+?)\$\s*\|\s*`(?P<name>[^`]+)`\s*\|\s*(?:\$\((?P<shape>.*?)\)\$|(?P<words>[^|]*?))\s*\|"
    r"|^\$(?P<latex2>.+?)\$ & \\texttt\{(?P<name2>.+?)\} & (?:\$\((?P<shape2>.*?)\)\$|(?P<words2>[^&]*?)) &",
    re.MULTILINE,
)
LINE = re.compile(r"^\s+(?P<symbol>[^:#]+?)\s*:\s*(?P<shape>\[.*?\]|\(.*?\)|scalar|number)\s*(?:#.*)?$")
HEAD = re.compile(r"^\s*(?P<word>symbols|loss|forward)\s*:\s*(?P<rest>.*?)\s*$")


@dataclass
class Declared:
    """What was declared: shapes, the name for each spelling, and the loss if it is named."""

    shapes: Shapes = field(default_factory=Shapes)
    spelled: dict[str, str] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    loss: str = ""
    forward: str = ""

    def add(self, latex: str, name: str | None, sizes: Iterable[str]) -> None:
        """A symbol with its axes; ``name`` is what it is called in reports."""
        node = one_side(latex)
        found = written(node) if node is not None else None
        if found is None:
            raise ChainruleError(f"{latex!r} is no symbol", hint=f"declare symbols like this:\n{FORM}")
        if name is None:
            name = combined(found.base, [text_of(s) for s in (*found.subs, *found.sups)]) + "'" * found.primes
        self.spelled[spelling(found)] = name
        axes: list[int] = []
        for size in sizes:
            (axis,), self.shapes = self.shapes.fresh()
            axes.append(axis)
            self._size(size, axis)
        self.shapes = self.shapes.with_symbol(name, tuple(axes))

    def _size(self, size: str, axis: int) -> None:
        node = one_side(size)
        if isinstance(node, Number) and node.text.isdigit():
            known = self.shapes.same(0, axis) if node.text == "1" else self.shapes.sized(axis, int(node.text))
        else:
            found = written(node) if node is not None else None
            name = combined(found.base, [text_of(s) for s in found.subs]) if found is not None else size
            known = self.shapes.named(axis, name)
            if name.isascii() and name[:1].isupper():
                self.letters.add(name[:1].lower())
        self.shapes = known or self.shapes


def one_side(latex: str) -> Node | None:
    """A piece of LaTeX as one node, None if it is more than that."""
    lines = read(latex)
    parts = [p for line in lines for p in line.parts]
    if len(parts) == 1 and isinstance(parts[0], Statement) and len(parts[0].sides) == 1:
        return parts[0].sides[0]
    return None


def declared(note: Note, more: str = "") -> Declared:
    """What the note and a further text declare. Raises `ChainruleError` for a line that cannot be read."""
    found = Declared()
    for text in (*(t for _, t in note.declarations), more):
        _block(text, found)
    for unit in note.units:
        for latex, name, sizes in _table(unit.text):
            found.add(latex, name, sizes)
    return found


def _block(text: str, found: Declared) -> None:
    inside = False
    for line in text.splitlines():
        head = HEAD.match(line)
        if head is not None and not line[:1].isspace():
            inside = head["word"] == "symbols"
            if head["word"] == "loss":
                found.loss = head["rest"]
            elif head["word"] == "forward":
                found.forward = head["rest"]
        elif inside or (line[:1].isspace() and not found.loss):
            _entry(line, found)


def _entry(line: str, found: Declared) -> None:
    if not line.strip() or line.lstrip().startswith("#"):
        return
    match = LINE.match(line)
    if match is None:
        raise ChainruleError(f"this line declares no symbol: {line.strip()!r}", hint=f"write it like this:\n{FORM}")
    shape = match["shape"].strip()
    sizes = [] if shape[0] not in "[(" else [s.strip() for s in shape[1:-1].split(",") if s.strip()]
    for symbol in match["symbol"].split(","):
        found.add(symbol.strip().strip("$\"'"), None, sizes)


def _table(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """The rows of a table of symbols: spelling, name, sizes."""
    for match in ROW.finditer(text):
        latex, name = match["latex"] or match["latex2"], match["name"] or match["name2"]
        shape, words = match["shape"] or match["shape2"], match["words"] or match["words2"]
        if shape is not None:
            yield latex, name.replace("\\_", "_"), [s.strip() for s in shape.split(",") if s.strip()]
        elif words:
            yield latex, name.replace("\\_", "_"), []


def is_list(node: Node) -> bool:
    """Whether a node is a list of things: a range, several equations in one."""
    return isinstance(node, (Commas, Relations))
