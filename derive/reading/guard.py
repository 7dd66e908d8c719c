"""What is refused before any parser sees it: text that is too long, too deep, or not what it looks like."""

from __future__ import annotations

import keyword
import re
import unicodedata

from derive.errors import LayerTextError
from derive.reading.source import Source

MAX_TEXT = 200_000
MAX_LINE = 10_000
MAX_TOKENS = 20_000
MAX_NESTING = 100
MAX_DEPTH = 110  # levels of a syntax tree: each costs the readers a few Python frames, and Python has 1000

MAX_NAME = 40

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
OPENERS = {")": "(", "]": "["}
SEEN = re.compile(r'"[^"\n]*"|#[^\n]*|[()\[\]]|"|[^\n\t\x20-\x7e]')
TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|\w+|[^\w\s]|\n')
TYPED_AS = {"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "“": '"', "”": '"', "≤": "<=", "≥": ">=", "…": "..."}


def name_fault(name: str) -> str | None:
    """Why a name cannot be used, None if it can: names become names of code and of files.

    >>> name_fault("W_1"), name_fault("lambda")
    (None, "'lambda' is a word of Python's, and the generated code could not use it")
    """
    if len(name) > MAX_NAME:
        return f"a name of {len(name)} characters; at most {MAX_NAME} are allowed"
    if keyword.iskeyword(name):
        return f"{name!r} is a word of Python's, and the generated code could not use it"
    if not NAME.fullmatch(name):
        return f"{name!r} is no name: it has letters, digits and _, and begins with a letter"
    return None


def normalised(text: object, origin: str = "") -> Source:
    """The text with one kind of line end, checked against every limit; an error names the limit that it breaks."""
    if not isinstance(text, str):
        raise LayerTextError(f"layer text must be a string, not {type(text).__name__}", origin=origin)
    source = Source(text.replace("\r\n", "\n").replace("\r", "\n"), origin)
    _check_length(source)
    _check_characters_and_brackets(source)
    return source


def _check_length(source: Source) -> None:
    text = source.text
    if len(text) > MAX_TEXT:
        line, column = _place(text, MAX_TEXT)
        raise source.error_at(
            f"the text has {len(text)} characters; at most {MAX_TEXT} are read",
            line,
            column,
            hint="split the network into layers of its own, each in a file",
        )
    for n, line_text in enumerate(text.split("\n"), start=1):
        if len(line_text) > MAX_LINE:
            raise source.error_at(
                f"line {n} has {len(line_text)} characters; at most {MAX_LINE} are read",
                n,
                MAX_LINE + 1,
                hint="give parts of the expression a name and a line of their own",
            )
    for n, token in enumerate(TOKEN.finditer(text), start=1):
        if n > MAX_TOKENS:
            line, column = _place(text, token.start())
            raise source.error_at(
                f"the text has more than {MAX_TOKENS} words and signs",
                line,
                column,
                hint="split the network into layers",
            )


def _check_characters_and_brackets(source: Source) -> None:
    opened: list[tuple[str, int]] = []
    for match in SEEN.finditer(source.text):
        found, start = match.group(), match.start()
        if found in ("(", "["):
            opened.append((found, start))
            if len(opened) > MAX_NESTING:
                raise _at(source, start, f"brackets are nested more than {MAX_NESTING} deep", "name the inner parts")
        elif found in OPENERS:
            _close(source, opened, found, start)
        elif found == '"':
            raise _at(source, start, "this text has no closing quote", 'a text stands in "..." on one line')
        else:
            _check_characters(source, found, start)
    if opened:
        bracket, start = opened[-1]
        raise _at(source, start, f"this {bracket} is never closed", f"add the closing {_closer(bracket)}")


def _close(source: Source, opened: list[tuple[str, int]], closer: str, start: int) -> None:
    if not opened:
        raise _at(source, start, f"this {closer} closes nothing", f"remove it, or open a {OPENERS[closer]} before it")
    bracket, where = opened.pop()
    if bracket != OPENERS[closer]:
        line, column = _place(source.text, where)
        raise _at(
            source,
            start,
            f"this {closer} does not close the {bracket} of line {line}, column {column}",
            f"expected {_closer(bracket)}",
        )


def _closer(bracket: str) -> str:
    return ")" if bracket == "(" else "]"


def _check_characters(source: Source, found: str, start: int) -> None:
    """Any letter may stand in a text or a comment; elsewhere, and for what is invisible, only ASCII is read."""
    quoted = found[0] in '"#' and len(found) > 1
    for offset, char in enumerate(found):
        if char.isascii() and (char.isprintable() or char == "\t"):
            continue
        if quoted and char.isprintable():
            continue
        name = unicodedata.name(char, f"U+{ord(char):04X}").lower()
        shown = f"{char!r} ({name})" if char.isprintable() else name
        hint = f"write {TYPED_AS[char]}" if char in TYPED_AS else "names are ASCII letters, digits and _"
        raise _at(source, start + offset, f"the character {shown} is not part of the layer language", hint)


def _at(source: Source, start: int, message: str, hint: str) -> LayerTextError:
    line, column = _place(source.text, start)
    return source.error_at(message, line, column, hint)


def _place(text: str, start: int) -> tuple[int, int]:
    return text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
