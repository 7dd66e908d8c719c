r"""Sums, products, maxima and their like: the sign, its bounds, and the rest of the term as the body."""

from __future__ import annotations

from derive.verifying.formula import Addition, Big, Name, Node, Scripted
from derive.verifying.latex import symbols
from derive.verifying.latex.cursor import Cursor
from derive.verifying.latex.lookahead import stands_alone, starts
from derive.verifying.latex.scripts import scripts


def big(cursor: Cursor) -> str | None:
    r"""The kind of big operator that comes next, its command taken; ``\max(0, x)`` is a function."""
    token = cursor.peek()
    if token is None:
        return None
    if token.kind == "name" and token.text in ("Sigma", "Pi") and token.end - token.start == 1:
        after = cursor.peek(1)  # the capital letter of a keyboard, for the sign
        if after is not None and after.kind in ("sub", "sup") and not after.gap:
            cursor.take()
            return "sum" if token.text == "Sigma" else "prod"
        return None
    if token.kind != "command":
        return None
    after = cursor.peek(1)
    if token.text == "arg" and after is not None and after.kind == "command" and after.text in ("max", "min"):
        cursor.take()
        cursor.take()
        return f"arg{after.text}"
    if token.text not in symbols.BIG:
        return None
    kind = symbols.BIG[token.text]
    bounded = after is not None and after.kind in ("sub", "sup")
    bare = after is not None and after.kind in ("letter", "digit", "name", "command", "open")
    if kind not in ("sum", "prod", "int") and not bounded and not bare:
        return None
    cursor.take()
    return kind


def with_body(cursor: Cursor, first: int, kind: str) -> Node:
    """The bounds and the rest of the term; a sign without a body is a name."""
    sub, sup, _ = scripts(cursor)
    token = cursor.peek()
    minus = token is not None and token.kind == "sign" and token.text == "-" and not stands_alone(cursor)
    if not minus and not starts(cursor, behind=True):
        base = Name(kind, "command", whole=True, span=cursor.span(first))
        return base if sub is None and sup is None else Scripted(base, sub, sup, span=cursor.span(first))
    if minus:
        begin = cursor.at
        cursor.take()
        body: Node = Addition((cursor.grammar.term(cursor),), ("-",), span=cursor.span(begin))
    else:
        body = cursor.grammar.term(cursor)
    return Big(kind, body, sub, sup, span=cursor.span(first))
