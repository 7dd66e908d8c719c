"""Softplus as people write it by hand."""

from __future__ import annotations

from derive.expression import ZERO, Add, Call, Expr, add
from derive.rewriting import terms_of


def softplus_in_parts(expr: Expr) -> Expr:
    """``max(x, 0) + log(1 + exp(-abs(x))) = softplus(x)``: it does not overflow, and has one slope at 0."""
    for term in terms_of(expr) if isinstance(expr, Add) else ():
        argument = term.args[0] if isinstance(term, Call) and term.function == "softplus" else ZERO
        size = -argument
        if isinstance(size, Call) and size.function == "abs":
            (x,) = size.args
            for part in (Call("relu", (x,)), Call("maximum", (x, ZERO)), Call("maximum", (ZERO, x))):
                if part in terms_of(expr):
                    rest = [t for t in terms_of(expr) if t not in (term, part)]
                    return add(Call("softplus", (x,)), *rest)
    return expr
