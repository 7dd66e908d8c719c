"""What a node spells: the base of a symbol and its scripts, part by part."""

from __future__ import annotations

from dataclasses import dataclass

from derive.verifying.formula import (
    Accent,
    Addition,
    Bracketed,
    Commas,
    Juxtaposition,
    Mark,
    Name,
    Node,
    Number,
    Product,
    Scripted,
)


@dataclass(frozen=True)
class Written:
    """A symbol as it stands there: its base and its scripts, part by part."""

    base: str
    subs: tuple[Node, ...] = ()
    sups: tuple[Node, ...] = ()
    primes: int = 0
    whole: bool = True


def written(node: Node) -> Written | None:
    """The symbol that a node spells, None for anything else."""
    match node:
        case Name(text, _, whole):
            return Written(text, whole=whole or len(text) == 1 or text in GREEK)
        case Accent(mark, body):
            inner = written(body)
            if inner is None:
                return None
            return Written(inner.base + ACCENTS.get(mark, mark), inner.subs, inner.sups, inner.primes)
        case Scripted(base, sub, sup, primes, before):
            bracketed = isinstance(base, Bracketed) and base.left == "(" and sub is not None  # (h_0)_{ij}
            inner = written(base.body if isinstance(base, Bracketed) and bracketed else base)
            if inner is None or (bracketed and not (inner.whole and all(isinstance(s, Bracketed) for s in inner.sups))):
                return None
            sup = Name("T") if before and sup is not None and text_of(sup) == "t" else sup
            subs = inner.subs + (parts(sub) if sub is not None else ())
            match sup:
                case Scripted(Bracketed() as layer, None, None, more):  # g^{[l]\prime}
                    sup, primes = layer, primes + more
            sups = inner.sups + (raised(sup) if sup is not None else ())
            return Written(inner.base, subs, sups, inner.primes + primes, inner.whole)
        case _:
            return None


def parts(script: Node) -> tuple[Node, ...]:
    """The parts of a subscript: ``ij`` and ``i,j`` have two, ``t-1`` and ``r (i \\bmod r)`` one."""
    match script:
        case Commas(items):
            return tuple(p for item in items for p in parts(item))
        case Juxtaposition(factors) if not any(isinstance(f, Bracketed) for f in factors):
            return tuple(p for f in factors for p in parts(f))
        case _:
            return (script,)


def raised(script: Node) -> tuple[Node, ...]:
    """The parts of a superscript: ``[1]T`` has two."""
    match script:
        case Juxtaposition(factors):
            return tuple(p for f in factors for p in raised(f))
        case Product(factors, signs) if set(signs) <= {"cdot", "dot"}:
            return tuple(p for f in factors for p in raised(f))
        case _:
            return (script,)


GREEK = frozenset(
    word
    for line in (
        "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi rho varrho",
        "sigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega ell",
    )
    for word in line.split(" ")
)


ACCENTS = {"overline": "bar", "widehat": "hat", "widetilde": "tilde", "vec": "", "boldsymbol": "", "mathring": "ring"}


TRANSPOSES = {"T", "top", "intercal", "tr"}


def is_transpose(node: Node) -> bool:
    """Whether a superscript is the sign of the transpose."""
    return isinstance(node, Name) and node.text in TRANSPOSES


def text_of(node: Node) -> str:
    """A script as plain text, for names: ``hh``, ``l-1``, ``out``."""
    match node:
        case Number(text) | Name(text) | Mark(text):
            return text
        case Bracketed(_, _, body):
            return text_of(body)
        case Scripted(base, sub, sup, primes):
            inner = [text_of(x) for x in (base, sub, sup) if x is not None]
            return "".join(inner) + "'" * primes
        case Addition(terms, signs):
            spelled = "".join(("+" if s == "+" else "-") + text_of(t) for t, s in zip(terms, signs, strict=True))
            return spelled.removeprefix("+")
        case Juxtaposition(factors) | Commas(factors) | Product(factors):
            return "".join(map(text_of, factors))
        case _:
            return "?"
