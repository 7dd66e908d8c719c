r"""The writer's own commands: ``\newcommand``, ``\def``, ``\DeclareMathOperator`` found in a text, and put in.

Tokens from the body of a macro bear the range of the whole call, those of its arguments their own. Nothing is
executed: a definition is a list of tokens, and how much may come of it is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from derive.verifying.latex.token import Token
from derive.verifying.latex.tokens import tokens
from derive.verifying.latex.trouble import Trouble

MOST_TOKENS = 20_000
DEEPEST = 20

_DEFINITION = re.compile(
    r"""\\(?:(?:re|provide)?newcommand|renewcommand|providecommand|DeclareRobustCommand)\*?
            \s*\{?\s*\\(?P<name>[A-Za-z]+|[^A-Za-z\s])\s*\}?
            \s*(?:\[(?P<count>[0-9])\])?\s*(?:\[(?P<default>[^\]]*)\])?\s*(?=\{)
      | \\DeclareMathOperator(?P<star>\*?)\s*\{?\s*\\(?P<operator>[A-Za-z]+)\s*\}?\s*(?=\{)
      | \\[gx]?def\s*\\(?P<plain>[A-Za-z]+|[^A-Za-z\s])\s*(?P<parameters>(?:\#[1-9])*)\s*(?=\{)
      | \\let\s*\\(?P<alias>[A-Za-z]+)\s*=?\s*(?P<meant>\\[A-Za-z]+)""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Macro:
    """A command of the writer's: how many arguments, the default of the first, and what it stands for."""

    arguments: int
    body: str
    default: str | None = None


@dataclass(frozen=True)
class Definitions:
    """All macros of a text, and the ranges of characters that their definitions take."""

    macros: Mapping[str, Macro]
    ranges: tuple[tuple[int, int], ...]


def definitions(text: str) -> Definitions:
    r"""The macros that a text defines; of two definitions of one name the last holds.

    >>> definitions(r"\\newcommand{\\pd}[2]{\\frac{#1}{#2}} \\def\\R{\\mathbb{R}}".replace("\\\\", "\\")).macros["R"]
    Macro(arguments=0, body='\\mathbb{R}', default=None)
    """
    macros: dict[str, Macro] = {}
    ranges = []
    for match in _DEFINITION.finditer(text):
        end = match.end()
        if match["alias"]:
            macros[match["alias"]] = Macro(0, match["meant"])
        else:
            end = _closing(text, end)
            body = text[match.end() + 1 : end - 1]
            if match["operator"]:
                macros[match["operator"]] = Macro(0, rf"\operatorname{match['star']}{{{body}}}")
            elif match["plain"]:
                macros[match["plain"]] = Macro(len(match["parameters"]) // 2, body)
            else:
                macros[match["name"]] = Macro(int(match["count"] or 0), body, match["default"])
        ranges.append((match.start(), end))
    return Definitions(macros, tuple(ranges))


def _closing(text: str, at: int) -> int:
    """The end of the group that begins at a place; the end of the text if it is not closed."""
    depth, here = 0, at
    while here < len(text):
        depth += {"{": 1, "}": -1}.get(text[here], 0)
        here += 2 if text[here] == "\\" else 1
        if depth == 0:
            return here
    return len(text)


def expanded(found: list[Token], macros: Mapping[str, Macro]) -> list[Token]:
    """The tokens with all macros put in; raises `Trouble` if that does not end."""
    if not any(token.kind == "command" and token.text in macros for token in found):
        return found
    left = [MOST_TOKENS]
    return _expanded(found, macros, 0, left)


def _expanded(found: list[Token], macros: Mapping[str, Macro], depth: int, left: list[int]) -> list[Token]:
    made: list[Token] = []
    at = 0
    while at < len(found):
        token = found[at]
        at += 1
        if token.kind != "command" or token.text not in macros:
            made.append(token)
            continue
        if depth >= DEEPEST:
            raise Trouble(rf"the macro \{token.text} is defined by itself", token.start, token.end)
        macro = macros[token.text]
        arguments, at = _arguments(found, at, macro, token)
        end = max((token.end, *(t.end for a in arguments for t in a)))
        if at > 0 and arguments and found[at - 1].end > end:
            end = found[at - 1].end
        body = [
            piece for t in tokens(macro.body, macros=macros) for piece in _filled(t, arguments, replace(token, end=end))
        ]
        left[0] -= len(body)
        if left[0] < 0:
            raise Trouble("the macros make too much of it", token.start, token.end)
        if body:
            body[0] = replace(body[0], gap=token.gap)
        made += _expanded(body, macros, depth + 1, left)
    return made


def _filled(token: Token, arguments: list[list[Token]], call: Token) -> list[Token]:
    """A token of a body: the argument that it stands for, or itself at the place of the call."""
    if token.kind != "parameter":
        return [replace(token, start=call.start, end=call.end, own=False)]
    number = int(token.text[-1])
    if number > len(arguments):
        raise Trouble(rf"\{call.text} has no argument {number}", call.start, call.end)
    edge = replace(call, kind="open", text="{", gap=token.gap, own=False)
    return [edge, *arguments[number - 1], replace(edge, kind="close", text="}", gap=False)]


def _arguments(found: list[Token], at: int, macro: Macro, call: Token) -> tuple[list[list[Token]], int]:
    """The arguments of a call and the number of the token behind them."""
    arguments: list[list[Token]] = []
    if macro.default is not None and macro.arguments:
        if at < len(found) and found[at].text == "[":
            close = next((i for i in range(at, len(found)) if found[i].text == "]"), None)
            if close is None:
                raise Trouble(rf"the option of \{call.text} is not closed", call.start, call.end)
            arguments.append(found[at + 1 : close])
            at = close + 1
        else:
            default = tokens(macro.default)
            arguments.append([replace(t, start=call.start, end=call.end, own=False) for t in default])
    while len(arguments) < macro.arguments:
        if at >= len(found):
            raise Trouble(rf"\{call.text} lacks an argument", call.start, call.end)
        end = _group_end(found, at)
        grouped = found[at].kind == "open"
        arguments.append(found[at + 1 : end - 1] if grouped else found[at:end])
        at = end
    return arguments, at


def _group_end(found: list[Token], at: int) -> int:
    depth = 0
    for number in range(at, len(found)):
        depth += {"open": 1, "close": -1}.get(found[number].kind, 0)
        if depth <= 0:
            return number + 1
    raise Trouble("a brace is not closed", found[at].start, found[at].end)
