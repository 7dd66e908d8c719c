r"""The symbols that a note declares, as shapes and spellings: a ``symbols:`` block, a table of symbols, a layer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from derive.errors import ChainruleError
from derive.library import open_spec
from derive.notes.notation import spelling as notation_of
from derive.program import Program
from derive.verifying.claim import Statement
from derive.verifying.declarations import FORM, Declarations, declarations, read_symbols
from derive.verifying.elaborate.computed import size_name
from derive.verifying.elaborate.lexicon import spelling
from derive.verifying.elaborate.names import combined
from derive.verifying.elaborate.shapes import Shapes
from derive.verifying.elaborate.spelled import text_of, written
from derive.verifying.formula import Node, Number
from derive.verifying.latex.reading import read
from derive.verifying.located import Note

ROW = re.compile(
    r"^\|\s*\$(?P<latex>.+?)\$\s*\|\s*`(?P<name>[^`]+)`\s*\|\s*(?:\$\((?P<shape>.*?)\)\$|(?P<words>[^|]*?))\s*\|"
    r"(?P<meaning>[^|\n]*)"
    r"|^\$(?P<latex2>.+?)\$ & \\texttt\{(?P<name2>.+?)\} & (?:\$\((?P<shape2>.*?)\)\$|(?P<words2>[^&]*?)) &"
    r"(?P<meaning2>.*)",
    re.MULTILINE,
)
DEFAULT = re.compile(r"\$(\d{1,3})\$")


@dataclass
class Known:
    """What is known before any formula is read.

    ``spelled`` maps spellings to names, ``gradients`` names of gradients to what they differentiate by,
    ``functions`` letters to functions of the table. ``program`` is the forward pass, if a layer states it. ``whole``
    are numbers that count something, ``defaults`` what they are where nothing else is said, ``extents`` sizes that
    are computed from others, by their text, ``ranged`` the chains that say how far a letter runs.
    """

    shapes: Shapes = field(default_factory=Shapes)
    spelled: dict[str, str] = field(default_factory=dict)
    letters: set[str] = field(default_factory=set)
    gradients: dict[str, str] = field(default_factory=dict)
    functions: dict[str, str] = field(default_factory=dict)
    laws: dict[str, tuple[str, ...]] = field(default_factory=dict)
    loss: str = ""
    program: Program | None = None
    whole: set[str] = field(default_factory=set)
    defaults: dict[str, int] = field(default_factory=dict)
    extents: dict[str, Node] = field(default_factory=dict)
    ranged: set[tuple[int, int]] = field(default_factory=set)

    def add(self, node: Node, name: str, sizes: Iterable[str] | None) -> None:
        """A symbol as it is spelled, its name in reports, and its axes if they are known."""
        found = written(node)
        if found is None:
            raise ChainruleError(f"{name!r} is no symbol", hint=f"declare symbols like this:\n{FORM}")
        self.spelled[spelling(found)] = name
        if sizes is not None:
            self.shape(name, sizes)

    def shape(self, name: str, sizes: Iterable[str]) -> None:
        """The axes of a symbol by their sizes: names or numbers."""
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
            single = found is not None and found.whole and not found.sups
            name = size_name(node) if node is not None and single else size
            if found is not None and single and found.subs:
                self.spelled.setdefault(spelling(found), name)  # E_1 is no entry of E
            if node is not None and not single:
                name = text_of(node)
                self.extents[name] = node
            known = self.shapes.named(axis, name)
            if name.isascii() and name[:1].isupper():
                self.letters.add(name[:1].lower())
        self.shapes = known or self.shapes


def one_side(latex: str) -> Node | None:
    """A piece of LaTeX as one node, None if it is more than that."""
    parts = [p for line in read(latex) for p in line.parts]
    if len(parts) == 1 and isinstance(parts[0], Statement) and len(parts[0].sides) == 1:
        return parts[0].sides[0]
    return None


def known_symbols(note: Note, more: str = "", forward: str | None = None) -> Known:
    """What the note, a further text and a layer declare. Raises `ChainruleError` for a line that cannot be read."""
    found = Known()
    said = [declarations(note.declarations), *([read_symbols(more, "--symbols")] if more else [])]
    specs = (forward,) if forward else next((d.forward for d in said if d.forward), ())
    if specs:
        _layer(open_spec(list(specs)), found)
    for unit in note.units:
        for latex, name, sizes, default in _table(unit.text):
            node = one_side(latex)
            if node is not None:
                found.add(node, name, sizes)
                if default:
                    found.defaults[name] = int(default)
    for declared in said:
        _block(declared, found)
    return found


def _block(said: Declarations, found: Known) -> None:
    for symbol in said.symbols:
        spelled = written(symbol.tree)
        name = symbol.name if spelled is None else combined(spelled.base, [text_of(s) for s in spelled.subs])
        if symbol.role in ("index", "sample", "layer", "time", "size"):
            if symbol.role != "size":
                found.letters.add(symbol.name)
        elif symbol.role == "gradient":
            found.gradients[name] = symbol.of
        elif symbol.role == "function":
            found.functions[name] = symbol.of
        else:
            found.add(symbol.tree, name, () if symbol.role == "number" else symbol.sizes)
            found.laws[name] = symbol.laws
    found.loss = said.loss or found.loss


def _layer(program: Program, found: Known) -> None:
    """The tensors of a layer in the spelling of our own notes, which all usual spellings are equal to."""
    named = notation_of(program)
    for tensor in program.tensors:
        node = one_side(named.symbol(tensor.name).entry())
        if node is not None:
            found.add(node, tensor.name, [a.name for a in tensor.axes])
    for hyper in program.hyperparameters:
        node = one_side(named.hyper(hyper.name).entry())
        if node is not None:
            found.add(node, hyper.name, ())
    found.program = program


def _table(text: str) -> Iterator[tuple[str, str, list[str], str]]:
    """The rows of a table of symbols: spelling, name, sizes, and the whole number that it is by default."""
    for match in ROW.finditer(text):
        latex, name = match["latex"] or match["latex2"], match["name"] or match["name2"]
        shape, words, meaning = match["shape"], match["words"], match["meaning"] or match["meaning2"] or ""
        if match["latex2"]:
            shape, words = match["shape2"], match["words2"]
        if shape is not None:
            yield latex, name.replace("\\_", "_"), [s.strip() for s in shape.split(",") if s.strip()], ""
        elif words:
            default = DEFAULT.search(meaning)
            yield latex, name.replace("\\_", "_"), [], default[1] if default is not None else ""
