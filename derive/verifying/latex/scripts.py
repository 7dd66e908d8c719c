r"""Sub- and superscripts, primes, and bounds: ``W^{[l]T}_{ij}``, ``f'``, ``{}^t\!A``, ``\sum_{i=1}^n``."""

from __future__ import annotations

from derive.verifying.formula import Bracketed, Evaluated, Mark, Name, Node, Scripted, Span
from derive.verifying.latex.cursor import Cursor

MOST = 4  # ``{a_b}_c^d``: further ones are no notation


def with_scripts(cursor: Cursor, first: int, base: Node) -> Node:
    """The base with all scripts that follow; a second script of one kind goes around the first."""
    made = base
    for _ in range(MOST):
        if not _follows(cursor):
            return made
        sub, sup, primes = scripts(cursor)
        if cursor.accept("other", "!"):
            sup = Mark("!")
        made = _attached(made, sub, sup, primes, cursor.span(first))
    raise cursor.trouble(f"more than {MOST} scripts on one part")


def _follows(cursor: Cursor) -> bool:
    return cursor.sees("sub") or cursor.sees("sup") or cursor.sees("prime") or cursor.sees("other", "!")


def _attached(base: Node, sub: Node | None, sup: Node | None, primes: int, span: Span) -> Node:
    if isinstance(base, Bracketed) and base.left == ".":
        return Evaluated(base.body, sub, sup, span=span)
    return Scripted(base, sub, sup, primes, span=span)


def scripts(cursor: Cursor) -> tuple[Node | None, Node | None, int]:
    """At most one subscript and one superscript, in either order, and any number of primes."""
    sub: Node | None = None
    sup: Node | None = None
    primes = 0
    while True:
        if cursor.accept("prime"):
            primes += 1
        elif sub is None and cursor.accept("sub"):
            sub = _script(cursor)
        elif sup is None and cursor.sees("sup"):
            cursor.take()
            number = _primes(cursor)
            if number:
                primes += number
            else:
                sup = _script(cursor)
        else:
            return sub, sup, primes


def _primes(cursor: Cursor) -> int:
    r"""How many primes a superscript of nothing but primes has; the cursor stays if it holds anything else."""
    token = cursor.peek()
    if token is None or token.kind not in ("open", "prime"):
        return 0
    begin, end = (cursor.at + 1, cursor.partner[cursor.at]) if token.kind == "open" else (cursor.at, cursor.at + 1)
    if begin == end or any(t.kind != "prime" for t in cursor.tokens[begin:end]):
        return 0
    cursor.at = end + (token.kind == "open")
    return end - begin


def _script(cursor: Cursor) -> Node:
    """What stands in one script; nothing in braces is a mark without text."""
    token = cursor.peek()
    if token is None:
        raise cursor.trouble("a script without content")
    if token.kind in ("sign", "bracket", "relation", "colon"):  # one sign without braces: ``x^*``, ``x_+``
        cursor.take()
        return Mark(token.text, span=Span(token.start, token.end))
    begin, end = cursor.argument()
    after = cursor.at
    if begin == end:
        return Mark("", span=Span(token.start, token.end))
    cursor.at = begin
    with cursor.fenced(end):
        made = cursor.grammar.inside(cursor)
    cursor.at = after
    return made


def in_front(cursor: Cursor, first: int) -> Node:
    r"""``{}^t\!A`` or ``{}^{\mathrm t}A``: the scripts of the part that follows the empty group."""
    sub, sup, primes = scripts(cursor)
    token = cursor.peek()
    if (sub is None and sup is None) or token is None or token.kind not in ("letter", "name", "open", "command"):
        return with_scripts(cursor, first, Name("", span=cursor.span(first)))
    body = cursor.grammar.factor(cursor)
    return Scripted(body, sub, sup, primes, before=True, span=cursor.span(first))
