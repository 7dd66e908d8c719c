r"""The notations, one row each, and the spelling of a program's names in one of them: no two names look alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType

from derive.errors import UnknownName
from derive.expression import Call, Constant, Slope
from derive.program import Program
from derive.rewriting import walk
from derive.scalar_functions import TABLE as FUNCTIONS
from derive.symbols import SPELLED, Symbol, literal, own_symbol, subscript, symbol, upright


@dataclass(frozen=True)
class Notation:
    r"""One way of writing derivations.

    ``cotangent`` spells the gradient by a tensor, from ``$loss``, ``$entry`` (``W_{1,dh}``), ``$symbol``
    (``W_{1}``), ``$base`` (``W``), ``$subscript`` (``_{1,dh}``) and ``$indices`` (``_{dh}``).
    """

    name: str
    cotangent: str
    transpose: str = r"^{\mathsf T}"
    times: str = r"\odot"
    divided: str = r"\oslash"
    kronecker: str = r"\delta"


# fmt: off
ROWS = (
    Notation("partial", r"\frac{\partial $loss}{\partial $entry}"),
    Notation("d",       r"\mathrm{d}$entry"),
    Notation("bar",     r"\bar{$base}$subscript"),
)
# fmt: on
TABLE = {row.name: row for row in ROWS}


@dataclass(frozen=True)
class Spelling:
    """All that a printer asks about names: the notation, the loss, and how each name of a program is spelled."""

    notation: Notation = ROWS[0]
    loss: str = "L"
    symbols: Mapping[str, Symbol] = field(default_factory=dict)
    sizes: Mapping[str, str] = field(default_factory=dict)
    functions: frozenset[str] = frozenset()

    def symbol(self, name: str) -> Symbol:
        """How a tensor or hyperparameter is spelled."""
        return self.symbols[name] if name in self.symbols else symbol(name)

    def hyper(self, name: str) -> Symbol:
        """How a hyperparameter is spelled."""
        return self.symbols[name] if name in self.symbols else upright(name)

    def size(self, axis: str) -> str:
        """How the number of entries of an axis is spelled."""
        return self.sizes[axis] if axis in self.sizes else symbol(axis).entry()

    def cotangent(self, name: str, indices: str = "") -> str:
        """The gradient of the loss by a tensor, or by one entry of it."""
        here = self.symbol(name)
        return Template(self.notation.cotangent).substitute(
            loss=self.loss,
            entry=here.entry(indices),
            symbol=here.entry(),
            base=here.base,
            subscript=subscript((*here.labels, indices) if indices else here.labels),
            indices=subscript((indices,) if indices else ()),
        )

    def kronecker(self, indices: str, equation: str) -> str:
        """Kronecker's delta, or the bracket where the program has a delta of its own."""
        taken = any(s.base == self.notation.kronecker for s in self.symbols.values())
        return rf"\mathbf{{1}}[{equation}]" if taken else f"{self.notation.kronecker}_{{{indices}}}"


def row(name: str) -> Notation:
    """The notation of that name."""
    if name not in TABLE:
        raise UnknownName(f"no notation {name!r}", hint=f"there are {', '.join(TABLE)}")
    return TABLE[name]


def spelling(program: Program | None = None, profile: str = "partial", loss: str | None = None) -> Spelling:
    """The spelling of a program's names: two of them never look alike.

    ``loss`` names the tensor that is differentiated; None for a loss outside the program.
    """
    if program is None:
        return Spelling(row(profile))
    taken = set(_fixed(program))
    symbols: dict[str, Symbol] = {}
    named = [(t.name, symbol(t.name) if t.latex is None else own_symbol(t.latex, t.name)) for t in program.tensors]
    named += [(h.name, upright(h.name)) for h in program.hyperparameters]
    for name, wanted in named:
        chosen = literal(name) if wanted.entry() in taken else wanted
        taken.add(chosen.entry())
        symbols[name] = chosen
    sizes = {a.name: symbol(a.name).entry() for a in program.axes}
    sizes = {name: rf"|{shown}|" if shown in taken else shown for name, shown in sizes.items()}
    names = frozenset(f.name for f in program.functions)
    return Spelling(row(profile), _loss(loss, symbols), MappingProxyType(symbols), MappingProxyType(sizes), names)


def _loss(name: str | None, symbols: Mapping[str, Symbol]) -> str:
    if name is not None:
        return symbols[name].entry()
    shown = {s.entry() for s in symbols.values()}
    return next(loss for loss in ("L", r"\mathcal{L}", r"\mathscr{L}") if loss not in shown)


def _fixed(program: Program) -> Iterator[str]:
    """What functions and constants of the program already look like."""
    for equation in program.equations:
        for here in walk(equation.right):
            if isinstance(here, (Call, Slope)) and here.function in FUNCTIONS:
                yield FUNCTIONS[here.function].latex
            elif isinstance(here, Constant):
                yield SPELLED.get(here.name, rf"\mathrm{{{here.name}}}")
