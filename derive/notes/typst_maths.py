r"""LaTeX mathematics as Typst mathematics: all of the LaTeX that our printers write and that a spelling may hold.

The printers' LaTeX is a small closed language: brackets, line ends and spellings are decided before it is written.
So one translation of it keeps every such decision, and each notation, in one place; a second set of printers
would have to follow the first for ever. A command that is not in the tables is an error, never left out.
"""

from __future__ import annotations

import re

from derive.notes.typst_commands import ACCENTS, FONTS, SIGNS, SPACES
from derive.notes.typst_commands import NAMES as OPERATORS

TOKEN = re.compile(r"\\\\(?:\[\d+pt\])?|\\[A-Za-z]+|\\.|\d+(?:\.\d+)?|'+|.", re.DOTALL)
ARGUMENT = re.compile(r"\\(text|operatorname|begin|end|mathrm|mathit)\{")  # that may be plain text
WORD = re.compile(r"\\textbackslash |\\textasciicircum |\\textasciitilde |\\(.)|\$([^$]*)\$|([^\\$]+)")
WRITTEN = {r"\textbackslash ": "\\", r"\textasciicircum ": "^", r"\textasciitilde ": "~"}
WORDS = re.compile(r'((upright|italic|op)\()?"')
PLAIN = re.compile(r"(?:[A-Za-z0-9 -]|\\_|[^\x00-\x7f])+")
JOINER = "\u2060"
BIG = "2.4em"  # the brackets around several lines
END_COMMA = r'class("normal", \,)'  # of ``(N,)``, with no space after it
NOTHING = '""'  # an empty group, which makes a sign after it one between two terms


def maths(latex: str) -> str:
    r"""The formula in Typst, to stand between dollar signs.

    >>> maths(r"\frac{1}{N} \sum_{n,d'} \hat{X}_{nd'}^{2}")
    "frac(1, N) sum_(n \\, d') hat(X)_(n d')^(2)"
    """
    tokens = [t for t in _tokens(latex) if not t.isspace()]
    text, rest = _row(tokens, 0, ())
    if rest != len(tokens):
        raise ValueError(f"{tokens[rest]} without what opens it: {latex}")
    return text


