r"""The notations, one row each, and the spelling of a program's names in one of them: no two names look alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from string import Template
from types import MappingProxyType

from derive.errors import UnknownName
from derive.expression import Call, Constant, Slope
from derive.notes.symbols import SPELLED, Symbol, literal, own_symbol, subscript, symbol, upright
from derive.program import Program
from derive.rewriting import tensors_in, walk
from derive.scalar_functions import TABLE as FUNCTIONS


@dataclass(frozen=True)
class Notation:
    r"""One way of writing derivations.

    ``cotangent`` spells the gradient by a tensor, from ``$loss``, ``$entry`` (``W_{1,dh}``), ``$symbol``
    (``W_{1}``), ``$base`` (``W``), ``$subscript`` (``_{1,dh}``) and ``$indices`` (``_{dh}``).
    ``layer`` is the superscript of a number behind a name, from ``$number``; empty: the number is a subscript.
    ``plain`` is the gradient in the graph, without LaTeX, from ``$loss`` and ``$name``.
    ``error`` names the gradient by what a layer of parameters computes, the error signal; empty: it has no name.
    """

    name: str
    cotangent: str
    transpose: str = r"^{\mathsf T}"
    times: str = r"\odot"
    divided: str = r"\oslash"
    kronecker: str = r"\delta"
    layer: str = ""
    error: str = ""
    plain: str = "∂$loss/∂$name"


PARTIAL = r"\frac{\partial $loss}{\partial $entry}"
# fmt: off
ROWS = (
    Notation("partial",        PARTIAL),
    Notation("partial-square", PARTIAL, layer="[$number]"),
    Notation("partial-round",  PARTIAL, layer="($number)"),
    Notation("d",              r"\mathrm{d}$entry", plain="d$name"),
    Notation("d-square",       r"\mathrm{d}$entry", layer="[$number]", plain="d$name"),
    Notation("bar",            r"\bar{$base}$subscript"),
    Notation("delta",          PARTIAL, layer="[$number]", error=r"\delta"),
    Notation("delta-round",    PARTIAL, layer="($number)", error=r"\delta"),
    Notation("delta-plain",    PARTIAL, error=r"\delta"),
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
    errors: Mapping[str, Symbol] = field(default_factory=dict)

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
        return self.errors[name].entry(indices) if name in self.errors else self.written_out(name, indices)

    def written_out(self, name: str, indices: str = "") -> str:
        """The same, without the name of an error signal."""
        here = self.symbol(name)
        return Template(self.notation.cotangent).substitute(
            loss=self.loss,
            entry=here.entry(indices),
            symbol=here.entry(),
            base=here.base,
            subscript=subscript((*here.labels, indices) if indices else here.labels),
            indices=subscript((indices,) if indices else ()),
        )

    def quotient(self, name: str) -> str:
        """The gradient of the loss by a tensor as a quotient, whatever the notation's name for it."""
        return Template(PARTIAL).substitute(loss=self.loss, entry=self.symbol(name).entry())

    def kronecker(self, indices: str, equation: str) -> str:
        """Kronecker's delta, or the bracket where the program has a delta of its own."""
        taken = any(s.base == self.notation.kronecker for s in self.symbols.values()) or bool(self.errors)
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
    sizes |= {h.name: symbols[h.name].entry() for h in program.hyperparameters if h.name in sizes}
    names = frozenset(f.name for f in program.functions)
    notation = row(profile)
    errors = error_signals(program, symbols, notation) if notation.error else {}
    shown = {name: raised(here, notation) for name, here in symbols.items()}
    return Spelling(
        notation, _loss(loss, shown), MappingProxyType(shown), MappingProxyType(sizes), names, MappingProxyType(errors)
    )


def raised(here: Symbol, notation: Notation) -> Symbol:
    """The symbol with the number of its layer as a superscript, where the notation wants it there."""
    if not notation.layer or not here.labels or not here.labels[0].isdigit():
        return here
    number = Template(notation.layer).substitute(number=here.labels[0])
    return Symbol(f"{here.base}^{{{number}}}", here.labels[1:])


def error_signals(program: Program, symbols: Mapping[str, Symbol], notation: Notation) -> dict[str, Symbol]:
    """The error signal of each layer of parameters: the gradient by what its equation computes.

    Its number is that of the tensor; where two have the same number or none, the tensor's own name tells them apart.
    """
    parameters = {t.name for t in program.given if t.role == "param"}
    computed = [e.name for e in program.equations if parameters & set(tensors_in(e.right)) and e.left.indices]
    numbers = [symbols[n].labels[:1] for n in computed]
    found: dict[str, Symbol] = {}
    for name, number in zip(computed, numbers, strict=True):
        if len(computed) > 1 and (numbers.count(number) > 1 or not number or not number[0].isdigit()):
            found[name] = Symbol(f"{notation.error}^{{({symbols[name].entry()})}}")
        else:
            found[name] = raised(Symbol(notation.error, tuple(n for n in number if n.isdigit())), notation)
    return found


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
