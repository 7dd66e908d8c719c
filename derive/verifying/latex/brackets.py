"""Brackets, bars and norms, and what stands between them."""

from __future__ import annotations

from derive.verifying.formula import Bracketed, Cases, Given, Mark, Matrix, Node
from derive.verifying.latex.cursor import Cursor, shown
from derive.verifying.latex.environments import as_cases, as_matrix
from derive.verifying.latex.symbols import BARS, CLOSING, OPENING
from derive.verifying.latex.token import Token


def opens(cursor: Cursor, token: Token, behind: bool) -> bool:
    """Whether a bracket token opens something here; ``behind``: a factor stands in front of it."""
    if token.side == "right" or token.text in CLOSING:
        return False
    if token.side == "left" or token.text in OPENING:
        return True
    if token.text not in BARS:
        return False
    if not behind:
        return True
    return not _closes_bar(cursor, token) and _bar_follows(cursor, token.text)


def _closes_bar(cursor: Cursor, token: Token) -> bool:
    return bool(cursor.bars) and (cursor.bars[-1] == token.text or _double(token))


def _double(token: Token) -> bool:
    """Whether the sign of a norm is written as two bars, and may be two bars."""
    return token.text == "‖" and token.end - token.start == 2 and not token.side


def _bar_follows(cursor: Cursor, text: str, at: int | None = None) -> bool:
    """Whether a second bar stands further on before the bracket or relation that ends this part."""
    depth = 0
    for token in cursor.tokens[(cursor.at if at is None else at) + 1 : cursor.limit]:
        if depth == 0 and token.text == text and token.kind == "bracket":
            return True
        if token.kind == "bracket" and token.text not in BARS:
            depth += 1 if token.text in OPENING else -1
        if depth < 0 or (depth == 0 and token.kind in ("relation", "row", "amp")):
            return False
    return False


def bracketed(cursor: Cursor) -> Node:
    """What begins with the bracket that comes next, to its partner."""
    first = cursor.at
    token = cursor.take()
    if _double(token) and not _bar_follows(cursor, "‖", first):  # ``||x| - 1|``
        cursor.at = first
        _split_bar(cursor, token)
        token = cursor.take()
    if token.text in BARS and token.side != "left":
        return _between_bars(cursor, first, token.text)
    with cursor.deeper():
        bars, cursor.bars = cursor.bars, []
        angles, cursor.angles = cursor.angles, 0
        case, cursor.in_case = cursor.in_case, False
        until, cursor.until = cursor.until, ()
        if token.side == "left" and token.text in BARS:
            cursor.bars = [token.text]
        cursor.held += 1
        body = _content(cursor, token)
        cursor.held -= 1
        right = _closing(cursor, token)
        cursor.bars, cursor.angles, cursor.in_case, cursor.until = bars, angles, case, until
    span = cursor.span(first)
    if isinstance(body, Cases) and token.text == "{":
        return Cases(body.rows, span=span)
    if isinstance(body, Matrix) and not body.left:
        if token.text == "{" and right == ".":
            return as_cases(cursor, body, span)
        return Matrix(token.text, right, body.rows, span=span)
    return Bracketed(token.text, right, body, span=span)


def _content(cursor: Cursor, opening: Token) -> Node:
    following = cursor.peek()
    if following is None:
        raise cursor.trouble(f"the bracket {opening.text} is not closed")
    if following.kind == "bracket" and (following.text in CLOSING or following.side == "right"):
        return Mark("", span=cursor.span(cursor.at))
    if following.kind == "begin" and opening.text == "{" and opening.side == "left":
        return as_matrix(cursor, splitting_conditions=True)
    body = cursor.grammar.inside(cursor)
    bar = cursor.peek()
    if bar is not None and bar.kind == "bracket" and bar.text in BARS and bar.side != "right":
        cursor.take()
        right = cursor.grammar.inside(cursor)
        return Given(body, right)
    return body


def _closing(cursor: Cursor, opening: Token) -> str:
    token = cursor.peek()
    if token is None:
        raise cursor.trouble(f"the bracket {opening.text} is not closed")
    fits = token.kind == "bracket" and (
        token.side == "right"
        or token.text == OPENING.get(opening.text, opening.text)
        or (opening.text in "([" and token.text in ")]")
    )
    if fits or (opening.text == "<" and token.kind == "relation" and token.text == ">"):
        return cursor.take().text
    if token.kind == "bracket" and token.text in CLOSING:
        raise cursor.trouble(f"the bracket {opening.text} is closed by {token.text}")
    raise cursor.trouble(f"{shown(token)} is not expected inside the bracket {opening.text}")


def _between_bars(cursor: Cursor, first: int, bar: str) -> Node:
    r"""``|x|``, ``\|x\|``, ``||x||``."""
    with cursor.deeper():
        cursor.bars = [*cursor.bars, bar]
        body = cursor.grammar.inside(cursor)
        token = cursor.peek()
        if token is None or token.kind != "bracket" or token.text not in BARS:
            raise cursor.trouble(f"the bar {bar} is not closed")
        cursor.bars = cursor.bars[:-1]
        if token.text == bar:
            cursor.take()
        elif _double(token):
            _split_bar(cursor, token)
            cursor.take()
        else:
            raise cursor.trouble(f"the bar {bar} is closed by {token.text}")
    return Bracketed(bar, bar, body, span=cursor.span(first))


def _split_bar(cursor: Cursor, token: Token) -> None:
    """``||`` that was taken for one sign is two bars after all."""
    middle = token.start + 1
    one = Token("bracket", "|", token.start, middle, token.gap, token.side, token.own)
    two = Token("bracket", "|", middle, token.end, False, token.side, token.own)
    cursor.replace_next(one, two)


def in_angles(cursor: Cursor) -> Node:
    """``<t>`` where a relation cannot stand."""
    first = cursor.at
    cursor.take()
    with cursor.deeper():
        cursor.angles += 1
        body = cursor.grammar.inside(cursor)
        cursor.angles -= 1
        if not cursor.accept("relation", ">"):
            raise cursor.trouble("the bracket < is not closed")
    return Bracketed("<", ">", body, span=cursor.span(first))
