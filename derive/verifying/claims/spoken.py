"""What a note says of its symbols in prose: shapes that stand alone, and which matrices are symmetric."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from derive.verifying.claim import Statement
from derive.verifying.claims.definitions import is_gradient_like
from derive.verifying.claims.mentions import losses_of
from derive.verifying.claims.steps import Step
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.spelled import text_of
from derive.verifying.formula import Bracketed, Commas, Name, Node, Number, Scripted
from derive.verifying.latex.reading import read
from derive.verifying.located import Note
from derive.verifying.symbols import Known

NUMBERS = frozenset({"L", "J", "loss", "Loss", "cost", "Cost", "ell"})  # "of a loss L, of shape": not the shape of L


def spoken_shapes(found: Iterable[Step], words: Lexicon, said: Known) -> None:
    """Take down the shapes that stand alone: ``W \\in \\mathbb{R}^{m \\times n}``, ``X: (N, D)``."""
    listed = list(found)
    losses = losses_of(listed, words)
    last: Step | None = None
    for step in listed:
        known = {*said.shapes.symbols, *losses, *NUMBERS}
        named = _shape_behind(step, last)
        last = step
        of = words.atom(named) if named is not None else None
        if of is not None and of.name not in known and not is_gradient_like(of.name, words):
            assert isinstance(step.left, Bracketed) and isinstance(step.left.body, Commas)
            said.shape(of.name, [text_of(s) for s in step.left.body.items])
            continue
        sizes = next((s.sizes for s in step.left_shapes), None) if step.right is None else None
        if step.sign == ":" and isinstance(step.right, Bracketed) and isinstance(step.right.body, Commas):
            sizes = step.right.body.items
        for named in step.left.items if isinstance(step.left, Commas) else (step.left,):  # u, v \in R^d
            atom = words.atom(named) if named is not None and sizes is not None else None
            if atom is not None and not atom.indices and atom.name not in said.shapes.symbols and atom.power is None:
                said.shape(atom.name, [text_of(s) for s in sizes or ()])


_SYMMETRIC = r"symmetric|covariance|Gram matrix|kernel matrix|positive (?:semi-?)?definite|対称|正定値|对称|正定"
_GAP = r"(?:(?!\bnot\b|\bnon|[.$。\n]).){0,40}?"
_BEFORE = re.compile(rf"\$([^$\n]+)\$(?={_GAP}(?<![a-z-])(?:{_SYMMETRIC}))")
_BEHIND = re.compile(rf"(?<![a-z-])(?<!not )(?:{_SYMMETRIC}){_GAP}\$([^$\n]+)\$")


def spoken_laws(note: Note, words: Lexicon, said: Known) -> None:
    """Take down which matrices are said to be symmetric: ``with $K$ symmetric``, ``the Gram matrix $K$``."""
    for unit in note.units:
        for match in (*_BEFORE.finditer(unit.text), *_BEHIND.finditer(unit.text)):
            for line in read(match[1]):
                for part in line.parts:
                    side = part.sides[0] if isinstance(part, Statement) and part.sides else None
                    atom = words.atom(side) if side is not None else None
                    if atom is not None and not atom.indices:
                        said.laws.setdefault(atom.name, ("symmetric",))


_COLUMNS = re.compile(r"columns? of (?:the matrix |matrix )?\$([A-Z])\$")


_SHAPED = re.compile(r"\b([A-Z])\s*\\in\s*\\mathbb")


def with_columns(note: Note, words: Lexicon) -> Lexicon:
    """The lexicon with the matrices turned of which it is said that small letters are their columns.

    Where the shape of the matrix is written, that decides along which axis its parts are counted.
    """
    named = {match[1] for unit in note.units for match in _COLUMNS.finditer(unit.text)}
    shaped = {written[1] for unit in note.units for written in _SHAPED.finditer(unit.text)}
    turned = (named - shaped) & set(words.aliases.values())
    return replace(words, turned=frozenset(turned)) if turned else words


def _shape_behind(step: Step, last: Step | None) -> Node | None:
    """The symbol before a shape in prose: ``$W$ is $(D, H)$``."""
    if last is None or step.right is not None or last.right is not None or last.left is None:
        return None
    near = step.formula.display is None and last.formula.place.last == step.formula.place.first
    match step.left:
        case Bracketed("(", ")", Commas(items)) if near and all(isinstance(i, (Name, Number)) for i in items):
            return last.left if isinstance(last.left, (Name, Scripted)) else None
    return None
