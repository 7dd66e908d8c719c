r"""The signs between sides: ``=``, ``\leq``, ``\stackrel{(a)}{=}``, ``\xrightarrow{f}``, ``\not=``."""

from __future__ import annotations

from derive.verifying.formula import Node, Relation, Words
from derive.verifying.latex.cursor import Cursor
from derive.verifying.latex.trouble import Trouble

_OVER = ("stackrel", "overset", "underset")
_NOT = {"=": "≠", "∈": "∉", "≡": "≠", "⊂": "⊄", "<": "≥", ">": "≤"}
_ARROWS = {"xrightarrow": "→", "xleftarrow": "←", "xlongequal": "=", "xRightarrow": "⇒"}


def sees_relation(cursor: Cursor) -> bool:
    """Whether a relation comes next, perhaps with something written over it."""
    token = cursor.peek()
    if token is None:
        return False
    if token.kind == "relation":
        return True
    if token.kind != "command":
        return False
    return token.text in _ARROWS or token.text == "not" or (token.text in _OVER and _sign_under(cursor) is not None)


def _sign_under(cursor: Cursor) -> str | None:
    r"""The relation that is the second argument of ``\stackrel``."""
    at = cursor.at + 1
    if at >= cursor.limit:
        return None
    at = cursor.partner[at] + 1 if cursor.tokens[at].kind == "open" else at + 1
    group = cursor.tokens[at : at + 3]
    if not group:
        return None
    if group[0].kind == "relation":
        return group[0].text
    if len(group) == 3 and group[0].kind == "open" and group[1].kind == "relation" and group[2].kind == "close":
        return group[1].text
    return None


def relation(cursor: Cursor) -> Relation:
    """The relation that comes next."""
    first = cursor.at
    token = cursor.take()
    if token.kind in ("relation", "colon"):
        return Relation(token.text, span=cursor.span(first))
    if token.text == "not":
        negated = cursor.take()
        if negated.kind != "relation":
            raise cursor.trouble(r"\not stands before no relation")
        return Relation(_NOT.get(negated.text, f"not {negated.text}"), span=cursor.span(first))
    if token.text in _ARROWS:
        if cursor.sees("bracket", "["):
            while not cursor.accept("bracket", "]"):
                cursor.take()
        note = _note(cursor) if cursor.sees("open") else None
        return Relation(_ARROWS[token.text], note, span=cursor.span(first))
    note = _note(cursor)
    begin, _end = cursor.argument()
    return Relation(cursor.tokens[begin].text, note, span=cursor.span(first))


def _note(cursor: Cursor) -> Node:
    """What is written over the sign; what the grammar cannot take is kept as words."""
    begin, end = cursor.argument()
    after = cursor.at
    state = (cursor.limit, cursor.font, cursor.bars, cursor.angles, cursor.until, cursor.in_case, cursor.depth)
    try:
        cursor.at = begin
        with cursor.fenced(end):
            return cursor.grammar.inside(cursor)
    except Trouble:
        (cursor.limit, cursor.font, cursor.bars, cursor.angles, cursor.until, cursor.in_case, cursor.depth) = state
        return Words("".join(token.text for token in cursor.tokens[begin:end]))
    finally:
        cursor.at = after
