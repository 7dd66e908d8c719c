"""What the next token begins: a factor, a bar of evaluation, the condition of a case, a sign that stands alone."""

from __future__ import annotations

from derive.verifying.latex import symbols
from derive.verifying.latex.brackets import opens
from derive.verifying.latex.cursor import Cursor
from derive.verifying.latex.relations import sees_relation

OPERANDS = frozenset(("letter", "digit", "name", "open", "begin", "dots", "command", "cjk", "blank"))


def starts(cursor: Cursor, behind: bool) -> bool:
    """Whether the next token begins a factor."""
    token = cursor.peek()
    if token is None or (token.kind == "command" and token.text in cursor.until):
        return False
    if sees_relation(cursor):
        return token.kind == "relation" and token.text == "<" and not behind
    if token.kind == "bracket":
        if behind and cursor.in_case and _conditional(cursor):
            return False
        return opens(cursor, token, behind) or (behind and evaluates(cursor))
    if token.kind == "words":
        text = token.text.strip()
        return not (behind and (text.lower() in symbols.PROSE_WORDS or " " in text or not text))
    return token.kind in OPERANDS or (token.kind == "dot" and not behind)


def evaluates(cursor: Cursor) -> bool:
    """``f|_{x=0}``: a bar with a subscript behind a factor."""
    token, after = cursor.peek(), cursor.peek(1)
    if token is None or token.kind != "bracket" or token.text != "|" or token.side:
        return False
    return after is not None and after.kind == "sub" and not (cursor.bars and cursor.bars[-1] == "|")


def _conditional(cursor: Cursor) -> bool:
    """Whether the bracket that comes next holds a relation or prose: the condition of a case."""
    depth = 0
    for token in cursor.tokens[cursor.at : cursor.limit]:
        if token.kind == "bracket" and token.text not in symbols.BARS:
            depth += 1 if token.text in symbols.OPENING else -1
        if token.kind in ("relation", "words", "cjk") and depth == 1:
            return True
        if depth <= 0:
            return False
    return False


def stands_alone(cursor: Cursor) -> bool:
    """Whether a sign has nothing behind it."""
    after = cursor.peek(1)
    return (
        after is None
        or after.kind in ("close", "comma", "amp", "row", "end", "relation")
        or (after.kind == "bracket" and (after.text in symbols.CLOSING or after.side == "right"))
    )
