r"""Sums, products, factors, and lists of relations: the grammar from the top, down to single parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from derive.verifying.formula import (
    Addition,
    Big,
    Braced,
    Commas,
    Evaluated,
    Juxtaposition,
    Mark,
    Name,
    Node,
    Product,
    Relation,
    Relations,
)
from derive.verifying.latex import symbols
from derive.verifying.latex.atoms import atom
from derive.verifying.latex.big import big, with_body
from derive.verifying.latex.brackets import opens
from derive.verifying.latex.cursor import Cursor, Grammar
from derive.verifying.latex.lookahead import OPERANDS, evaluates, stands_alone, starts
from derive.verifying.latex.relations import relation, sees_relation
from derive.verifying.latex.scripts import in_front, scripts, with_scripts
from derive.verifying.latex.token import Token


def reader(found: Sequence[Token]) -> Cursor:
    """A cursor at the first token, with the whole grammar at hand."""
    return Cursor(found, Grammar(inside, expression, term, factors, factor))


def inside(cursor: Cursor) -> Node:
    """What stands in brackets, scripts and cells: relations, or a list of them between commas or spaces."""
    first = cursor.at
    items: list[Node] = []
    listed = False
    while True:
        while cursor.accept("quad"):
            listed = listed or bool(items)
        token = cursor.peek()
        if token is None or token.kind in ("amp", "row") or _closes(cursor, token):
            break
        if cursor.accept("comma"):
            listed = True
            continue
        if cursor.sees("dot") and cursor.peek(1) is None:
            cursor.take()
            continue
        if items and not listed:
            break
        items.append(_relations(cursor))
        listed = False
    listed = listed or len(items) > 1
    if not items and not listed:
        raise cursor.trouble("something is missing here")
    return items[0] if len(items) == 1 and not listed else Commas(tuple(items), span=cursor.span(first))


def _closes(cursor: Cursor, token: Token) -> bool:
    if token.kind == "relation":
        return token.text == ">" and cursor.angles > 0
    return token.kind == "bracket" and not opens(cursor, token, behind=False)


def _relations(cursor: Cursor) -> Node:
    """One side, or several with relations between them; before a leading relation nothing stands."""
    first = cursor.at
    angle = cursor.sees("relation", "<")
    sides: list[Node] = [Mark("")] if sees_relation(cursor) and not angle else [expression(cursor)]
    signs: list[Relation] = []
    while sees_relation(cursor) or cursor.sees("colon"):
        token = cursor.peek()
        if token is not None and token.text == ">" and cursor.angles:
            break
        signs.append(relation(cursor))
        sides.append(expression(cursor) if _begins(cursor) else Mark(""))
    if not signs:
        return sides[0]
    return Relations(tuple(sides), tuple(signs), span=cursor.span(first))


def _begins(cursor: Cursor) -> bool:
    token = cursor.peek()
    return token is not None and (token.kind in ("sign", "colon", "words", "prime") or starts(cursor, behind=False))


def expression(cursor: Cursor) -> Node:
    """Terms with their signs."""
    first = cursor.at
    terms: list[Node] = []
    signs: list[str] = []
    while True:
        token = cursor.peek()
        signed = token is not None and token.kind == "sign" and token.text in symbols.ADDITIVE
        if terms and not signed:
            break
        if signed and token is not None:
            if stands_alone(cursor):
                if terms:
                    raise cursor.trouble(f"nothing follows the sign {token.text}")
                return atom(cursor)
            cursor.take()
        signs.append(token.text if signed and token is not None else "+")
        terms.append(term(cursor))
    if len(terms) == 1 and signs == ["+"]:
        return terms[0]
    return Addition(tuple(terms), tuple(signs), span=cursor.span(first))


def term(cursor: Cursor) -> Node:
    """Factors with signs between them; a sign may stand before a factor that follows a sign."""
    first = cursor.at
    parts = [factors(cursor)]
    signs: list[str] = []
    while (sign := _product_sign(cursor)) is not None:
        if stands_alone(cursor):
            if not cursor.held:
                raise cursor.trouble("nothing follows the sign")
            parts[-1] = Juxtaposition((parts[-1], atom(cursor)), span=cursor.span(first))
            break
        cursor.take()
        signs.append(sign)
        parts.append(_signed_factors(cursor))
    return parts[0] if len(parts) == 1 else Product(tuple(parts), tuple(signs), span=cursor.span(first))


def _product_sign(cursor: Cursor) -> str | None:
    token = cursor.peek()
    if token is None:
        return None
    if token.kind == "sign" and token.text not in symbols.ADDITIVE:
        return token.text
    after = cursor.peek(1)
    if token.kind == "dot" and after is not None and (after.kind in OPERANDS or after.kind == "bracket"):
        return "dot"
    return None


def _signed_factors(cursor: Cursor) -> Node:
    token = cursor.peek()
    if token is not None and token.kind == "sign" and token.text in ("+", "-") and not stands_alone(cursor):
        first = cursor.at
        cursor.take()
        return Addition((factors(cursor),), (token.text,), span=cursor.span(first))
    return factors(cursor)


def factors(cursor: Cursor) -> Node:
    """Parts side by side; a sum or product with bounds takes the rest of the term with it."""
    first = cursor.at
    parts: list[Node] = []
    while not parts or starts(cursor, behind=True):
        if parts and evaluates(cursor) and not isinstance(parts[-1], Evaluated):
            cursor.take()
            sub, sup, _ = scripts(cursor)
            parts[-1] = Evaluated(parts[-1], sub, sup, span=parts[-1].span._replace(end=cursor.span(first).end))
            continue
        parts.append(factor(cursor))
        best, before = parts[-1], parts[-2] if len(parts) > 1 else None
        if isinstance(best, Big) and isinstance(before, Name) and before.text == "arg":  # ``\mathrm{arg}\,\max_k``
            span = before.span._replace(end=best.span.end)
            parts[-2:] = [replace(best, kind=f"arg{best.kind}", span=span)]
    return parts[0] if len(parts) == 1 else Juxtaposition(tuple(parts), span=cursor.span(first))


def factor(cursor: Cursor) -> Node:
    """One part with its scripts, or a sum or product with bounds and all that follows."""
    first = cursor.at
    with cursor.deeper():
        kind = big(cursor)
        if kind is not None:
            return with_body(cursor, first, kind)
        base = atom(cursor)
        if base == Mark("") and (cursor.sees("sub") or cursor.sees("sup")):
            return in_front(cursor, first)
        if isinstance(base, Name) and base.whole and base.text in symbols.BIG and cursor.sees("sub"):
            return with_body(cursor, first, symbols.BIG[base.text])
        if (kind := _set_under(base)) is not None and starts(cursor, behind=True):
            return Big(kind, term(cursor), base.note if isinstance(base, Braced) else None, span=cursor.span(first))
        return with_scripts(cursor, first, base)


def _set_under(base: Node) -> str | None:
    r"""The kind of big operator that ``\underset{k}{\max}`` makes of its second argument."""
    if isinstance(base, Braced) and base.kind == "underset" and isinstance(base.body, Name):
        return symbols.BIG.get(base.body.text)
    return None
