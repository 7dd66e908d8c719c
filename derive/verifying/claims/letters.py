"""What letters mean by custom: which are weights, which are matrices, and so on which side the samples stand."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from derive.verifying.claims.definitions import Definition
from derive.verifying.claims.sections import symbols_of
from derive.verifying.claims.truth import LOSS_NAMES
from derive.verifying.elaborate.lexicon import Lexicon
from derive.verifying.elaborate.shapes import Layout
from derive.verifying.elaborate.spelled import GREEK
from derive.verifying.formula import Juxtaposition, Name, Product, within


def batch_of(lines: Sequence[Definition], lexicon: Lexicon) -> Layout:
    """Whether samples are rows (``X W``) or columns (``W X``): by the side on which the weights stand."""
    for d in lines:
        for node in within(d.right):
            factors = node.factors if isinstance(node, (Juxtaposition, Product)) else ()
            if isinstance(node, Name) and not node.whole:
                factors = tuple(Name(p) for p in lexicon.pieces(node.text))
            names = [a.name if (a := lexicon.atom(f)) is not None and not a.indices else "" for f in factors]
            for first, second in pairwise(names):
                if first and second and _is_weight(first) != _is_weight(second):
                    return "column" if _is_weight(first) else "row"
    return ""


def _is_weight(name: str) -> bool:
    return name[:1] in "Ww" or name.startswith(("Theta", "theta"))


def has_matrices(lines: Sequence[Definition], lexicon: Lexicon) -> bool:
    """Whether capital letters are computed with, so that small letters may well be vectors."""
    for d in lines:
        if any(_is_capital(name) and name not in LOSS_NAMES for name in symbols_of(d.right, lexicon)):
            return True
    return False


def _is_capital(name: str) -> bool:
    return (
        name[:1].isascii()
        and name[:1].isupper()
        and len(name.partition("_")[0].rstrip("0123456789")) == 1
        and name not in "NMKTBD"
    )


def preferred(name: str, matrices: bool = True) -> tuple[int, ...]:
    """The numbers of axes that a symbol may have, judged by its letter: capitals are matrices."""
    first = name[:1]
    if name.removesuffix("_each") in ("L", "J", "E") and name.endswith("_each"):
        return (0,)  # one of the losses that are summed up
    base = name.partition("_")[0].rstrip("0123456789")
    if base in ("epsilon", "varepsilon", "eta", "tau", "rho", "nu", "xi", "kappa", "omega", "zeta", "iota"):
        return (0, 1, 2)  # small numbers and rates, as lambda is
    if base in GREEK and base[:1].islower():
        return (1, 0, 2) if matrices and base != "lambda" else (0, 1, 2)
    if name in ("B", "B1", "B2", "B3"):
        return (1, 2, 0)
    if name in ("d", "n", "m", "k"):
        return (0, 1, 2)  # how many there are
    if len(name) > 2 and name[1] == "_" and first in "dnNDM":
        return (0,)
    if first.isupper() and first.isascii():
        return (2, 1, 0)
    if matrices and first.isascii() and first in "abcdefghiopqrstuvwxyz":
        return (1, 2, 0)
    return (0, 1, 2)
