r"""How a name is spelled in formulas: the rules from ``W1``, ``mu``, ``apple_price``, ``Xhat`` to LaTeX.

A formula shows ``W_{1}``, ``\mu``, ``\mathit{apple}_{\mathrm{price}}``, ``\hat{X}``. Indices follow what already
stands in the subscript, after a comma: ``W_{1,dh}``. A number there is always part of the name: an entry whose
first index is a number prints as ``(X)_{1,d}``.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from derive.errors import ChainruleError

# fmt: off
GREEK = (
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu", "nu", "xi",
    "pi", "rho", "sigma", "tau", "upsilon", "phi", "chi", "psi", "omega",
    "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi", "Omega",
)
FONTS = ("bm", "boldsymbol", "mathbf", "mathrm", "mathit", "mathsf", "mathcal", "mathbb", "mathfrak")
MARKS = ("hat", "tilde", "bar", "dot", "ddot", "vec")
LETTER_LIKE = ("varepsilon", "vartheta", "varphi", "varrho", "ell", "star", "ast", "top", "prime", "dagger", "circ")
# fmt: on
SPELLED = {**{name: "\\" + name for name in GREEK}, "eps": r"\varepsilon", "epsilon": r"\varepsilon", "ell": r"\ell"}
ACCENTS = {"hat": r"\hat", "tilde": r"\tilde", "bar": r"\bar"}
SAFE = {"\\" + name for name in (*GREEK, *FONTS, *MARKS, *LETTER_LIKE)}  # what a user's own spelling may hold


@dataclass(frozen=True)
class Symbol:
    """A name as printed: the base, and what stands in its subscript before any index."""

    base: str
    labels: tuple[str, ...] = ()

    def entry(self, indices: str = "") -> str:
        """The name with its indices: ``W_{1,dh}``."""
        if indices[:1].isdigit():
            return f"({self.entry()})_{{{indices}}}"
        return self.base + subscript((*self.labels, indices) if indices else self.labels)

    @property
    def raised(self) -> bool:
        """Whether something stands where an exponent would."""
        return "^" in self.base or self.base.endswith("'")


def subscript(parts: tuple[str, ...]) -> str:
    """The parts in one subscript, separated by commas; nothing for none."""
    return f"_{{{','.join(parts)}}}" if parts else ""


def symbol(name: str) -> Symbol:
    r"""Spell a name by the rules.

    >>> symbol("W1").entry("dh"), symbol("mu").entry("n"), symbol("apple_price").entry()
    ('W_{1,dh}', '\\mu_{n}', '\\mathit{apple}_{\\mathrm{price}}')
    >>> symbol("Xhat").entry("nd"), symbol("W_xh").entry()
    ('\\hat{X}_{nd}', 'W_{\\mathrm{xh}}')
    """
    stem = name.rstrip("'")
    primes = name[len(stem) :]
    head, *rest = stem.split("_")
    if not head or not all(rest):
        return literal(name)
    if head == "dot" and rest and not (moved := symbol("_".join(rest))).base.startswith(r"\mathit{"):
        return Symbol(rf"\dot{{{moved.base}}}", moved.labels)  # the tangent of what is named behind it
    letters, digits = _split(head)
    labels = [*([label(digits)] if digits else []), *map(label, rest)]
    if len(rest) == 1 and rest[0] in ACCENTS and not digits and base(letters)[:8] != r"\mathit{":
        return Symbol(f"{ACCENTS[rest[0]]}{{{base(letters)}}}{primes}")
    return Symbol(base(letters) + primes, tuple(labels))


def _split(head: str) -> tuple[str, str]:
    """``W1`` into letter and number, ``Wq`` into two letters; ``dx``, ``mu`` and all other words stay whole."""
    found = re.fullmatch(r"(\D+)(\d+)", head)
    if found is None and head not in SPELLED:
        found = re.fullmatch("([A-Za-ce-z])([a-z])", head)
    return (found[1], found[2]) if found else (head, "")


def base(letters: str) -> str:
    """One letter as it is, a Greek letter by its command, an accented letter, any other word in italics."""
    plain = _latin_name(letters)
    if plain in SPELLED:
        return SPELLED[plain]
    if plain != letters:
        return rf"\text{{{letters}}}"  # a Greek letter that TeX has no command for
    if len(plain) == 1 and plain.isascii():
        return plain
    for accent, command in ACCENTS.items():
        core = plain.removesuffix(accent)
        if core != plain and (core in SPELLED or (len(core) == 1 and core.isascii())):
            return f"{command}{{{base(core)}}}"
    return rf"\mathit{{{plain}}}" if plain.isascii() else rf"\text{{{plain}}}"


def label(part: str) -> str:
    """A part of a name that stands in the subscript: upright, so that it is no index."""
    if part.isdigit():
        return part
    return rf"\mathrm{{{part}}}" if part.isascii() else rf"\text{{{part}}}"


def literal(name: str) -> Symbol:
    """The name letter by letter, for those that the rules would spell like another."""
    shown = name.replace("_", r"\_")
    return Symbol(rf"\mathit{{{shown}}}" if name.isascii() else rf"\text{{{shown}}}")


def _latin_name(letters: str) -> str:
    """``δ`` by its name ``delta``; anything else as it is."""
    if len(letters) == 1 and not letters.isascii():
        words = unicodedata.name(letters, "").split()
        if words[:1] == ["GREEK"] and words[-2:-1] == ["LETTER"]:
            name = words[-1].lower().replace("lamda", "lambda")
            return name.capitalize() if "CAPITAL" in words else name
    return letters


def own_symbol(latex: str, name: str) -> Symbol:
    r"""A user's own spelling, such as ``\bm{W}_1``; a trailing subscript is shared with the indices."""
    commands = set(re.findall(r"\\(?:[A-Za-z]+|.)", latex))
    rest = re.sub(r"\\(?:[A-Za-z]+|.)", "", latex)
    bad = sorted(commands - SAFE) or re.findall(r"[^A-Za-z0-9{}_^()\[\],'+\-*/ ]", rest)
    if bad or not latex.strip() or not _braces_match(latex):
        raise ChainruleError(
            f"the spelling {latex!r} of {name} cannot be used" + (f": {bad[0]} is not allowed" if bad else ""),
            hint=r"use letters, digits, Greek letters, ^ and _, and fonts or accents such as \bm{W} or \hat{x}",
        )
    found = re.fullmatch(r"(.*[^_^])_(?:\{([^{}]*)\}|([A-Za-z0-9]))", latex.strip())
    if found and "_" not in found[1]:
        return Symbol(found[1], (found[2] or found[3],))
    return Symbol(f"{{{latex.strip()}}}" if "_" in latex else latex.strip())


def _braces_match(latex: str) -> bool:
    depth = 0
    for character in latex:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def upright(name: str) -> Symbol:
    """A hyperparameter: a word of its own stands upright, as a function's name does."""
    found = symbol(name)
    return Symbol(found.base.replace(r"\mathit{", r"\mathrm{"), found.labels)
