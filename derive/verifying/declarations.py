r"""The small block in which a note says what its symbols are, for what its formulas do not show.

It stands in the front matter of a Markdown file, in a fenced block ``symbols``, in an HTML comment, in comments of
LaTeX (``% symbols:``), or in a file of its own (``--symbols FILE``)::

    symbols:
      X: input [N, D]
      W1, W2: param [D, H]
      T: target [N, C], one-hot
      P: [N, C], sum over C = 1
      \delta: gradient of Z
      f: function tanh
      i: sample
      l: layer
      \eta: number
    loss: L
    forward: affine relu affine softmax_cross_entropy

A name is written as in the formulas (``W1``, ``W_1`` and ``\mathbf{W}_1`` are one name). Sizes are names or numbers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from derive.errors import ChainruleError
from derive.verifying.formula import Node
from derive.verifying.latex.settling import settled
from derive.verifying.latex.terms import inside, reader
from derive.verifying.latex.tokens import tokens
from derive.verifying.latex.trouble import Trouble
from derive.verifying.located import Place

ROLES = {
    "input": "an input of the network", "param": "a parameter", "target": "right answers, without a gradient",
    "constant": "a number or array without a gradient", "number": "a scalar", "hidden": "computed",
    "function": "a function of one number, such as f: function tanh",
    "gradient": "the gradient of the loss, such as \\delta: gradient of Z", "index": "an index",
    "sample": "the index of a sample", "layer": "the number of a layer", "time": "the index of a step in time",
    "size": "how many there are",
}  # fmt: skip
FORM = "symbols:\n  X: input [N, D]\n  W1: param [D, H]\n  \\delta: gradient of Z\n  f: function tanh\nloss: L"
LONGEST = 20_000
_LAWS = re.compile(r"sum over [A-Za-z_]\w* = 1|one-hot|symmetric|integer")
_NAME = r"[A-Za-z_][\w']*"
_KEY = re.compile(r"(?P<indent>[ \t]*)(?P<key>[^:\n]+?)[ \t]*:(?P<value>[^\n]*)")
_SHAPE = re.compile(r"(?:^|(?<=\s))[\[(]([^\])]*)[\])](?=$|[\s,])")
_SIZE = re.compile(r"[A-Za-z]\w*|[1-9]\d{0,8}")


@dataclass(frozen=True)
class Declared:
    r"""One symbol: its name as written and as a tree, its role ("" if none is given), its sizes (None likewise).

    ``of`` is what a ``gradient of`` or a ``function`` names. ``laws`` are spelled as in the layer language.
    """

    name: str
    tree: Node
    role: str = ""
    sizes: tuple[str, ...] | None = None
    of: str = ""
    laws: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Declarations:
    """All that the blocks of a note declare; of two declarations of one name the later holds."""

    symbols: tuple[Declared, ...] = ()
    loss: str = ""
    forward: tuple[str, ...] = ()


def declarations(blocks: tuple[tuple[Place, str], ...]) -> Declarations:
    """What several blocks declare together; raises `ChainruleError` with the line and the form."""
    found: dict[str, Declared] = {}
    loss, forward = "", tuple[str, ...]()
    for place, text in blocks:
        block = _read(text, place)
        found.update({symbol.name: symbol for symbol in block.symbols})
        loss, forward = block.loss or loss, block.forward or forward
    return Declarations(tuple(found.values()), loss, forward)


def read_symbols(text: str, file: str) -> Declarations:
    """What a file given as ``--symbols`` declares; the word ``symbols:`` may be left out.

    >>> read_symbols("W: param [D, H]", "a.txt").symbols[0].sizes
    ('D', 'H')
    """
    return _read(text, Place(file, 1, text.count("\n") + 1), bare=True)


def _read(text: str, place: Place, bare: bool = False) -> Declarations:
    if len(text) > LONGEST:
        raise ChainruleError(f"{place.file}: a symbols block of more than {LONGEST} characters")
    symbols: list[Declared] = []
    loss, forward, inside_symbols = "", tuple[str, ...](), bare
    for number, line in enumerate(text.splitlines()):
        bare_line = re.sub(r"(^|\s)#.*$", "", line)
        if not bare_line.strip():
            continue
        match = _KEY.fullmatch(bare_line)
        if match is None:
            if inside_symbols:
                raise _error(f"{bare_line.strip()!r} is no declaration", text, place, number)
            continue
        key, value = match["key"].strip().strip("'\""), match["value"].strip().strip("'\"")
        if key == "symbols" and not value:
            inside_symbols = True
        elif key == "loss" and value:
            loss = value
        elif key == "forward" and value:
            forward = tuple(value.split())
        elif inside_symbols and (match["indent"] or bare):
            symbols += _symbols(key, value, text, place, number)
        else:  # another entry of the front matter
            inside_symbols = bare
    return Declarations(tuple(symbols), loss, forward)


def _symbols(names: str, value: str, text: str, place: Place, number: int) -> list[Declared]:
    shape = _SHAPE.search(value)
    sizes = None if shape is None else _sizes(shape[1], text, place, number)
    words = value if shape is None else f"{value[: shape.start()]} {value[shape.end() :]}"
    first, *properties = (part.strip() for part in words.split(","))
    role, _, of = first.partition(" ")
    if role and role not in ROLES:
        properties, role, of = [first, *properties], "", ""
    for law in properties:
        if law and not _LAWS.fullmatch(law):
            raise _error(f"{law!r} is neither a role nor a property", text, place, number)
    of = of.strip().removeprefix("of ").strip()
    laws = tuple(law for law in properties if law)
    line = place.first + number
    return [Declared(n, _tree(n, text, place, number), role, sizes, of, laws, line) for n in _names(names)]


def _names(written: str) -> list[str]:
    """``W1, W2`` are two; a comma inside braces or brackets separates none."""
    return [part.strip().strip("$") for part in re.split(r",(?![^{(\[]*[})\]])", written) if part.strip()]


def _tree(name: str, text: str, place: Place, number: int) -> Node:
    try:
        cursor = reader(settled(tokens(name), name))
        made = inside(cursor)
    except Trouble as trouble:
        raise _error(f"the name {name!r} cannot be read: {trouble.reason}", text, place, number) from None
    if cursor.peek() is not None:
        raise _error(f"the name {name!r} cannot be read", text, place, number)
    return made


def _sizes(written: str, text: str, place: Place, number: int) -> tuple[str, ...]:
    sizes = tuple(size.strip() for size in re.split(r"[,×]|\bx\b", written) if size.strip())
    wrong = next((size for size in sizes if not _SIZE.fullmatch(size)), None)
    if wrong is not None:
        raise _error(f"the size {wrong!r} is neither a name nor a number", text, place, number)
    return sizes


def _error(message: str, text: str, place: Place, number: int) -> ChainruleError:
    roles = ", ".join(ROLES)
    return ChainruleError(
        f"{place.file}, line {place.first + number}: {message}",
        source=text,
        line=number + 1,
        column=1 + len(text.splitlines()[number]) - len(text.splitlines()[number].lstrip()),
        hint=f"a block of symbols has this form:\n{FORM}\nroles: {roles}",
    )
