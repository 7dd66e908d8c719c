"""What need not be computed inside a loop: products over all steps at once, before it; what its gradients share, once.

``tanh(x @ W + h_prev @ R + b)`` becomes ``tanh(x_W[t] + h_prev @ R)`` with ``x_W = x @ W + b`` outside. What a line of
a loop shares with the lines that follow the loop becomes a line of the loop, whose steps are stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Set

from codegen.tuning.sharing import grouped, shape_key, worth_keeping
from derive.expression import Access, Add, Expr, Index, Mul, Reduce, add, mul
from derive.rewriting import children, free_indices, rebuild, tensors_in, walk

Named = Callable[[Expr], Access]


def named_apart(expr: Expr, is_shared: Callable[[Expr], bool], named: Named) -> Expr:
    """The expression with the parts that are shared under names of their own; positions stay in their brackets."""
    if isinstance(expr, Access):
        return expr
    if isinstance(expr, Mul):
        found = [p for p in grouped(expr) if isinstance(p, Mul) and is_shared(p)]
        taken = [f for p in found for f in p.factors]
        rest = [named_apart(f, is_shared, named) for f in expr.factors if f not in taken]
        return mul(*(named(p) for p in found), *rest)
    if worth_keeping(expr) and is_shared(expr):
        return named(expr)
    return rebuild(expr, tuple(named_apart(c, is_shared, named) for c in children(expr)))


def hoisted(expr: Expr, loop: Set[str], now: Index, named: Named) -> Expr:
    """The expression with what does not read the loop, and is worth it, under names of its own."""
    if loop.isdisjoint(tensors_in(expr)):
        return named(expr) if _worth_hoisting(expr, now) else expr
    if isinstance(expr, Access):  # a position is read where it stands: as a slice, say
        return expr
    if isinstance(expr, Add):
        apart = [t for t in expr.terms if loop.isdisjoint(tensors_in(t)) and free_indices(t)]
        if len(apart) > 1 and any(_worth_hoisting(t, now) for t in apart):
            place = expr.terms.index(apart[0])
            rest = [hoisted(t, loop, now, named) for t in expr.terms if t not in apart]
            return add(*rest[:place], named(add(*apart)), *rest[place:])
    return rebuild(expr, tuple(hoisted(c, loop, now, named) for c in children(expr)))


def _worth_hoisting(expr: Expr, now: Index) -> bool:
    """Whether it holds a contraction, or reads another step, or is the same work at every step."""
    if any(isinstance(n, Reduce) or (isinstance(n, Access) and _moves(n, now)) for n in walk(expr)):
        return True
    same_at_every_step = bool(free_indices(expr)) and now not in free_indices(expr)
    return same_at_every_step and (isinstance(expr, (Add, Mul)) or worth_keeping(expr))


def _moves(access: Access, now: Index) -> bool:
    return any(not isinstance(s, (Index, Access)) and now in free_indices(s) for s in access.indices)


def reads_beyond(exprs: Iterable[Expr], keys: Set[Expr]) -> Iterator[Access]:
    """The entries that the expressions read, but for those inside what has one of the keys."""
    for expr in exprs:
        if isinstance(expr, Mul):
            parts = [f for p in grouped(expr) for f in (p.factors if isinstance(p, Mul) else (p,))]
            held = [p for p in grouped(expr) if isinstance(p, Mul) and shape_key(p) in keys]
            taken = [f for p in held for f in p.factors]
            yield from reads_beyond([f for f in parts if f not in taken], keys)
        elif worth_keeping(expr) and shape_key(expr) in keys:
            continue
        else:
            if isinstance(expr, Access):
                yield expr
            yield from reads_beyond(children(expr), keys)
