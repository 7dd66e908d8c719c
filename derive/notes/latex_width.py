r"""How wide a formula is, in ems: an estimate for the LaTeX that our own printers write, good to about a tenth.

It is there to decide where long lines are broken, on the safe side; nothing else depends on it.
"""

from __future__ import annotations

import re

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.", re.DOTALL)
SCRIPT = 0.72  # how large a subscript is
# fmt: off
FREE = frozenset({  # commands that only change what follows
    r"\left", r"\right", r"\biggl", r"\biggr", r"\mathit", r"\mathrm", r"\mathbf", r"\mathsf", r"\mathcal", r"\bm",
    r"\bar", r"\hat", r"\tilde", r"\vec", r"\operatorname", r"\text", r"\boldsymbol", r"\begin", r"\end",
})
WIDE = {
    r"\sum": 1.45, r"\prod": 1.3, r"\odot": 1.25, r"\oslash": 1.25, r"\cdot": 0.75, r"\partial": 0.6,
    "+": 1.25, "-": 1.25, "=": 1.3, ">": 1.3, "<": 1.3, r"\ge": 1.3, r"\le": 1.3, r"\ne": 1.3, ",": 0.45, "'": 0.3,
    "(": 0.42, ")": 0.42, "[": 0.32, "]": 0.32, "|": 0.32, "m": 0.9, "w": 0.75, "i": 0.36, "j": 0.42, "l": 0.35,
}
# fmt: on
WORDS = {r"\log": 1.5, r"\exp": 1.75, r"\max": 1.9, r"\min": 1.8, r"\sin": 1.4, r"\cos": 1.5, r"\tan": 1.6}


def width(latex: str) -> float:
    r"""The width of a formula in display style.

    >>> width("x + y") < width(r"\frac{x + y}{z} + 1") < width("x + y + z + 1")
    True
    """
    return _row(TOKEN.findall(latex), 0)[0]


def _row(tokens: list[str], at: int) -> tuple[float, int]:
    """The width up to the end of the group, and where that is."""
    total = 0.0
    while at < len(tokens) and tokens[at] != "}":
        if tokens[at] in "^_":
            scripts = []
            start = tokens[at]
            while at < len(tokens) and tokens[at] in "^_":
                inner, at = _item(tokens, at + 1)
                scripts.append(inner * SCRIPT)
            total += max(scripts) if start else 0.0
        elif tokens[at] in (r"\sum", r"\prod") and tokens[at + 1 : at + 2] == ["_"]:
            below, after = _item(tokens, at + 2)
            total += max(WIDE[tokens[at]], below * SCRIPT) + 0.2
            at = after
        else:
            inner, at = _item(tokens, at)
            total += inner
    return total, at + 1


def _item(tokens: list[str], at: int) -> tuple[float, int]:
    """One token, group, fraction or root."""
    if at >= len(tokens):
        return 0.0, at
    token = tokens[at]
    if token == "{":
        return _row(tokens, at + 1)
    if token == r"\frac":
        above, at = _item(tokens, at + 1)
        below, at = _item(tokens, at)
        return max(above, below) + 0.25, at
    if token == r"\begin":
        return _environment(tokens, at)
    if token == r"\sqrt":
        inner, at = _item(tokens, at + 1)
        return inner + 0.9, at
    if token.isspace() or token in FREE:
        return 0.0, at + 1
    return WORDS.get(token, WIDE.get(token, 0.75 if token.isupper() else 0.56)), at + 1


def _environment(tokens: list[str], at: int) -> tuple[float, int]:
    """As wide as the widest row, with room for a brace and between the columns."""
    _, at = _item(tokens, at + 1)  # its name
    rows: list[list[str]] = [[]]
    depth = 1
    while at < len(tokens) and depth:
        depth += (tokens[at] == r"\begin") - (tokens[at] == r"\end")
        if tokens[at] == "\\\\" and depth == 1:
            rows.append([])
        elif depth:
            rows[-1].append(tokens[at])
        at += 1
    _, at = _item(tokens, at)
    return 2.0 + max(_row(row, 0)[0] + row.count("&") for row in rows), at