def string(text: str) -> str:
    """Any text as a string of Typst's."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _tokens(latex: str) -> list[str]:
    r"""Commands, numbers, primes, single characters; ``\text`` and a word in a font come with their argument."""
    found: list[str] = []
    at = 0
    while at < len(latex):
        word = ARGUMENT.match(latex, at)
        if word and _is_words(word[1], latex[word.end() : (end := _closing(latex, word.end()))]):
            found.append(latex[at : end + 1])
            at = end + 1
            continue
        token = TOKEN.match(latex, at)
        assert token is not None
        found.append(token[0][:1] if token[0].isdigit() and found[-1:] in (["_"], ["^"]) else token[0])
        at += len(found[-1])
    return found


def _is_words(command: str, argument: str) -> bool:
    return command == "text" or (PLAIN.fullmatch(argument) is not None and len(argument) > 1)


def _closing(latex: str, at: int) -> int:
    depth = 1
    while depth:
        step = latex[at : at + 2] if latex[at] == "\\" else latex[at]
        depth += (step == "{") - (step == "}")
        at += len(step)
    return at - 1


def _row(tokens: list[str], at: int, ends: tuple[str, ...]) -> tuple[str, int]:
    """Everything up to one of the ends, which is not taken, or to the end."""
    shown: list[str] = []
    while at < len(tokens) and tokens[at] not in ends:
        if tokens[at] == "}":
            break
        last = at
        here, at = _with_scripts(tokens, at)
        shown.append(END_COMMA if tokens[last : at + 1] == [",", ")"] else here)
    return _side_by_side(shown), at


def _side_by_side(shown: list[str]) -> str:
    """With spaces between, but not beside words, where Typst would print them."""
    text = ""
    for here in shown:
        if text and not text.endswith(('"', '")')) and not WORDS.match(here):
            text += " "
        elif text and text[-1].isalnum() and here[0].isalpha():
            text += NOTHING
        text += here
    return text


def _with_scripts(tokens: list[str], at: int) -> tuple[str, int]:
    is_group = tokens[at] == "{"
    base, at = _atom(tokens, at)
    primes = ""
    scripts: dict[str, str] = {}
    while at < len(tokens) and (tokens[at] in ("^", "_") or tokens[at][0] == "'"):
        if tokens[at][0] == "'":
            primes, at = tokens[at], at + 1
        else:
            kind = tokens[at]
            scripts[kind], at = _argument(tokens, at + 1)
    if not primes and not scripts:
        return base, at
    if is_group and " " in base:
        base = f'attach({base}, tr: "")'  # whose parentheses Typst does not print
    return base + primes + "".join(f"{kind}({scripts[kind]})" for kind in ("_", "^") if kind in scripts), at


def _argument(tokens: list[str], at: int) -> tuple[str, int]:
    """What a command or a script is given: a group, or one token."""
    if tokens[at] != "{":
        return _atom(tokens, at)
    text, at = _row(tokens, at + 1, ())
    return text, at + 1


def _atom(tokens: list[str], at: int) -> tuple[str, int]:
    """One token, with its arguments, in Typst."""
    token = tokens[at]
    name = token[1:]
    if token == "{":
        text, at = _argument(tokens, at)
        return text or NOTHING, at
    if token[0] != "\\":
        return _character(token), at + 1
    if "{" in token:
        return _words(token, tokens, at)
    if name in ("left", "biggl", "biggr"):
        return _delimiters(tokens, at)
    if token == r"\frac":
        above, at = _argument(tokens, at + 1)
        below, at = _argument(tokens, at)
        return f"frac({above}, {below})", at
    for table in (ACCENTS, FONTS):
        if name in table:
            inner, at = _argument(tokens, at + 1)
            return table[name].format(inner), at
    for table in (SIGNS, OPERATORS, SPACES):
        if name in table:
            return table[name], at + 1
    raise ValueError(f"no Typst for {token}")


def _character(token: str) -> str:
    if token == "|":
        return SIGNS["lvert"]
    return token if token.isalnum() or token in "+-=<>&!" else "\\" + token


def _words(token: str, tokens: list[str], at: int) -> tuple[str, int]:
    r"""A command whose argument is plain text."""
    command, argument = token[1:-1].split("{", 1)
    if command == "begin":
        return _environment(argument, tokens, at + 1)
    if command == "text":
        return _text(argument), at + 1
    written = string(argument.replace(r"\_", "_"))
    form = {"operatorname": "op({})", "mathit": "italic({})", "mathrm": "upright({})"}[command]
    return form.format(written), at + 1


def _text(words: str) -> str:
    """Running text, with formulas between dollar signs."""
    shown, plain = "", ""
    for found in WORD.finditer(words):
        escaped, formula, letters = found.groups()
        if formula:
            shown += (string(_kept(plain)) if plain else "") + maths(formula)
            plain = ""
        else:
            plain += letters or escaped or WRITTEN[found[0]]
    return shown + (string(_kept(plain)) if plain else "")


def _kept(words: str) -> str:
    """With a joiner of no width at the end, before which Typst keeps the space of East Asian punctuation."""
    return words + JOINER if words[-1] >= "\u2e80" else words


def _delimiters(tokens: list[str], at: int) -> tuple[str, int]:
    r"""``\left( ... \right)``, or one bracket of a fixed size."""
    size, (opening, at) = tokens[at], _delimiter(tokens, at + 1)
    if size != r"\left":
        return f"lr(size: #{BIG}, {opening})", at
    inner, at = _row(tokens, at, (r"\right",))
    closing, at = _delimiter(tokens, at + 1)
    return f"lr({_side_by_side([part for part in (opening, inner, closing) if part])})", at


def _delimiter(tokens: list[str], at: int) -> tuple[str, int]:
    if tokens[at] == ".":
        return "", at + 1
    return _atom(tokens, at)


def _environment(name: str, tokens: list[str], at: int) -> tuple[str, int]:
    r"""Rows of cells up to ``\end``."""
    rows: list[list[str]] = [[]]
    while True:
        cell, at = _row(tokens, at, ("&", r"\\", rf"\end{{{name}}}"))
        rows[-1].append(cell)
        at += 1
        if tokens[at - 1] == r"\\":
            rows.append([])
        elif tokens[at - 1] != "&":
            break
    if name == "cases":
        return f"cases({', '.join(' & quad '.join(row) for row in rows)})", at
    if name == "aligned":
        return f"stacked({', '.join(''.join(row) for row in rows)})", at
    return f'display(mat(delim: "[", {"; ".join(", ".join(row) for row in rows)}))', at
