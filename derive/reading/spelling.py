r"""A tensor's own LaTeX spelling, such as ``\bm{W}_1``: names, accents and scripts, and nothing that controls TeX."""

from __future__ import annotations

import re

MAX_SPELLING = 80
WITH_ARGUMENT = (
    "bm boldsymbol mathbf mathrm mathit mathsf mathtt mathcal mathbb mathfrak hat bar tilde vec dot ddot check breve "
    "acute grave widehat widetilde overline underline operatorname"
)
SYMBOLS = (
    "alpha beta gamma delta epsilon varepsilon zeta eta theta vartheta iota kappa lambda mu nu xi pi varpi rho varrho "
    "sigma varsigma tau upsilon phi varphi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega "
    "ell hbar imath jmath Re Im aleph partial nabla infty prime star ast dagger ddagger circ bullet top bot perp "
    "parallel odot otimes oplus times cdot pm ldots cdots langle rangle rightarrow leftarrow to mapsto"
)
PIECE = re.compile(r"\\[A-Za-z]+|\\[,;!:|]|[A-Za-z0-9 ,.'()\[\]|/+*<>=-]|[{}_^]")


def fault(spelling: str) -> str | None:
    r"""Why the spelling is refused, None if it is fine.

    >>> fault(r"\bm{W}_{1}"), fault(r"\hat{y}"), fault("x_1_2")
    (None, None, 'a second _ on the same letter')
    >>> fault(r"\input{/etc/passwd}")
    '\\input is not one of the commands that a spelling may use'
    """
    if not spelling or len(spelling) > MAX_SPELLING:
        return f"a spelling has 1 to {MAX_SPELLING} characters"
    pieces = PIECE.findall(spelling)
    if "".join(pieces) != spelling:
        bad = PIECE.sub("", spelling)[:1]
        return f"{bad!r} may not stand in a spelling"
    try:
        rest = _group(pieces, 0)
    except _Refused as refused:
        return str(refused)
    return None if rest == len(pieces) else "a } without its {"


class _Refused(Exception):
    """The spelling breaks a rule of TeX's or ours."""


def _group(pieces: list[str], at: int) -> int:
    """Read atoms with their scripts until the group or the text ends; where it ended."""
    empty = True
    while at < len(pieces) and pieces[at] != "}":
        if pieces[at] in ("_", "^") and empty:
            raise _Refused(f"a {pieces[at]} with nothing before it")
        at = _scripts(pieces, _atom(pieces, at))
        empty = False
    if empty:
        raise _Refused("an empty group")
    return at


def _atom(pieces: list[str], at: int) -> int:
    if at >= len(pieces) or pieces[at] in ("}", "_", "^"):
        raise _Refused("something is missing after a command, _ or ^")
    piece = pieces[at]
    if piece == "{":
        end = _group(pieces, at + 1)
        if end >= len(pieces):
            raise _Refused("a { without its }")
        return end + 1
    if piece[0] == "\\" and piece[1:] in WITH_ARGUMENT.split():
        if at + 1 >= len(pieces) or pieces[at + 1] != "{":
            raise _Refused(f"{piece} needs its argument in braces")
        return _atom(pieces, at + 1)
    if piece[0] == "\\" and piece[1].isalpha() and piece[1:] not in SYMBOLS.split():
        raise _Refused(f"{piece} is not one of the commands that a spelling may use")
    return at + 1


def _scripts(pieces: list[str], at: int) -> int:
    seen: set[str] = set()
    while at < len(pieces) and pieces[at] in ("_", "^", "'"):
        mark = "^" if pieces[at] == "'" else pieces[at]
        if mark in seen and not (pieces[at] == "'" and pieces[at - 1] == "'"):
            raise _Refused(f"a second {mark} on the same letter")
        seen.add(mark)
        at = at + 1 if pieces[at] == "'" else _atom(pieces, at + 1)
    return at
