"""Matching a definition's right side against an expression: which indices make them the same?"""

from __future__ import annotations

from collections.abc import Iterable

from derive.expression import Expr, Index
from derive.rewriting import canonical


def match(pattern: Expr, expr: Expr, variables: Iterable[Index]) -> dict[Expr, Expr] | None:
    """The index for each variable that turns the pattern into the expression, None if there is none.

    >>> from derive.expression import Access, Axis
    >>> n, m = Index("n", Axis("N")), Index("m", Axis("N"))
    >>> match(Access("z", (n,)), Access("z", (m,)), [n]) == {n: m}
    True
    """
    bound: dict[Expr, Expr] = {}
    return bound if _match(canonical(pattern), canonical(expr), frozenset(variables), bound) else None


def _match(pattern: Expr, expr: Expr, variables: frozenset[Index], bound: dict[Expr, Expr]) -> bool:
    if isinstance(pattern, Index) and pattern in variables:
        if not isinstance(expr, Index) or expr.axis != pattern.axis:
            return False
        return bound.setdefault(pattern, expr) == expr
    if type(pattern) is not type(expr):
        return False
    return all(_match_part(p, e, variables, bound) for p, e in zip(pattern.parts(), expr.parts(), strict=True))


def _match_part(pattern: object, expr: object, variables: frozenset[Index], bound: dict[Expr, Expr]) -> bool:
    if isinstance(pattern, Expr) and isinstance(expr, Expr):
        return _match(pattern, expr, variables, bound)
    if isinstance(pattern, tuple) and isinstance(expr, tuple):
        return len(pattern) == len(expr) and all(
            _match_part(p, e, variables, bound) for p, e in zip(pattern, expr, strict=True)
        )
    return pattern == expr
