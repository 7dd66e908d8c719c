"""No line of generated code is too long: what does not fit is broken at its longest bracket, as formatters do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import wrap

LIMIT = 120
STEP = "    "
PLAIN = re.compile(r"\*|\w+(=[\w.+-]+)?")  # items that may share lines: names, and names with numbers
OPENING, CLOSING = "([{", ")]}"
QUOTES = '"""'


def fitted(text: str) -> str:
    """The text with every line in the limit, where that is possible; prose of docstrings is wrapped."""
    lines: list[str] = []
    prose = False
    for line in text.split("\n"):
        ends = line.count(QUOTES) % 2 == 1
        lines += _wrapped(line) if prose or QUOTES in line else broken(line)
        prose ^= ends
    return "\n".join(lines)


def _wrapped(line: str) -> list[str]:
    if len(line) <= LIMIT:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    inner = indent if line.lstrip().startswith(QUOTES) else indent + STEP
    return wrap(line.strip(), LIMIT, initial_indent=indent, subsequent_indent=inner, break_long_words=False)


def broken(line: str, limit: int = LIMIT) -> list[str]:
    """One line of code as several that fit.

    >>> broken("dX, dW = f(alpha, beta)  # two", 20)
    ['dX, dW = f(', '    alpha, beta', ')  # two']
    >>> broken("a, b, c = saved", 12)
    ['(', '    a, b, c', ') = saved']
    """
    if len(line) <= limit:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    pairs = list(_brackets(line))
    if not pairs:
        target, equals, value = line.strip().partition(" = ")
        if not equals or "," not in target or "#" in target:
            return [line]
        return [f"{indent}(", *_items(target, indent + STEP, limit), f"{indent}) = {value}"]
    start, end = max(pairs, key=lambda pair: pair[1] - pair[0])
    inside = line[start + 1 : end]
    if not inside:
        return [line]
    head, tail = line[: start + 1], indent + line[end:]
    return [*broken(head, limit), *_items(inside, indent + STEP, limit), *broken(tail, limit)]


def _items(inside: str, indent: str, limit: int) -> list[str]:
    """What stands between brackets: on one line of its own if it fits, else an item a line."""
    if len(indent + inside) <= limit:
        return [indent + inside]
    items = list(_split(inside))
    if len(items) == 1:
        return broken(indent + inside, limit)
    if all(PLAIN.fullmatch(item) for item in items):
        return wrap(
            ", ".join(items) + ",", limit, initial_indent=indent, subsequent_indent=indent, break_long_words=False
        )
    return [line for item in items for line in broken(f"{indent}{item},", limit)]


def _code(line: str) -> Iterator[tuple[int, str, int]]:
    """Each character outside texts and comments, with its place and the number of brackets around it."""
    depth, quote = 0, ""
    for place, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "#":
            return
        else:
            depth = max(0, depth - (char in CLOSING))
            yield place, char, depth
            depth += char in OPENING


def _brackets(line: str) -> Iterator[tuple[int, int]]:
    """The outermost pairs of brackets; an opening or closing one alone, of a line broken already, is none."""
    start = -1
    for place, char, depth in _code(line):
        if depth == 0 and char in OPENING:
            start = place
        elif depth == 0 and char in CLOSING and start >= 0:
            yield start, place
            start = -1


def _split(inside: str) -> Iterator[str]:
    """The items between the outermost commas."""
    start = 0
    for place, char, depth in _code(inside):
        if depth == 0 and char == ",":
            yield inside[start:place].strip()
            start = place + 1
    if inside[start:].strip():
        yield inside[start:].strip()
